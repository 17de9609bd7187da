"""Asks how a tip was solved. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator

from console.model.tip import Tip
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import WordsField
from console.words import gettext as _


class SolveTip(Question[str]):
    """The outcome in the officer's words; it may be empty."""

    def __init__(self, tip: Tip) -> None:
        super().__init__(_("Solve {ref}").format(ref=tip.ref), which(tip), _("Enter solves · Esc leaves · u undoes"))
        self._words = WordsField(_("How did it end? (may stay empty)"))

    def parts(self) -> Iterator[WordsField]:
        yield self._words

    def why_not(self) -> str | None:
        return self._words.why_not()

    def answer(self) -> str:
        return self._words.words
