"""The steps of a tip's life as pure functions: what a verb changes, what its event says. Desk verbs write them, seeding
makes whole lives of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from console.model.change import EventKind
from console.model.station import EraseAfter
from console.model.tip import Category, CloseReason, Status, Tip, Urgency


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `changes` are columns of the tip with their new values; `why` the officer's words; `about` one word
    (agency, officer, ref)."""

    kind: EventKind
    to_status: Status
    changes: Mapping[str, Any] = field(default_factory=dict)
    why: str | None = None
    about: str | None = None


def taken(tip: Tip, step: Step) -> Tip:
    """The tip as the step leaves it, but for what is another row's: the code of the officer who has it."""
    return replace(tip, **step.changes, version=tip.version + 1)


def clocked(step: Step, erase_after: EraseAfter, now: datetime) -> Step:
    """The step with the erase clock it winds or stops, when it changes the status; one taken back brings its own."""
    if "status" not in step.changes or "erase_at" in step.changes:
        return step
    erase_at = erase_after.at(step.to_status, step.changes.get("close_reason"), now)
    return replace(step, changes={**step.changes, "erase_at": erase_at})


def claim(tip: Tip, officer_id: int, now: datetime) -> Step:
    return Step(EventKind.CLAIMED, tip.status, {**_responded(tip, now), "claimed_by": officer_id, "claimed_at": now})


def release(tip: Tip) -> Step:
    return Step(EventKind.RELEASED, tip.status, {"claimed_by": None, "claimed_at": None})


def investigate(tip: Tip, officer_id: int, now: datetime, note: str = "") -> Step:
    """The one who investigates an unclaimed tip has it; a tip claimed by another stays theirs."""
    claimed = {"claimed_by": officer_id, "claimed_at": now} if tip.claimed_by is None else {}
    return Step(
        EventKind.INVESTIGATING,
        Status.INVESTIGATING,
        {**_moved(tip, Status.INVESTIGATING, now), **claimed},
        note or None,
    )


def refer(tip: Tip, officer_id: int, now: datetime, agency: str, note: str) -> Step:
    claimed = {"claimed_by": officer_id, "claimed_at": now} if tip.claimed_by is None else {}
    return Step(
        EventKind.REFERRED, Status.REFERRED, {**_moved(tip, Status.REFERRED, now), **claimed}, note or None, agency
    )


def solve(tip: Tip, now: datetime, outcome: str) -> Step:
    changes = {**_moved(tip, Status.SOLVED, now), "outcome": outcome or None}
    return Step(EventKind.SOLVED, Status.SOLVED, changes, outcome or None)


def close(tip: Tip, now: datetime, reason: CloseReason, note: str = "") -> Step:
    changes = {**_moved(tip, Status.CLOSED, now), "close_reason": reason, "outcome": note or None}
    return Step(EventKind.CLOSED, Status.CLOSED, changes, note or None, reason.value)


def reopen(tip: Tip, officer_id: int, now: datetime, why: str) -> Step:
    changes = {
        **_moved(tip, Status.INVESTIGATING, now),
        "claimed_by": officer_id,
        "claimed_at": now,
        "close_reason": None,
        "outcome": None,
    }
    return Step(EventKind.REOPENED, Status.INVESTIGATING, changes, why or None)


def note(tip: Tip, words: str) -> Step:
    return Step(EventKind.NOTED, tip.status, {}, words)


def assign(tip: Tip, to_officer_id: int, to_code: str, now: datetime) -> Step:
    return Step(EventKind.ASSIGNED, tip.status, {"claimed_by": to_officer_id, "claimed_at": now}, about=to_code)


def set_urgency(tip: Tip, urgency: Urgency, respond_by: datetime) -> Step:
    """A tip made an alarm again rings again."""
    changes: dict[str, Any] = {"urgency": urgency, "respond_by": respond_by}
    if urgency is Urgency.ALARM:
        changes |= {"acknowledged_at": None, "acknowledged_by": None}
    return Step(EventKind.URGENCY_SET, tip.status, changes, about=urgency.value)


def set_category(tip: Tip, category: Category) -> Step:
    return Step(EventKind.CATEGORY_SET, tip.status, {"category": category}, about=category.value)


def link(tip: Tip, to: Tip) -> Step:
    return Step(EventKind.LINKED, tip.status, {"duplicate_of": to.ref}, about=to.ref)


def unlink(tip: Tip) -> Step:
    return Step(EventKind.UNLINKED, tip.status, {"duplicate_of": None}, about=tip.duplicate_of)


def acknowledge(tip: Tip, officer_id: int, now: datetime) -> Step:
    return Step(EventKind.ACKNOWLEDGED, tip.status, {"acknowledged_at": now, "acknowledged_by": officer_id})


def hold(tip: Tip, until: datetime | None, reason: str, reference: str) -> Step:
    return Step(EventKind.HELD, tip.status, {"held_until": until}, reason, reference)


def end_hold(tip: Tip, until: datetime | None, reference: str) -> Step:
    return Step(EventKind.HOLD_ENDED, tip.status, {"held_until": until}, about=reference)


def _responded(tip: Tip, now: datetime) -> dict[str, Any]:
    return {"responded_at": now} if tip.responded_at is None else {}


def _moved(tip: Tip, status: Status, now: datetime) -> dict[str, Any]:
    return {**_responded(tip, now), "status": status, "moved_at": now}
