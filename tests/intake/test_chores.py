"""What the intake does beside taking tips: what breaks off is told, begun again, and told no more when it is well."""

from __future__ import annotations

import asyncio
import logging

import pytest

from console.intake.chores import keep_doing
from console.intake.pulse import Pulse
from tests.until import until


class Chore:
    """Breaks off as often as told, then goes on."""

    def __init__(self, breaks: int) -> None:
        self.breaks = breaks
        self.begun = 0
        self.is_going = False

    async def __call__(self) -> None:
        self.begun += 1
        if self.begun <= self.breaks:
            raise ValueError("what Mrs Wang said")
        self.is_going = True
        try:
            await asyncio.Event().wait()
        finally:
            self.is_going = False


async def test_one_that_breaks_off_is_told_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    pulse, chore = Pulse(), Chore(breaks=2)
    with caplog.at_level(logging.ERROR):
        doing = asyncio.create_task(keep_doing("The nightly erasing", chore, pulse, again_s=0.0, settled_s=3_600.0))
        await until(lambda: chore.is_going)
    assert chore.begun == 3
    assert pulse.beat().problem.startswith("The nightly erasing broke off (ValueError) and is begun again")
    assert [one.getMessage() for one in caplog.records] == ["The nightly erasing: broke off"] * 2
    doing.cancel()
    await asyncio.wait((doing,))
    assert not chore.is_going


async def test_one_that_goes_on_is_well_again() -> None:
    pulse, chore = Pulse(), Chore(breaks=1)
    doing = asyncio.create_task(keep_doing("The daily backup", chore, pulse, again_s=0.0, settled_s=0.01))
    await until(lambda: chore.is_going)
    await until(lambda: not pulse.beat().problem)
    doing.cancel()
    await asyncio.wait((doing,))


async def test_one_that_has_ended_is_not_begun_again() -> None:
    pulse = Pulse()
    await keep_doing("Watching the socket", lambda: asyncio.sleep(0), pulse)
    assert pulse.beat().problem == ""
