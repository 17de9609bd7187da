"""Keeps an intake running beside the console: starts one when none holds the folder's lock, again when it dies."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from console.intake.lock import is_locked
from console.settings import Settings

LOOK_EVERY_S = 1.0
"""How often it is asked whether a foreign intake still runs."""
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
"""Before the next start of one that died; from the front again after a minute of life."""
_LIVED_S = 60.0
_TERM_S = 10.0
"""How long an intake gets to finish its batch before it is killed; what it then holds is taken at the next start."""


async def keep_intake_running(
    settings: Settings,
    *,
    command: Sequence[str] = (sys.executable, "-m", "console", "intake"),
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Until cancelled, which ends the intake that was started here (and no other).

    A console that is killed leaves its intake running; the next console finds it by its lock.
    """
    deaths = 0
    while True:
        while is_locked(settings.folder.intake_lock):  # noqa: ASYNC110 - another process's lock rings no event here
            await asyncio.sleep(look_every_s)
        started = time.monotonic()
        await _live(settings, command)
        deaths = 0 if time.monotonic() - started > _LIVED_S else deaths + 1
        await asyncio.sleep(_PAUSES_S[min(deaths, len(_PAUSES_S) - 1)])


async def _live(settings: Settings, command: Sequence[str]) -> None:
    """One intake from start to death; told to end and waited for when this is cancelled."""
    log_file = settings.folder.log / "intake.log"
    settings.folder.make()
    descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=_environment(settings),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _TERM_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment(settings: Settings) -> Mapping[str, str]:
    """The console's own environment and where folder, database and key are: an argument list is open to everyone."""
    places = {
        "TASKROOM_DATA": str(settings.data),
        "TASKROOM_DATABASE": settings.database,
        "TASKROOM_VAULT_KEY": str(settings.vault_key) if settings.vault_key else None,
    }
    return {**os.environ, **{name: value for name, value in places.items() if value is not None}}
