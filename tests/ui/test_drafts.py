"""Words an officer wrote for a step that came to nothing are offered again, by real keys."""

from pathlib import Path
from typing import Any

import pytest

from console import desk
from console.errors import StoreDown
from console.model.tip import Category, Status, Urgency
from tests.ui.console_host import Console, console
from tests.ui.small_station import LI, settings_in


async def test_a_refused_step_does_not_lose_the_words(wide: Console) -> None:
    await wide.press("s")
    await wide.sees("Solve JNL-1121-0004")
    await wide.press(*"quiet now")
    await desk.claim_tip(wide.other, LI, await wide.tip(4))
    await wide.press("enter")
    await wide.sees("Not done, your words are kept: JNL-008 changed JNL-1121-0004")
    await wide.until(lambda: wide.line.claimed_by == LI.id, "the screen has followed")
    await wide.press("s")
    await wide.sees("quiet now")
    await wide.press(*" again", "enter")
    tip = await wide.becomes(4, lambda tip: tip.status is Status.SOLVED)
    assert tip.outcome == "quiet now again"


@pytest.mark.parametrize(
    "key, before, title",
    [
        ("s", (), "Solve JNL"),
        ("r", ("2",), "Refer JNL"),
        ("x", ("tab",), "Close JNL"),
        ("e", (), "Note to JNL"),
    ],
)
async def test_esc_keeps_the_words_for_this_tip_only(
    wide: Console, key: str, before: tuple[str, ...], title: str
) -> None:
    await wide.press(key)
    await wide.sees(title)
    await wide.press(*before, *"abc def", "escape")
    await wide.sees("Your words to JNL-1121-0004 are kept for next time.")
    await wide.press(key)
    await wide.sees("abc def")
    await wide.press("escape", "j", key)
    await wide.sees(f"{title}-1121-0003")
    assert not wide.shows("abc def")


async def test_words_that_were_stored_are_not_offered_again(wide: Console) -> None:
    await wide.press("e")
    await wide.sees("Note to JNL-1121-0004")
    await wide.press(*"second call", "enter")
    await wide.sees("The note stands in the history")
    await wide.until(lambda: wide.line.version == 2, "the screen has followed")
    await wide.press("e")
    await wide.sees("Note to JNL-1121-0004")
    await wide.sees("0 / 2,000")


async def test_esc_keeps_the_words_for_reopening_too(wide: Console) -> None:
    await desk.solve_tip(wide.other, LI, await wide.tip(4), "")
    await wide.press("slash", *"status:solved", "enter")
    await wide.until(lambda: wide.shows("Loud music") and wide.line.status is Status.SOLVED, "the solved one")
    await wide.press("X")
    await wide.sees("Reopen JNL-1121-0004")
    await wide.press(*"again", "escape")
    await wide.sees("Your words to JNL-1121-0004 are kept for next time.")
    await wide.press("X")
    await wide.sees("again")
    await wide.press("enter")
    await wide.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)


async def test_words_to_many_tips_stay_with_those_that_were_refused(wide: Console) -> None:
    await wide.press("space", "space", "s")
    await wide.sees("do it to the 2 marked tips?")
    await wide.press("y")
    await wide.sees("Solve JNL-1121-0004")
    await wide.press(*"quiet")
    await desk.claim_tip(wide.other, LI, await wide.tip(3))
    await desk.solve_tip(wide.other, LI, await wide.tip(3), "mine")
    await wide.press("enter")
    await wide.becomes(4, lambda tip: tip.outcome == "quiet")
    await wide.sees("Still marked, not done, your words are kept: JNL-1121-0003")


async def test_a_narrow_screen_shows_that_the_words_are_kept(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (80, 24)) as narrow:
        await narrow.press("s")
        await narrow.sees("Solve JNL-1121-0004")
        await narrow.press(*"quiet")
        await desk.set_urgency(narrow.other, LI, await narrow.tip(4), Urgency.PRIORITY)
        await desk.claim_tip(narrow.other, LI, await narrow.tip(4))
        await narrow.press("enter")
        await narrow.sees("your words are kept")


async def test_a_new_tip_that_cannot_be_filed_is_offered_again_whole(
    wide: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []
    receive = desk.receive_tips

    async def receive_or_not(*given: Any, **more: Any) -> Any:
        keys.append(given[2][0].source_key)
        if len(keys) == 1:
            raise StoreDown("The store does not answer.")
        return await receive(*given, **more)

    monkeypatch.setattr(desk, "receive_tips", receive_or_not)
    await wide.press("a")
    await wide.sees("New tip by phone")
    await wide.press(*"A man climbs", "tab", *"JNL-12", "tab", "2", "tab", "8", "tab", *"gate 3", "tab", "2")
    await wide.press("tab", *"Ms Lin", "tab", *"139", "f3")
    await wide.sees("Not done, your words are kept: The store does not answer.")
    await wide.press("a")
    await wide.sees("A man climbs")
    for words in ("JNL-12", "gate 3", "Ms Lin", "139", "2 counter"):
        assert wide.shows(words)
    await wide.press("f3")
    await wide.sees("JNL-1121-0005 is on file")
    tip = await wide.tip(5)
    assert (tip.text, tip.room_code, tip.place) == ("A man climbs", "JNL-12", "gate 3")
    assert (tip.urgency, tip.category) == (Urgency.PRIORITY, Category.FIRE)
    assert keys[0] == keys[1], "the same delivery: had the first one been stored, the second would make no other tip"
    await wide.press("a")
    await wide.sees("0 / 20,000")
