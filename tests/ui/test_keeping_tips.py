"""How long a tip's words are kept, by real keys: not a police matter, holds, what a tombstone looks like, the way to
oversight."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.model.change import EventKind
from console.model.hold import Hold, HoldKind
from console.model.tip import CloseReason, Status
from console.ui.modals.hold_tip import HoldTip, end_of
from console.ui.widgets.detail_page import Eye, page
from tests.ui.console_host import Console
from tests.ui.test_modals import ModalHost, answer_of, why
from tests.ui.test_tip_detail import FILE, ME, NOW, TIP, ZONE, event


async def test_one_key_for_what_is_no_police_matter(at_desk: Console) -> None:
    await at_desk.press("0")
    tip = await at_desk.becomes(4, lambda tip: tip.status is Status.CLOSED)
    assert tip.close_reason is CloseReason.NOT_POLICE_MATTER
    await at_desk.sees("counted as no police matter")
    await at_desk.press("u")
    await at_desk.becomes(4, lambda tip: tip.status is Status.NEW)


async def test_a_hold_by_the_menu(wide: Console) -> None:
    await wide.press("f4")
    await wide.sees("Keep it for a court or oversight")
    await wide.press("h")
    await wide.sees("Hold JNL-1121-0004")
    await wide.press("tab", *"118", "tab", "tab", *"hearing", "enter")
    tip = await wide.becomes(4, lambda tip: tip.held_until is not None)
    assert tip.status is Status.NEW
    await wide.sees("held until")
    await wide.press("f4", "e")
    await wide.sees("Only a supervisor ends a hold.")


async def test_the_way_to_oversight(wide: Console) -> None:
    await wide.press("f4", "o")
    await wide.sees("Pass JNL-1121-0004 to oversight")
    await wide.press("enter")
    await wide.sees("Say why it goes to oversight")
    await wide.press(*"about us", "tab", *"jnl-008", "enter")
    tip = await wide.becomes(4, lambda tip: tip.close_reason is CloseReason.TO_OVERSIGHT)
    assert (tip.text, tip.status) == ("", Status.CLOSED)
    await wide.sees("went to oversight")
    await wide.until(lambda: not wide.shows("Loud music"), "gone")
    await wide.press("slash", *"status:closed", "enter")
    await wide.sees("erased")
    await wide.sees("It is with oversight now")


async def test_a_hold_needs_its_paper_and_an_end() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(HoldTip(TIP, lambda: NOW.astimezone(ZONE)), app.take)
        await pilot.press("enter")
        assert "reason" in why(app)
        await pilot.press("tab", "tab", "tab", *"hearing", "enter")
        assert "number of the paper" in why(app)
    typed = ("right", "tab", *"OV-7", "tab", *("backspace",) * 3, *"2027-03-31", "tab", *"asked", "enter")
    hold = await answer_of(HoldTip(TIP, lambda: NOW.astimezone(ZONE)), *typed)
    assert (hold.kind, hold.reference, hold.reason) == (HoldKind.OVERSIGHT, "OV-7", "asked")
    assert hold.ends_at.astimezone(ZONE).isoformat() == "2027-04-01T00:00:00+08:00"


@pytest.mark.parametrize("words", ["", "soon", "2027-02-30", "2027-3-1", "12345", "9999-12-31"])
def test_what_is_no_end(words: str) -> None:
    assert end_of(words, NOW) is None


def test_an_end_in_days() -> None:
    assert end_of("30", NOW) == NOW + timedelta(days=30)


def words_of(file: object, width: int = 120) -> str:
    lines = page(file, Eye(ME, ZONE, NOW, width))  # type: ignore[arg-type]  # a TipFile
    return "\n".join("".join(span.words for span in line) for line in lines)


def test_the_detail_says_how_long_it_is_kept() -> None:
    closed = replace(TIP, status=Status.CLOSED, responded_at=NOW, erase_at=NOW + timedelta(days=30))
    assert "erased by 2026-12-21 02:32 (30 days)" in words_of(replace(FILE, tip=closed))
    late = replace(closed, erase_at=NOW - timedelta(hours=2))
    assert "to be erased since 00:32" in words_of(replace(FILE, tip=late))
    hold = Hold(1, HoldKind.COURT, "hearing", "(2026) 118", NOW, "JNL-007", NOW + timedelta(days=9))
    held = words_of(replace(FILE, tip=replace(late, held_until=hold.ends_at), holds=(hold,)))
    assert "held until 2026-11-30 02:32" in held
    assert "court · (2026) 118 · until 2026-11-30 02:32 · JNL-007" in held
    assert "to be erased" not in held


def test_a_tombstone_says_what_is_gone() -> None:
    gone = replace(TIP, text="", place=None, erased_at=NOW, status=Status.CLOSED)
    said = words_of(replace(FILE, tip=gone, history=(event(EventKind.ERASED, Status.CLOSED, officer_code=None),)))
    assert "erased 02:32" in said
    assert "Erased: words, place, reporter, attachments and notes are gone." in said
    assert "erased: words, place, persons and notes" in said
    assert "Not a police matter" in words_of(replace(FILE, tip=replace(gone, erased_at=None)))
