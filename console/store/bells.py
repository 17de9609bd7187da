"""What tells the feed that another process wrote: SQLite's data_version, looked at often, or PostgreSQL's NOTIFY.

Made by Store, started and closed by Feed.
"""

from __future__ import annotations

import asyncio
import os
import select
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import SQLAlchemyError

from console.store.driver import plain_sqlite, sqlite_module
from console.store.engine import POSTGRES_CONNECT

if TYPE_CHECKING:
    import sqlite3

    from psycopg import AsyncConnection
    from sqlalchemy.ext.asyncio import AsyncEngine

LOOK_EVERY_S = 0.035
"""A look costs 2.9 µs (facts.md, The store), being woken for it 60: 29 a second are some 0.35 % of a core, a third of
what an idle console may take; 50 would be 0.55. Another's tip so waits 18 ms in the mean (ARCHITECTURE, Choices)."""

NOTIFY_EVERY_S = 0.05
"""At most 20 NOTIFY a second and process: more would queue on PostgreSQL's global notification lock."""

HEARTBEAT_S = 10.0
ANSWER_S = 5.0
"""A listening connection that stays silent for so long after a question is given up."""

BACKOFF_FIRST_S, BACKOFF_LONGEST_S = 0.2, 5.0

CHANNEL = "taskroom_feed"


class Bell(Protocol):
    """Rings when the store may have changed by other hands."""

    def start(self, ring: Callable[[], None]) -> None:
        """Ring from now on; a second call does nothing."""

    def announce(self) -> None:
        """This process committed: tell the others, and do not ring for it here."""

    async def close(self) -> None:
        """Stop, after a waiting announcement is sent."""


class SqliteBell:
    """Looks at `PRAGMA data_version` on a connection of its own, which changes when any other connection commits.

    In a thread: turns of the event loop would cost three times as much as the looks. It waits on a pipe that
    is written to at the end; `Event.wait` makes a lock and takes twice the CPU, the half of a look.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._cursor: sqlite3.Cursor | None = None
        """Made once: a look that makes one takes a sixth longer. It reads to the end, so that no snapshot is held."""
        self._seen: int | None = None
        self._looking = threading.Lock()
        self._ended: int | None = None
        """The pipe's end to close, so that the thread ends; None before it was started."""
        self._thread: threading.Thread | None = None

    def start(self, ring: Callable[[], None]) -> None:
        if self._thread is None:
            self._look()
            end, self._ended = os.pipe()
            watching = (asyncio.get_running_loop(), ring, end)
            self._thread = threading.Thread(target=self._watch, args=watching, name="taskroom-bell", daemon=True)
            self._thread.start()

    def announce(self) -> None:
        # What others wrote until now is read by the ring that follows this call.
        if self._thread is not None:
            self._look()

    async def close(self) -> None:
        if self._ended is not None and self._thread is not None:
            os.close(self._ended)
            self._ended = None
            await asyncio.to_thread(self._thread.join)
        if self._connection is not None:
            self._connection.close()
            self._connection = self._cursor = None

    def _watch(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None], end: int) -> None:
        waiting = select.poll()
        waiting.register(end)
        while not waiting.poll(LOOK_EVERY_S * 1000):
            if self._look():
                with suppress(RuntimeError):  # the loop is gone, and with it whoever would have heard
                    loop.call_soon_threadsafe(ring)
        os.close(end)

    def _look(self) -> bool:
        """True when the store changed since the last look; one that cannot be asked now counts as unchanged."""
        with self._looking:
            try:
                if self._connection is None or self._cursor is None:
                    self._connection = plain_sqlite(self._file, timeout_s=0)
                    self._cursor = self._connection.cursor()
                found: list[tuple[int]] = self._cursor.execute("PRAGMA data_version").fetchall()
            except sqlite_module().Error:
                return False
            before, self._seen = self._seen, found[0][0]
            return self._seen != before


class PostgresBell:
    """LISTENs on a connection of its own and has NOTIFY sent, debounced and in a transaction of its own.

    `notify` does that for a channel and its words; it may raise SQLAlchemyError and OSError.
    """

    def __init__(self, engine: AsyncEngine, notify: Callable[[str, str], Awaitable[None]]) -> None:
        self._engine = engine
        self._notify = notify
        self._me = uuid.uuid4().hex
        self._listening: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._wanted = False
        self._sent_at = 0.0
        self._closing = asyncio.Event()

    def start(self, ring: Callable[[], None]) -> None:
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(ring), name="taskroom-bell")

    def announce(self) -> None:
        self._wanted = True
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="taskroom-notify")

    async def close(self) -> None:
        self._closing.set()
        if self._sending is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._sending, ANSWER_S)
        if self._listening is not None:
            await _end(self._listening)

    async def _send(self) -> None:
        while self._wanted:
            with suppress(TimeoutError):
                wait_s = max(0.0, self._sent_at + NOTIFY_EVERY_S - time.monotonic())
                await asyncio.wait_for(self._closing.wait(), wait_s)
            self._wanted, self._sent_at = False, time.monotonic()
            # Others look by themselves every second, so a lost announcement costs them no more than that.
            with suppress(SQLAlchemyError, OSError):
                await self._notify(CHANNEL, self._me)

    async def _listen(self, ring: Callable[[], None]) -> None:
        import psycopg

        backoff_s = BACKOFF_FIRST_S
        while True:
            try:
                connection = await self._connect()
            except (psycopg.Error, OSError):
                pass
            else:
                backoff_s = BACKOFF_FIRST_S
                with suppress(psycopg.Error, OSError):
                    await self._ring_for(connection, ring)
            ring()
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_LONGEST_S)

    async def _connect(self) -> AsyncConnection:
        import psycopg

        arguments, named = self._engine.dialect.create_connect_args(self._engine.url)
        return await psycopg.AsyncConnection.connect(*arguments, **{**named, **POSTGRES_CONNECT, "autocommit": True})

    async def _ring_for(self, connection: AsyncConnection, ring: Callable[[], None]) -> None:
        """Ring for others' announcements until the connection breaks; a question in every pause shows that it lives."""
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            while True:
                ring()  # also for what was announced before the LISTEN, or during the question
                async for notice in connection.notifies(timeout=HEARTBEAT_S):
                    if notice.payload != self._me:
                        ring()
                async with asyncio.timeout(ANSWER_S):
                    await connection.execute("SELECT 1")
        finally:
            await connection.close()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
