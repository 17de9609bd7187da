"""Keeps an intake running beside the console: starts one when none holds the folder's lock, again when it dies, and
ends the one it started when that hangs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from console.errors import BadSettings
from console.intake.heartbeat import IntakeState, read_heartbeat
from console.intake.lock import is_locked
from console.settings import Settings

COMMAND = (sys.executable, "-m", "console", "intake")
BEHIND = 5
"""Steps of niceness: the intake still gets a quarter of a core that the console wants whole."""
LOOK_EVERY_S = 1.0
"""How often it is asked whether a foreign intake still runs, and whether our own still beats."""
_BEATS_MISSED = 5
"""A heartbeat set to be slow is not taken for silence."""
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
"""Before the next start of one that died; from the front again after a minute of life."""
_LIVED_S = 60.0
_REFUSED_S = 2.0
"""Before the next start when lock or log cannot be opened: nothing was started, so that asking costs nothing."""
_POLL_S = 0.1
"""How soon it is seen that an intake that was told to end has ended; somebody who leaves waits for it."""
_TERM_S = 10.0
"""How long an intake gets to finish its batch before it is killed; what it then holds is taken at the next start."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a living intake's beat may stand still, in seconds, and how long it then has to end by itself."""

    silent_s: float = 15.0
    starting_s: float = 60.0
    """Until its first beat as one at work: importing and migrating take their time on a busy machine."""
    term_s: float = 5.0


def _never() -> bool:
    return False


async def keep_intake_running(
    settings: Settings,
    outlives: Callable[[], bool] = _never,
    *,
    command: Sequence[str] = COMMAND,
    look_every_s: float = LOOK_EVERY_S,
    patience: Patience = Patience(),
) -> None:
    """Until cancelled, which ends the intake that was started here (and no other), unless `outlives` then says that it
    goes on; one started here that lives but gives no sign of life is ended too, and started again.

    A console that is killed, crashes or loses its terminal leaves its intake running; the next console finds it by its
    lock.
    """
    deaths = 0
    while True:
        started = time.monotonic()
        try:
            while is_locked(settings.folder.intake_lock):  # noqa: ASYNC110 - another process's lock rings no event here
                await asyncio.sleep(look_every_s)
            started = time.monotonic()
            await _live(settings, command, Listening(settings, patience, look_every_s), outlives)
        except (OSError, BadSettings):  # the folder is away or its disk refuses, which `sign_of_life` tells
            await asyncio.sleep(_REFUSED_S)
            continue
        deaths = 0 if time.monotonic() - started > _LIVED_S else deaths + 1
        await asyncio.sleep(_PAUSES_S[min(deaths, len(_PAUSES_S) - 1)])


class Listening:
    """To the beat of one intake of ours. Time is counted in looks, so that a machine that slept, or a console that was
    stopped, does not take its own sleep for the intake's silence."""

    def __init__(self, settings: Settings, patience: Patience, look_every_s: float) -> None:
        self._file = settings.folder.heartbeat
        self._patience = patience
        self._most_silent_s = max(patience.silent_s, _BEATS_MISSED * settings.intake.heartbeat_s)
        self._last_at: datetime | None = None
        self._silent_s = 0.0
        self.look_every_s = look_every_s

    @property
    def term_s(self) -> float:
        return self._patience.term_s

    def is_silent(self, pid: int) -> bool:
        """One look: whether the process has not beaten for too long."""
        beat = read_heartbeat(self._file)
        mine = beat if beat is not None and beat.pid == pid else None
        last_at = mine.at if mine is not None else None
        self._silent_s = self._silent_s + self.look_every_s if last_at == self._last_at else 0.0
        self._last_at = last_at
        is_at_work = mine is not None and mine.state is not IntakeState.STARTING
        most_s = self._most_silent_s if is_at_work else max(self._patience.starting_s, self._most_silent_s)
        return self._silent_s > most_s and _can_be_written(self._file)


def _can_be_written(heartbeat: Path) -> bool:
    """Whether a beat could be written at all: on a full disk the silent intake is not to blame, nor mended by ending
    it."""
    trial = heartbeat.with_name(f".{heartbeat.name}.trial")
    try:
        trial.write_bytes(bytes(1 << 12))
    except OSError:
        return False
    finally:
        with suppress(OSError):
            trial.unlink()
    return True


async def _live(settings: Settings, command: Sequence[str], listening: Listening, outlives: Callable[[], bool]) -> None:
    """One intake from start to death, or to its end because it fell silent; told to end and waited for when this is
    cancelled, or left alone when it outlives us."""
    settings.folder.make()
    last_words = settings.folder.log / "intake.err"
    descriptor = os.open(last_words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        # Not asyncio's: that kills its process when the event loop's objects are cleared away.
        process = subprocess.Popen(  # noqa: ASYNC220 - it starts in milliseconds and is never waited for in one go
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=_environment(settings),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    _let_go_first(process.pid)
    try:
        if await _fell_silent(process, listening):
            words = f"The intake {process.pid} lived without a sign of life: it is ended, another starts."
            _write_down(settings.folder.log / "intake.log", words)
            await _end(process, listening.term_s)
    finally:
        if process.poll() is None and outlives():
            process.returncode = 0  # whoever inherits it waits for it: it is no left-over of ours
        elif process.poll() is None:
            await _end(process, _TERM_S)


def _let_go_first(pid: int) -> None:
    """Let the console's keys go before the intake's work where both want the machine: a burst is on disk a moment
    later, and nobody waits for a key."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + BEHIND)


async def _fell_silent(process: subprocess.Popen[bytes], listening: Listening) -> bool:
    """Waits until the process has ended (False) or hangs (True)."""
    while process.poll() is None:
        await asyncio.sleep(listening.look_every_s)
        if process.poll() is None and listening.is_silent(process.pid):
            return True
    return False


async def _ends(process: subprocess.Popen[bytes], within_s: float) -> bool:
    """Whether the process ends within that time."""
    until = time.monotonic() + within_s
    while process.poll() is None:
        left_s = until - time.monotonic()
        if left_s <= 0:
            return False
        await asyncio.sleep(min(_POLL_S, left_s))
    return True


def _write_down(log_file: Path, sentence: str) -> None:
    from console import journal

    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with suppress(OSError), os.fdopen(os.open(log_file, flags, 0o600), "a", encoding="utf-8") as log:
        log.write(f"{journal.line('warning', __name__, sentence)}\n")


async def _end(process: subprocess.Popen[bytes], term_s: float) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    if not await _ends(process, term_s):
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()


def _environment(settings: Settings) -> Mapping[str, str]:
    """The console's own environment and where folder, database and key are: an argument list is open to everyone."""
    places = {
        "TASKROOM_DATA": str(settings.data),
        "TASKROOM_DATABASE": settings.database,
        "TASKROOM_VAULT_KEY": _said(settings.vault_key),
        "TASKROOM_VAULT_PASSPHRASE_FILE": _said(settings.vault_passphrase_file),
    }
    return {**os.environ, **{name: value for name, value in places.items() if value is not None}}


def _said(path: Path | None) -> str | None:
    return None if path is None else str(path)
