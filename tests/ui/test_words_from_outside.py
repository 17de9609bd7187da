"""Hostile words in every place of the screen: nothing crashes, nothing acts, nothing raw is painted, mouse or not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from console.store import Store
from console.ui import text
from console.ui.app import ConsoleApp
from console.ui.modals.leave import Leave
from console.ui.modals.solve_tip import SolveTip
from console.vault import Vault
from tests.hostile import MERGED, TEXTS, floods_in, raw_in
from tests.hostile_station import add_typable, fill_hostile, reader_code
from tests.ui.console_host import Console
from tests.ui.door_places import DOORS
from tests.ui.places import BOXES, FORMS, PANES, QUESTIONS
from tests.ui.small_station import Clock, settings_in
from tests.ui.tour import Intake, Place, Tour
from tests.until import until

SIZE: Final = (200, 60)
SMALLER: Final = (160, 48)
"""Where every run looks: all tags of all places are to be seen at this size too, and it is painted in two thirds."""
MOST_PAGES: Final = 60
MOST_CLICKS: Final = 3
PATIENCE_S: Final = 30.0
CLICKS: Final = re.compile(r"\[@click|\[link|\[/")
PARTS: Final = {"panes": PANES, "boxes": BOXES, "questions": QUESTIONS, "forms": FORMS, "doors": DOORS}
"""The places in walks of about a length; `-k doors` takes one of them."""
FEW: Final = {"merged": MERGED}
"""What every run looks at, on the smaller screen; the long one looks at it and all others on the large one."""
EVERY: Final[dict[str, str]] = {**TEXTS, **FEW}


@asynccontextmanager
async def tour_of(folder: Path, words: str, size: tuple[int, int] = SIZE) -> AsyncIterator[Tour]:
    """A console on a station in which every word is hostile, the intake's trouble and the saved views too."""
    settings = settings_in(folder)
    clock = Clock()
    await fill_hostile(settings, clock, words)
    await add_typable(settings, clock, words)
    views = {f"QVN{words[:20_000]}": f"QVQ{words[:20_000]}"}
    settings = replace(settings, officer=reader_code(words, settings.database_url), views=views)
    intake = Intake(words)
    app = ConsoleApp(settings, now=clock, heartbeat=intake.beat)
    other = await Store.open(settings.database_url, now=clock)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            one = Console(app, pilot, other, Vault.open(settings.vault_key_file, create=False), clock)
            await one.sees("● live")
            await one.until(lambda: app.desk_screen.feed.cursor_line is not None, "no tip")
            yield Tour(one, words, intake)
    finally:
        await other.close()


def strips_of(tour: Tour) -> list[Strip]:
    return tour.console.app.screen._compositor.render_strips()


def check_screen(tour: Tour, place: Place) -> str:
    """The screen as text: no raw character, no flood, every row as wide as the screen, nothing to click on."""
    app = tour.console.app
    assert app.is_running, place.name
    assert app._exception is None, place.name
    strips = strips_of(tour)
    shown = "\n".join(strip.text for strip in strips)
    assert raw_in(shown) == set(), place.name
    assert floods_in(shown) == [], place.name
    assert {strip.cell_length for strip in strips} == {app.size.width}, place.name
    assert {cell_len(strip.text) for strip in strips} == {app.size.width}, place.name
    for strip in strips:
        for segment in strip:
            assert segment.style is None or segment.style.link is None, place.name
            assert segment.style is None or "@click" not in segment.style.meta, place.name
    return shown


async def visit(tour: Tour, place: Place) -> list[str]:
    """Go there from its seat and look at each page until every tag was seen; the tags that were not."""
    await place.reach(tour)
    wanted = set(place.tags)
    for _ in range(MOST_PAGES if place.pages else 1):
        await tour.console.pilot.pause()
        wanted -= {tag for tag in wanted if tag in check_screen(tour, place)}
        if not wanted:
            break
        if place.pages:
            await tour.press(place.pages)
    if wanted:
        with suppress(TimeoutError):
            await until(lambda: all(tag in check_screen(tour, place) for tag in wanted), patience_s=PATIENCE_S)
            wanted = set()
    return sorted(wanted)


async def click(tour: Tour, place: Place) -> int:
    """Click on what looks like a link or a command in the words, wherever it stands; how often."""
    clicked = 0
    for y, row in enumerate(tour.console.rows):
        for found in list(CLICKS.finditer(row))[:2]:
            if clicked < MOST_CLICKS and CLICKS.match(tour.console.rows[y], found.start()):
                await tour.console.pilot.click(offset=(cell_len(row[: found.end()]), y))
                await tour.console.pilot.pause()
                check_screen(tour, place)
                check_nothing_acted(tour, place)
                clicked += 1
    return clicked


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What came around `ui/text.py` and only the last door has stopped."""
    stopped: list[str] = []
    disarm = text._disarmed

    def seen(segment: Segment) -> Segment:
        stopped.append(segment.text)
        return disarm(segment)

    monkeypatch.setattr(text, "_disarmed", seen)
    return stopped


def takes_typing(place: Place) -> bool:
    """Where what was pasted stands as it is, with nothing but the last door before it: a box one types in."""
    return "QZZ" in place.tags or place.name.startswith(("command line", "search", "new tip"))


async def walk(folder: Path, kind: str, words: str, part: str, around: list[str], size: tuple[int, int] = SIZE) -> None:
    places = PARTS[part]
    unseen: list[str] = []
    clicked = 0
    async with tour_of(folder, words, size) as tour:
        for place in places:
            await place.seat(tour)
            around.clear()
            try:
                missing = await visit(tour, place)
            except AssertionError as error:
                missing = [str(error)]
            check_nothing_acted(tour, place)
            assert takes_typing(place) or around == [], place.name
            clicked += await click(tour, place)
            around.clear()
            unseen += [f"{place.name} {missing}:\n" + "\n".join(tour.console.rows)] if missing else []
    assert not list(folder.rglob("*evil.svg")) + list(Path().glob("*evil*"))
    assert unseen == [], "\n".join(unseen)
    words_seen = sum(len(place.tags) for place in places)
    print(f"{part}, {kind}: {len(places)} places, {words_seen} words seen, {clicked} clicks, 0 acted, 0 raw")


def check_nothing_acted(tour: Tour, place: Place) -> None:
    """No question that markup in the words asks for: quitting or solving; and who is to stay where they are does."""
    stack = tour.console.app.screen_stack
    assert place.stays is None or isinstance(tour.screen, place.stays), place.name
    assert place.name.startswith("leave") or not any(isinstance(one, Leave) for one in stack), place.name
    solves = place.name.startswith(("solve", "status line: somebody", "marked"))
    assert solves or not any(isinstance(one, SolveTip) for one in stack), place.name


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", FEW)
async def test_hostile_words_are_shown_everywhere_and_do_nothing(
    kind: str, part: str, tmp_path: Path, around: list[str]
) -> None:
    await walk(tmp_path, kind, FEW[kind], part, around, SMALLER)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", EVERY)
async def test_every_hostile_text_is_shown_and_does_nothing(
    kind: str, part: str, tmp_path: Path, around: list[str]
) -> None:
    await walk(tmp_path, kind, EVERY[kind], part, around)
