"""When a frame is painted: at once for what a key was pressed for; at Textual's pace for all else."""

from __future__ import annotations

from textual import events
from textual.screen import Screen


class PacedScreen(Screen[None]):
    """Textual lets 17 to 33 ms pass after a frame before the next one: a file read 5 ms after its row was painted
    stood on the screen 28 ms after that."""

    _is_hurried = False

    def hurry(self) -> None:
        """Somebody waits for what changes next: it is painted as soon as it has changed; not behind a question, whose
        answer is painted with what came of it."""
        self._is_hurried = self.is_active

    def on_idle(self, event: events.Idle) -> None:
        """Paint what has changed now, in place of the timer that Textual starts for it."""
        has_changed = self._dirty_widgets or self._layout_required or self._scroll_required or self._repaint_required
        if self._is_hurried and has_changed and self.is_current and not self.app._batch_count:
            self._is_hurried = False
            event.prevent_default()
            self._on_timer_update()
