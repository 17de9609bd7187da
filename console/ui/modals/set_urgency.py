"""Asks how urgent a tip is. The desk screen pushes it."""

from __future__ import annotations

from console.model.tip import Tip, Urgency
from console.ui.modals.choices import Choice
from console.ui.modals.choose_one import ChooseOne
from console.ui.modals.question import which
from console.ui.widgets.glyphs import urgency_sign
from console.words import gettext as _


class SetUrgency(ChooseOne[Urgency]):
    """The urgency; the cursor starts on the one it has."""

    def __init__(self, tip: Tip) -> None:
        signs = [(urgency, urgency_sign(urgency)) for urgency in Urgency]
        choices = [
            Choice(
                urgency,
                f"{sign.glyph} {sign.word}",
                why_not=_("It has that urgency already.") if urgency is tip.urgency else None,
            )
            for urgency, sign in signs
        ]
        super().__init__(
            _("Urgency of {ref}").format(ref=tip.ref), which(tip), choices, at=list(Urgency).index(tip.urgency)
        )
