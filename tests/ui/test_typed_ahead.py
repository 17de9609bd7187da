"""Keys that come faster than the screen answers: each does what it was meant for, in its turn."""

from __future__ import annotations

from textual import events
from textual.app import App

from console.ui.modals.new_tip import NewTipForm
from console.ui.modals.note_tip import NoteTip
from tests.ui.test_modals import ROOMS, ModalHost
from tests.ui.test_tip_detail import TIP


def burst(app: App[None], *pressed: str) -> None:
    """Keys that a terminal sends in one read."""
    for key in pressed:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_enter_waits_for_the_letters_before_it() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NoteTip(TIP), app.take)
        await pilot.pause()
        burst(app, *"seen at the gate", "enter")
        await pilot.pause()
        await app.workers.wait_for_complete()
        assert app.answer == "seen at the gate"


async def test_what_is_typed_behind_a_tab_stands_in_the_next_field() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NewTipForm(ROOMS), app.take)
        await pilot.pause()
        burst(app, *"fire", "tab", *"jnl-7", "f3")
        await pilot.pause()
        await app.workers.wait_for_complete()
        assert (app.answer.text, app.answer.room) == ("fire", "JNL-7")
