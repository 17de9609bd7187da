"""The keys that move a cursor over rows that are all at hand, by a row, a page or to an end; the outline and the
audit's list draw what they lead to."""

from __future__ import annotations

from textual.reactive import var

from console.ui.widgets.kept_lines import KeptLines
from console.ui.widgets.thin_bar import ThinBarred


class RowMoves(KeptLines, ThinBarred, can_focus=True):
    """A child says how many `row_count` there are and moves its cursor by `_move_to`."""

    cursor_row: var[int] = var(0)

    @property
    def row_count(self) -> int:
        raise NotImplementedError

    def _move_to(self, row: int) -> None:
        """Put the cursor there, as far as there are rows, in view."""
        raise NotImplementedError

    @property
    def _page(self) -> int:
        return max(self.scrollable_content_region.height, 1)

    def validate_cursor_row(self, row: int) -> int:
        return max(0, min(row, self.row_count - 1))

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
        self._move_to(self.row_count - 1)
