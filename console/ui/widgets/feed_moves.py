"""The keys that move the cursor of a feed, by a line, a page or to an end; `TipFeed` draws what they lead to."""

from __future__ import annotations

from console.ui.widgets.feed_place import Place
from console.ui.widgets.kept_lines import KeptLines
from console.ui.widgets.thin_bar import ThinBarred


class FeedMoves(KeptLines, ThinBarred, inherit_bindings=False):
    """Moves in a list that is mostly not held; an end that was read ahead is shown at once and then read anew."""

    LINES_MOVE = True

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._place = Place()

    def _update(self) -> None:
        """Bring scroll bar, rows and listeners up to where the reader is now."""
        raise NotImplementedError

    def _read_anew(self) -> None:
        """Want a window around the reader."""
        raise NotImplementedError

    def _go_to(self, number: int) -> None:
        if self._place.leap(number):
            self._read_anew()
        self._place.go_to(number)
        self._update()

    def action_cursor_down(self) -> None:
        self._go_to(self._place.cursor + 1)

    def action_cursor_up(self) -> None:
        self._go_to(self._place.cursor - 1)

    def action_page_down(self) -> None:
        self._go_to(self._place.cursor + self._place.rows)

    def action_page_up(self) -> None:
        self._go_to(self._place.cursor - self._place.rows)

    def action_half_page_down(self) -> None:
        self._go_to(self._place.cursor + self._place.half)

    def action_half_page_up(self) -> None:
        self._go_to(self._place.cursor - self._place.half)

    def action_first(self) -> None:
        self._go_to(0)
        self._place.go_first()

    def action_last(self) -> None:
        self._go_to(self._place.held.total - 1)
