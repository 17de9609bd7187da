"""Asks why a tip goes to the oversight lane, and about which officers it complains. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from console.model.tip import Tip
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import LineField, WordsField
from console.words import gettext as _

MOST_CODES = 200


class PassToOversight(Question[tuple[str, tuple[str, ...]]]):
    """(why, codes of the officers it names)."""

    def __init__(self, tip: Tip) -> None:
        super().__init__(
            _("Pass {ref} to oversight").format(ref=tip.ref),
            which(tip),
            _("It leaves your station for good. Enter passes it · Esc leaves"),
        )
        self._why = WordsField(_("Why"))
        self._named = LineField(_("Officers"), limit=MOST_CODES)

    def parts(self) -> Iterator[Widget]:
        yield self._why
        yield self._named

    def why_not(self) -> str | None:
        missing = None if self._why.words else _("Say why it goes to oversight, or leave with Esc.")
        return self._why.why_not() or self._named.why_not() or missing

    def answer(self) -> tuple[str, tuple[str, ...]]:
        codes = self._named.words.replace(",", " ").replace("，", " ").replace("、", " ").split()
        return self._why.words, tuple(code.upper() for code in codes)
