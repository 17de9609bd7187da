"""The tree of districts, stations, officers, rooms and members, drawn line by line from the pieces it was given.
The desk screen fills it and filters the tips by the branch that was chosen."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType
from textual.message import Message

from console.model.view import Branch, BranchKind, Found, Twigs
from console.ui.keys import bindings_for
from console.ui.widgets.branch_line import is_on_sign
from console.ui.widgets.outline import PIECE, Limb, Outline
from console.ui.widgets.outline_view import OutlineView, Standpoint
from console.words import gettext as _

FILTERS: Final = frozenset({BranchKind.STATION, BranchKind.OFFICER, BranchKind.ROOM})
"""What Enter chooses. Never a member: tips are not listed by person (guard rail 2)."""

PATIENCE_S: Final = 0.05
"""What is unfolded may take so long before it is said to be on its way: an answer in time costs one frame, not two."""
PANES_OWN: Final = "tree.filter"
"""The key of the tree that its pane answers."""


class RoomTree(OutlineView):
    """Rooms and their members as a tree of any size; members in the order given, with pseudonym and kind only.

    It asks for pieces by `ChildrenWanted` and gets them by `fill`; the cursor stays on its branch when they come.
    `narrow` shows what was found instead, `widen` the tree as it was left.
    """

    BINDINGS: ClassVar[list[BindingType]] = [one for one in bindings_for("tree") if one.id != PANES_OWN]

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

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._left: Standpoint | None = None
        """The tree as it was left when it was narrowed; None while it is not."""
        self._found = Found()

    # ── data in ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def fill(self, parent: Branch | None, twigs: Twigs) -> None:
        """Take a piece of `parent`'s children (None: the top); ignored when the parent has been folded meanwhile."""
        if self._left is not None:
            self._left.outline.fill(parent, twigs)
        is_first = not self._outline.knows(parent)
        offset = self.cursor_row - self.scroll_offset.y
        limb = self._outline.fill(parent, twigs)
        if limb is None:
            return
        self._outline.forget_far(self.scroll_offset.y, self._page)
        self._follow_cursor(offset)
        line = self._cursor_line
        if is_first and line is not None and line.opened is limb:
            self._show_below(twigs.total)

    def ask_again(self) -> None:
        """Ask anew for every piece in view: rooms or members have changed, or an answer got lost."""
        here = self.standpoint
        for one in (here,) if self._left is None else (here, self._left):
            for branch, start in one.outline.ask_again(one.top, self._page):
                self.tell(self.ChildrenWanted(branch, start))

    def ask(self) -> None:
        self._ask_for(self.scroll_offset.y, self._page)

    def _ask_for(self, first: int, rows: int) -> None:
        for branch, start in self._outline.wanted(first, rows):
            self.tell(self.ChildrenWanted(branch, start))

    # ── narrowed to what was found ───────────────────────────────────────────────────────────────────────────────────
    @property
    def is_narrowed(self) -> bool:
        return self._left is not None

    def narrow(self, found: Found) -> None:
        """Show these branches with all above them instead of the tree, the cursor on the first hit."""
        if self._left is None:
            self._left = self.standpoint
        self._found = found
        outline = Outline.of(found.paths)
        first = outline.row_of_path(found.paths[0]) if found.paths else 0
        self.stand(Standpoint(outline, first, None, 0))

    def widen(self) -> None:
        """The tree again, as it was left."""
        left, self._left = self._left, None
        if left is not None:
            self._found = Found()
            self.stand(left)
            self.ask()

    def choose_found(self) -> bool:
        """Choose the first hit, or what it belongs to when it has no list of its own; False when there is none."""
        for path in self._found.paths:
            for branch in reversed(path):
                if branch.kind in FILTERS:
                    self.tell(self.BranchChosen(branch))
                    return True
        return False

    def empty_words(self) -> str:
        return _("No rooms yet.") if self._left is None else _("Nothing found.")

    # ── keys and mouse ───────────────────────────────────────────────────────────────────────────────────────────────
    def action_open(self) -> None:
        """Choose the station, officer or room; unfold or fold a district."""
        line = self._cursor_line
        if line is None or line.branch is None:
            return
        if line.branch.kind in FILTERS:
            self.tell(self.BranchChosen(line.branch))
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
        elif (limb := self._outline.unfold(line)) is not None:
            self._ask_for(self.cursor_row + 1, 1)
            self.set_timer(PATIENCE_S, partial(self._show_waiting, limb))

    def _show_waiting(self, limb: Limb) -> None:
        """What was unfolded has not come yet: show its placeholder."""
        if not limb.known:
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
