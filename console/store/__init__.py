"""The only SQL. `Store` is the way in (`read`, `write`, `feed`).

Importing this package loads neither SQLAlchemy nor a driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.store.feed import Changes, Feed
    from console.store.store import Store, upgrade_store

__all__ = ["Changes", "Feed", "Store", "upgrade_store"]

_HOMES = {"Changes": "feed", "Feed": "feed", "Store": "store", "upgrade_store": "store"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
