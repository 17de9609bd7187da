"""SQLite's readers: a few aiosqlite connections whose threads run whole units of work, one hop a read instead of one a
statement. Used by `Embedded`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import aiosqlite
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from console.store.driver import sqlite_module
from console.store.engine import sqlite_reading_engine
from console.store.outages import is_interrupted

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

READERS = 4
"""Reading connections a store; a screen asks for two or three things at a time."""

INTERRUPT_EVERY_S = 0.01


class _Reader:
    """One connection; its thread is aiosqlite's, the statements go through a Core connection over the same handle."""

    def __init__(self, engine: Engine, check: Callable[[], None]) -> None:
        self._engine = engine
        self._check = check
        self._core: Connection | None = None
        self._handle: sqlite3.Connection | None = None
        self._thread = aiosqlite.Connection(self._open, iter_chunk_size=1)
        self._thread._thread.daemon = True  # an event loop that is gone must not keep the process
        self.is_open = False

    async def read(self, fn: Callable[[Connection], T]) -> T:
        if not self.is_open:
            await self._thread
            self.is_open = True
        return cast(T, await self._in_thread(self._unit, fn))

    def interrupt(self) -> None:
        """Break off the statement that runs now; it raises where it was called."""
        with suppress(sqlite_module().Error):  # a handle that was just closed
            if self._handle is not None:
                self._handle.interrupt()

    async def close(self) -> None:
        if self.is_open:
            await self._in_thread(self._drop)
            await self._thread.close()

    async def _in_thread(self, fn: Callable[..., Any], *given: object) -> Any:
        return await cast(Any, self._thread)._execute(fn, *given)

    # ── in the thread ────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> sqlite3.Connection:
        self._check()
        self._core = self._engine.connect()
        self._handle = cast("sqlite3.Connection", self._core.connection.driver_connection)
        return self._handle

    def _unit(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` over one snapshot; a connection that failed is not used again, nor one whose end of the snapshot was
        broken off."""
        self._check()
        if self._core is None:
            self._open()
        assert self._core is not None  # noqa: S101 - opened in the line above
        try:
            with self._core.begin():
                return fn(self._core)
        except DBAPIError as error:
            is_at_rest = self._handle is not None and not self._handle.in_transaction
            if not (is_interrupted(error) and is_at_rest):
                self._drop()
            raise

    def _drop(self) -> None:
        core, self._core, self._handle = self._core, None, None
        if core is not None:
            core.close()


class Readers:
    """The store's readers; one is opened when all others are at work, up to READERS, then a read waits for its turn."""

    def __init__(self, file: Path, check: Callable[[], None] = lambda: None) -> None:
        """`check` is called before each read; it raises when the file may not be read any more."""
        self._check = check
        self._engine = sqlite_reading_engine(file)
        self._free: list[_Reader] = []
        self._all: list[_Reader] = []
        self._turns = asyncio.Semaphore(READERS)
        self._breaking_off: set[asyncio.Task[None]] = set()

    @property
    def at_work(self) -> int:
        return len(self._all) - len(self._free)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns, over one snapshot; the statements of a cancelled caller are broken off."""
        await self._turns.acquire()
        reader = self._free.pop() if self._free else self._new()
        work = asyncio.create_task(reader.read(fn))
        work.add_done_callback(functools.partial(self._give_back, reader))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            task = asyncio.create_task(_break_off(reader, work))
            self._breaking_off.add(task)
            task.add_done_callback(self._breaking_off.discard)
            raise

    def _new(self) -> _Reader:
        reader = _Reader(self._engine, self._check)
        self._all.append(reader)
        return reader

    def _give_back(self, reader: _Reader, work: asyncio.Task[Any]) -> None:
        if not work.cancelled():
            work.exception()  # of a cancelled caller nobody else asks
        if reader.is_open:
            self._free.append(reader)
        else:
            self._all.remove(reader)
        self._turns.release()

    async def close(self) -> None:
        """Let every read end, then close the connections; later reads are the caller's mistake."""
        for _ in range(READERS):
            await self._turns.acquire()
        for reader in self._all:
            await reader.close()
        self._all.clear()
        self._free.clear()


async def _break_off(reader: _Reader, work: asyncio.Task[Any]) -> None:
    """Between two statements there is nothing to break off: try until the work has ended."""
    while not work.done():
        reader.interrupt()
        await asyncio.wait([work], timeout=INTERRUPT_EVERY_S)
