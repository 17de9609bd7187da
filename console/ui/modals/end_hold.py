"""Asks which hold ends before its time. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Sequence

from console.model.hold import Hold
from console.model.tip import Tip
from console.ui.modals.choices import Choice
from console.ui.modals.choose_one import ChooseOne
from console.ui.modals.question import which
from console.ui.widgets.tip_words import hold_word
from console.words import gettext as _


class EndHold(ChooseOne[int]):
    """The hold's number; `holds` are those in force."""

    def __init__(self, tip: Tip, holds: Sequence[Hold]) -> None:
        choices = [
            Choice(
                one.n, f"{hold_word(one.kind)} {one.reference}", _("until {day}").format(day=f"{one.ends_at:%Y-%m-%d}")
            )
            for one in holds
        ]
        super().__init__(
            _("End a hold of {ref}").format(ref=tip.ref),
            which(tip),
            choices,
            nothing=_("No hold is in force. Esc leaves."),
        )
