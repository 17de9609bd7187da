"""The rules of a tip's life, as a table: every status against every step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from console.model import step
from console.model.ids import new_id
from console.model.officer import Officer, Role
from console.model.station import RespondWithin
from console.model.tip import Category, CloseReason, Status, Tip, Urgency

NOW = datetime(2026, 11, 20, 2, 13, tzinfo=UTC)
TIP = Tip(
    id=UUID(int=1),
    station_id=1,
    ref="JNL-1120-0042",
    source="test",
    source_key="1",
    status=Status.NEW,
    urgency=Urgency.ROUTINE,
    category=Category.OTHER,
    text="words",
    received_at=NOW,
    respond_by=NOW + timedelta(days=1),
    version=1,
)

POSSIBLE = {
    "claim": {Status.NEW, Status.INVESTIGATING, Status.REFERRED},
    "investigate": {Status.NEW, Status.REFERRED},
    "refer": {Status.NEW, Status.INVESTIGATING},
    "solve": {Status.NEW, Status.INVESTIGATING, Status.REFERRED},
    "close": {Status.NEW, Status.INVESTIGATING, Status.REFERRED},
    "reopen": {Status.SOLVED, Status.CLOSED},
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("name", POSSIBLE)
def test_each_step_is_possible_where_the_life_says_so(name: str, status: Status) -> None:
    tip = replace(TIP, status=status)
    why_not = tip.why_not_claim(7) if name == "claim" else getattr(tip, f"why_not_{name}")()
    assert (why_not is None) == (status in POSSIBLE[name])
    assert why_not is None or why_not.endswith(".")


def test_claims() -> None:
    mine = replace(TIP, claimed_by=7, claimed_code="JNL-007")
    assert TIP.why_not_release(7) == "Nobody has claimed it."
    assert mine.why_not_claim(7) == "It is already yours."
    assert mine.why_not_claim(8) == "JNL-007 has claimed it."
    assert mine.why_not_release(8) == "JNL-007 has claimed it, not you."
    assert mine.why_not_release(7) is None
    assert mine.why_not_assign(7) == "It is already theirs."
    assert mine.why_not_assign(8) is None


def test_an_alarm_rings_while_open_and_unacknowledged() -> None:
    alarm = replace(TIP, urgency=Urgency.ALARM)
    assert alarm.rings
    assert alarm.why_not_acknowledge() is None
    for quiet in (TIP, replace(alarm, acknowledged_at=NOW), replace(alarm, status=Status.SOLVED)):
        assert not quiet.rings
        assert quiet.why_not_acknowledge() is not None


def test_duplicates_link_within_a_station_and_one_level_deep() -> None:
    other = replace(TIP, id=UUID(int=2), ref="JNL-1120-0043")
    assert TIP.why_not_link(other) is None
    assert TIP.why_not_link(TIP) is not None
    assert TIP.why_not_link(replace(other, station_id=2)) is not None
    assert "link to JNL-1120-0001" in (TIP.why_not_link(replace(other, duplicate_of="JNL-1120-0001")) or "")
    assert replace(TIP, duplicate_of="JNL-1120-0001").why_not_link(other) is not None


def test_the_first_step_answers_the_respond_by_clock() -> None:
    later = NOW + timedelta(minutes=5)
    taken = step.investigate(TIP, 7, later)
    assert taken.changes["responded_at"] == later
    assert taken.changes["claimed_by"] == 7
    moved = replace(TIP, **taken.changes)
    assert "responded_at" not in step.solve(moved, later, "done").changes
    assert "claimed_by" not in step.investigate(replace(TIP, claimed_by=8), 7, later).changes
    assert step.close(TIP, later, CloseReason.UNFOUNDED).changes["close_reason"] is CloseReason.UNFOUNDED


def test_respond_within_is_a_setting_of_the_station() -> None:
    assert RespondWithin().within(Urgency.ALARM) == timedelta(minutes=5)
    assert RespondWithin().within(Urgency.PRIORITY) == timedelta(hours=1)
    assert RespondWithin(routine_s=60).within(Urgency.ROUTINE) == timedelta(minutes=1)


@pytest.mark.parametrize("role", Role)
def test_only_duty_and_supervisor_see_tips(role: Role) -> None:
    officer = Officer(7, "JNL-007", "Zhou", role, 1, frozenset({1}))
    assert (officer.why_not_see(1) is None) == (role in (Role.DUTY, Role.SUPERVISOR))
    assert officer.why_not_see(2) is not None


def test_ids_sort_by_time_and_by_order_of_making() -> None:
    ids = [new_id(NOW + timedelta(milliseconds=n // 9000)) for n in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 20_000
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
    assert ids[0].int >> 80 == int(NOW.timestamp() * 1000)
