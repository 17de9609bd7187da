"""When a frame is painted: what somebody waits for at once, all else when Textual's timer says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from unittest.mock import Mock

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

from console.ui.screens import curtain as curtain_module
from console.ui.screens.curtain import Curtain
from console.ui.screens.paced import PacedScreen
from tests.ui.console_host import Console
from tests.ui.reading import rows_on
from tests.until import until


class Words(PacedScreen):
    def compose(self) -> ComposeResult:
        yield Static("before")


class Host(App[None]):
    def get_default_screen(self) -> PacedScreen:
        return Words()


class Frames:
    """A screen's frames, its first row each; Textual's timer does not tick any more, but is it asked to?"""

    def __init__(self, app: App[None], screen: PacedScreen, patch: pytest.MonkeyPatch) -> None:
        self.painted: list[str] = []
        self.timer = Mock()
        patch.setattr(screen._update_timer, "resume", self.timer)
        paint = screen._compositor_refresh

        def painting() -> None:
            self.painted.append(rows_on(app)[0].strip())
            paint()

        patch.setattr(screen, "_compositor_refresh", painting)


async def test_what_is_waited_for_is_painted_without_the_timer_and_the_next_change_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Host().run_test() as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, PacedScreen)
        frames = Frames(pilot.app, screen, monkeypatch)
        screen.hurry()
        screen.query_one(Static).update("after")
        await until(lambda: frames.painted == ["after"])
        frames.timer.assert_not_called()
        screen.query_one(Static).update("later")
        await until(lambda: frames.timer.called)
        assert frames.painted == ["after"]


async def test_what_is_held_back_is_not_painted_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Host().run_test() as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, PacedScreen)
        frames = Frames(pilot.app, screen, monkeypatch)
        monkeypatch.setattr(curtain_module, "MOST_S", 3600.0)
        curtain = Curtain(screen)
        curtain.hold()
        screen.query_one(Static).update("after")
        await pilot.pause()
        assert frames.painted == []
        curtain.lift()
        await until(lambda: frames.painted == ["after"])


async def test_a_key_and_the_file_it_led_to_are_waited_for_and_no_key_of_a_question(
    wide: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = wide.app.desk_screen
    await wide.until(lambda: screen.detail.file is not None, "a file")

    async def is_hurried_by(what: Callable[[], Awaitable[None]]) -> bool:
        screen._is_hurried = False
        await what()
        return screen._is_hurried

    async def show_file() -> None:
        screen.show_file(screen.detail.file)

    async def press() -> None:
        await wide.app.on_event(events.Key("f12", None))

    assert await is_hurried_by(press), "a key, even one that does nothing"
    assert await is_hurried_by(show_file)
    await wide.press("s")
    await wide.sees("Enter solves")
    assert not await is_hurried_by(press)
    assert not await is_hurried_by(show_file)
