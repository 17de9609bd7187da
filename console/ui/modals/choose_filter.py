"""The filter menu: usual searches and the saved views by one key each. The desk screen lists what is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.widget import Widget

from console.ui.modals.choices import Choice, Choices
from console.ui.modals.question import Question
from console.words import gettext as _


def usual_filters() -> tuple[tuple[str, str], ...]:
    """(words, query) of what a shift asks for again and again."""
    return (
        (_("Open tips"), ""),
        (_("New"), "status:new"),
        (_("Mine"), "by:me"),
        (_("Nobody's yet"), "is:unclaimed"),
        (_("Not read yet"), "is:unseen"),
        (_("Past respond-by"), "is:overdue"),
        (_("Alarms"), "urgency:alarm"),
        (_("Investigating"), "status:investigating"),
        (_("Referred"), "status:referred"),
        (_("Solved since yesterday"), "status:solved since:yesterday"),
        (_("Closed since yesterday"), "status:closed since:yesterday"),
        (_("All tips"), "status:all"),
    )


class ChooseFilter(Question[str]):
    """Answers with the query to list; '' are the open tips."""

    def __init__(self, current: str, views: Mapping[str, str]) -> None:
        super().__init__(_("Filter"), keys=_("Number or Enter chooses · Esc leaves"))
        self._filters = [*usual_filters(), *views.items()]
        self._at = next((n for n, (_words, query) in enumerate(self._filters) if query == current), 0)

    def parts(self) -> Iterator[Widget]:
        yield Choices([Choice(query, words, query) for words, query in self._filters], at=self._at)

    def answer(self) -> str:
        chosen = self.query_one(Choices).chosen
        return "" if chosen is None else str(chosen.value)
