"""A running intake whose log is kept, for tests that send it what it must withstand; `start` is their fixture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.desk.conftest import Desk
from tests.faults.senders import Sender
from tests.intake.conftest import Inbox, count
from tests.intake.processes import beat_of, intake_process, until


@dataclass(frozen=True)
class Running:
    """An intake at work, and everything it wrote to its log."""

    inbox: Inbox
    desk: Desk
    process: asyncio.subprocess.Process
    log: list[str]

    async def connect(self) -> Sender:
        return await Sender.connect(self.inbox.folder)

    async def tips(self) -> int:
        return await count(self.desk.store)

    async def keys(self, beginning: str) -> set[str]:
        """Of the tips on file from a sender."""
        from sqlalchemy import text

        query = text("SELECT source_key FROM tip WHERE source_key LIKE :beginning")
        rows = await self.desk.store.read(
            lambda conn: conn.execute(query, {"beginning": f"{beginning}%"}).scalars().all()
        )
        return set(rows)

    async def logs(self, words: str) -> str:
        """The first line of the log with these words, once it is there."""
        found: list[str] = []

        async def ask() -> bool:
            found[:] = [line for line in self.log if words in line]
            return bool(found)

        await until(ask)
        return found[0]


Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def start(inbox: Inbox, station: Desk, store_url: str) -> Start:
    @asynccontextmanager
    async def started(**settings: str) -> AsyncIterator[Running]:
        process = await intake_process(inbox.folder, store_url, **settings)
        log: list[str] = []
        assert process.stdout is not None
        reading = asyncio.create_task(_read(process.stdout, log))
        try:
            await beat_of(inbox.folder, process.pid)
            yield Running(inbox, station, process, log)
            assert process.returncode in (None, 0), "\n".join(log)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reading

    return started


async def _read(stream: asyncio.StreamReader, log: list[str]) -> None:
    while line := await stream.readline():
        log.append(line.decode())
