"""What became of a made-up tip: the steps officers took since, as the desk's own steps, ready for `make_ready`."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from console.demo.places import Beat
from console.demo.words import CityWords
from console.model import step as steps
from console.model.officer import Officer
from console.model.station import NOT_POLICE_KEPT
from console.model.step import Step
from console.model.tip import Category, CloseReason, Tip, Urgency
from console.store.lot import PastStep


class Fate(StrEnum):
    """How a life ends, or where it stands."""

    NEW = "new"
    CLAIMED = "claimed"
    INVESTIGATING = "investigating"
    REFERRED = "referred"
    SOLVED = "solved"
    HANDED = "handed"
    CLOSED = "closed"
    DUPLICATE = "duplicate"


OPEN_FATES = {Fate.NEW: 45, Fate.CLAIMED: 8, Fate.INVESTIGATING: 37, Fate.REFERRED: 25}
ENDED_FATES = {Fate.SOLVED: 46, Fate.HANDED: 44, Fate.CLOSED: 22}
"""Of 112 tips 46 led to police work, the rest went to officials, workers, property firms or nobody (domain.md)."""

_ALARMED_AFTER_S = (20, 230)
_FIRST_STEP_S = {Urgency.ROUTINE: 2_400.0, Urgency.PRIORITY: 700.0, Urgency.ALARM: 110.0}
"""Median seconds to the first step: well within the respond-by clocks, with a tail beyond."""
_NEXT_STEP_S = 14_000.0
"""Median seconds between later steps: some hours."""

_Move = Callable[[Tip, datetime], Step]


@dataclass(frozen=True, slots=True)
class Referred:
    """The referral that a life holds, for its own table."""

    agency_id: int
    note: str
    officer_id: int
    at: datetime
    is_done: bool


@dataclass(frozen=True, slots=True)
class Life:
    """The moves of one tip's life with their times; called with the tip as it was received."""

    moves: tuple[tuple[datetime, _Move], ...]
    officer_id: int
    referred: Referred | None = None

    def __call__(self, tip: Tip) -> Sequence[PastStep]:
        past = []
        for at, move in self.moves:
            step = move(tip, at)
            past.append(PastStep(step, self.officer_id, at))
            tip = replace(tip, **step.changes, version=tip.version + 1)
        return past


class Fates:
    """Draws lives for the tips of one station."""

    def __init__(self, rng: random.Random, beat: Beat, words: CityWords) -> None:
        self._rng = rng
        self._beat = beat
        self._lists = words.lists
        self._officers = beat.at_desk

    def life(
        self,
        fate: Fate,
        category: Category,
        urgency: Urgency,
        received_at: datetime,
        now: datetime,
        first_ref: str | None = None,
        *,
        rings: bool = False,
    ) -> Life:
        """A life of that fate between `received_at` and `now`; `first_ref` is the tip a duplicate doubles."""
        officer = self._officers[int(len(self._officers) * self._rng.random() ** 1.3)]
        moves: list[_Move] = []
        if urgency is Urgency.ALARM and not rings:
            moves.append(lambda tip, at: steps.acknowledge(tip, officer.id, at))
        acknowledged = len(moves)
        agency = self._agency(category)
        note = self._word("notes")
        is_old = received_at < now - NOT_POLICE_KEPT
        moves += self._moves(fate, officer, self._beat.agencies[agency].name, note, first_ref, is_old=is_old)
        times = self._times(urgency, received_at, now, len(moves), acknowledged)
        timed = tuple(zip(times, moves, strict=True))
        referred = None
        if fate in (Fate.REFERRED, Fate.HANDED):
            at = times[acknowledged]
            referred = Referred(self._beat.agencies[agency].id, note, officer.id, at, fate is Fate.HANDED)
        return Life(timed, officer.id, referred)

    def _moves(
        self, fate: Fate, officer: Officer, agency: str, note: str, first_ref: str | None, *, is_old: bool
    ) -> list[_Move]:
        words = self._word("outcomes" if fate is Fate.SOLVED else "handed")
        reason, why = self._reason(is_old=is_old), self._word("reasons")
        claim: _Move = lambda tip, at: steps.claim(tip, officer.id, at)  # noqa: E731 - a move is a value like the others
        investigate: _Move = lambda tip, at: steps.investigate(tip, officer.id, at)  # noqa: E731 - the same
        refer: _Move = lambda tip, at: steps.refer(tip, officer.id, at, agency, note)  # noqa: E731 - the same
        begun = [claim, investigate] if self._rng.random() < 0.4 else [investigate]
        solve: _Move = lambda tip, at: steps.solve(tip, at, words)  # noqa: E731 - the same
        close: _Move = lambda tip, at: steps.close(tip, at, reason, why)  # noqa: E731 - the same
        link: _Move = lambda tip, at: steps.link(tip, replace(tip, ref=first_ref or ""))  # noqa: E731 - the same
        double: _Move = lambda tip, at: steps.close(tip, at, CloseReason.DUPLICATE)  # noqa: E731 - the same
        lives: dict[Fate, list[_Move]] = {
            Fate.NEW: [],
            Fate.CLAIMED: [claim],
            Fate.INVESTIGATING: begun,
            Fate.REFERRED: [refer],
            Fate.SOLVED: [*begun, solve],
            Fate.HANDED: [refer, solve],
            Fate.CLOSED: [close],
            Fate.DUPLICATE: [link, double],
        }
        return lives[fate]

    def _times(self, urgency: Urgency, received_at: datetime, now: datetime, count: int, first: int) -> list[datetime]:
        """Growing times before `now`: an alarm's acknowledgement, the first step, hours between the later ones."""
        span = max(1.0, (now - received_at).total_seconds())
        times, gone = [], 0.0
        for n in range(count):
            if n < first:
                wait = self._rng.uniform(*_ALARMED_AFTER_S)
            elif n == first:
                wait = _FIRST_STEP_S[urgency] * self._rng.lognormvariate(0, 1.1)
            else:
                wait = _NEXT_STEP_S * self._rng.lognormvariate(0, 1.0)
            gone = min(gone + wait, gone + (span - gone) * 0.6)
            times.append(received_at + timedelta(seconds=gone))
        return times

    def _agency(self, category: Category) -> int:
        """Index of the agency on the station's list that this goes to; officials, workers and property firms mostly."""
        if category is Category.FIRE:
            return self._rng.choice((3, 3, 2))
        if category is Category.GROUP_LEASE:
            return self._rng.choice((4, 0, 1))
        if category is Category.TRAFFIC:
            return self._rng.choice((5, 5, 0))
        return self._rng.choice((0, 0, 1, 1, 2, 2, 6)) if category is Category.VIOLENCE else self._rng.randrange(3)

    def _reason(self, *, is_old: bool) -> CloseReason:
        """Of what is not a police matter only the last day's is there: it would have been erased since."""
        reasons = (CloseReason.NO_ACTION, CloseReason.UNFOUNDED, CloseReason.NOT_POLICE_MATTER)
        reason = self._rng.choices(reasons, (5, 4, 1))[0]
        return CloseReason.NO_ACTION if is_old and reason is CloseReason.NOT_POLICE_MATTER else reason

    def _word(self, name: str) -> str:
        language = "zh" if self._rng.random() < 0.6 else "en"
        return self._rng.choice(self._lists[f"{name}_{language}"])
