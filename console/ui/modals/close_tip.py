"""Asks why a tip ends without police work: one key each. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from console.model.tip import CloseReason, Tip
from console.ui.modals.choices import Choice, Choices
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import WordsField
from console.ui.widgets.tip_words import reason_word
from console.words import gettext as _


class CloseTip(Question[tuple[CloseReason, str]]):
    """The reason and a note that may be empty; a digit closes at once."""

    def __init__(self, tip: Tip) -> None:
        super().__init__(
            _("Close {ref}").format(ref=tip.ref),
            which(tip),
            _("1–4 closes at once · Tab to the note, Enter closes · Esc leaves"),
        )
        explained = {
            CloseReason.NO_ACTION: _("read, nothing to be done"),
            CloseReason.DUPLICATE: _("another tip reports the same (D links them)"),
            CloseReason.UNFOUNDED: _("looked into, not so"),
            CloseReason.NOT_POLICE_MATTER: _("counted only, words erased in 24 h"),
        }
        self._reasons = Choices([Choice(reason, reason_word(reason), words) for reason, words in explained.items()])
        self._note = WordsField(_("Note (may stay empty)"))

    def parts(self) -> Iterator[Widget]:
        yield self._reasons
        yield self._note

    def why_not(self) -> str | None:
        return self._note.why_not()

    def answer(self) -> tuple[CloseReason, str]:
        choice = self._reasons.chosen
        return (CloseReason.NO_ACTION if choice is None else choice.value), self._note.words
