"""All that can be done with a tip, also while an input method holds the letters (F4). The desk pushes it."""

from __future__ import annotations

from collections.abc import Mapping

from console.model.tip import Tip
from console.ui.keys import menu_actions
from console.ui.modals.choices import Choice
from console.ui.modals.choose_one import ChooseOne
from console.ui.modals.question import which
from console.words import gettext as _


class StatusMenu(ChooseOne[str]):
    """An action's id. `why_not` maps the ids of actions that cannot be done now to the reason."""

    def __init__(self, tip: Tip, why_not: Mapping[str, str | None] | None = None) -> None:
        reasons = _reasons(tip) | dict(why_not or {})
        choices = [Choice(one.id, one.words, one.tooltip, one.menu, reasons.get(one.id)) for one in menu_actions()]
        first = next((index for index, choice in enumerate(choices) if choice.why_not is None), 0)
        super().__init__(
            tip.ref, which(tip), choices, at=first, keys=_("Press its key, or arrows and Enter · Esc leaves")
        )


def _reasons(tip: Tip) -> dict[str, str | None]:
    """What the tip itself says against a step, whoever takes it."""
    return {
        "tip.investigate": tip.why_not_investigate(),
        "tip.refer": tip.why_not_refer(),
        "tip.solve": tip.why_not_solve(),
        "tip.close": tip.why_not_close(),
        "tip.reopen": tip.why_not_reopen(),
        "tip.not-police": tip.why_not_close(),
        "tip.hold": tip.why_not_hold(),
        "tip.oversight": tip.why_not_pass(),
        "tip.unlink": tip.why_not_unlink(),
        "tip.acknowledge": tip.why_not_acknowledge(),
    }
