"""Opens the store for one verb and closes it; verbs that read or write the store run inside it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from console.errors import BadSettings, StoreDown, StoreRefused

if TYPE_CHECKING:
    from console.settings import Settings
    from console.store import Store

T = TypeVar("T")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[T]], *, create: bool = False) -> T:
    """What `work` returns. A store that is not there is refused unless `create`.

    Raises StoreRefused, StoreDown, BadSettings.
    """
    from console.store import Store

    async def run() -> T:
        store = await Store.open(settings.database_url, create=create)
        try:
            return await work(store)
        finally:
            await store.close()

    with naming_the_disk(settings):
        return asyncio.run(run())


@contextmanager
def naming_the_disk(settings: Settings) -> Iterator[None]:
    """Where an embedded store cannot be used because its disk is read-only, which SQLite does not tell, say that."""
    try:
        yield
    except (StoreDown, StoreRefused) as error:
        root = settings.folder.root
        if settings.is_embedded and root.is_dir() and os.statvfs(root).f_flag & os.ST_RDONLY:
            raise BadSettings(
                f"The disk of {root} is read-only: mount it for writing, or choose another folder with --data."
            ) from error
        raise
