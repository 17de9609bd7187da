"""Complaints about police: the lane alone has them, who is named never sees them, their own station does not end them,
on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert

from console import desk
from console.desk import reveals, signing
from console.desk.whole import station_figures, whole_tips
from console.errors import NotAllowed, NotFound
from console.model.change import EventKind
from console.model.hold import HoldKind, NewHold
from console.model.incoming import NewAttachment, NewReporter, NewTip
from console.model.officer import Officer, TakeOverReason
from console.model.query import Query
from console.model.station import OVERSIGHT_STATION_ID
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.model.view import View
from console.store import tables as t
from console.store import tip_list
from console.store.checks import check_rows
from console.store.feed import changes_after
from tests.desk.conftest import Desk
from tests.desk.test_erasing import Clock, run
from tests.everybody import everything
from tests.passwords import PASSWORD

LANE = OVERSIGHT_STATION_ID
WORDS = "The patrol of Tuesday took money at the mahjong parlour"
FOUND, BY_CATEGORY = Query(words=("mahjong",)), Query(categories=frozenset({Category.POLICE}))
COMPLAINT = NewTip(
    WORDS, "test", "1", room="JNL-12", category=Category.POLICE, urgency=Urgency.ALARM, names_officers=("jnl-002",)
)


@pytest.fixture(autouse=True)
async def grants(station: Desk) -> None:
    """The oversight grant of all four on file; an officer has it from the next sign-in on, as `granted` makes one."""
    rows = [
        {"officer_id": one.id, "station_id": LANE, "ends_at": None}
        for one in (station.zhou, station.lin, station.gao, station.chen)
    ]
    await station.store.write(lambda conn: conn.execute(insert(t.officer_grant), rows))


def granted(officer: Officer) -> Officer:
    """The officer with the oversight grant besides."""
    return replace(officer, stations=officer.stations | {LANE})


def of_everything(officer: Officer) -> View:
    return View(tuple(sorted(officer.stations | {LANE, 0, 1, 2})), Query(), ended_too=True)


async def sees(station: Desk, officer: Officer) -> set[str]:
    """Refs of all that any list, search or bell shows to the officer."""
    view = of_everything(officer)
    windows = [
        await desk.tip_window(station.store, officer, view),
        await desk.tip_window_at(station.store, officer, view, 0, 50),
        await desk.tip_window(station.store, officer, replace(view, query=Query(words=("mahjong",)))),
        await desk.tip_window(
            station.store, officer, replace(view, query=Query(categories=frozenset({Category.POLICE})))
        ),
    ]
    refs = {line.ref for window in windows for line in window.lines}
    refs |= {line.ref for line in await desk.ringing(station.store, officer, view.stations)}
    unseen = await desk.next_unseen(station.store, officer, view, None, newer=False)
    return refs if unseen is None else refs | {unseen.ref}


async def counted(station: Desk, officer: Officer) -> tuple[int, int]:
    counts = (await desk.counts(station.store, officer, [LANE])).get(LANE)
    return (0, 0) if counts is None else (counts.total, counts.alarms)


async def complain(station: Desk, new: NewTip = COMPLAINT) -> Tip:
    (receipt,) = await station.take(new)
    assert receipt.station_id == LANE
    return (await desk.tip_file(station.store, granted(station.gao), LANE, receipt.id)).tip


async def test_a_complaint_comes_to_the_lane_and_nowhere_else(station: Desk) -> None:
    tip = await complain(station)
    assert (tip.station_id, tip.origin_id, tip.room_id, tip.status) == (LANE, 1, None, Status.NEW)
    assert tip.ref.startswith("OVS-")
    assert (await desk.counts(station.store, station.chen, [0, 1, 2]))[1].total == 0
    assert await sees(station, granted(station.gao)) == {tip.ref}
    assert await counted(station, granted(station.gao)) == (1, 1)


async def test_naming_an_officer_is_enough(station: Desk) -> None:
    tip = await complain(station, replace(COMPLAINT, category=Category.OTHER))
    assert tip.station_id == LANE
    unknown = await complain(station, replace(COMPLAINT, source_key="2", room="XXX-9", names_officers=()))
    assert (unknown.origin_id, unknown.unrouted_name) == (None, "XXX-9")


async def test_nobody_without_the_grant_sees_any_of_it(station: Desk) -> None:
    tip = await complain(station)
    for officer in (station.zhou, station.lin, station.gao, station.chen, await everything(station.store)):
        assert await sees(station, officer) == set()
        assert await counted(station, officer) == (0, 0)
        with pytest.raises(NotFound):
            await desk.tip_file(station.store, officer, LANE, tip.id)
        with pytest.raises(NotFound):
            await desk.tip_file_by_ref(station.store, officer, tip.ref)
        assert "OVS" not in {one.code for one in await station_figures(station.store, officer)}
        assert [one async for one in whole_tips(station.store, officer, of_everything(officer))] == []
        assert "OVS" not in {one.code for one in await desk.stations(station.store, officer)}
        tree = await desk.branches(station.store, officer, None)
        assert "OVS" not in {one.code for one in tree.children}
        assert (await desk.find_branches(station.store, officer, "oversight")).paths == ()
        with pytest.raises(NotFound):
            await desk.claim_tip(station.store, officer, tip)


async def test_who_is_named_does_not_see_it_with_the_grant_either(station: Desk) -> None:
    Clock(station.store)  # stands: no midnight passes
    tip = await complain(station)
    other = await complain(station, replace(COMPLAINT, source_key="2", names_officers=("JNL-001",)))
    lin, zhou = granted(station.lin), granted(station.zhou)
    assert await sees(station, lin) == {other.ref}
    assert await sees(station, zhou) == {tip.ref}
    assert await counted(station, lin) == (1, 1)
    with pytest.raises(NotFound):
        await desk.tip_file(station.store, lin, LANE, tip.id)
    with pytest.raises(NotFound):
        await desk.tip_file_by_ref(station.store, lin, tip.ref)
    with pytest.raises(NotFound):
        await desk.claim_tip(station.store, lin, tip)
    figures = {one.code: one for one in await station_figures(station.store, lin)}
    assert (figures["OVS"].total, figures["OVS"].received_today) == (1, 1)
    gao = granted(station.gao)
    file = await desk.tip_file(station.store, gao, LANE, tip.id)
    assert (file.links, file.duplicates) == ((), ())


async def test_a_long_list_with_the_lane_in_it_is_counted_whole(station: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the counter rows, so that `G` goes to its end."""
    monkeypatch.setattr(tip_list, "COUNTED_TO", 1)
    await station.take(COMPLAINT, replace(COMPLAINT, source_key="2"), replace(COMPLAINT, source_key="3"))
    window = await desk.tip_window(station.store, granted(station.zhou), of_everything(station.zhou))
    assert (window.total, window.total_is_capped) == (3, False)


async def test_who_is_named_is_not_asked_to_approve_its_reveal(station: Desk) -> None:
    tip = await complain(station, replace(COMPLAINT, reporter=NewReporter("A", "1")))
    zhou, lin, gao = granted(station.zhou), granted(station.lin), granted(station.gao)
    asked = await reveals.ask_reveal(station.store, gao, tip, "needed", "OV-7")
    assert [one.n for one in await reveals.open_reveals(station.store, zhou)] == [asked.n]
    assert await reveals.open_reveals(station.store, lin) == []
    with pytest.raises(NotFound):
        await reveals.refuse_reveal(station.store, lin, asked)


@pytest.mark.parametrize("code", ["ＪＮＬ-００２", "JNL–002", " jnl 002", "JNL\u2212002\u200b"])
async def test_who_is_named_is_known_however_the_code_is_written(station: Desk, code: str) -> None:
    """Phones and input methods write full-width letters and dashes of their own."""
    tip = await complain(station, replace(COMPLAINT, names_officers=(code,)))
    with pytest.raises(NotFound):
        await desk.tip_file(station.store, granted(station.lin), LANE, tip.id)
    assert await sees(station, granted(station.lin)) == set()


async def test_a_code_that_nobody_has_is_not_passed_on(station: Desk) -> None:
    """Whom it is meant for would see the complaint."""
    tip = await station.new_tip(WORDS)
    with pytest.raises(NotAllowed, match="no officer JNL-O02: see how the code is written"):
        await desk.pass_to_oversight(
            station.store, station.zhou, tip, station.vault, "About us", ["jnl–001", "JNL-O02"]
        )
    assert await station.tip_again(tip) == tip
    await desk.pass_to_oversight(station.store, station.zhou, tip, station.vault, "About us", ["jnl–002"])
    assert await counted(station, granted(station.lin)) == (0, 0)
    assert await counted(station, granted(station.gao)) == (1, 0)


async def test_who_is_named_hears_nothing_of_its_steps(station: Desk) -> None:
    """The feed goes past them: neither notes nor that there is anything."""
    tip = await complain(station)
    other = await complain(station, replace(COMPLAINT, source_key="2", names_officers=("JNL-001",)))
    await desk.note_tip(station.store, granted(station.gao), tip, "He was seen by Mrs Wang")
    told = await station.store.read(partial(changes_after, officer=granted(station.lin), cursor={LANE: 0}, limit=1))
    assert (told[0].events, told[0].cursor) == ((), {LANE: 1})
    told = await station.store.read(partial(changes_after, officer=granted(station.lin), cursor={LANE: 0}))
    assert ([one.tip_id for one in told[0].events], told[0].cursor) == ([other.id], {LANE: 3})


async def test_who_is_named_takes_over_a_desk_that_has_claimed_it(station: Desk) -> None:
    """It is given back like all the others, and nothing shows that it was one of them."""
    tip = await complain(station, replace(COMPLAINT, names_officers=("JA-S1",)))
    await desk.claim_tip(station.store, granted(station.zhou), tip)
    reason = TakeOverReason.WENT_HOME
    chen = await signing.take_over(station.store, granted(station.zhou), "JA-S1", PASSWORD, reason, "desk-1")
    assert (await desk.tip_file(station.store, granted(station.gao), LANE, tip.id)).tip.claimed_by is None
    assert await sees(station, chen) == set()
    with pytest.raises(NotAllowed, match="no step of yours"):
        await desk.undo(station.store, chen)


async def test_its_own_station_does_not_end_it(station: Desk) -> None:
    tip = await complain(station)
    zhou, gao = granted(station.zhou), granted(station.gao)
    with pytest.raises(NotAllowed, match="your own station"):
        await desk.close_tip(station.store, zhou, tip, CloseReason.UNFOUNDED)
    with pytest.raises(NotAllowed, match="your own station"):
        await desk.solve_tip(station.store, zhou, tip)
    with pytest.raises(NotAllowed, match="your own station"):
        await desk.close_not_police(station.store, zhou, tip)
    assert (await desk.solve_tip(station.store, gao, tip, "Spoken with")).status is Status.SOLVED


async def test_an_officer_passes_a_tip_there(station: Desk) -> None:
    new = NewTip(
        WORDS,
        "test",
        "1",
        room="JNL-12",
        urgency=Urgency.ALARM,
        place="Gate 7",
        reporter=NewReporter("Reporter Name", "13900000000", "guard"),
        attachments=(NewAttachment("gate.jpg", "image/jpeg", 10, "ab" * 32),),
    )
    (receipt,) = await station.take(new)
    tip = await station.tip(receipt)
    tip = await desk.note_tip(station.store, station.zhou, tip, "It was Lin's patrol")
    with pytest.raises(NotAllowed, match="Say why"):
        await desk.pass_to_oversight(station.store, station.zhou, tip, station.vault, " ")
    left = await desk.pass_to_oversight(station.store, station.zhou, tip, station.vault, "About us", ["jnl-002"])
    assert (left.id, left.text, left.status, left.close_reason) == (tip.id, "", Status.CLOSED, CloseReason.TO_OVERSIGHT)
    history = (await desk.tip_file(station.store, station.zhou, 1, tip.id)).history
    assert history[-1].kind is EventKind.TO_OVERSIGHT
    assert [one.why for one in history] == [None] * len(history)
    for officer in (station.zhou, station.lin, station.chen, granted(station.lin)):
        found = await desk.tip_window(
            station.store, officer, replace(of_everything(officer), query=Query(words=("mahjong",)))
        )
        assert found.lines == ()
    (line,) = (await desk.tip_window(station.store, granted(station.gao), View((LANE,), Query()))).lines
    file = await desk.tip_file(station.store, granted(station.gao), LANE, line.id)
    assert (file.tip.text, file.tip.place, file.tip.category, file.tip.origin_id) == (
        WORDS,
        "Gate 7",
        Category.POLICE,
        1,
    )
    assert [one.why for one in file.history if one.why] == ["It was Lin's patrol", "About us"]
    assert [one.label for one in file.attachments] == ["gate.jpg"]
    assert file.tip.has_reporter
    counts = (await desk.counts(station.store, granted(station.gao), [LANE]))[LANE]
    assert (counts.new, counts.alarms) == (1, 1)
    assert not [one for one in await station.store.read(check_rows) if not one.ok]


async def test_its_reporter_is_sealed_for_the_lane(station: Desk) -> None:
    from sqlalchemy import select

    from console.store import tables as t

    (receipt,) = await station.take(
        replace(COMPLAINT, category=Category.OTHER, names_officers=(), reporter=NewReporter("A", "1"))
    )
    await desk.pass_to_oversight(station.store, station.zhou, await station.tip(receipt), station.vault, "About us")
    rows = await station.store.read(lambda conn: conn.execute(select(t.reporter)).all())
    (row,) = rows
    opened = station.vault.open_reporter(row.tip_id, row.station_id, bytes(row.sealed))
    assert (row.station_id, opened.name) == (LANE, "A")


async def test_what_was_passed_is_not_taken_back_and_the_delivery_is_known(station: Desk) -> None:
    (receipt,) = await station.take(replace(COMPLAINT, category=Category.OTHER, names_officers=()))
    tip = await station.tip(receipt)
    left = await desk.pass_to_oversight(station.store, station.zhou, tip, station.vault, "About us")
    with pytest.raises(NotAllowed, match="not taken back"):
        await desk.undo(station.store, station.zhou)
    with pytest.raises(NotAllowed):
        await desk.reopen_tip(station.store, station.zhou, left)
    (again,) = await station.take(replace(COMPLAINT, category=Category.OTHER, names_officers=()))
    assert (again.duplicate, again.station_id) == (True, LANE)
    with pytest.raises(NotAllowed, match="oversight"):
        await desk.pass_to_oversight(
            station.store, granted(station.gao), (await lane_tip(station)), station.vault, "Again"
        )


async def lane_tip(station: Desk) -> Tip:
    (line,) = (await desk.tip_window(station.store, granted(station.gao), View((LANE,), Query()))).lines
    return (await desk.tip_file(station.store, granted(station.gao), LANE, line.id)).tip


async def test_police_is_no_category_to_choose_at_a_station(station: Desk) -> None:
    tip = await station.new_tip()
    with pytest.raises(NotAllowed, match="goes to oversight"):
        await desk.set_category(station.store, station.zhou, tip, Category.POLICE)


async def test_what_a_court_wants_kept_is_kept_in_the_lane(station: Desk, store_url: str, tmp_path: Path) -> None:
    """The hold goes with the tip, under its officer's name; the tombstone is held no more."""
    clock = Clock(station.store)
    tip = await station.new_tip(WORDS)
    until = clock.forward(days=0) + timedelta(days=3000)
    for number, ends_at in (("C-1", until), ("C-2", until - timedelta(days=2000)), ("C-3", until)):
        tip = await desk.hold_tip(station.store, station.lin, tip, NewHold(HoldKind.COURT, "trial", number, ends_at))
        clock.forward(minutes=1)
    tip = await desk.end_hold(station.store, station.chen, tip, 3)
    left = await desk.pass_to_oversight(station.store, station.zhou, tip, station.vault, "About us")
    assert left.held_until is None
    gao = granted(station.gao)
    (line,) = (await desk.tip_window(station.store, gao, View((LANE,), Query()))).lines
    file = await desk.tip_file(station.store, gao, LANE, line.id)
    assert file.tip.held_until == until
    assert [(one.n, one.reference, one.officer_code, one.ended_at) for one in file.holds] == [
        (1, "C-1", "JNL-002", None),
        (2, "C-2", "JNL-002", None),
    ]
    assert [one.kind for one in file.history[1:]] == [EventKind.HELD] * 2 + [EventKind.NOTED] * 2
    await desk.close_tip(station.store, gao, file.tip, CloseReason.UNFOUNDED)
    clock.forward(days=40)
    assert (await run(station.store, store_url, tmp_path)).tips == 0
    assert (await desk.tip_file(station.store, gao, LANE, line.id)).tip.text == WORDS
