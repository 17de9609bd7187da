"""What the intake complains of, on the real desk screen at its three sizes: said while it lasts, then gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from console.intake.heartbeat import STALE_AFTER, Heartbeat, IntakeState
from console.ui.app import ConsoleApp
from tests.ui.console_host import SIZES
from tests.ui.reading import rows_on
from tests.ui.small_station import Clock, fill, settings_in
from tests.until import until

FULL = "The disk is full: make room. What was sent waits in the folder."
GONE = "The folder is gone: put it back or mount its disk again (/srv/[b]desk\x1b[31m)."


class Watched:
    """A console whose intake says what the test lets it say."""

    def __init__(self, app: ConsoleApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.beat: Heartbeat | None = None

    def says(self, state: IntakeState, problem: str = "", *, waiting: int = 0, age: timedelta = timedelta()) -> None:
        at = self.clock() - age
        self.beat = Heartbeat(1, at, at, state, taken_last_minute=900, waiting=waiting, problem=problem)

    async def shows(self, words: str) -> None:
        try:
            await until(lambda: any(words in row for row in rows_on(self.app)), patience_s=15)
        except TimeoutError:
            raise AssertionError(words + "\n" + "\n".join(rows_on(self.app))) from None

    async def hides(self, words: str) -> None:
        await until(lambda: not any(words in row for row in rows_on(self.app)), patience_s=15)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def watched(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Watched]:
    settings, clock = settings_in(tmp_path), Clock()
    await fill(settings, clock)
    beats: list[Watched] = []
    app = ConsoleApp(settings, now=clock, heartbeat=lambda: beats[0].beat if beats else None)
    beats.append(Watched(app, clock))
    async with app.run_test(size=request.param, notifications=True):
        await beats[0].shows("● live")
        yield beats[0]


async def test_trouble_is_said_while_it_lasts(watched: Watched) -> None:
    watched.says(IntakeState.FOLDER_TROUBLE, FULL)
    await watched.shows(f"Intake: {FULL}")
    await watched.shows("! intake")
    watched.says(IntakeState.OK)
    await watched.hides(FULL)
    await watched.hides("! intake")


async def test_a_silent_intake_is_explained(watched: Watched) -> None:
    watched.says(IntakeState.OK, age=2 * STALE_AFTER)
    await watched.shows("Intake: It has stopped; it is started again. Tips wait meanwhile.")
    await watched.shows("× intake")
    watched.says(IntakeState.STOPPED, FULL, age=2 * STALE_AFTER)
    await watched.shows(f"Intake: {FULL}")


async def test_a_path_from_outside_is_only_shown(watched: Watched) -> None:
    watched.says(IntakeState.FOLDER_TROUBLE, GONE)
    await watched.shows("Intake: The folder is gone: put it back or mount its disk again (/srv")
    assert not any("\x1b" in row for row in rows_on(watched.app))


async def test_how_many_wait_is_told_when_they_are_many(watched: Watched) -> None:
    watched.says(IntakeState.OK, waiting=87_500)
    await watched.shows("87,500 wait")
    watched.says(IntakeState.OK, waiting=40)
    await watched.hides("87,500 wait")
    assert not any("40 wait" in row for row in rows_on(watched.app))
