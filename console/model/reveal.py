"""A reveal: opening one sealed identity for one officer for ten minutes, by a reason and a second officer's approval.
`desk.reveals` drives it through its life: asked → approved → shown → ended, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from console.model.incoming import NewReporter
from console.model.officer import Officer
from console.model.tip import Tip
from console.words import gettext as _

ANSWER_WITHIN = timedelta(minutes=10)
"""Of asking: an answer that comes later is to a question nobody remembers."""
SHOWN_FOR = timedelta(minutes=10)
REASON, REFERENCE = 500, 64
"""Characters at most."""


class RevealState(StrEnum):
    """How far a reveal has come; one that nobody answered in time stays `asked` and is dead."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    SHOWN = "shown"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Reveal:
    """One request: `reason` the asking officer's words, `reference` the number of the case it is for (both raw)."""

    station_id: int
    n: int
    tip_id: UUID
    ref: str
    officer_id: int
    officer_code: str
    reason: str
    reference: str
    asked_at: datetime
    state: RevealState
    answered_by: int | None = None
    answered_code: str | None = None
    answered_at: datetime | None = None
    shown_at: datetime | None = None

    def why_not_answer(self, officer: Officer, now: datetime) -> str | None:
        """Why this officer may not approve or refuse it, or None."""
        if officer.id == self.officer_id:
            return _("Another officer approves it, never the one who asks.")
        if officer.why_not_see(self.station_id) is not None:
            return _("Only an officer who works that station's tips approves it.")
        if self.state is not RevealState.ASKED:
            return _("It is answered already.")
        if now - self.asked_at >= ANSWER_WITHIN:
            return _("It was asked more than 10 minutes ago: ask again.")
        return None

    def why_not_show(self, officer: Officer, now: datetime) -> str | None:
        """Why it may not be shown to this officer, or None."""
        if officer.id != self.officer_id:
            return _("It is shown to the officer who asked, and to nobody else.")
        if self.state is RevealState.ASKED:
            return _("No second officer has approved it yet.")
        if self.state is RevealState.REFUSED:
            return _("It was refused.")
        if self.state is not RevealState.APPROVED or self.answered_at is None:
            return _("It was shown already: ask again.")
        if now - self.answered_at >= ANSWER_WITHIN:
            return _("It was approved more than 10 minutes ago: ask again.")
        return None

    def is_waiting(self, now: datetime) -> bool:
        """Whether it can still be answered."""
        return self.state is RevealState.ASKED and now - self.asked_at < ANSWER_WITHIN

    def is_ready(self, now: datetime) -> bool:
        """Whether it can be shown now."""
        return (
            self.state is RevealState.APPROVED
            and self.answered_at is not None
            and now - self.answered_at < ANSWER_WITHIN
        )


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What one officer sees until `until`, and must not be kept anywhere else. `words` and `place` are the tip's with
    its numbers whole."""

    reveal: Reveal
    reporter: NewReporter
    words: str
    place: str | None
    until: datetime


def why_not_ask(tip: Tip, reason: str, reference: str) -> str | None:
    """Why a reveal of this tip cannot be asked for with these words, or None."""
    if not tip.has_reporter:
        return _("Nobody is named in this tip.")
    if not reason.strip():
        return _("Write the reason first.")
    if not reference.strip():
        return _("Give a reference number, such as that of the court order.")
    if len(reason.strip()) > REASON or len(reference.strip()) > REFERENCE:
        return _("Shorten it: a reason holds {reason} characters, a reference {reference}.").format(
            reason=REASON, reference=REFERENCE
        )
    return None
