"""SQLite's one writer thread per store: callers queue functions, it commits them in groups.

Used by `Store.write` only. 64 callers share one fsync this way (facts.md, The store).
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from console.errors import StoreDown
from console.store.direct import transaction
from console.store.driver import BUSY_S
from console.store.gate import Gate
from console.store.upkeep import Upkeep

T = TypeVar("T")

GROUP_JOBS = 256
GROUP_S = 0.02
"""A group stops taking more after this many functions or seconds, so that nobody waits long."""

Together = Callable[[Connection, list[Any]], list[Any]]
"""Work on the items of many callers at once: one result an item, in order."""


class _Job:
    """One caller's function, and what came of it; with `together` instead, one caller's item of a shared function."""

    __slots__ = ("error", "fn", "future", "item", "result", "together")

    def __init__(
        self,
        future: asyncio.Future[Any],
        fn: Callable[[Connection], object] | None = None,
        together: Together | None = None,
        item: object = None,
    ) -> None:
        self.fn = fn
        self.together = together
        self.item = item
        self.future = future
        self.result: object = None
        self.error: BaseException | None = None

    def answer(self) -> None:
        if self.future.done():
            return  # the caller was cancelled meanwhile
        if self.error is None:
            self.future.set_result(self.result)
        elif isinstance(self.error, StopIteration):
            self.future.set_exception(RuntimeError("a write function raised StopIteration"))
        else:
            self.future.set_exception(self.error)


def _batches(jobs: Iterator[_Job]) -> Iterator[list[_Job]]:
    """Each job alone, but neighbours that share a function in one list."""
    batch: list[_Job] = []
    for job in jobs:
        if batch and (job.together is None or job.together != batch[0].together):
            yield batch
            batch = []
        batch.append(job)
    if batch:
        yield batch


def _run(batch: list[_Job], connection: Connection) -> None:
    """Run the batch's one function; what it raises is every job's error."""
    first = batch[0]
    for job in batch:
        job.error = None
    try:
        if first.together is not None:
            results = first.together(connection, [job.item for job in batch])
            for job, result in zip(batch, results, strict=True):
                job.result = result
        elif first.fn is not None:
            first.result = first.fn(connection)
    except BaseException as error:
        for job in batch:
            job.error = error
        raise


class Writer:
    """Owns the thread, its connection and the gate."""

    def __init__(self, engine: Engine, gate: Gate, check: Callable[[], None] = lambda: None) -> None:
        """`check` is called before each transaction; it raises when the file may not be written to any more."""
        self._engine = engine
        self._check = check
        self._gate = gate
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._upkeep = Upkeep(gate, lambda: not self._queue.empty())
        self._closing = False
        self._end_seen = False
        self._thread = threading.Thread(target=self._serve, name="taskroom-writer", daemon=True)

    def start(self, committed: Callable[[], None]) -> None:
        """Begin to write; `committed` is called in the event loop after each group, once its callers are answered."""
        self._committed = committed
        self._thread.start()

    async def run(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returned, after its commit. Raises what it raised, or the driver's error.

        The function of a cancelled caller may still be written.
        """
        return cast(T, await self._wait_for(_Job(self._loop.create_future(), fn)))

    async def run_together(self, fn: Together, item: object) -> Any:
        """The result for `item` of one call of `fn` for all items that wait for it; else as `run`."""
        return await self._wait_for(_Job(self._loop.create_future(), together=fn, item=item))

    async def _wait_for(self, job: _Job) -> Any:
        if self._closing:
            raise StoreDown("The store is closed.")
        self._queue.put(job)
        return await job.future

    async def close(self) -> None:
        """Write all that waits, then end the thread."""
        if not self._closing:
            self._closing = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # ── in the thread ────────────────────────────────────────────────────────────────────────────────────────────────

    def _serve(self) -> None:
        while not self._end_seen:
            try:
                job = self._queue.get(timeout=self._upkeep.due_in_s)
            except queue.Empty:
                self._keep_up(self._upkeep.rest)
                continue
            if job is None:
                break
            if not job.future.cancelled():
                began = time.monotonic()
                self._acknowledge(self._write_group(job))
                self._keep_up(partial(self._upkeep.after_group, took_s=time.monotonic() - began))
        self._drop_connection()
        self._gate.close()

    def _keep_up(self, chore: Callable[[Connection], None]) -> None:
        try:
            if self._connection is not None:
                chore(self._connection)
        except Exception:  # noqa: BLE001 - nobody waits for it; the next write reports what is wrong
            self._drop_connection()
        if self._connection is None:
            self._upkeep.put_off()

    def _write_group(self, first: _Job) -> list[_Job]:
        jobs: list[_Job] = []
        try:
            self._transact(self._taking(first, jobs))
        except BaseException as error:  # noqa: BLE001 - the thread outlives whatever a function raises; each caller is told
            if len(jobs) > 1 and any(job.error is not None for job in jobs):
                for job in jobs:
                    self._write_alone(job)
            else:
                self._fail(jobs or [first], error)
                return jobs or [first]
        return jobs

    def _write_alone(self, job: _Job) -> None:
        """One function in a transaction of its own, so that another's refusal costs it nothing."""
        try:
            self._transact(iter((job,)))
        except BaseException as error:  # noqa: BLE001 - as above
            self._fail([job], error)

    def _fail(self, jobs: list[_Job], error: BaseException) -> None:
        for job in jobs:
            if job.error is None:
                job.error = error
        if isinstance(error, SQLAlchemyError):
            self._drop_connection()

    def _transact(self, jobs: Iterator[_Job]) -> None:
        with self._gate.held(BUSY_S):
            self._check()
            if self._connection is None:
                self._connection = self._engine.connect()
            with transaction(self._connection):
                for batch in _batches(jobs):
                    _run(batch, self._connection)

    def _taking(self, first: _Job, taken: list[_Job]) -> Iterator[_Job]:
        """The first function and whatever waits behind it, until the group is big or old enough."""
        until = time.monotonic() + GROUP_S
        job: _Job | None = first
        while job is not None:
            if not job.future.cancelled():
                taken.append(job)
                yield job
            if len(taken) >= GROUP_JOBS or time.monotonic() > until:
                return
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return
            self._end_seen = job is None

    def _acknowledge(self, jobs: list[_Job]) -> None:
        with suppress(RuntimeError):  # when the event loop is gone, so is everybody who waited
            self._loop.call_soon_threadsafe(self._answer, jobs)

    def _answer(self, jobs: list[_Job]) -> None:
        for job in jobs:
            job.answer()
        if any(job.error is None for job in jobs):
            self._committed()

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.close()
        except Exception:  # noqa: BLE001 - it is given up because it is broken
            connection.invalidate()
