"""Asks which agency gets a tip, and what to write to it. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from textual.widget import Widget

from console.model.station import Agency, AgencyKind
from console.model.tip import Tip
from console.ui.modals.choices import Choice, Choices
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import WordsField
from console.words import gettext as _


class ReferTip(Question[tuple[int, str]]):
    """(agency id, note); a digit chooses the agency and goes on to the note, which may stay empty."""

    def __init__(self, tip: Tip, agencies: Sequence[Agency]) -> None:
        super().__init__(
            _("Refer {ref}").format(ref=tip.ref),
            which(tip),
            _("Digit chooses · Tab: list, note · Enter refers · Esc leaves"),
        )
        self._agencies = Choices([Choice(one.id, one.name, _kinds()[one.kind]) for one in agencies])
        self._note = WordsField(_("Note to the agency (may stay empty)"))

    def parts(self) -> Iterator[Widget]:
        yield self._agencies
        yield self._note

    def on_picked(self) -> None:
        self._note.focus()

    def why_not(self) -> str | None:
        if self._agencies.chosen is None:
            return _("The station has no agencies on its list; an admin adds them. Esc leaves.")
        return self._note.why_not()

    def answer(self) -> tuple[int, str]:
        choice = self._agencies.chosen
        if choice is None:
            raise LookupError
        return choice.value, self._note.words


@cache
def _kinds() -> dict[AgencyKind, str]:
    return {
        AgencyKind.OFFICIALS: _("community officials"),
        AgencyKind.WORKERS: _("community workers"),
        AgencyKind.PROPERTY: _("property firm"),
        AgencyKind.FIRE: _("fire"),
        AgencyKind.HOUSING: _("housing"),
        AgencyKind.STATION: _("another station"),
        AgencyKind.EMERGENCY: _("110"),
    }
