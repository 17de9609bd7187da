"""The intake the console keeps running: started, started again when it dies, ended with the console."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from console.intake.heartbeat import IntakeState, read_heartbeat
from console.intake.lock import is_locked
from console.intake.start import keep_intake_running
from console.settings import Settings
from tests.intake.conftest import Inbox
from tests.intake.processes import QUICK, beat_of, running, until


@pytest.fixture
def settings(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Settings:
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    return Settings(data=inbox.folder.root, database=sqlite_url)


@asynccontextmanager
async def keeping(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(keep_intake_running(settings, look_every_s=0.05))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def first_pid(settings: Settings, *, other_than: int = 0) -> int:
    """The process id of an intake that is at work."""
    found: list[int] = []

    async def ask() -> bool:
        beat = read_heartbeat(settings.folder.heartbeat)
        if beat is not None and beat.state is IntakeState.OK and beat.pid != other_than:
            found.append(beat.pid)
        return bool(found)

    await until(ask)
    return found[0]


async def test_it_is_started_again_when_it_dies_and_ends_with_the_console(settings: Settings) -> None:
    async with keeping(settings):
        first = await first_pid(settings)
        assert os.getsid(first) != os.getsid(0)
        os.kill(first, signal.SIGKILL)
        second = await first_pid(settings, other_than=first)
        assert is_locked(settings.folder.intake_lock)
    assert not is_locked(settings.folder.intake_lock)
    await beat_of(settings.folder, second, IntakeState.STOPPED)


async def test_anothers_intake_is_left_alone(settings: Settings, sqlite_url: str) -> None:
    async with running(settings.folder, sqlite_url) as process, keeping(settings) as task:
        await beat_of(settings.folder, process.pid)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert process.returncode is None
        assert is_locked(settings.folder.intake_lock)


async def test_it_follows_anothers_intake_that_died(settings: Settings, sqlite_url: str) -> None:
    async with running(settings.folder, sqlite_url) as process, keeping(settings):
        process.kill()
        await first_pid(settings, other_than=process.pid)
