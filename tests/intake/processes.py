"""A real intake process for tests, and waiting for facts about it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from console.intake.heartbeat import Heartbeat, IntakeState, read_heartbeat
from console.paths import DataFolder

WAIT_S = 60.0
"""Starting a process takes a second on an idle machine and ten on a busy one."""

COMMAND = (sys.executable, "-m", "console", "intake")
QUICK = {
    "TASKROOM_INTAKE__SETTLE_S": "0.2",
    "TASKROOM_INTAKE__SCAN_EVERY_S": "0.5",
    "TASKROOM_INTAKE__HEARTBEAT_S": "0.05",
}
"""Settings of a test's intake: nothing here waits for a real second."""


def environment(folder: DataFolder, database: str, **settings: str) -> dict[str, str]:
    root = Path(__file__).resolve().parents[2]
    places = {"TASKROOM_DATA": str(folder.root), "TASKROOM_DATABASE": database, "PYTHONPATH": str(root)}
    return {**os.environ, **QUICK, **settings, **places}


async def intake_process(folder: DataFolder, database: str, *more: str, **settings: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *more,
        env=environment(folder, database, **settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@asynccontextmanager
async def running(folder: DataFolder, database: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """An intake that is at work; killed at the end when it still runs."""
    process = await intake_process(folder, database, **settings)
    try:
        await beat_of(folder, process.pid)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def beat_of(folder: DataFolder, pid: int, state: IntakeState = IntakeState.OK) -> Heartbeat:
    """The first beat of that process in that state."""
    found: list[Heartbeat] = []

    async def ask() -> bool:
        beat = read_heartbeat(folder.heartbeat)
        if beat is not None and beat.pid == pid and beat.state == state:
            found.append(beat)
        return bool(found)

    await until(ask)
    return found[0]


async def until(ask: Callable[[], Awaitable[bool]]) -> None:
    """Until the fact holds; fails after a minute."""
    async with asyncio.timeout(WAIT_S):
        while not await ask():  # noqa: ASYNC110 - another process rings no event here
            await asyncio.sleep(0.01)
