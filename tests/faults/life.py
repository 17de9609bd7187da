"""The verbs of a tip's life as the model's rules and steps say them; test_tip_life.py holds the desk to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from console import desk
from console.model import step as steps
from console.model.change import EventKind
from console.model.officer import Officer
from console.model.station import RespondWithin
from console.model.step import Step
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.store import Store


@dataclass(frozen=True, slots=True)
class Verb:
    """A desk verb, the rule that may forbid it, and the steps it is made of."""

    take: Callable[[Store, Officer, Tip], Awaitable[Tip]]
    why_not: Callable[[Tip, Officer], str | None]
    steps: Callable[[Tip, Officer, datetime], list[Step]]


def _solved(tip: Tip, officer: Officer, now: datetime) -> list[Step]:
    if tip.status is not Status.NEW:
        return [steps.solve(tip, now, "settled")]
    first = steps.investigate(tip, officer.id, now)
    return [first, steps.solve(replace(tip, **first.changes), now, "settled")]


def _urgent(to: Urgency) -> Verb:
    within = RespondWithin()
    return Verb(
        lambda store, officer, tip: desk.set_urgency(store, officer, tip, to),
        lambda tip, _officer: "the same" if tip.urgency is to else None,
        lambda tip, _officer, _now: [steps.set_urgency(tip, to, tip.received_at + within.within(to))],
    )


VERBS = {
    "claim": Verb(
        desk.claim_tip,
        lambda tip, officer: tip.why_not_claim(officer.id),
        lambda tip, officer, now: [steps.claim(tip, officer.id, now)],
    ),
    "release": Verb(
        desk.release_tip,
        lambda tip, officer: tip.why_not_release(officer.id),
        lambda tip, _officer, _now: [steps.release(tip)],
    ),
    "investigate": Verb(
        desk.investigate_tip,
        lambda tip, _officer: tip.why_not_investigate(),
        lambda tip, officer, now: [steps.investigate(tip, officer.id, now)],
    ),
    "refer": Verb(
        lambda store, officer, tip: desk.refer_tip(store, officer, tip, 1, "please look"),
        lambda tip, _officer: tip.why_not_refer(),
        lambda tip, officer, now: [steps.refer(tip, officer.id, now, "Fire brigade", "please look")],
    ),
    "solve": Verb(
        lambda store, officer, tip: desk.solve_tip(store, officer, tip, "settled"),
        lambda tip, _officer: tip.why_not_solve(),
        _solved,
    ),
    "close": Verb(
        lambda store, officer, tip: desk.close_tip(store, officer, tip, CloseReason.UNFOUNDED, "nothing there"),
        lambda tip, _officer: tip.why_not_close(),
        lambda tip, _officer, now: [steps.close(tip, now, CloseReason.UNFOUNDED, "nothing there")],
    ),
    "reopen": Verb(
        lambda store, officer, tip: desk.reopen_tip(store, officer, tip, "it is back"),
        lambda tip, _officer: tip.why_not_reopen(),
        lambda tip, officer, now: [steps.reopen(tip, officer.id, now, "it is back")],
    ),
    "note": Verb(
        lambda store, officer, tip: desk.note_tip(store, officer, tip, "called back"),
        lambda _tip, _officer: None,
        lambda tip, _officer, _now: [steps.note(tip, "called back")],
    ),
    "assign": Verb(
        lambda store, officer, tip: desk.assign_tip(store, officer, tip, 2),
        lambda tip, officer: officer.why_not_assign(2) or tip.why_not_assign(2),
        lambda tip, _officer, now: [steps.assign(tip, 2, "JNL-002", now)],
    ),
    "category": Verb(
        lambda store, officer, tip: desk.set_category(store, officer, tip, Category.FIRE),
        lambda tip, _officer: "the same" if tip.category is Category.FIRE else None,
        lambda tip, _officer, _now: [steps.set_category(tip, Category.FIRE)],
    ),
    "acknowledge": Verb(
        desk.acknowledge_alarm,
        lambda tip, _officer: tip.why_not_acknowledge(),
        lambda tip, officer, now: [steps.acknowledge(tip, officer.id, now)],
    ),
    "routine": _urgent(Urgency.ROUTINE),
    "alarm": _urgent(Urgency.ALARM),
}


@dataclass(slots=True)
class Done:
    """One event of a tip: whose, of which kind, and the values before it."""

    officer_id: int | None
    kind: EventKind
    at: datetime
    version: int
    from_status: Status | None
    to_status: Status
    before: dict[str, Any] = field(default_factory=dict)
    is_undone: bool = False

    @property
    def is_step(self) -> bool:
        """Whether it can be undone, and stands in the way of another's undo."""
        return not self.is_undone and self.kind not in (EventKind.RECEIVED, EventKind.UNDONE)


@dataclass(slots=True)
class Truth:
    """What a tip must be now, and every event that made it so, oldest first."""

    tip: Tip
    done: list[Done]

    def take(self, step: Step, officer: Officer, now: datetime) -> None:
        before = {name: getattr(self.tip, name) for name in step.changes}
        after = replace(self.tip, **step.changes, version=self.tip.version + 1)
        event = Done(officer.id, step.kind, now, after.version, self.tip.status, after.status, before)
        self.tip = after
        self.done.append(event)

    def undo(self, last: Done, officer: Officer, now: datetime) -> None:
        last.is_undone = True
        status = Status(last.before.get("status", self.tip.status))
        self.take(Step(EventKind.UNDONE, status, last.before), officer, now)
