"""Lives of an intake process for the fault tests: born of a nursery or as `python -m console intake`, to their end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from console.intake.heartbeat import IntakeState, read_heartbeat
from console.paths import DataFolder
from tests.intake.processes import COMMAND, environment
from tests.until import until

PATIENCE_S = 120.0
"""For one fact about an intake on a machine that others use too."""


class Life:
    """One intake process: its pid, and how it ended once it has."""

    def __init__(self, folder: DataFolder, pid: int, end: Awaitable[int]) -> None:
        self.pid = pid
        self._folder = folder
        self._ended = asyncio.ensure_future(end)

    @property
    def is_over(self) -> bool:
        return self._ended.done()

    async def end(self) -> int:
        """Wait for it; minus the signal, or the exit code."""
        return await asyncio.wait_for(asyncio.shield(self._ended), PATIENCE_S)

    async def kill(self) -> int:
        """kill -9, unless it is over."""
        if not self.is_over:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        return await self.end()

    async def until(self, is_so: Callable[[], bool]) -> bool:
        """Whether the fact came about before the life was over."""
        await until(lambda: self.is_over or is_so(), patience_s=PATIENCE_S)
        return not self.is_over

    async def is_at_work(self) -> bool:
        """Whether it came so far as to beat as one that takes tips."""
        return await self.until(self._beats)

    def _beats(self) -> bool:
        beat = read_heartbeat(self._folder.heartbeat)
        return beat is not None and beat.pid == self.pid and beat.state is not IntakeState.STARTING


class Nursery:
    """Where lives come from; one at a time."""

    def __init__(self, process: asyncio.subprocess.Process, folder: DataFolder, variables: Mapping[str, str]) -> None:
        self._process = process
        self._folder = folder
        self._variables = variables

    async def quick(self) -> Life:
        """A life forked from the process that has imported everything."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        (pid,) = await self._answer()
        return Life(self._folder, pid, self._death())

    async def whole(self) -> Life:
        """A life from its first import on, as an operator or a console starts it."""
        started = await asyncio.create_subprocess_exec(*COMMAND, env=self._variables, stdout=2)
        return Life(self._folder, started.pid, started.wait())

    async def _death(self) -> int:
        _pid, status = await self._answer()
        return status

    async def _answer(self) -> list[int]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the nursery is gone"
        return [int(word) for word in line.split()]


@asynccontextmanager
async def nursery(
    folder: DataFolder, database: str, log: Path, variables: Mapping[str, str] | None = None, **settings: str
) -> AsyncIterator[Nursery]:
    """A nursery whose lives write their errors to `log`; at the end nothing of it runs."""
    around = {**environment(folder, database, **settings), **(variables or {})}
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.nursery",
            env=around,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Nursery(process, folder, around)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), PATIENCE_S)
