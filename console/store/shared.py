"""`Shared`: a PostgreSQL database that many desks share. `Store` opens it; only then is SQLAlchemy's asyncio loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from console.errors import StoreDown
from console.store.bells import PostgresBell
from console.store.direct import direct
from console.store.engine import POSTGRES_CONNECTIONS, postgres_engine, postgres_writing_engine
from console.store.outages import is_lost, is_race
from console.store.revisions import check_postgres, upgrade_postgres
from console.words import gettext as _

if TYPE_CHECKING:
    from psycopg import AsyncConnection

T = TypeVar("T")
Item = TypeVar("Item")

RACE_TRIES = 3
"""How often a write runs when another transaction took the same unique key or a deadlock was broken."""

CANCEL_WITHIN_S = 1.0

BREAK_OFF_AGAIN_S = 0.02
"""The first pause before a cancelled reader is broken off again; each is twice as long as the one before."""

MIGRATION_OPTIONS = "-c timezone=UTC -c lock_timeout=60s"


class Shared:
    """Reads through a pool of async connections, writes in threads; raises the driver's errors as they are."""

    dialect: Final[Literal["postgresql"]] = "postgresql"

    def __init__(self, url: URL) -> None:
        self._engine = postgres_engine(url)
        self._writing = postgres_writing_engine(url)
        self._threads = ThreadPoolExecutor(POSTGRES_CONNECTIONS, "taskroom-write")
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False
        self.bell = PostgresBell(self._engine, self._notify)

    async def check(self, versions: Path) -> None:
        """Raises StoreRefused unless the database is at the newest revision."""
        await self.read(lambda connection: check_postgres(connection, versions))

    def start(self, committed: Callable[[], None]) -> None:
        self._committed = committed

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns, over one snapshot; the statements of a cancelled caller are broken off."""
        at_work = _AtWork()
        reading = self._start(self._read(fn, at_work))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            self._run(_break_off(reading, at_work))  # at a store that is being closed too: it waits for the reading
            raise

    async def write(self, fn: Callable[[Connection], T]) -> T:
        return await asyncio.shield(self._start(self._write(fn)))

    async def write_together(self, fn: Callable[[Connection, list[Item]], list[T]], item: Item) -> T:
        return (await self.write(lambda connection: fn(connection, [item])))[0]

    async def end_writing(self) -> None:
        self._closed = True
        if self._running:  # its tasks are not cancelled when nobody waits for them any longer
            await asyncio.wait(self._running)

    async def end_reading(self) -> None:
        self._threads.shutdown()
        self._writing.dispose()
        await self._engine.dispose()

    @property
    def checked_out(self) -> int:
        return sum(cast(Any, engine.pool).checkedout() for engine in (self._engine, self._writing))

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Work that goes to its end even when its caller is cancelled: no connection is given back half way through."""
        if self._closed:
            work.close()
            raise StoreDown(_("The store is closed."))
        return self._run(work)

    def _run(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _read(self, fn: Callable[[Connection], T], at_work: _AtWork) -> T:
        async with self._snapshots.begin() as connection:
            at_work.connection = cast(Any, (await connection.get_raw_connection()).driver_connection)
            try:
                return await connection.run_sync(fn)
            finally:
                async with at_work.breaking_off:
                    at_work.connection = None
                if at_work.is_doubtful:
                    await connection.invalidate()

    async def _write(self, fn: Callable[[Connection], T]) -> T:
        result = await self._in_thread(fn)
        self._committed()
        return result

    async def _notify(self, channel: str, words: str) -> None:
        await self._in_thread(lambda connection: direct(connection).ask("SELECT pg_notify(?, ?)", (channel, words)))

    async def _in_thread(self, fn: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._write_in_thread, fn)

    def _write_in_thread(self, fn: Callable[[Connection], T]) -> T:
        """Run again what another transaction pushed aside, and what a lost connection broke off before its COMMIT."""
        for tries_left in reversed(range(RACE_TRIES)):
            is_committing = False
            try:
                with self._writing.begin() as connection:
                    result = fn(connection)
                    is_committing = True
            except StopIteration as error:
                raise RuntimeError("a write function raised StopIteration") from error
            except DBAPIError as error:
                again = is_race(error) or (is_lost(error) and not is_committing)
                if not (tries_left and again):
                    raise
            else:
                return result
        raise AssertionError("the last try returns or raises")


class _AtWork:
    """The connection of one reading. It is given back only when no request to break off is on its way: that would meet
    the next reader's statement. One of which it is not known whether the server got its request is closed."""

    def __init__(self) -> None:
        self.connection: AsyncConnection | None = None
        self.breaking_off = asyncio.Lock()
        self.is_doubtful = False


async def _break_off(reading: asyncio.Task[Any], at_work: _AtWork) -> None:
    """Ask the server again and again until the reading has ended: between two statements a request meets none."""
    pause_s = BREAK_OFF_AGAIN_S
    while not reading.done():
        async with at_work.breaking_off:
            if at_work.connection is not None:
                try:
                    await at_work.connection.cancel_safe(timeout=CANCEL_WITHIN_S)
                except Exception:  # noqa: BLE001 - the server ends the statement by itself after its time
                    at_work.is_doubtful = True
        await asyncio.wait([reading], timeout=pause_s)
        pause_s = min(2 * pause_s, CANCEL_WITHIN_S)


async def upgrade_shared(url: URL, versions: Path) -> str:
    """Create or migrate the database; returns the revision it has now."""
    engine = postgres_engine(url, options=MIGRATION_OPTIONS)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(lambda sync: upgrade_postgres(sync, versions))
    finally:
        await engine.dispose()
