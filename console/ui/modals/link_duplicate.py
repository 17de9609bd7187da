"""Asks which tip a tip doubles. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.widget import Widget

from console.model.tip import Tip
from console.ui.modals.choices import Choice, Choices
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import LineField
from console.words import gettext as _

LONGEST_REF = 40


class LinkDuplicate(Question[str]):
    """A ref: the one typed, else the suggestion under the cursor. `suggestions`: refs that share something."""

    def __init__(self, tip: Tip, suggestions: Sequence[str] = ()) -> None:
        super().__init__(
            _("{ref} is a duplicate of").format(ref=tip.ref),
            which(tip),
            _("Digit chooses · Tab: type a ref · Enter links · Esc leaves"),
        )
        self._tip = tip
        choices = [Choice(ref, ref, _("shares a plate, phone or address")) for ref in suggestions if ref != tip.ref]
        self._suggestions = Choices(choices)
        self._ref = LineField(_("Ref"), limit=LONGEST_REF)

    def parts(self) -> Iterator[Widget]:
        if self._suggestions.chosen is not None:
            yield self._suggestions
        yield self._ref

    def why_not(self) -> str | None:
        if why := self._ref.why_not():
            return why
        ref = self._wanted
        if not ref:
            return _("Type the ref of the first tip, such as {ref}.").format(ref="JNL-1120-0042")
        if ref.casefold() == self._tip.ref.casefold():
            return _("A tip is not a duplicate of itself: type another ref.")
        return None

    def answer(self) -> str:
        return self._wanted

    @property
    def _wanted(self) -> str:
        choice = self._suggestions.chosen
        return self._ref.words.upper() or ("" if choice is None else choice.value)
