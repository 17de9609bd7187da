"""The lines of an outline with a cursor that stays on its branch when rows come or go; `RoomTree` says what keys do and
where the lines come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from console.model.view import Branch
from console.ui.text import fit
from console.ui.widgets.branch_line import branch_strip
from console.ui.widgets.framed_lines import blank_line
from console.ui.widgets.ink import Inks
from console.ui.widgets.outline import BranchKey, Limb, Outline, OutlineLine
from console.ui.widgets.row_moves import RowMoves
from console.words import gettext as _

STRIPS_KEPT = 500
"""Drawn lines that are kept: some screens full."""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """An outline and where the reader was in it: cursor row, what the cursor was on, first row on the screen."""

    outline: Outline
    row: int
    at: tuple[Limb, BranchKey] | None
    top: int


class OutlineView(RowMoves):
    """Draws only the rows in view and asks, by `ask`, for what they lack."""

    LINES_MOVE = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "outline--branch",
        "outline--way",
        "outline--note",
        "outline--count",
        "outline--cursor",
        "outline--waiting",
    }

    class Rested(Message, namespace="room_tree"):
        """The cursor stands on another branch; None while that line has not arrived."""

        def __init__(self, branch: Branch | None) -> None:
            super().__init__()
            self.branch = branch

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._strips: dict[tuple[Branch | None, int, bool, bool, int], Strip] = {}
        """Lines as they were drawn: those below what is unfolded come again on another row. Never the cursor's."""
        self._style = Inks(lambda name: self.get_component_rich_style(f"outline--{name}"))
        super().__init__(id=id, classes=classes)
        self._width = 0
        """Cells of a line in the painting under way."""
        self._outline = Outline()
        self._at: tuple[Limb, BranchKey] | None = None
        """The limb and the branch under the cursor; kept when rows come or go above it."""

    def tell(self, message: Message) -> None:
        """Post as one's own: Textual takes whoever is at work for the sender, and lets no message rise past its sender;
        one that a widget above has caused by a call would end there."""
        self.post_message(message.set_sender(self))

    def ask(self) -> None:
        """Called whenever other rows have come into view."""
        raise NotImplementedError

    def empty_words(self) -> str:
        """What stands in an outline without lines."""
        raise NotImplementedError

    @property
    def standpoint(self) -> Standpoint:
        return Standpoint(self._outline, self.cursor_row, self._at, self.scroll_offset.y)

    def stand(self, at: Standpoint) -> None:
        """Show that outline as it was left; the cursor is on its branch, wherever that has moved."""
        self._outline = at.outline
        row = None if at.at is None else at.outline.row_of_key(*at.at)
        self._measure()
        self.cursor_row = at.row if row is None else row
        self.scroll_to(y=max(at.top + self.cursor_row - at.row, 0), animate=False, immediate=True)
        self._keep_cursor_in_view()
        self.refresh()
        self._rest()

    @property
    def cursor_branch(self) -> Branch | None:
        """The branch under the cursor; None while it has not arrived."""
        line = self._cursor_line
        return None if line is None else line.branch

    @property
    def _cursor_line(self) -> OutlineLine | None:
        return self._outline.line(self.cursor_row) if 0 <= self.cursor_row < self._outline.rows else None

    @property
    def row_count(self) -> int:
        return self._outline.rows

    # ── the cursor ───────────────────────────────────────────────────────────────────────────────────────────────────
    def _move_to(self, row: int) -> None:
        before = self.cursor_row
        self.cursor_row = row
        self._keep_cursor_in_view()
        for changed in {before, self.cursor_row}:
            self.refresh_line(changed)
        self._rest()

    def _keep_cursor_in_view(self) -> None:
        top, page = self.scroll_offset.y, self._page
        if self.cursor_row < top:
            self.scroll_to(y=self.cursor_row, animate=False)
        elif self.cursor_row >= top + page:
            self.scroll_to(y=self.cursor_row - page + 1, animate=False)
        self.ask()

    def _show_below(self, rows: int) -> None:
        """Scroll so that up to half a page of what was just unfolded can be seen; the cursor stays in view."""
        last = self.cursor_row + min(rows, self._page // 2)
        if last >= self.scroll_offset.y + self._page:
            self.scroll_to(y=last - self._page + 1, animate=False)
            self.ask()

    def _rest(self) -> None:
        """Remember the branch under the cursor; tell when it is another one."""
        line = self._cursor_line
        at = None if line is None or line.key is None else (line.limb, line.key)
        if at != self._at:
            self._at = at
            self.tell(self.Rested(self.cursor_branch))

    def _measure(self) -> None:
        """Bring the scroll bar up to the number of rows. Setting `virtual_size` itself would lay out and paint all of
        the screen anew for every branch that is unfolded."""
        size = Size(self.scrollable_content_region.width, self._outline.rows)
        if size != self.virtual_size:
            self.set_reactive(OutlineView.virtual_size, size)
            self._scroll_update(size)

    def _follow_cursor(self, offset: int) -> None:
        """After rows came or went: the cursor is on its branch again and, when it was in view, on its screen line."""
        row = None if self._at is None else self._outline.row_of_key(*self._at)
        was_in_view = 0 <= offset < self._page
        self._measure()
        self.cursor_row = self.cursor_row if row is None else row
        if was_in_view:
            self.scroll_to(y=max(self.cursor_row - offset, 0), animate=False)
        self.refresh()
        self._rest()
        self.ask()

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def on_mount(self) -> None:
        self.ask()

    def on_resize(self) -> None:
        self._measure()
        self._keep_cursor_in_view()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.is_mounted:
            self.ask()

    def before_lines(self) -> None:
        """The width: Textual finds it by looking for the widget on the screen."""
        self._width = self.scrollable_content_region.width

    def render_line(self, y: int) -> Strip:
        width = self._width
        row = self.scroll_offset.y + y
        if not self._outline.root.known:
            return self._sentence(_("Loading the rooms…") if y == 0 else "", width)
        if self._outline.rows == 0:
            return self._sentence(self.empty_words() if y == 0 else "", width)
        if row >= self._outline.rows:
            return blank_line(width, self._style("branch"))
        is_cursor = row == self.cursor_row

        def style(part: str) -> Style:
            return self._style("cursor" if is_cursor else part)

        line = self._outline.line(row)
        if is_cursor:
            return branch_strip(line, width, style, is_cursor=True)
        key = (line.branch, line.depth, line.opened is None, line.is_way, width)
        if key not in self._strips:
            if len(self._strips) >= STRIPS_KEPT:
                self._strips.clear()
            self._strips[key] = branch_strip(line, width, style, is_cursor=False)
        return self._strips[key]

    def notify_style_update(self) -> None:
        """Colours have changed: every line is drawn anew."""
        super().notify_style_update()
        self._strips.clear()
        self._style.forget()

    def _sentence(self, words: str, width: int) -> Strip:
        return Strip([Segment(fit(words, width), self._style("waiting"))], width)
