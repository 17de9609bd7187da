"""Asks why an ended tip is taken up again. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator

from console.model.tip import Tip
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import WordsField
from console.words import gettext as _


class ReopenTip(Question[str]):
    """Why, in the officer's words; it may be empty."""

    def __init__(self, tip: Tip) -> None:
        super().__init__(_("Reopen {ref}").format(ref=tip.ref), which(tip), _("Enter reopens · Esc leaves · u undoes"))
        self._words = WordsField(_("Why? (may stay empty)"))

    def parts(self) -> Iterator[WordsField]:
        yield self._words

    def why_not(self) -> str | None:
        return self._words.why_not()

    def answer(self) -> str:
        return self._words.words
