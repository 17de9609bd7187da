"""The auditor's list: entries of the audit, newest first, drawn line by line; more are asked for before the last one
read is reached. `AuditScreen` reads them and shows the one under the cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from console.model.audit_log import AuditLine
from console.ui.keys import actions_in
from console.ui.text import fit, one_line
from console.ui.widgets.ink import Inks
from console.ui.widgets.row_moves import RowMoves
from console.words import gettext as _

AHEAD = 2
"""Pages below the cursor that are asked for before they are needed."""
_CELLS = {"at": 14, "station": 5, "officer": 8, "action": 22, "tip": 15}


class AuditList(RowMoves):
    """`show` gives it lines from one end, `add` those that follow; `is_whole` when there are no more."""

    BINDINGS: ClassVar[list[BindingType]] = [one.binding() for one in actions_in("move")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "audit--line",
        "audit--quiet",
        "audit--cursor",
        "audit--waiting",
    }

    class MoreWanted(Message):
        """The cursor nears the last line read."""

    class EndWanted(Message):
        """The oldest (`newest` False) or the newest entries are wanted, which are not all read."""

        def __init__(self, *, newest: bool) -> None:
            super().__init__()
            self.newest = newest

    class Rested(Message):
        """The cursor stands on another entry; None when there is none."""

        def __init__(self, line: AuditLine | None) -> None:
            super().__init__()
            self.line = line

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._style = Inks(lambda name: self.get_component_rich_style(f"audit--{name}"))
        super().__init__()
        self._zone: tzinfo = zone or ZoneInfo("UTC")
        self._lines: list[AuditLine] = []
        self._from_newest = True
        self._is_whole = False
        self._words = _("Reading the audit…")
        self._width = 0

    @property
    def cursor_line(self) -> AuditLine | None:
        return self._lines[self.cursor_row] if 0 <= self.cursor_row < len(self._lines) else None

    def show(self, lines: Sequence[AuditLine], *, from_newest: bool, is_whole: bool) -> None:
        """These instead of what was there, newest first; the cursor is on the end they were read from."""
        self._lines, self._from_newest, self._is_whole = list(lines), from_newest, is_whole
        self._words = _("Nothing of that is written down. Esc shows everything.")
        self._measure()
        self.cursor_row = 0 if from_newest else len(self._lines) - 1
        self._keep_cursor_in_view()
        self.refresh()
        self.post_message(self.Rested(self.cursor_line))

    def add(self, lines: Sequence[AuditLine], *, is_whole: bool) -> None:
        """Those that follow, newest first: older ones below, or newer ones above when read from the oldest."""
        self._is_whole = is_whole
        if self._from_newest:
            self._lines += lines
            self._measure()
        else:
            self._lines[:0] = lines
            top = self.scroll_offset.y
            self._measure()
            self.cursor_row += len(lines)
            self.scroll_to(y=top + len(lines), animate=False, immediate=True)
        self.refresh()

    def say(self, words: str) -> None:
        """A sentence where there are no lines."""
        self._words = words
        self._lines = []
        self._measure()
        self.refresh()

    # ── moving ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def row_count(self) -> int:
        return len(self._lines)

    def _move_to(self, row: int) -> None:
        before = self.cursor_row
        self.cursor_row = row
        self._keep_cursor_in_view()
        for changed in {before, self.cursor_row}:
            self.refresh_line(changed)
        if before != self.cursor_row:
            self.post_message(self.Rested(self.cursor_line))

    def _keep_cursor_in_view(self) -> None:
        top, page = self.scroll_offset.y, self._page
        if self.cursor_row < top:
            self.scroll_to(y=self.cursor_row, animate=False, immediate=True)
        elif self.cursor_row >= top + page:
            self.scroll_to(y=self.cursor_row - page + 1, animate=False, immediate=True)
        left = len(self._lines) - self.cursor_row if self._from_newest else self.cursor_row
        if not self._is_whole and self._lines and left <= AHEAD * page:
            self.post_message(self.MoreWanted())

    def action_first(self) -> None:
        if self._from_newest or self._is_whole:
            self._move_to(0)
        else:
            self.post_message(self.EndWanted(newest=True))

    def action_last(self) -> None:
        if not self._from_newest or self._is_whole:
            self._move_to(len(self._lines) - 1)
        else:
            self.post_message(self.EndWanted(newest=False))

    def action_open(self) -> None:
        """The entry stands below already."""

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._lines))

    def on_resize(self) -> None:
        self._measure()
        self._keep_cursor_in_view()

    def before_lines(self) -> None:
        self._width = self.scrollable_content_region.width

    def render_line(self, y: int) -> Strip:
        width, row = self._width, self.scroll_offset.y + y
        if not self._lines:
            return Strip([Segment(fit(self._words if y == 0 else "", width), self._style("waiting"))], width)
        if row >= len(self._lines):
            return Strip.blank(width, self._style("line"))
        style = self._style(self._ink_of(row))
        return Strip([Segment(line_words(self._lines[row], self._zone), style)]).adjust_cell_length(width, style)

    def _ink_of(self, row: int) -> str:
        if row == self.cursor_row:
            return "cursor"
        return "quiet" if self._lines[row].officer is None else "line"

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._style.forget()


def line_words(line: AuditLine, zone: tzinfo) -> str:
    """One entry on one line: station's time, station, officer, what was done, the tip, and what is said about it."""
    cells = {
        "at": f"{line.at.astimezone(zone):%m-%d %H:%M:%S}",
        "station": line.station,
        "officer": line.officer or "-",
        "action": line.action,
        "tip": line.tip or "",
    }
    return " ".join(["", *(fit(word, _CELLS[name]) for name, word in cells.items()), one_line(line.about or "", 200)])
