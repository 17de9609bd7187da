"""What has had its time is erased to a tombstone, on both engines; a hold stops the clock, undo and reopening too."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from console import desk
from console.desk.erasing import TAKEN_IN_S, Erased, Erasing, Kept, due_tips
from console.desk.whole import station_figures
from console.errors import NotAllowed, NotFound
from console.intake.forgetting import forget_done
from console.model.change import EventKind
from console.model.hold import HoldKind, NewHold
from console.model.incoming import NewAttachment, NewReporter, NewTip
from console.model.query import Query
from console.model.tip import CloseReason, Status, Tip
from console.model.view import TipFile, View
from console.store import Store
from console.store import tables as t
from console.store.checks import check_rows
from console.store.holds import holds_of
from tests.desk.conftest import Desk

WORDS = "Dice at the mahjong parlour behind gate 7, plate 沪A12345, phone 13812345678"
ALL = View((1, 2, 0), Query(), ended_too=True)


class Clock:
    """The store's clock, put forward by hand."""

    def __init__(self, store: Store) -> None:
        self._now = store.now()
        store.now = lambda: self._now

    def forward(self, **span: float) -> datetime:
        self._now += timedelta(**span)
        return self._now


def quiet(stage: str, done: int, total: int) -> None:
    pass


async def run(store: Store, url: str, place: Path, reason: CloseReason | None = None) -> Erased:
    kept = Kept(place / "attachments", partial(forget_done, place / "done"))
    return await Erasing(store, url, kept, quiet, reason).run()


async def file_of(station: Desk, tip: Tip) -> TipFile:
    return await desk.tip_file(station.store, station.chen, tip.station_id, tip.id)


async def full_tip(station: Desk, key: str = "1") -> Tip:
    new = NewTip(
        WORDS,
        "test",
        key,
        room="JNL-12",
        place="Gate 7",
        latitude=31.2,
        longitude=121.4,
        reporter=NewReporter("Reporter Name", "13900000000", "guard"),
        attachments=(NewAttachment("gate.jpg", "image/jpeg", 10, "ab" * 32),),
    )
    (receipt,) = await station.take(new)
    return await station.tip(receipt)


async def test_of_an_erased_tip_a_tombstone_stays(station: Desk, store_url: str, tmp_path: Path) -> None:
    clock = Clock(station.store)
    tip = await desk.note_tip(station.store, station.zhou, await full_tip(station), "Spoke with the caretaker")
    tip = await desk.refer_tip(station.store, station.zhou, tip, 1, "Please look at gate 7")
    tip = await desk.close_tip(station.store, station.zhou, tip, CloseReason.UNFOUNDED, "Nothing found")
    assert tip.erase_at is not None
    clock.forward(days=29)
    assert (await run(station.store, store_url, tmp_path)).tips == 0
    clock.forward(days=2)
    erased = await run(station.store, store_url, tmp_path)
    assert (erased.tips, erased.is_clean) == (1, True)
    file = await file_of(station, tip)
    now = file.tip
    assert (now.ref, now.station_id, now.received_at, now.category) == (tip.ref, 1, tip.received_at, tip.category)
    assert (now.status, now.close_reason, now.erased_at) == (Status.CLOSED, CloseReason.UNFOUNDED, station.store.now())
    assert (now.text, now.place, now.latitude, now.longitude, now.room_id, now.outcome) == ("", *[None] * 5)
    assert not now.has_reporter
    assert now.reporter_kind is None
    assert not now.attachments
    assert now.erase_at is None
    assert now.version == tip.version + 1
    assert file.history[-1].kind is EventKind.ERASED
    assert {(event.why, event.about) for event in file.history} == {(None, None)}
    assert not file.links
    assert not file.attachments
    assert [one.note for one in file.referrals] == [""]
    assert not [one for one in await station.store.read(check_rows) if not one.ok]
    assert (await desk.counts(station.store, station.chen, [1]))[1].closed == 1


async def test_nothing_of_it_is_found_any_more(station: Desk, store_url: str, tmp_path: Path) -> None:
    clock = Clock(station.store)
    tip = await full_tip(station)
    other = await full_tip(station, "2")
    await desk.close_tip(station.store, station.zhou, tip, CloseReason.NO_ACTION)
    clock.forward(days=31)
    await run(station.store, store_url, tmp_path)
    for query in (Query(words=("mahjong",)), Query(plate="A12345"), Query(words=("parlour",))):
        window = await desk.tip_window(station.store, station.chen, replace(ALL, query=query))
        assert [line.id for line in window.lines] == [other.id]
    found = await desk.tip_window(station.store, station.chen, replace(ALL, query=Query(words=(tip.ref,))))
    assert [(line.id, line.head, line.is_erased) for line in found.lines] == [(tip.id, "", True)]
    assert not (await file_of(station, other)).links


async def test_a_key_like_the_stores_own_is_forgotten_too(station: Desk, store_url: str, tmp_path: Path) -> None:
    """A sender's key may hold a name, whatever it begins with."""
    clock = Clock(station.store)
    new = NewTip(WORDS, "test", "erased:call Mrs Wang", room="JNL-12")
    (receipt,) = await station.take(new)
    (again,) = await station.take(new)
    assert (again.duplicate, again.erased) == (True, False)
    await desk.close_tip(station.store, station.zhou, await station.tip(receipt), CloseReason.UNFOUNDED)
    clock.forward(days=31)
    await run(station.store, store_url, tmp_path)
    (key,) = await station.store.read(lambda conn: conn.scalars(select(t.tip.c.source_key)).all())
    assert key.startswith("erased:")
    assert "Wang" not in key
    (again,) = await station.take(new)
    assert (again.duplicate, again.erased) == (True, True)


async def test_the_same_delivery_does_not_bring_it_back(station: Desk, store_url: str, tmp_path: Path) -> None:
    clock = Clock(station.store)
    tip = await full_tip(station, "secret-key-17")
    await desk.close_tip(station.store, station.zhou, tip, CloseReason.NO_ACTION)
    clock.forward(days=31)
    await run(station.store, store_url, tmp_path)
    assert "secret-key-17" not in (await file_of(station, tip)).tip.source_key
    (again,) = await station.take(NewTip(WORDS, "test", "secret-key-17", room="JNL-12"))
    assert (again.id, again.ref, again.duplicate) == (tip.id, tip.ref, True)
    assert (await file_of(station, tip)).tip.text == ""
    (another,) = await station.take(NewTip(WORDS, "else", "secret-key-17", room="JNL-12"))
    assert not another.duplicate


@pytest.mark.parametrize("status", [Status.SOLVED, Status.REFERRED])
async def test_a_year_for_what_was_worked(station: Desk, store_url: str, tmp_path: Path, status: Status) -> None:
    clock = Clock(station.store)
    tip = await full_tip(station)
    if status is Status.SOLVED:
        tip = await desk.solve_tip(station.store, station.zhou, tip, "Two fined")
    else:
        tip = await desk.refer_tip(station.store, station.zhou, tip, 1)
    clock.forward(days=364)
    assert (await run(station.store, store_url, tmp_path)).tips == 0
    clock.forward(days=2)
    assert [(one.station, one.status, one.tips) for one in await due_tips(station.store)] == [("JNL", status, 1)]
    assert (await run(station.store, store_url, tmp_path)).tips == 1
    now = (await file_of(station, tip)).tip
    assert (now.status, now.text) == (status, "")
    for verb in (desk.claim_tip, desk.investigate_tip):
        with pytest.raises(NotAllowed):
            await verb(station.store, station.zhou, now)
    if status is Status.REFERRED:  # it is still open: it can be ended, and what is said then has its time too
        assert (await desk.solve_tip(station.store, station.zhou, now, "Fined")).erase_at is not None
    else:
        with pytest.raises(NotAllowed):
            await desk.reopen_tip(station.store, station.zhou, now)


async def test_the_clock_stops_with_undo_and_reopening(station: Desk) -> None:
    clock = Clock(station.store)
    tip = await full_tip(station)
    assert tip.erase_at is None
    closed = await desk.close_tip(station.store, station.zhou, tip, CloseReason.NO_ACTION)
    assert closed.erase_at == station_day(closed, 30)
    _event, undone = await desk.undo(station.store, station.zhou)
    assert undone.erase_at is None
    clock.forward(seconds=1)
    solved = await desk.solve_tip(station.store, station.zhou, undone)
    assert solved.erase_at == station_day(solved, 365)
    clock.forward(seconds=1)  # of one instant, both would be taken back
    reopened = await desk.reopen_tip(station.store, station.zhou, solved)
    assert reopened.erase_at is None
    _event, again = await desk.undo(station.store, station.zhou)
    assert again.erase_at == solved.erase_at


def station_day(tip: Tip, days: int) -> datetime:
    assert tip.moved_at is not None
    return tip.moved_at + timedelta(days=days)


async def test_a_hold_stops_the_clock_until_it_ends(station: Desk, store_url: str, tmp_path: Path) -> None:
    clock = Clock(station.store)
    tip = await desk.close_tip(station.store, station.zhou, await full_tip(station), CloseReason.NO_ACTION)
    until = clock.forward(days=1) + timedelta(days=60)
    court = NewHold(HoldKind.COURT, "Hearing in January", "(2026) 118", until)
    held = await desk.hold_tip(station.store, station.zhou, tip, court)
    assert held.held_until == until
    clock.forward(days=40)
    assert [(one.tips, one.held) for one in await due_tips(station.store)] == [(0, 1)]
    assert (await run(station.store, store_url, tmp_path)).tips == 0
    (hold,) = (await file_of(station, tip)).holds
    assert (hold.kind, hold.reference, hold.officer_code) == (HoldKind.COURT, "(2026) 118", "JNL-001")
    with pytest.raises(NotAllowed, match="supervisor"):
        await desk.end_hold(station.store, station.zhou, held, 1)
    free = await desk.end_hold(station.store, station.chen, held, 1)
    assert free.held_until is None
    _event, again = await desk.undo(station.store, station.chen)
    assert again.held_until == until
    assert (await file_of(station, tip)).holds[0].ended_at is None
    clock.forward(days=21)
    assert (await run(station.store, store_url, tmp_path)).tips == 1
    (hold,) = (await file_of(station, tip)).holds
    assert (hold.reason, hold.reference) == ("", "(2026) 118")
    with pytest.raises(NotAllowed, match="nothing left to hold"):
        await desk.hold_tip(station.store, station.zhou, (await file_of(station, tip)).tip, court)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": " "},
        {"reference": ""},
        {"ends_at": timedelta(seconds=-1)},
        {"ends_at": timedelta(days=4000)},
        {"reason": "x" * 501},
    ],
)
async def test_a_hold_without_its_paper_is_refused(station: Desk, wrong: dict[str, object]) -> None:
    tip, now = await full_tip(station), station.store.now()
    hold = NewHold(HoldKind.OVERSIGHT, "Asked for", "OV-7", now + timedelta(days=9))
    changed = {name: now + value if isinstance(value, timedelta) else value for name, value in wrong.items()}
    with pytest.raises(NotAllowed):
        await desk.hold_tip(station.store, station.zhou, tip, replace(hold, **changed))  # type: ignore[arg-type]  # by name


async def test_an_undone_hold_holds_nothing(station: Desk) -> None:
    tip = await full_tip(station)
    new = NewHold(HoldKind.COURT, "Hearing", "118", station.store.now() + timedelta(days=9))
    await desk.hold_tip(station.store, station.zhou, tip, new)
    _event, after = await desk.undo(station.store, station.zhou)
    assert after.held_until is None


async def holds_in_force(station: Desk, tip: Tip) -> list[int]:
    """Their numbers by the rows themselves: the tip's file shows no hold when none is said to be in force."""
    holds = await station.store.read(lambda conn: holds_of(conn, tip))
    return [one.n for one in holds if one.is_in_force(station.store.now())]


async def test_undoing_the_end_of_a_hold_revives_that_one(station: Desk, store_url: str, tmp_path: Path) -> None:
    """Between the end and its undo another hold was put by mistake and taken back."""
    clock, store, chen = Clock(station.store), station.store, station.chen
    tip = await desk.close_tip(store, chen, await full_tip(station), CloseReason.NO_ACTION)
    court = NewHold(HoldKind.COURT, "Hearing", "118", clock.forward(seconds=1) + timedelta(days=900))
    held = await desk.hold_tip(store, chen, tip, court)
    clock.forward(seconds=1)
    free = await desk.end_hold(store, chen, held, 1)
    clock.forward(seconds=1)
    await desk.hold_tip(store, chen, free, replace(court, ends_at=store.now() + timedelta(days=90)))
    for in_force in ([], [1]):
        clock.forward(seconds=1)
        _event, tip = await desk.undo(store, chen)
        assert await holds_in_force(station, tip) == in_force
    assert tip.held_until == court.ends_at
    with pytest.raises(NotFound):
        await desk.end_hold(store, chen, tip, 2)
    clock.forward(days=100)
    assert (await run(store, store_url, tmp_path)).tips == 0
    assert not (await file_of(station, tip)).tip.is_erased


async def test_each_undo_of_a_hold_ends_its_own(station: Desk) -> None:
    clock, store = Clock(station.store), station.store
    tip = await full_tip(station)
    new = NewHold(HoldKind.COURT, "Hearing", "118", store.now() + timedelta(days=9))
    for _ in range(2):
        clock.forward(seconds=1)
        tip = await desk.hold_tip(store, station.zhou, tip, new)
    for in_force in ([1], []):
        clock.forward(seconds=1)
        _event, tip = await desk.undo(store, station.zhou)
        assert await holds_in_force(station, tip) == in_force
    assert tip.held_until is None


async def test_holds_of_one_instant_are_taken_back_together(station: Desk) -> None:
    clock, store = Clock(station.store), station.store
    tip = await full_tip(station)
    new = NewHold(HoldKind.COURT, "Hearing", "118", store.now() + timedelta(days=9))
    for _ in range(3):
        tip = await desk.hold_tip(store, station.chen, tip, new)
    clock.forward(seconds=1)
    for n in (1, 3):
        tip = await desk.end_hold(store, station.chen, tip, n)
    for in_force in ([1, 2, 3], []):
        clock.forward(seconds=1)
        _event, tip = await desk.undo(store, station.chen)
        assert await holds_in_force(station, tip) == in_force


async def test_what_is_no_police_matter_is_counted_only(station: Desk, store_url: str, tmp_path: Path) -> None:
    clock = Clock(station.store)
    tip = await desk.close_not_police(station.store, station.zhou, await full_tip(station))
    assert (tip.close_reason, tip.erase_at) == (CloseReason.NOT_POLICE_MATTER, station_day(tip, 1))
    clock.forward(hours=23)
    window = await desk.tip_window(station.store, station.zhou, ALL)
    assert window.lines[0].head.startswith("Dice")
    clock.forward(hours=2)
    window = await desk.tip_window(station.store, station.zhou, ALL)  # the same version, its line read before
    assert (window.lines[0].head, window.lines[0].place, window.lines[0].is_erased) == ("", None, True)
    assert (await file_of(station, tip)).tip.text == ""
    assert (await run(station.store, store_url, tmp_path, CloseReason.NOT_POLICE_MATTER)).tips == 1
    figures = {one.code: one for one in await station_figures(station.store, station.chen)}
    assert (figures["JNL"].not_police_matter, figures["JNL"].counts.closed) == (1, 1)


async def test_it_is_taken_back_like_any_step(station: Desk) -> None:
    await desk.close_not_police(station.store, station.zhou, await full_tip(station))
    _event, after = await desk.undo(station.store, station.zhou)
    assert (after.status, after.close_reason, after.erase_at) == (Status.NEW, None, None)


async def test_a_content_goes_with_the_last_tip_that_names_it(station: Desk, store_url: str, tmp_path: Path) -> None:
    place = tmp_path / "attachments" / "ab" / ("ab" * 32)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"sealed")
    clock = Clock(station.store)
    first, second = await full_tip(station, "1"), await full_tip(station, "2")
    await desk.close_tip(station.store, station.zhou, first, CloseReason.NO_ACTION)
    clock.forward(days=31)
    assert (await run(station.store, store_url, tmp_path)).attachments == 0
    assert place.exists()
    await desk.close_tip(station.store, station.zhou, second, CloseReason.NO_ACTION)
    clock.forward(days=31)
    assert (await run(station.store, store_url, tmp_path)).attachments == 0
    assert place.exists()  # it was just put there
    os.utime(place, (place.stat().st_mtime - TAKEN_IN_S - 1,) * 2)
    assert (await run(station.store, store_url, tmp_path)).attachments == 1
    assert not place.exists()


async def test_every_tip_has_its_audit_entry_and_the_chain_holds(station: Desk, store_url: str, tmp_path: Path) -> None:
    from sqlalchemy import select

    from console.model.audit import FIRST, AuditEntry

    clock = Clock(station.store)
    for n in range(3):
        await desk.close_tip(station.store, station.zhou, await full_tip(station, str(n)), CloseReason.NO_ACTION)
    clock.forward(days=31)
    assert (await run(station.store, store_url, tmp_path)).tips == 3
    columns = [c for c in t.audit.c if c.name != "hash"]
    rows = await station.store.read(
        lambda conn: conn.execute(
            select(*columns, t.audit.c.hash).where(t.audit.c.station_id == 1).order_by(t.audit.c.seq)
        ).all()
    )
    head = FIRST
    for row in rows:
        head = AuditEntry(*row[:-1]).hash_after(head)
        assert head == bytes(row.hash)
    assert [row.action for row in rows].count("tip.erased") == 3
