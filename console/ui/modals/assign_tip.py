"""Asks which officer gets a tip. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Sequence

from console.model.officer import Officer
from console.model.tip import Tip
from console.ui.modals.choices import Choice
from console.ui.modals.choose_one import ChooseOne
from console.ui.modals.question import which
from console.words import gettext as _


class AssignTip(ChooseOne[int]):
    """An officer's id."""

    def __init__(self, tip: Tip, officers: Sequence[Officer]) -> None:
        choices = [Choice(one.id, one.code, one.name, why_not=tip.why_not_assign(one.id)) for one in officers]
        super().__init__(
            _("Assign {ref} to").format(ref=tip.ref),
            which(tip),
            choices,
            nothing=_("No other officer works this station's tips. Esc leaves."),
        )
