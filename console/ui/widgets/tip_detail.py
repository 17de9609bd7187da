"""The pane that shows one tip whole: standing, clocks, words, attachments, links, referrals, history.
The desk screen gives it a `TipFile` and opens the tips whose links are chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from itertools import zip_longest
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from console.model.view import TipFile
from console.ui.keys import bindings_for
from console.ui.text import as_content, fit
from console.ui.widgets.detail_page import Eye, PageLine, links_of, page
from console.ui.widgets.framed_lines import blank_line
from console.ui.widgets.ink import Inks
from console.ui.widgets.kept_lines import KeptLines
from console.ui.widgets.thin_bar import ThinBarred
from console.words import gettext as _

STYLES: Final = (
    "plain", "muted", "title", "words", "why", "place", "category", "clock", "overdue", "warning", "alarm", "mine",
    "link", "link-here", "empty", "status-new", "status-investigating", "status-referred", "status-solved",
    "status-closed", "urgency-routine", "urgency-priority", "urgency-alarm",
)  # fmt: skip
"""What the page's words may look like; each is a component class `tip-detail--<style>` of the sheet."""
TICK_S: Final = 60.0
# 'How long ago' counts in minutes.


class TipDetail(KeptLines, ThinBarred, can_focus=True):
    """One tip. Its words are wrapped once per width; only the lines in view are drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("detail")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tip-detail--{style}" for style in STYLES}

    class LinkChosen(Message):
        """Enter on another tip's ref: open that tip."""

        def __init__(self, ref: str) -> None:
            super().__init__()
            self.ref = ref

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._style = Inks(lambda name: self.get_component_rich_style(f"tip-detail--{name}"))
        super().__init__(id=id, classes=classes)
        self._width = 0
        """Cells of a line in the painting under way."""
        self.border_title = _("Tip")
        self._file: TipFile | None = None
        self._eye: Callable[[int], Eye] | None = None
        self._lines: list[PageLine] = []
        self._links: list[tuple[int, int]] = []
        self._link: int | None = None
        """The number of the link that Enter opens; None when none is under the cursor."""

    # ── data in ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def show(self, file: TipFile | None, *, me: int, zone: tzinfo, now: Callable[[], datetime]) -> None:
        """Show the tip as the officer `me` sees it in `zone`; `now` is asked again each minute. None: no tip is chosen.

        The same tip again keeps the place that is being read; another one starts at its top.
        """
        before, self._file = self._file, file
        self._eye = lambda width: Eye(me, zone, now(), width)
        is_same = file is not None and before is not None and before.tip.id == file.tip.id
        if not is_same:
            self._link = None
            self.border_title = _("Tip") if file is None else as_content(file.tip.ref)
        self._lay_out()
        if not is_same:
            self.scroll_to(y=0, animate=False)

    @property
    def file(self) -> TipFile | None:
        """What is shown."""
        return self._file

    @property
    def link(self) -> str | None:
        """The ref under the cursor."""
        if self._link is None:
            return None
        y, x = self._links[self._link]
        return self._lines[y][x].ref

    def _lay_out(self) -> None:
        """Make the lines anew and repaint those that differ."""
        width = self.scrollable_content_region.width
        before = self._lines
        self._lines = page(self._file, self._eye(width)) if self._file and self._eye and width > 0 else []
        self._links = links_of(self._lines)
        if self._link is not None and self._link >= len(self._links):
            self._link = None
        if len(before) != len(self._lines):
            self._tell_height(Size(width, len(self._lines)))
        if not before or not self._lines:
            self.refresh()
            return
        pairs = zip_longest(before, self._lines)
        top = self.scroll_offset.y
        changed = [Region(0, y - top, width, 1) for y, (old, new) in enumerate(pairs) if old != new]
        if changed:
            self.refresh(*changed)

    def _tell_height(self, size: Size) -> None:
        """The page's size, past Textual's watcher: the bar stands whether it is needed or not; nothing is laid out."""
        self.set_reactive(Widget.virtual_size, size)
        self.vertical_scrollbar.window_virtual_size = size.height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def _page(self) -> int:
        return max(self.scrollable_content_region.height, 1)

    def _scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_cursor_down(self) -> None:
        self._scroll_by(1)

    def action_cursor_up(self) -> None:
        self._scroll_by(-1)

    def action_page_down(self) -> None:
        self._scroll_by(self._page)

    def action_page_up(self) -> None:
        self._scroll_by(-self._page)

    def action_half_page_down(self) -> None:
        self._scroll_by(max(self._page // 2, 1))

    def action_half_page_up(self) -> None:
        self._scroll_by(-max(self._page // 2, 1))

    def action_first(self) -> None:
        self.scroll_to(y=0, animate=False)

    def action_last(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def action_next_link(self) -> None:
        """The next link; without one under the cursor, the first from the top of the view on."""
        top = self.scroll_offset.y
        below = [number for number, (y, _x) in enumerate(self._links) if y >= top]
        if self._link is not None:
            self._go_to_link(min(self._link + 1, len(self._links) - 1))
        elif below:
            self._go_to_link(below[0])

    def action_previous_link(self) -> None:
        """The link before; without one under the cursor, the last down to the end of the view."""
        end = self.scroll_offset.y + self._page
        above = [number for number, (y, _x) in enumerate(self._links) if y < end]
        if self._link is not None:
            self._go_to_link(max(self._link - 1, 0))
        elif above:
            self._go_to_link(above[-1])

    def action_open(self) -> None:
        """Open the tip whose ref is under the cursor."""
        ref = self.link
        if ref is not None:
            self.post_message(self.LinkChosen(ref))

    def _go_to_link(self, number: int) -> None:
        y, _x = self._links[number]
        top = self.scroll_offset.y
        if not top <= y < top + self._page:
            self.scroll_to(y=y - self._page // 2, animate=False)
        self._link = number
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        x, y = offset.x, self.scroll_offset.y + offset.y
        for number, (line, span) in enumerate(self._links):
            if line == y:
                start = sum(Segment(before.words).cell_length for before in self._lines[y][:span])
                if start <= x < start + Segment(self._lines[y][span].words).cell_length:
                    self._go_to_link(number)
                    self.action_open()

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def on_mount(self) -> None:
        self.set_interval(TICK_S, self._lay_out, name="minutes")

    def on_resize(self) -> None:
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """A link that leaves the view is no longer under the cursor: Enter opens only what can be seen."""
        super().watch_scroll_y(old_value, new_value)
        if self._link is not None:
            y, _x = self._links[self._link]
            if not round(new_value) <= y < round(new_value) + self._page:
                self._link = None

    def notify_style_update(self) -> None:
        """Another theme or focus: colours are asked for again."""
        super().notify_style_update()
        self._style.forget()

    def before_lines(self) -> None:
        """The width: Textual finds it by looking for the widget on the screen."""
        self._width = self.scrollable_content_region.width

    def render_line(self, y: int) -> Strip:
        width = self._width
        row = self.scroll_offset.y + y
        if self._file is None:
            words = _("No tip chosen. j/k moves in the list.") if y == 0 else ""
            return Strip([Segment(fit(words, width), self._style("empty"))], width)
        if row >= len(self._lines):
            return blank_line(width, self._style("plain"))
        here = self._links[self._link] if self._link is not None else None
        segments = [
            Segment(span.words, self._style("link-here" if here == (row, x) else span.style))
            for x, span in enumerate(self._lines[row])
        ]
        return Strip(segments).adjust_cell_length(width, self._style("plain"))
