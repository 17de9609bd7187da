"""`Store`: the async boundary of all that is kept; the desk calls `read`, `write` with functions over a Connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from console.errors import StoreDown
from console.store.arrivals import Arrivals
from console.store.bells import Bell, PostgresBell, SqliteBell
from console.store.engine import parse_url, postgres_engine, sqlite_reading_engine, sqlite_writing_engine
from console.store.feed import Feed
from console.store.gate import Gate
from console.store.migrations import VERSIONS
from console.store.outages import is_race, outage
from console.store.revisions import check_postgres, newest_revision, ready_sqlite, upgrade_postgres
from console.store.writer import Writer

T = TypeVar("T")
Item = TypeVar("Item")

RACE_TRIES = 3
"""How often a write runs on PostgreSQL when another transaction took the same unique key or a deadlock was broken."""

MIGRATION_OPTIONS = "-c timezone=UTC -c lock_timeout=60s"


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """One open store, bound to the event loop that opened it; make it with `open`, end it with `close`."""

    dialect: Literal["sqlite", "postgresql"]

    def __init__(self, engine: AsyncEngine, writer: Writer | None, bell: Bell, now: Callable[[], datetime]) -> None:
        self.dialect = "postgresql" if writer is None else "sqlite"
        self.now = now
        self._engine = engine
        self._writer = writer
        self._closed = False
        self._running: set[asyncio.Task[Any]] = set()
        self._snapshots = engine
        if writer is None:
            self._snapshots = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.arrivals = Arrivals()
        self.feed = Feed(self.read, bell, now)

    @classmethod
    async def open(
        cls, url: str, *, now: Callable[[], datetime] = utc_now, create: bool = True, versions: Path = VERSIONS
    ) -> Store:
        """Open the store at `url`, on SQLite created or migrated first. Raises StoreRefused and StoreDown.

        `create=False` refuses an absent SQLite file. PostgreSQL is refused unless it is at the newest revision.
        """
        parsed = parse_url(url)
        if parsed.get_backend_name() == "sqlite":
            return await cls._open_sqlite(Path(parsed.database or ""), now, create=create, versions=versions)
        return await cls._open_postgres(parsed, now, versions)

    @classmethod
    async def _open_sqlite(cls, file: Path, now: Callable[[], datetime], *, create: bool, versions: Path) -> Store:
        await asyncio.to_thread(ready_sqlite, file, create=create, versions=versions)
        writer = Writer(sqlite_writing_engine(file), Gate(file))
        store = cls(sqlite_reading_engine(file), writer, SqliteBell(file), now)
        writer.start(store.feed.committed)
        return store

    @classmethod
    async def _open_postgres(cls, url: URL, now: Callable[[], datetime], versions: Path) -> Store:
        engine = postgres_engine(url)
        store = cls(engine, None, PostgresBell(engine), now)
        try:
            await store.read(lambda connection: check_postgres(connection, versions))
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Finish what is under way, end followers, close every connection; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._writer is not None:
            await self._writer.close()
        await self.feed.close()
        await self._engine.dispose()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns, over one read-only snapshot. Raises what `fn` raises, StoreDown for an outage."""
        try:
            return await self._to_its_end(self._read(fn))
        except Exception as error:
            raise outage(error, reading=True) or error from error

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns, after its transaction is on disk.

        `fn` may run more than once and does nothing but work on its Connection. Raises what `fn` raises (then nothing
        is written) and StoreDown for an outage. What a cancelled caller asked for may still be written.
        """
        try:
            if self._writer is not None:
                return await self._writer.run(fn)
            return await self._to_its_end(self._write_postgres(fn))
        except Exception as error:
            raise outage(error) or error from error

    async def write_together(self, fn: Callable[[Connection, list[Item]], list[T]], item: Item) -> T:
        """What `fn` returns for `item`, after commit; on SQLite items of callers that wait at once come as one list.

        One item's refusal costs the others nothing: then each is tried alone. Raises as `write`.
        """
        if self._writer is None:
            return (await self.write(lambda connection: fn(connection, [item])))[0]
        try:
            return cast(T, await self._writer.run_together(fn, item))
        except Exception as error:
            raise outage(error) or error from error

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the work end even when its caller is cancelled: a connection cut off half way is not given back."""
        if self._closed:
            work.close()
            raise StoreDown(_("The store is closed."))
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _read(self, fn: Callable[[Connection], T]) -> T:
        async with self._snapshots.begin() as connection:
            return await connection.run_sync(fn)

    async def _write_postgres(self, fn: Callable[[Connection], T]) -> T:
        for tries_left in reversed(range(RACE_TRIES)):
            try:
                async with self._engine.begin() as connection:
                    result = await connection.run_sync(fn)
            except DBAPIError as error:
                if not (tries_left and is_race(error)):
                    raise
            else:
                self.feed.committed()
                return result
        raise AssertionError("the last try returns or raises")

    @property
    def checked_out(self) -> int:
        """How many pooled connections are in use now; 0 when nobody reads or writes."""
        return self._engine.pool.checkedout()  # type: ignore[attr-defined,no-any-return]


async def upgrade_store(url: str, *, versions: Path = VERSIONS) -> str:
    """Create or migrate the store at `url`; returns the revision it has now. Raises StoreRefused and StoreDown."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        await asyncio.to_thread(ready_sqlite, Path(parsed.database or ""), create=True, versions=versions)
        return newest_revision(versions)
    engine = postgres_engine(parsed, options=MIGRATION_OPTIONS)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(lambda sync: upgrade_postgres(sync, versions))
    except Exception as error:
        raise outage(error) or error from error
    finally:
        await engine.dispose()
