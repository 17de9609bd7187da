"""The desk screen as a picture: three sizes, three themes, help and a question; the clock stands at 02:14:07."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.ui.app import ConsoleApp
from tests.ui.reading import rows_on
from tests.ui.small_station import Clock, fill, settings_in
from tests.until import until

Compare = Callable[..., bool]
SIZES = ((80, 24), (120, 40), (200, 60))


def console_in(folder: Path, **settings: Any) -> ConsoleApp:
    clock = Clock()
    made = settings_in(folder, **settings)
    asyncio.run(fill(made, clock))
    return ConsoleApp(made, now=clock, banner="DEMO")


def after(*keys: str, shows: str = "") -> Callable[[Pilot[None]], Any]:
    """Waits until the desk has been read, presses the keys and waits for the words."""

    async def ready(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        screen = app.desk_screen
        wide = app.size.width >= 160
        await until(
            lambda: screen.feed.cursor_line is not None and any("of 4" in r or "= 4" in r for r in rows_on(app))
        )
        await until(lambda: not screen.detail_is_visible or any("received" in row for row in rows_on(app)))
        await until(
            lambda: not screen.detail_is_visible or ((at := screen.feed.cursor_line) is not None and not at.unseen)
        )
        await until(lambda: not wide or any("Zhou Yaping · duty" in row for row in rows_on(app)))
        await pilot.press(*keys)
        await until(lambda: any(shows in row for row in rows_on(app)))
        await pilot.pause()

    return ready


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_desk(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(console_in(tmp_path), terminal_size=size, run_before=after())


@pytest.mark.parametrize("theme", ["light", "contrast"])
def test_themes(snap_compare: Compare, tmp_path: Path, theme: str) -> None:
    assert snap_compare(console_in(tmp_path, theme=theme), terminal_size=(120, 40), run_before=after())


def test_detail_over_the_list(snap_compare: Compare, tmp_path: Path) -> None:
    ready = after("enter", shows="▶ 2 JNL-1121-0004")
    assert snap_compare(console_in(tmp_path), terminal_size=(80, 24), run_before=ready)


def test_help(snap_compare: Compare, tmp_path: Path) -> None:
    ready = after("question_mark", shows="Mark or unmark")
    assert snap_compare(console_in(tmp_path), terminal_size=(80, 24), run_before=ready)


def test_a_question(snap_compare: Compare, tmp_path: Path) -> None:
    ready = after("r", shows="Fire brigade")
    assert snap_compare(console_in(tmp_path), terminal_size=(80, 24), run_before=ready)


def test_a_dead_key(snap_compare: Compare, tmp_path: Path) -> None:
    ready = after("X", shows="X: It is open.")
    assert snap_compare(console_in(tmp_path), terminal_size=(80, 24), run_before=ready)
