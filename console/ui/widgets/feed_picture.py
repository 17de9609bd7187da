"""What each row of the feed's screen looks like: a tip, a gap, new ones above, or words where there are no tips.
TipFeed draws from it and asks it which rows look different by now."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final

from rich.segment import Segment
from textual.cache import LRUCache
from textual.strip import Strip

from console.model.tip import TipLine
from console.ui.text import one_line, wrap
from console.ui.widgets.feed_line import LINE_STYLES, Look, StyleOf, draw_gap, draw_line, is_overdue, time_words
from console.ui.widgets.feed_place import Marks, Place
from console.ui.widgets.ink import Inks
from console.words import gettext as _
from console.words import ngettext

REMEMBERED_LINES: Final = 128
"""Drawn lines that are kept: two of the tallest screens, nearly four of an ordinary one. With what Textual keeps of
each (what filter, frame and cut made of it) a line is some 9 KB."""

WIDEST_WORDS: Final = 60
"""Cells of a sentence in the middle of an empty feed: what is read without moving the head."""

RowKey = tuple[object, ...]


class FeedState(StrEnum):
    """Why the feed shows no tips."""

    LOADING = "loading"
    EMPTY = "empty"
    ERROR = "error"


FEED_STYLES: Final = (*LINE_STYLES, "came", *(f"says-{state}" for state in FeedState))
"""Names of the styles a feed is drawn with."""


class FeedPicture:
    """The rows of the screen as they should look now, and as they were last painted."""

    def __init__(self, place: Place, marks: Marks, style_of: StyleOf, now: Callable[[], datetime]) -> None:
        self.zone: tzinfo = UTC
        self.me: int | None = None
        self.width = 0
        self.state = FeedState.LOADING
        self._words = ""
        self._place = place
        self._marks = marks
        self._style = Inks(style_of)
        self._now = now
        self._painted: dict[int, RowKey] = {}
        self._drawn: LRUCache[RowKey, Strip] = LRUCache(REMEMBERED_LINES)

    def say(self, state: FeedState, words: str = "") -> None:
        """Why there are no tips, in a whole sentence; the state's usual one when `words` is empty."""
        self.state, self._words = state, words

    def forget(self) -> None:
        """Another theme or focus: nothing drawn before looks right any more."""
        self._drawn.clear()
        self._style.forget()

    def changed_rows(self) -> list[int]:
        """The screen rows that look different from what was last painted."""
        now = self._now()
        return [y for y in range(self._place.height) if self._painted.get(y) != self._key(y, now)]

    def strip(self, y: int) -> Strip:
        """Screen row `y` as it should look now, exactly `width` cells; it counts as painted."""
        now = self._now()
        key = self._key(y, now)
        self._painted[y] = key
        strip = self._drawn.get(key)
        if strip is None:
            strip = self._drawn[key] = self._draw(y, key, now)
        return strip

    def _key(self, y: int, now: datetime) -> RowKey:
        """All that decides how row `y` looks; rows with equal keys look the same."""
        place = self._place
        if not place.held.total:
            return (self.width, self.state, self._words, y, place.height)
        if y == place.counter_row:
            newest = place.held.line(0)
            return (self.width, "came", place.came, None if newest is None else newest.id)
        number = place.top + y
        if number >= place.held.total:
            return (self.width, "blank")
        line = place.held.line(number)
        if line is None:
            return (self.width, "gap", number, number == place.cursor)
        return (self.width, "tip", line.id, line.version, line.unseen, line.rings, self._look(number, line, now))

    def _look(self, number: int, line: TipLine, now: datetime) -> Look:
        return Look(
            time=time_words(line.received_at, now, self.zone, self.width),
            cursor=number == self._place.cursor,
            marked=line.id in self._marks.lines,
            overdue=is_overdue(line, now),
            mine=line.claimed_by is not None and line.claimed_by == self.me,
        )

    def _draw(self, y: int, key: RowKey, now: datetime) -> Strip:
        number = self._place.top + y
        line = self._place.held.line(number)
        match key[1]:
            case "tip" if line is not None:
                return draw_line(line, self._look(number, line, now), self.width, self._style)
            case "gap":
                return draw_gap(number, number == self._place.cursor, self.width, self._style)
            case "came":
                return self._centred(f" {self._came_words(now)} ", "came")
            case FeedState():
                return self._draw_words(y)
            case _:
                return Strip.blank(self.width, self._style("row"))

    def _came_words(self, now: datetime) -> str:
        """How many came, and the newest of them as far as there is room."""
        came = self._place.came
        count = ngettext("+{count} new ↑", "+{count} new ↑", came).format(count=f"{came:,}")
        newest = self._place.held.line(0)
        if newest is None:
            return count
        time = time_words(newest.received_at, now, self.zone, self.width)
        return one_line(f"{count}  {time.strip()} {newest.head}", max(self.width - 6, 1))

    def _draw_words(self, y: int) -> Strip:
        lines = wrap(self._words or _usual_words(self.state), max(min(self.width - 4, WIDEST_WORDS), 1))
        index = y - (self._place.height - len(lines)) // 2
        return self._centred(lines[index] if 0 <= index < len(lines) else "", f"says-{self.state}")

    def _centred(self, words: str, style: str) -> Strip:
        ground = self._style("row")
        strip = Strip([Segment(words, ground + self._style(style))])
        left = max(self.width - strip.cell_length, 0) // 2
        return Strip([Segment(" " * left, ground), *strip]).adjust_cell_length(self.width, ground)


def _usual_words(state: FeedState) -> str:
    if state is FeedState.LOADING:
        return _("Reading the tips…")
    if state is FeedState.EMPTY:
        return _("No tips here. New ones appear by themselves.")
    return _("The tips could not be read. F5 tries again.")
