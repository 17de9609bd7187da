"""Asks for a hold: who wants the tip kept, why, by which paper, until when. The desk screen pushes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from textual.widget import Widget

from console.model.hold import MOST_REASON, MOST_REFERENCE, HoldKind, NewHold
from console.model.tip import Tip
from console.ui.modals.question import Question, which
from console.ui.modals.words_field import LineField, OneOf, WordsField
from console.ui.widgets.tip_words import hold_word
from console.words import gettext as _

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DAYS = re.compile(r"\d{1,4}")


def end_of(words: str, now: datetime) -> datetime | None:
    """The end that is meant: the end of a day, written 2027-03-31 or as days from now; None for anything else."""
    if _DAYS.fullmatch(words):
        return now + timedelta(days=int(words))
    found = _DATE.fullmatch(words)
    if found is None:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=now.tzinfo) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


class HoldTip(Question[NewHold]):
    """The hold; `now` tells the time in the station's zone."""

    def __init__(self, tip: Tip, now: Callable[[], datetime]) -> None:
        super().__init__(
            _("Hold {ref}").format(ref=tip.ref),
            which(tip),
            _("Until: days, or 2027-03-31 · Tab next · Enter holds · Esc leaves"),
        )
        self._now = now
        self._kind = OneOf(_("Wanted by"), [hold_word(kind) for kind in HoldKind])
        self._reference = LineField(_("Paper no."), limit=MOST_REFERENCE)
        self._end = LineField(_("Until"), limit=10, value="365")
        self._reason = WordsField(_("Reason"), limit=MOST_REASON)

    def parts(self) -> Iterator[Widget]:
        yield self._kind
        yield self._reference
        yield self._end
        yield self._reason

    def why_not(self) -> str | None:
        for field in (self._reference, self._end, self._reason):
            if (why := field.why_not()) is not None:
                return why
        if end_of(self._end.words, self._now()) is None:
            return _("Write the last day as 2027-03-31, or how many days from now.")
        return self.answer().why_not(self._now())

    def answer(self) -> NewHold:
        now = self._now()
        kind = list(HoldKind)[self._kind.index]
        return NewHold(
            kind, self._reason.words, self._reference.words, (end_of(self._end.words, now) or now).astimezone(UTC)
        )
