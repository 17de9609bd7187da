"""The intake the console keeps running: started, started again when it dies, ended with the console."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from console.intake import start
from console.intake.heartbeat import IntakeState, read_heartbeat
from console.intake.lock import is_locked
from console.intake.start import Patience, keep_intake_running
from console.settings import Settings, load_settings
from tests.intake.conftest import Inbox
from tests.intake.processes import QUICK, beat_of, running, until

USUAL = Patience()
HASTY = Patience(silent_s=3.0, starting_s=60.0, term_s=0.2)


@pytest.fixture
def settings(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Settings:
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    return load_settings(data=inbox.folder.root, database=sqlite_url)


@asynccontextmanager
async def keeping(settings: Settings, patience: Patience = USUAL) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(keep_intake_running(settings, look_every_s=0.05, patience=patience))
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
        assert os.getpriority(os.PRIO_PROCESS, first) > os.getpriority(os.PRIO_PROCESS, 0), "keys go before a burst"
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


async def test_one_of_its_own_that_hangs_is_ended_and_started_again(settings: Settings) -> None:
    async with keeping(settings, HASTY):
        first = await first_pid(settings)
        os.kill(first, signal.SIGSTOP)
        await first_pid(settings, other_than=first)
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
    assert f"The intake {first} lived without a sign of life" in (settings.folder.log / "intake.log").read_text()


async def test_one_of_its_own_that_hangs_in_starting_is_ended_too(settings: Settings, tmp_path: Path) -> None:
    started = tmp_path / "started"
    hanging = ("/bin/sh", "-c", 'echo $$ >> "$0"; kill -STOP $$', str(started))
    patience = Patience(silent_s=0.2, starting_s=0.5, term_s=0.1)
    task = asyncio.create_task(keep_intake_running(settings, command=hanging, look_every_s=0.05, patience=patience))

    async def twice() -> bool:
        return started.exists() and len(started.read_text().split()) > 1

    await until(twice)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_anothers_intake_that_hangs_is_left_alone(
    settings: Settings, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    def look(path: Path) -> bool:
        nonlocal looks
        looks += 1
        return is_locked(path)

    async def looked_long_enough() -> bool:
        return looks > 60

    monkeypatch.setattr(start, "is_locked", look)
    async with running(settings.folder, sqlite_url) as process:
        process.send_signal(signal.SIGSTOP)
        async with keeping(settings, Patience(silent_s=0.2, starting_s=0.2, term_s=0.1)):
            await until(looked_long_enough)
            assert process.returncode is None
            process.send_signal(signal.SIGCONT)
            at_rest = read_heartbeat(settings.folder.heartbeat)
            assert at_rest is not None

            async def beats_again() -> bool:
                beat = read_heartbeat(settings.folder.heartbeat)
                return beat is not None and beat.pid == process.pid and beat.at > at_rest.at

            await until(beats_again)


async def test_a_full_disk_is_not_taken_for_a_hanging_intake(settings: Settings, tmp_path: Path) -> None:
    listening = start.Listening(settings, Patience(silent_s=0.5, starting_s=0.5), 0.3)
    assert not listening.is_silent(1)
    assert listening.is_silent(1)
    trial = settings.folder.heartbeat.with_name(f".{settings.folder.heartbeat.name}.trial")
    assert not trial.exists()
    trial.mkdir()
    assert not listening.is_silent(1)


async def test_a_folder_that_refuses_is_asked_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_REFUSED_S", 0.05)
    log = settings.folder.log
    log.rmdir()
    log.write_text("in the way")
    refused = 0

    def refuse(path: Path) -> bool:
        nonlocal refused
        refused += 1
        if refused == 2:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return is_locked(path)

    monkeypatch.setattr(start, "is_locked", refuse)

    async def refused_often() -> bool:
        return refused > 4

    async with keeping(settings) as task:
        await until(refused_often)
        assert not task.done()
        log.unlink()
        await first_pid(settings)
