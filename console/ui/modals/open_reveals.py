"""Lists the reveals that wait for an answer, or to be looked at. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from console.model.reveal import ANSWER_WITHIN, Reveal, RevealState
from console.ui.modals.choices import Choice
from console.ui.modals.choose_one import ChooseOne
from console.words import gettext as _


class OpenReveals(ChooseOne[Reveal]):
    """One of them: to answer it, or to see what was approved."""

    def __init__(self, reveals: Sequence[Reveal], me: int, now: datetime) -> None:
        super().__init__(
            _("Reveals"),
            _("A sealed reporter is opened only when a second officer approves."),
            [Choice(one, one.ref, _note(one, me, now)) for one in reveals],
            nothing=_("No reveal waits for an answer. Esc leaves."),
        )


def _note(one: Reveal, me: int, now: datetime) -> str:
    if one.state is RevealState.APPROVED:
        return _("approved by {officer}: look at it now").format(officer=one.answered_code)
    left = -(int((one.asked_at + ANSWER_WITHIN - now).total_seconds()) // -60)
    if one.officer_id == me:
        return _("yours, {left} min left for an answer").format(left=left)
    return _("{officer} asks (reference {reference}), {left} min left").format(
        officer=one.officer_code, reference=one.reference, left=left
    )
