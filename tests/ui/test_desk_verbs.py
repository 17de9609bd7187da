"""Verbs by real key presses on a real store: each changes the tip there and the screen follows; two consoles see each
other."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from console import desk
from console.model.incoming import NewTip
from console.model.tip import CloseReason, Status, Urgency
from tests.ui.console_host import Console, ref
from tests.ui.small_station import CHEN, LI, ZHOU


# ── verbs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_investigate_and_undo(at_desk: Console) -> None:
    await at_desk.press("i")
    tip = await at_desk.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)
    assert tip.claimed_by == ZHOU.id
    await at_desk.sees("You investigate JNL-1121-0004")
    await at_desk.sees("◐")
    await at_desk.press("u")
    await at_desk.becomes(4, lambda tip: tip.status is Status.NEW)
    await at_desk.sees("Undone")
    await at_desk.until(lambda: not at_desk.shows("◐"), "new again")


async def test_solve_takes_it_out_of_the_list(at_desk: Console) -> None:
    await at_desk.press("s")
    await at_desk.sees("Solve JNL-1121-0004")
    await at_desk.press(*"quiet now", "enter")
    tip = await at_desk.becomes(4, lambda tip: tip.status is Status.SOLVED)
    assert tip.outcome == "quiet now"
    await at_desk.until(lambda: not at_desk.shows("Loud music"), "gone")
    await at_desk.until(lambda: at_desk.shows("3 of 4") or at_desk.shows("3 shown + 0 filtered + 1 closed = 4"), "sum")


async def test_refer(at_desk: Console) -> None:
    await at_desk.press("r")
    await at_desk.sees("Fire brigade")
    await at_desk.press("2")
    await at_desk.press(*"sofa", "enter")
    await at_desk.becomes(4, lambda tip: tip.status is Status.REFERRED)
    await at_desk.sees("◌")
    file = await desk.tip_file_by_ref(at_desk.other, CHEN, ref(4))
    assert [(one.agency, one.note) for one in file.referrals] == [("Property firm", "sofa")]


async def test_close_and_reopen(at_desk: Console) -> None:
    await at_desk.press("x")
    await at_desk.sees("Close JNL-1121-0004")
    await at_desk.press("3")
    tip = await at_desk.becomes(4, lambda tip: tip.status is Status.CLOSED)
    assert tip.close_reason is CloseReason.UNFOUNDED
    await at_desk.press("slash", *"status:closed", "enter")
    await at_desk.until(
        lambda: at_desk.app.desk_screen.reading is not None and at_desk.shows("Loud music"), "closed one"
    )
    await at_desk.press("X")
    await at_desk.sees("Reopen JNL-1121-0004")
    await at_desk.press("enter")
    await at_desk.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)


async def test_claim_and_release_by_letter_and_by_f2(wide: Console) -> None:
    await wide.press("c")
    await wide.becomes(4, lambda tip: tip.claimed_by == ZHOU.id)
    await wide.until(lambda: wide.line.claimed_by == ZHOU.id, "claimed")
    await wide.press("C")
    await wide.becomes(4, lambda tip: tip.claimed_by is None)
    await wide.until(lambda: wide.line.claimed_by is None, "released")
    await wide.press("f2")
    await wide.becomes(4, lambda tip: tip.claimed_by == ZHOU.id)
    await wide.until(lambda: wide.line.claimed_by == ZHOU.id, "claimed")
    await wide.press("f2")
    await wide.becomes(4, lambda tip: tip.claimed_by is None)


async def test_note_assign_urgency_category_link(wide: Console) -> None:
    await wide.press("e")
    await wide.sees("Note to JNL-1121-0004")
    await wide.press(*"second call", "enter")
    await wide.sees("second call")
    await wide.press("A")
    await wide.sees("Assign JNL-1121-0004")
    await wide.press("2")
    await wide.becomes(4, lambda tip: tip.claimed_by is not None)
    await wide.sees("is assigned")
    await wide.press("f4")
    await wide.sees("Set urgency")
    await wide.press("u")
    await wide.sees("Urgency of JNL-1121-0004")
    await wide.press("2")
    await wide.becomes(4, lambda tip: tip.urgency is Urgency.PRIORITY)
    await wide.sees("urgency of JNL-1121-0004 is set")
    await wide.press("D")
    await wide.sees("is a duplicate of")
    await wide.press(*ref(2), "enter")
    await wide.becomes(4, lambda tip: tip.duplicate_of == ref(2))


async def test_f4_works_while_an_input_method_is_on(wide: Console) -> None:
    await wide.press("f4")
    await wide.sees("Hand it to an agency")
    await wide.press("1")
    await wide.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)
    await wide.press("赌")
    await wide.sees("Input method is on: use F-keys or digits.")


async def test_a_dead_key_says_why(at_desk: Console) -> None:
    await at_desk.press("i")
    await at_desk.sees("(i investigate)")
    await at_desk.press("i")
    await at_desk.sees("i: It is already being investigated.")
    await at_desk.press("X")
    await at_desk.sees("X: It is open.")
    await at_desk.press("C", "C")
    await at_desk.sees("C: Nobody has claimed it.")


async def test_what_cannot_be_undone_or_claimed_says_why(wide: Console) -> None:
    await wide.press("u")
    await wide.sees("Not done: There is no step of yours to undo.")
    await wide.press("c")
    await wide.until(lambda: wide.line.claimed_by == ZHOU.id, "claimed")
    await wide.press("c")
    await wide.sees("c: It is already yours.")
    await wide.press("u")
    await wide.sees("Undone: claimed.")
    await wide.until(lambda: wide.line.claimed_by is None, "free")
    await wide.press("u")
    await wide.sees("Not done: There is no step of yours to undo.")


async def test_marked_tips_are_done_together(wide: Console) -> None:
    await wide.press("space", "space", "space")
    await wide.sees("◆ 3 marked")
    other = await wide.tip(2)
    await desk.investigate_tip(wide.other, LI, other)
    await wide.until(
        lambda: any(line.status is Status.INVESTIGATING for line in wide.app.desk_screen.feed.marked_lines), ""
    )
    await wide.press("i")
    await wide.sees("do it to the 3 marked tips?")
    await wide.press("y")
    await wide.sees("Investigate: 2 tips done. Still marked, not done: JNL-1121-0002")
    assert (await wide.tip(3)).status is Status.INVESTIGATING
    assert (await wide.tip(4)).status is Status.INVESTIGATING
    await wide.press("escape")
    await wide.until(lambda: not wide.app.desk_screen.feed.marked, "unmarked")


async def test_a_new_tip_by_hand(wide: Console) -> None:
    await wide.press("a")
    await wide.sees("New tip by phone")
    await wide.press(*"A man climbs", "tab", *"JNL-12", "f3")
    await wide.sees("JNL-1121-0005 is on file")
    tip = await wide.tip(5)
    assert (tip.text, tip.source, tip.room_code) == ("A man climbs", "desk", "JNL-12")
    await wide.sees("JNL-1121-0005 is on file")
    await wide.until(lambda: wide.line.ref == ref(5), "cursor on it")


# ── the other console ────────────────────────────────────────────────────────────────────────────────────────────────
async def test_another_consoles_step_is_seen_without_a_key(at_desk: Console) -> None:
    await desk.solve_tip(at_desk.other, LI, await at_desk.tip(3), "done")
    await at_desk.until(lambda: not at_desk.shows("The same car"), "gone")
    smoke = NewTip(text="Smoke", source="y", source_key="9", station="JNL")
    await desk.receive_tips(at_desk.other, at_desk.vault, [smoke])
    await at_desk.sees("Smoke")
    assert not at_desk.shows("new ↑")
    assert at_desk.line.ref == ref(4)
    await at_desk.press("j")
    await desk.receive_tips(at_desk.other, at_desk.vault, [replace(smoke, text="Flames", source_key="10")])
    await at_desk.sees("+1 new ↑")
    assert at_desk.shows("Flames")
    await at_desk.press("g")
    await at_desk.until(lambda: at_desk.line.ref == ref(6), "on the newest")
    assert not at_desk.shows("new ↑")


async def test_a_tip_that_the_cursor_comes_to_rest_on_is_read_once(
    wide: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading that took the tip above it away has gone on to its file by itself."""
    read: list[UUID] = []
    tip_file = desk.tip_file

    async def note(*given: Any) -> Any:
        read.append(given[-1])
        return await tip_file(*given)

    monkeypatch.setattr(desk, "tip_file", note)
    await wide.until(lambda: wide.shows("2 JNL-1121-0004"), "its file")
    await desk.solve_tip(wide.other, LI, await wide.tip(4), "done")
    await wide.until(lambda: wide.shows("2 JNL-1121-0003"), "the next one's file")
    await desk.receive_tips(wide.other, wide.vault, [NewTip(text="Smoke", source="y", source_key="9", station="JNL")])
    await wide.sees("Smoke")
    assert wide.line.ref == ref(3)
    assert read.count(wide.line.id) == 1


async def test_second_officer_is_told(wide: Console) -> None:
    await wide.press("s")
    await wide.sees("Solve JNL-1121-0004")
    await desk.set_urgency(wide.other, LI, await wide.tip(4), Urgency.PRIORITY)
    await desk.claim_tip(wide.other, LI, await wide.tip(4))
    await wide.press("enter")
    await wide.sees("JNL-008 changed JNL-1121-0004 meanwhile")
    assert wide.shows("claimed by nobody → JNL-008")
    assert wide.shows("urgency routine → priority")
    assert (await wide.tip(4)).status is Status.NEW


async def test_an_alarm_rings_until_acknowledged(wide: Console) -> None:
    rung: list[int] = []
    wide.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
    alarm = NewTip(text="A knife", source="y", source_key="k", station="JNL", urgency=Urgency.ALARM)
    await desk.receive_tips(wide.other, wide.vault, [alarm])
    await wide.sees("1 ALARM")
    await wide.until(lambda: bool(rung), "bell")
    await wide.press("!")
    await wide.sees("is an alarm: read it")
    await wide.until(lambda: wide.line.ref == ref(5), "on the alarm")
    await wide.press("!")
    await wide.becomes(5, lambda tip: tip.acknowledged_by == ZHOU.id)
    await wide.sees("alarm 0")
