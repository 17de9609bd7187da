"""Asks why a sealed reporter is to be opened, and for which case. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from console.model.reveal import REASON, REFERENCE, why_not_ask
from console.model.tip import Tip
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import LineField, WordsField
from console.words import gettext as _


class AskReveal(Question[tuple[str, str]]):
    """(reason, reference number of the case)."""

    def __init__(self, tip: Tip) -> None:
        super().__init__(
            _("Reveal who sent {ref}").format(ref=tip.ref),
            which(tip),
            _("Tab: reason, reference · Enter asks a second officer · Esc leaves"),
        )
        self._tip = tip
        self._reason = WordsField(_("Why it must be known (it is written down)"), limit=REASON)
        self._reference = LineField(_("Reference"), limit=REFERENCE)

    def parts(self) -> Iterator[Widget]:
        yield self._reason
        yield self._reference

    def why_not(self) -> str | None:
        return why_not_ask(self._tip, self._reason.words, self._reference.words)

    def answer(self) -> tuple[str, str]:
        return self._reason.words, self._reference.words
