"""Opens the store for one verb and closes it; verbs that read or write the store run inside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from console.settings import Settings
    from console.store import Store

T = TypeVar("T")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[T]], *, create: bool = False) -> T:
    """What `work` returns. A store that is not there is refused unless `create`. Raises StoreRefused, StoreDown."""
    from console.store import Store

    async def run() -> T:
        store = await Store.open(settings.database_url, create=create)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())
