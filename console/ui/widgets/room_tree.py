"""The tree of districts, stations, officers, rooms and members, drawn line by line from the pieces it was given.
The desk screen fills it and filters the tips by the branch that was chosen."""

from __future__ import annotations

from gettext import gettext as _
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.model.view import Branch, BranchKind, Twigs
from console.ui.keys import bindings_for
from console.ui.text import fit
from console.ui.widgets.branch_line import branch_strip, is_on_sign
from console.ui.widgets.outline import PIECE, BranchKey, Limb, Outline, OutlineLine

FILTERS: Final = frozenset({BranchKind.STATION, BranchKind.OFFICER, BranchKind.ROOM})
"""What Enter chooses. Never a member: tips are not listed by person (guard rail 2)."""
UNFOLD_ALONE: Final = frozenset({BranchKind.DISTRICT, BranchKind.STATION})
"""What unfolds by itself when it is the only one there."""


class RoomTree(ScrollView, can_focus=True):
    """Rooms and their members as a tree of any size; members in the order given, with pseudonym and kind only.

    It asks for pieces by `ChildrenWanted` and gets them by `fill`; the cursor stays on its branch when they come.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("tree")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "room-tree--branch",
        "room-tree--note",
        "room-tree--count",
        "room-tree--cursor",
        "room-tree--waiting",
    }

    cursor_row: var[int] = var(0)

    class ChildrenWanted(Message):
        """Please `fill(branch, …)` with `limit` children from number `start`; `branch` None is the top."""

        def __init__(self, branch: Branch | None, start: int) -> None:
            super().__init__()
            self.branch = branch
            self.start = start
            self.limit = PIECE

    class BranchChosen(Message):
        """Enter on a station, an officer or a room: list its tips."""

        def __init__(self, branch: Branch) -> None:
            super().__init__()
            self.branch = branch

    class Rested(Message):
        """The cursor stands on another branch; None while that line has not arrived."""

        def __init__(self, branch: Branch | None) -> None:
            super().__init__()
            self.branch = branch

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = _("Rooms")
        self._outline = Outline()
        self._at: tuple[Limb, BranchKey] | None = None
        """The limb and the branch under the cursor; kept when rows come or go above it."""

    # ── data in ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def fill(self, parent: Branch | None, twigs: Twigs) -> None:
        """Take a piece of `parent`'s children (None: the top); ignored when the parent has been folded meanwhile."""
        first_time = not self._outline.knows(parent)
        offset = self.cursor_row - self.scroll_offset.y
        limb = self._outline.fill(parent, twigs)
        if limb is None:
            return
        self._outline.forget_far(self.scroll_offset.y, self._page)
        if first_time and twigs.total == 1 and twigs.children and twigs.children[0].kind in UNFOLD_ALONE:
            self._outline.unfold(self._outline.line_at(limb, 0))
        self._follow_cursor(offset)
        line = self._cursor_line
        if first_time and line is not None and line.opened is limb:
            self._show_below(twigs.total)

    def ask_again(self) -> None:
        """Ask anew for every piece in view: rooms or members have changed, or an answer got lost."""
        for branch, start in self._outline.ask_again(self.scroll_offset.y, self._page):
            self.post_message(self.ChildrenWanted(branch, start))

    @property
    def cursor_branch(self) -> Branch | None:
        """The branch under the cursor; None while it has not arrived."""
        line = self._cursor_line
        return None if line is None else line.branch

    @property
    def _cursor_line(self) -> OutlineLine | None:
        return self._outline.line(self.cursor_row) if 0 <= self.cursor_row < self._outline.rows else None

    @property
    def _page(self) -> int:
        return max(self.scrollable_content_region.height, 1)

    # ── the cursor ───────────────────────────────────────────────────────────────────────────────────────────────────
    def validate_cursor_row(self, row: int) -> int:
        return max(0, min(row, self._outline.rows - 1))

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
        self._ask()

    def _show_below(self, rows: int) -> None:
        """Scroll so that up to half a page of what was just unfolded can be seen; the cursor stays in view."""
        last = self.cursor_row + min(rows, self._page // 2)
        if last >= self.scroll_offset.y + self._page:
            self.scroll_to(y=last - self._page + 1, animate=False)
            self._ask()

    def _rest(self) -> None:
        """Remember the branch under the cursor; tell when it is another one."""
        line = self._cursor_line
        at = None if line is None or line.key is None else (line.limb, line.key)
        if at != self._at:
            self._at = at
            self.post_message(self.Rested(self.cursor_branch))

    def _follow_cursor(self, offset: int) -> None:
        """After rows came or went: the cursor is on its branch again and, when it was in view, on its screen line."""
        row = None if self._at is None else self._outline.row_of_key(*self._at)
        was_in_view = 0 <= offset < self._page
        self.virtual_size = Size(self.scrollable_content_region.width, self._outline.rows)
        self.cursor_row = self.cursor_row if row is None else row
        if was_in_view:
            self.scroll_to(y=max(self.cursor_row - offset, 0), animate=False)
        self.refresh()
        self._rest()
        self._ask()

    def _ask(self) -> None:
        for branch, start in self._outline.wanted(self.scroll_offset.y, self._page):
            self.post_message(self.ChildrenWanted(branch, start))

    # ── keys and mouse ───────────────────────────────────────────────────────────────────────────────────────────────
    def action_cursor_down(self) -> None:
        self._move_to(self.cursor_row + 1)

    def action_cursor_up(self) -> None:
        self._move_to(self.cursor_row - 1)

    def action_page_down(self) -> None:
        self._move_to(self.cursor_row + self._page)

    def action_page_up(self) -> None:
        self._move_to(self.cursor_row - self._page)

    def action_half_page_down(self) -> None:
        self._move_to(self.cursor_row + max(self._page // 2, 1))

    def action_half_page_up(self) -> None:
        self._move_to(self.cursor_row - max(self._page // 2, 1))

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self._move_to(self._outline.rows - 1)

    def action_open(self) -> None:
        """Choose the station, officer or room; unfold or fold a district."""
        line = self._cursor_line
        if line is None or line.branch is None:
            return
        if line.branch.kind in FILTERS:
            self.post_message(self.BranchChosen(line.branch))
        elif line.opened is not None:
            self.action_collapse()
        else:
            self.action_expand()

    def action_expand(self) -> None:
        """Unfold the branch; on an unfolded one go to its first child."""
        line = self._cursor_line
        if line is None:
            return
        if line.opened is not None and line.opened.height:
            self._move_to(self.cursor_row + 1)
        elif self._outline.unfold(line) is not None:
            self._follow_cursor(self.cursor_row - self.scroll_offset.y)
            self._show_below(1)

    def action_collapse(self) -> None:
        """Fold the branch; on a folded one go to the branch above it."""
        line = self._cursor_line
        if line is None:
            return
        if line.opened is not None:
            self._outline.fold(line.opened)
            self._follow_cursor(self.cursor_row - self.scroll_offset.y)
        elif line.limb.above is not None:
            self._move_to(self._outline.row_of(line.limb.above, line.limb.place))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        row = -1 if offset is None else self.scroll_offset.y + offset.y
        if offset is None or not 0 <= row < self._outline.rows:
            return
        self._move_to(row)
        line = self._outline.line(row)
        if is_on_sign(line, offset.x):
            (self.action_expand if line.opened is None else self.action_collapse)()
        elif event.chain == 2:
            self.action_open()

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def on_mount(self) -> None:
        self._ask()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self._outline.rows)
        self._keep_cursor_in_view()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.is_mounted:
            self._ask()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row = self.scroll_offset.y + y
        if not self._outline.root.known:
            return self._sentence(_("Loading the rooms…") if y == 0 else "", width)
        if self._outline.rows == 0:
            return self._sentence(_("No rooms yet.") if y == 0 else "", width)
        if row >= self._outline.rows:
            return Strip.blank(width, self.rich_style)
        is_cursor = row == self.cursor_row

        def style(part: str) -> Style:
            return self.get_component_rich_style("room-tree--cursor" if is_cursor else f"room-tree--{part}")

        return branch_strip(self._outline.line(row), width, style, is_cursor=is_cursor)

    def _sentence(self, words: str, width: int) -> Strip:
        return Strip([Segment(fit(words, width), self.get_component_rich_style("room-tree--waiting"))], width)
