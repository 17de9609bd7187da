"""`Store`: the async boundary of all that is kept; the desk calls `read`, `write` with functions over a Connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from sqlalchemy import Connection

from console.errors import StoreDown, StoreRefused
from console.store.embedded import Embedded
from console.store.engine import parse_url
from console.store.feed import Feed
from console.store.line_cache import LineCache
from console.store.migrations import VERSIONS
from console.store.outages import no_right, outage
from console.store.revisions import newest_revision, ready_sqlite
from console.words import gettext as _

if TYPE_CHECKING:
    from console.store.arrivals import Arrivals
    from console.store.shared import Shared

T = TypeVar("T")
Item = TypeVar("Item")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """One open store, bound to the event loop that opened it; make it with `open`, end it with `close`."""

    def __init__(self, engine: Embedded | Shared, now: Callable[[], datetime]) -> None:
        self.dialect: Literal["sqlite", "postgresql"] = engine.dialect
        self.now = now
        self._engine = engine
        self._closed = False
        self.lines = LineCache()
        self.feed = Feed(self.read, engine.bell, now)
        engine.start(self.feed.committed)

    @classmethod
    async def open(
        cls, url: str, *, now: Callable[[], datetime] = utc_now, create: bool = True, versions: Path = VERSIONS
    ) -> Store:
        """Open the store at `url`, on SQLite created or migrated first. Raises StoreRefused and StoreDown.

        `create=False` refuses an absent SQLite file. PostgreSQL is refused unless it is at the newest revision.
        """
        parsed = parse_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(await Embedded.open(Path(parsed.database or ""), create=create, versions=versions), now)
        from console.store.shared import Shared

        shared = Shared(parsed)
        store = cls(shared, now)
        try:
            await shared.check(versions)
        except BaseException as error:
            await store.close()
            if no_right(error):
                raise StoreRefused(
                    _("This database account sees no store: its owner makes it a desk's by `taskroom desk-role add`.")
                ) from error
            raise outage(error) or error from error
        return store

    @cached_property
    def arrivals(self) -> Arrivals:
        """What is kept in mind between deliveries; only whoever takes tips in needs it."""
        from console.store.arrivals import Arrivals

        return Arrivals()

    async def close(self) -> None:
        """Finish what is under way, end followers, close every connection; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await self._engine.end_writing()
        await self.feed.close()
        await self._engine.end_reading()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns, over one read-only snapshot. Raises what `fn` raises, StoreDown for an outage, NotAllowed
        where PostgreSQL gives the account no right.

        The statements of a cancelled caller are broken off.
        """
        self._refuse_when_closed()
        try:
            return await self._engine.read(fn)
        except Exception as error:
            raise outage(error, reading=True) or no_right(error) or error from error

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns, after its transaction is on disk.

        `fn` may run more than once and does nothing but work on its Connection. Raises what `fn` raises (then nothing
        is written) and StoreDown for an outage. What a cancelled caller asked for may still be written.
        """
        self._refuse_when_closed()
        try:
            return await self._engine.write(fn)
        except Exception as error:
            raise outage(error) or no_right(error) or error from error

    async def write_together(self, fn: Callable[[Connection, list[Item]], list[T]], item: Item) -> T:
        """What `fn` returns for `item`, after commit; on SQLite items of callers that wait at once come as one list.

        One item's refusal costs the others nothing: then each is tried alone. Raises as `write`.
        """
        self._refuse_when_closed()
        try:
            return await self._engine.write_together(fn, item)
        except Exception as error:
            raise outage(error) or no_right(error) or error from error

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreDown(_("The store is closed."))

    @property
    def checked_out(self) -> int:
        """How many connections are in use now; 0 when nobody reads or writes."""
        return self._engine.checked_out


async def upgrade_store(url: str, *, versions: Path = VERSIONS) -> str:
    """Create or migrate the store at `url`; returns the revision it has now. Raises StoreRefused and StoreDown."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        await asyncio.to_thread(ready_sqlite, Path(parsed.database or ""), create=True, versions=versions)
        return newest_revision(versions)
    from console.store.shared import upgrade_shared

    try:
        return await upgrade_shared(parsed, versions)
    except Exception as error:
        raise outage(error) or no_right(error) or error from error
