"""Every verb: grant, rule, version compare, one transaction, one event, one audit row; on both engines."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, select

from console import desk
from console.desk import audit
from console.errors import NotAllowed, NotFound, TipMovedOn
from console.model.change import EventKind
from console.model.incoming import NewTip
from console.model.officer import Officer, Role
from console.model.referral import ReferralState
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.store import Store
from console.store import tables as t
from tests.desk.conftest import Desk

Verb = Callable[[Store, Officer, Tip], Awaitable[Tip]]

VERBS: dict[str, Verb] = {
    "claim": desk.claim_tip,
    "investigate": desk.investigate_tip,
    "refer": lambda store, officer, tip: desk.refer_tip(store, officer, tip, 1, "please look"),
    "solve": lambda store, officer, tip: desk.solve_tip(store, officer, tip, "settled on the spot"),
    "close": lambda store, officer, tip: desk.close_tip(store, officer, tip, CloseReason.UNFOUNDED, "nothing there"),
    "note": lambda store, officer, tip: desk.note_tip(store, officer, tip, "called back"),
    "assign": lambda store, officer, tip: desk.assign_tip(store, officer, tip, 2),
    "urgency": lambda store, officer, tip: desk.set_urgency(store, officer, tip, Urgency.PRIORITY),
    "category": lambda store, officer, tip: desk.set_category(store, officer, tip, Category.FIRE),
}


async def counters_hold(store: Store) -> None:
    """The counter rows say what the rows say, and events have no gap."""

    def check(conn):  # type: ignore[no-untyped-def]  # a local reading over rows of many shapes
        tip, told, counter = t.tip.c, t.tip_event.c, t.station_counter.c
        for row in conn.execute(select(t.station_counter)):
            for status in Status:
                here = select(func.count()).where(tip.station_id == row.station_id, tip.status == status)
                assert row._mapping[status.value] == conn.scalar(here.select_from(t.tip))
            seqs = conn.scalars(select(told.seq).where(told.station_id == row.station_id).order_by(told.seq)).all()
            assert list(seqs) == list(range(1, row.event_seq + 1))
            audits = conn.scalars(select(t.audit.c.seq).where(t.audit.c.station_id == row.station_id)).all()
            assert sorted(audits) == list(range(1, row.audit_seq + 1))
            alarms = select(func.count()).where(
                tip.station_id == counter.station_id,
                tip.urgency == "alarm",
                tip.acknowledged_at.is_(None),
                tip.status.in_(("new", "investigating", "referred")),
            )
            assert row.alarms == conn.scalar(alarms.where(tip.station_id == row.station_id).select_from(t.tip))

    await store.read(check)


@pytest.mark.parametrize("name", VERBS)
async def test_verb_writes_one_step(station: Desk, name: str) -> None:
    tip = await station.new_tip()
    after = await VERBS[name](station.store, station.zhou, tip)
    steps = 2 if name == "solve" else 1
    assert after.version == tip.version + steps
    file = await desk.tip_file(station.store, station.zhou, tip.station_id, tip.id)
    assert file.tip == after
    assert len(file.history) == 1 + steps
    assert file.history[-1].officer_code == "JNL-001"
    assert file.history[-1].to_status is after.status
    await counters_hold(station.store)


async def test_a_new_tip_is_solved_in_two_steps_with_one_statement_a_table(station: Desk) -> None:
    """Each is a round trip on PostgreSQL; the counter row has two, as an entry's hash needs its numbers."""
    tip = await station.new_tip()
    written: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        written.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await desk.solve_tip(station.store, station.zhou, tip, "settled")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    changes = [one.split() for one in written if one.startswith(("UPDATE", "INSERT"))]
    tables = [words[1] if words[0] == "UPDATE" else words[2] for words in changes]
    assert tables == ["tip", "station_counter", "tip_event", "audit", "station_counter"]
    first, last = (await desk.tip_file(station.store, station.zhou, tip.station_id, tip.id)).history[1:]
    assert (first.kind, first.from_status, first.to_status) == (
        EventKind.INVESTIGATING,
        Status.NEW,
        Status.INVESTIGATING,
    )
    assert (last.kind, last.from_status, last.to_status) == (EventKind.SOLVED, Status.INVESTIGATING, Status.SOLVED)
    assert (first.version, last.version, last.seq - first.seq) == (tip.version + 1, tip.version + 2, 1)
    assert not (await audit.verify(station.store, await audit.operator(station.store))).faults


@pytest.mark.parametrize("name", VERBS)
async def test_second_officer_is_told(station: Desk, name: str) -> None:
    tip = await station.new_tip()
    await desk.investigate_tip(station.store, station.zhou, tip)
    with pytest.raises(TipMovedOn) as told:
        await VERBS[name](station.store, station.lin, tip)
    assert told.value.now.status is Status.INVESTIGATING
    assert told.value.by is not None
    assert told.value.by.officer_code == "JNL-001"
    assert "JNL-001 moved" in told.value.message
    await counters_hold(station.store)


@pytest.mark.parametrize("name", VERBS)
async def test_out_of_grant_is_refused(station: Desk, name: str) -> None:
    tip = await station.new_tip()
    with pytest.raises(NotFound):
        await VERBS[name](station.store, station.gao, tip)
    with pytest.raises(NotFound):
        await desk.tip_file(station.store, station.gao, tip.station_id, tip.id)


@pytest.mark.parametrize("name", VERBS)
async def test_undo_restores_what_the_step_changed(station: Desk, name: str) -> None:
    tip = await station.new_tip()
    after = await VERBS[name](station.store, station.zhou, tip)
    undone, back = await desk.undo(station.store, station.zhou)
    assert back.version == after.version + (2 if name == "solve" else 1)
    for field in Tip.__dataclass_fields__:
        if field != "version":
            assert getattr(back, field) == getattr(tip, field), field
    file = await desk.tip_file(station.store, station.zhou, tip.station_id, tip.id)
    assert [one.undone for one in file.history if one.kind is undone.kind] == [True]
    await counters_hold(station.store)
    with pytest.raises(NotAllowed, match="no step of yours"):
        await desk.undo(station.store, station.zhou)


async def test_undo_is_refused_when_another_came_after(station: Desk) -> None:
    tip = await station.new_tip()
    claimed = await desk.claim_tip(station.store, station.zhou, tip)
    await desk.note_tip(station.store, station.lin, claimed, "I know the place")
    with pytest.raises(NotAllowed, match="JNL-002 has worked on"):
        await desk.undo(station.store, station.zhou)


async def test_undo_takes_the_newest_step_of_this_officer(station: Desk) -> None:
    first, second = await station.new_tip(key="1"), await station.new_tip(key="2")
    await desk.claim_tip(station.store, station.zhou, first)
    await desk.claim_tip(station.store, station.zhou, second)
    await desk.investigate_tip(station.store, station.lin, await station.new_tip(key="3"))
    event, tip = await desk.undo(station.store, station.zhou)
    assert (event.kind, tip.id, tip.claimed_by) == (EventKind.CLAIMED, second.id, None)
    event, tip = await desk.undo(station.store, station.zhou)
    assert tip.id == first.id


async def test_an_old_step_is_not_undone_by_one_key(station: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.claim_tip(station.store, station.zhou, await station.new_tip())
    later = station.store.now() + timedelta(minutes=61)
    monkeypatch.setattr(station.store, "now", lambda: later)
    with pytest.raises(NotAllowed, match="more than an hour old"):
        await desk.undo(station.store, station.zhou)


async def test_undone_referral_is_withdrawn(station: Desk) -> None:
    tip = await station.new_tip()
    await desk.refer_tip(station.store, station.zhou, tip, 2, "lift is stuck")
    await desk.undo(station.store, station.zhou)
    file = await desk.tip_file(station.store, station.zhou, tip.station_id, tip.id)
    assert [(one.agency, one.state) for one in file.referrals] == [("Property firm", ReferralState.WITHDRAWN)]


async def test_each_undo_of_a_referral_withdraws_its_own(station: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    began, gone = station.store.now(), itertools.count()
    monkeypatch.setattr(station.store, "now", lambda: began + timedelta(seconds=next(gone)))
    tip = await desk.refer_tip(station.store, station.zhou, await station.new_tip(), 1, "hydrant")
    tip = await desk.investigate_tip(station.store, station.zhou, tip)
    await desk.refer_tip(station.store, station.zhou, tip, 2, "lift is stuck")
    sent, withdrawn = ReferralState.SENT, ReferralState.WITHDRAWN
    for status, states in (
        (Status.INVESTIGATING, [sent, withdrawn]),
        (Status.REFERRED, [sent, withdrawn]),
        (Status.NEW, [withdrawn, withdrawn]),
    ):
        _event, tip = await desk.undo(station.store, station.zhou)
        file = await desk.tip_file(station.store, station.zhou, tip.station_id, tip.id)
        assert (tip.status, [one.state for one in file.referrals]) == (status, states)


async def test_life_goes_round(station: Desk) -> None:
    store, zhou = station.store, station.zhou
    tip = await station.new_tip()
    tip = await desk.investigate_tip(store, zhou, tip, "going there")
    assert (tip.claimed_by, tip.responded_at) == (zhou.id, tip.moved_at)
    tip = await desk.refer_tip(store, zhou, tip, 1, "hydrant")
    tip = await desk.investigate_tip(store, zhou, tip)
    tip = await desk.solve_tip(store, zhou, tip, "moved away")
    assert (tip.status, tip.outcome) == (Status.SOLVED, "moved away")
    tip = await desk.reopen_tip(store, zhou, tip, "it is back")
    assert (tip.status, tip.outcome) == (Status.INVESTIGATING, None)
    tip = await desk.close_tip(store, zhou, tip, CloseReason.NO_ACTION)
    with pytest.raises(NotAllowed, match="already closed"):
        await desk.close_tip(store, zhou, tip, CloseReason.NO_ACTION)
    with pytest.raises(NotAllowed, match="reopen it first"):
        await desk.solve_tip(store, zhou, tip)
    await counters_hold(store)


async def test_claims_are_soft_and_given_back(station: Desk) -> None:
    store = station.store
    tip = await desk.claim_tip(store, station.zhou, await station.new_tip())
    assert (tip.status, tip.claimed_code) == (Status.NEW, "JNL-001")
    with pytest.raises(NotAllowed, match="JNL-001 has claimed it"):
        await desk.claim_tip(store, station.lin, tip)
    with pytest.raises(NotAllowed, match="not you"):
        await desk.release_tip(store, station.lin, tip)
    tip = await desk.release_tip(store, station.zhou, tip)
    assert tip.claimed_by is None
    tip = await desk.assign_tip(store, station.chen, tip, station.lin.id)
    assert tip.claimed_code == "JNL-002"
    with pytest.raises(NotAllowed, match="does not work"):
        await desk.assign_tip(store, station.chen, tip, station.gao.id)


async def test_alarm_rings_until_acknowledged(station: Desk) -> None:
    store, zhou = station.store, station.zhou
    (receipt,) = await station.take(NewTip("Gas smell", "test", "a", room="JNL-12", urgency=Urgency.ALARM))
    assert [line.ref for line in await desk.ringing(store, zhou, [1])] == [receipt.ref]
    assert (await desk.counts(store, zhou, [1]))[1].alarms == 1
    tip = await desk.acknowledge_alarm(store, zhou, await station.tip(receipt))
    assert await desk.ringing(store, zhou, [1]) == []
    with pytest.raises(NotAllowed, match="already acknowledged"):
        await desk.acknowledge_alarm(store, zhou, tip)
    await counters_hold(store)
    tip = await desk.set_urgency(store, zhou, tip, Urgency.ROUTINE)
    tip = await desk.set_urgency(store, zhou, tip, Urgency.ALARM)
    assert tip.rings
    await desk.close_tip(store, zhou, tip, CloseReason.UNFOUNDED)
    assert (await desk.counts(store, zhou, [1]))[1].alarms == 0
    await counters_hold(store)


async def test_urgency_moves_the_respond_by_clock(station: Desk) -> None:
    tip = await station.new_tip()
    after = await desk.set_urgency(station.store, station.zhou, tip, Urgency.ALARM)
    assert (after.respond_by - after.received_at).total_seconds() == 300


async def test_duplicates_are_linked_one_level_deep(station: Desk) -> None:
    store, zhou = station.store, station.zhou
    first, second, third = [await station.new_tip(key=str(n)) for n in range(3)]
    second = await desk.link_duplicate(store, zhou, second, first.ref.lower())
    assert second.duplicate_of == first.ref
    assert (await desk.tip_file(store, zhou, 1, first.id)).duplicates == (second.ref,)
    with pytest.raises(NotAllowed, match="link to"):
        await desk.link_duplicate(store, zhou, third, second.ref)
    with pytest.raises(NotAllowed, match="itself"):
        await desk.link_duplicate(store, zhou, third, third.ref)
    second = await desk.unlink_duplicate(store, zhou, second)
    assert second.duplicate_of is None
    with pytest.raises(NotFound):
        await desk.link_duplicate(store, zhou, third, "JNL-0101-9999")


async def test_words_of_an_officer_have_a_limit(station: Desk) -> None:
    tip = await station.new_tip()
    with pytest.raises(NotAllowed, match="2001 characters"):
        await desk.note_tip(station.store, station.zhou, tip, "x" * 2001)
    with pytest.raises(NotAllowed, match="needs words"):
        await desk.note_tip(station.store, station.zhou, tip, "   ")


async def test_agency_must_be_on_the_list(station: Desk) -> None:
    tip = await station.new_tip()
    with pytest.raises(NotFound, match="not on the station's list"):
        await desk.refer_tip(station.store, station.zhou, tip, 99)
    assert (await station.tip_again(tip)).version == tip.version


async def test_conflicting_officers_lose_nothing(station: Desk) -> None:
    """Eight at once on the same version: one wins, seven are told."""
    tip = await station.new_tip()
    officers = [station.zhou, station.lin] * 4

    async def attempt(officer: Officer) -> bool:
        try:
            await desk.claim_tip(station.store, officer, tip)
        except TipMovedOn:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt(one) for one in officers))) == 1
    await counters_hold(station.store)


async def test_auditor_works_no_tips(station: Desk) -> None:
    auditor = Officer(5, "JA-A1", "Auditor", Role.AUDITOR, 1, frozenset({1}))
    tip = await station.new_tip()
    with pytest.raises(NotFound):
        await desk.claim_tip(station.store, auditor, tip)
    with pytest.raises(NotFound):
        await desk.tip_file(station.store, auditor, 1, tip.id)
