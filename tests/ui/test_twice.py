"""Keys that come twice, or before the store has answered: nothing is done twice, to another tip, or by halves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual import events

from console import desk
from console.desk import signing
from console.errors import StoreDown
from console.model.change import EventKind
from console.model.tip import CloseReason, Status
from console.ui.modals.note_tip import NoteTip
from console.ui.screens import going
from console.ui.screens.desk import DeskScreen
from tests.ui.console_host import Console, console, ref
from tests.ui.small_station import CHEN, LI, settings_in


class Held:
    """A coroutine function whose calls wait until they are let `go`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, of: Any, name: str) -> None:
        self._call = getattr(of, name)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

        async def held(*given: Any, **named: Any) -> Any:
            self.asked.set()
            await self.go.wait()
            return await self._call(*given, **named)

        monkeypatch.setattr(of, name, held)


def at_once(one: Console, *keys: str) -> None:
    """As they come in one read of the terminal."""
    for key in keys:
        one.app.post_message(events.Key(key, "\r" if key == "enter" else key))


@pytest.mark.parametrize("keys", [("enter", "enter"), ("enter", "escape"), ("enter", "ctrl+l")])
async def test_an_answer_and_another_key_at_once_take_only_the_question_away(
    wide: Console, keys: tuple[str, ...]
) -> None:
    await wide.press("e")
    await wide.sees("Note to")
    await wide.press(*"second call")
    at_once(wide, *keys)
    await wide.pilot.pause()
    await wide.until(lambda: not isinstance(wide.app.screen, NoteTip), "answered")
    assert wide.app.desk_screen in wide.app.screen_stack
    assert wide.app.presence.is_locked == (keys[-1] == "ctrl+l" and wide.shows("Locked"))


async def test_a_confirmation_pressed_twice_is_given_once(wide: Console) -> None:
    await wide.press("e")
    await wide.sees("Note to")
    await wide.press(*"second call")
    at_once(wide, "enter", "enter")
    await wide.sees("The note stands in the history")
    file = await desk.tip_file_by_ref(wide.other, CHEN, ref(4))
    assert [one.kind for one in file.history].count(EventKind.NOTED) == 1


async def test_the_menu_does_nothing_to_another_tip_than_its_own(wide: Console) -> None:
    """A colleague closes it while the menu is open, and the cursor comes to the next one."""
    await wide.press("f4")
    await wide.sees("Investigate")
    await desk.close_tip(wide.other, LI, await wide.tip(4), CloseReason.NO_ACTION)
    await wide.until(lambda: wide.line.ref == ref(3), "the cursor moves on")
    await wide.press("1")
    await wide.sees("JNL-1121-0004 has left the list meanwhile: nothing was done.")
    assert (await wide.tip(3)).status is Status.NEW


async def test_the_lock_leaves_no_question_below_that_holds_up_leaving(wide: Console) -> None:
    await wide.press("ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("ctrl+l")
    await wide.sees("Locked")
    await wide.press("ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("y")
    await wide.until(lambda: not wide.app.is_running, "left")


async def test_leaving_that_is_under_way_is_not_asked_again(wide: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch, signing, "sign_off")
    await wide.press("ctrl+q", "y")
    await held.asked.wait()
    await wide.press("ctrl+q")
    held.go.set()
    await wide.until(lambda: not wide.app.is_running, "left")


async def test_signing_off_that_is_under_way_is_not_begun_again(wide: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch, DeskScreen, "end")
    await wide.press("colon", *"sign-off", "enter")
    await wide.sees("Sign off?")
    await wide.press("enter")
    await held.asked.wait()
    await wide.app.run_action("sign_off")
    held.go.set()
    await wide.sees("Sign in")
    assert wide.app.presence.hides_desk


async def test_a_sign_off_that_hangs_keeps_nobody_from_leaving(wide: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch, signing, "sign_off")
    monkeypatch.setattr(going, "_SIGN_OFF_S", 0.01)
    await wide.press("colon", *"sign-off", "enter")
    await wide.sees("Sign off?")
    await wide.press("enter")
    await held.asked.wait()
    await wide.press("ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("y")
    await wide.until(lambda: not wide.app.is_running, "left")


async def test_a_step_asked_for_twice_is_one_question(wide: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as slow:
        held = Held(slow, desk, "tip_file")
        await wide.press("e", "e")
        await held.asked.wait()
        held.go.set()
        await wide.sees("Note to")
    await wide.pilot.pause()
    assert sum(isinstance(screen, NoteTip) for screen in wide.app.screen_stack) == 1
    await wide.press(*"second call")

    async def no_answer(*_given: Any) -> None:
        raise StoreDown("The database does not answer.")

    with monkeypatch.context() as outage:
        outage.setattr(desk, "note_tip", no_answer)
        await wide.press("enter")
        await wide.sees("your words are kept")
    await wide.press("e")
    await wide.sees("second call")


async def test_a_number_that_is_no_decimal_in_the_lock_s_reasons_does_nothing(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (80, 24)) as one:
        await one.press("ctrl+l")
        await one.sees("Locked")
        await one.press("shift+tab", *["backspace"] * 7, *"jnl-001", "tab")
        await one.sees("Reason")
        for number in "❶፩":
            at_once(one, number)
        await one.pilot.pause()
        assert one.app.is_running
        assert one.shows("Locked")
