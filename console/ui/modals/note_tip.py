"""Asks for a note to a tip's history. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator

from console.model.tip import Tip
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import WordsField
from console.words import gettext as _


class NoteTip(Question[str]):
    """The officer's words, at least one."""

    def __init__(self, tip: Tip) -> None:
        super().__init__(_("Note to {ref}").format(ref=tip.ref), which(tip), _("Enter keeps the note · Esc leaves"))
        self._words = WordsField(_("Note"))

    def parts(self) -> Iterator[WordsField]:
        yield self._words

    def why_not(self) -> str | None:
        return self._words.why_not() or (None if self._words.words else _("Write the note first, or leave with Esc."))

    def answer(self) -> str:
        return self._words.words
