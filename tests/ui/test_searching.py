"""The search box by real keys: a wrong term is never taken, and an answer is shown only for its own query."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, text
from textual import events

from console import desk
from console.model.officer import Officer
from console.model.view import View, Window
from console.store import Store
from console.ui.screens.freshness import Part
from tests import settling
from tests.ui.console_host import Console

WRONG = "status:foo"


def underlined(one: Console) -> str:
    strip = one.app.screen._compositor.render_strips()[-2]
    return "".join(part.text for part in strip if part.style is not None and part.style.underline).strip()


async def test_a_wrong_term_is_not_taken(wide: Console) -> None:
    await wide.press("slash", *"sofa", "enter")
    await wide.sees("/sofa   1 tip")
    await wide.press("slash", *["backspace"] * 4, *WRONG, "enter")
    await wide.sees("status:")
    await wide.until(lambda: underlined(wide) == WRONG, "still in the field")
    assert wide.app.desk_screen.search_box.display
    before = wide.app.desk_screen.sight.text
    await wide.press("enter", "down")
    assert wide.app.desk_screen.search_box.display
    assert wide.app.desk_screen.sight.text == before
    await wide.press(*["backspace"] * 3, *"new", "enter")
    await wide.sees("/status:new   4 tips")
    assert not wide.app.desk_screen.search_box.display


async def test_a_search_that_finds_nothing_says_what_to_press(wide: Console) -> None:
    await wide.press("slash", *"xyzzy")
    await wide.sees("No open tip matches. Esc ends the search")
    await wide.press(*" status:all")
    await wide.sees("No tip matches. Esc ends the search.")
    await wide.press("escape")
    await wide.sees("Loud music")


async def test_a_late_answer_does_not_hide_the_wrong_term(wide: Console) -> None:
    await wide.press("slash")
    for character in WRONG:
        wide.app.post_message(events.Key("colon" if character == ":" else character, character))
    await wide.until(lambda: wide.app.desk_screen.search_box.text == WRONG, "typed")
    screen, reading = wide.app.desk_screen, wide.app.desk_screen.reading
    assert reading is not None
    await wide.until(lambda: reading.view == screen.sight.view, "the earlier query is answered")
    await wide.pilot.pause()
    assert underlined(wide) == WRONG
    assert wide.app.desk_screen.search_box.has_class("-wrong")


async def test_a_mended_term_is_forgiven(wide: Console) -> None:
    await wide.press("slash", *WRONG)
    await wide.until(lambda: underlined(wide) == WRONG, "wrong")
    await wide.press(*["backspace"] * 3, *"new")
    await wide.until(lambda: not underlined(wide) and wide.shows("4 tips"), "right")


async def test_the_next_letter_breaks_off_the_query_before(wide: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that never ends (and says so only once) holds up no later one."""
    began, ended = asyncio.Event(), asyncio.Event()
    ask = desk.tip_window

    async def tip_window(store: Store, officer: Officer, view: View, **where: Any) -> Window:
        if view.query.words != ("s",):
            return await ask(store, officer, view, **where)

        def count_for_ever(connection: Connection) -> Window:
            loop.call_soon_threadsafe(began.set)
            counted = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
            connection.execute(text(counted))
            raise AssertionError("it ended")

        try:
            return await store.read(count_for_ever)
        finally:
            ended.set()

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(desk, "tip_window", tip_window)
    await wide.press("slash")
    monkeypatch.setattr(settling, "PATIENCE_S", 0.0)  # what never ends is not waited for
    await wide.press("s")
    await wide.until(began.is_set, "it runs")
    await wide.press("o")
    await wide.until(ended.is_set, "it is broken off")
    await wide.sees("1 tip")


async def test_half_a_character_in_a_search_is_written_down_too(wide: Console) -> None:
    """Pasted words may hold one; where the officer is, the search with it, is kept for the next console."""
    await wide.press("slash")
    wide.app.post_message(events.Paste("sofa\ud800b"))
    await wide.sees("/sofa")
    await wide.press("enter")
    going_on = wide.app.desk_screen.going_on
    going_on.tick()
    await wide.until(lambda: going_on._told is not None and "sofa" in going_on._told[1], "told")
    await wide.until(
        lambda: all(one.is_finished for one in wide.app.workers if one.group == "whereabouts"), "kept for the next one"
    )
    assert wide.app._exception is None


async def test_of_a_list_that_is_not_wanted_any_more_nothing_else_is_read(
    wide: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = wide.app.desk_screen.reading
    assert reading is not None
    read: list[str] = []

    async def dropped(view: View) -> Window:
        read.append("window")
        raise asyncio.CancelledError

    async def detail() -> Part:
        read.append("detail")
        return Part.NONE

    monkeypatch.setattr(reading, "_window", dropped)
    monkeypatch.setattr(reading, "_read_detail", detail)
    before = reading.read_at
    await reading.read(Part.ALL)
    assert read == ["window"]
    assert reading.read_at == before


@pytest.mark.parametrize("is_another", [True, False], ids=["another tip", "the same tip"])
async def test_a_tip_that_was_jumped_to_is_read_before_the_lines_around_it(
    wide: Console, monkeypatch: pytest.MonkeyPatch, *, is_another: bool
) -> None:
    """Its row stands there already. Where it is the same tip, the list goes first: the cursor may go on to another one
    by it."""
    reading, feed = wide.app.desk_screen.reading, wide.app.desk_screen.feed
    assert reading is not None
    await wide.until(lambda: reading.has_opened(feed.cursor_line), "its file")
    read: list[str] = []
    window = reading._window

    async def noted(view: View) -> Window:
        read.append("window")
        return await window(view)

    async def detail() -> Part:
        read.append("detail")
        return Part.NONE

    monkeypatch.setattr(reading, "_window", noted)
    monkeypatch.setattr(reading, "_read_detail", detail)
    if is_another:
        feed.action_cursor_down()
    await reading.read(Part.WINDOW | Part.DETAIL)
    assert read[:2] == (["detail", "window"] if is_another else ["window", "detail"])
