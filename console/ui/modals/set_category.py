"""Asks what a tip is about. The desk screen pushes it."""

from __future__ import annotations

from console.model.tip import Category, Tip
from console.ui.modals.choices import Choice
from console.ui.modals.choose_one import ChooseOne
from console.ui.modals.question import which
from console.ui.widgets.glyphs import category_sign
from console.words import gettext as _


class SetCategory(ChooseOne[Category]):
    """The category; the cursor starts on the one it has."""

    def __init__(self, tip: Tip) -> None:
        choices = [
            Choice(
                category,
                category_sign(category).word,
                why_not=_("It has that category already.") if category is tip.category else None,
            )
            for category in Category
        ]
        super().__init__(
            _("Category of {ref}").format(ref=tip.ref), which(tip), choices, at=list(Category).index(tip.category)
        )
