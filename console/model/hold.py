"""A hold: a court or the oversight body wants a tip kept, and until it ends nothing of the tip is erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.model.officer import Officer, Role
from console.words import gettext as _

LONGEST = timedelta(days=3660)
"""Ten years; longer than that is asked for again."""
MOST_REASON, MOST_REFERENCE = 500, 60


class HoldKind(StrEnum):
    """Who wants it kept."""

    COURT = "court"
    OVERSIGHT = "oversight"


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold as an officer puts it: why, the number of the paper that asks for it, and until when (aware)."""

    kind: HoldKind
    reason: str
    reference: str
    ends_at: datetime

    def why_not(self, now: datetime) -> str | None:
        """What is missing or too much, or None."""
        if not self.reason.strip():
            return _("A hold needs a reason.")
        if not self.reference.strip():
            return _("A hold needs the number of the paper that asks for it.")
        if len(self.reason) > MOST_REASON or len(self.reference) > MOST_REFERENCE:
            return _("A reason has at most {reason} characters, a number {reference}.").format(
                reason=MOST_REASON, reference=MOST_REFERENCE
            )
        if not now < self.ends_at <= now + LONGEST:
            return _("A hold ends after now and within ten years.")
        return None


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold of a tip, numbered from 1; `ended_at` when it was ended before its time."""

    n: int
    kind: HoldKind
    reason: str
    reference: str
    at: datetime
    officer_code: str
    ends_at: datetime
    ended_at: datetime | None = None

    def is_in_force(self, now: datetime) -> bool:
        return self.ended_at is None and self.ends_at > now


def why_not_end(officer: Officer) -> str | None:
    """A hold is put by whoever works the tip; only a supervisor ends it before its time."""
    return None if officer.role is Role.SUPERVISOR else _("Only a supervisor ends a hold.")
