"""A bare virtual list of static lines with a cursor: P3's limit. `python -m tests.bench.apps.lines COUNT`."""

from __future__ import annotations

import sys
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

PLAIN, CHOSEN = Style(), Style(reverse=True)


class Lines(ScrollView, can_focus=True):
    """As little as moves a cursor: two rows are repainted, or all when the screen scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)"),
        Binding("up", "move(-1)"),
        Binding("pagedown", "page(1)"),
        Binding("pageup", "page(-1)"),
        Binding("end", "far(1)"),
        Binding("home", "far(-1)"),
    ]

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.cursor = 0

    def on_mount(self) -> None:
        self.virtual_size = Size(100, self.count)

    def render_line(self, y: int) -> Strip:
        number = self.scroll_offset.y + y
        mark, style = ("▸", CHOSEN) if number == self.cursor else (" ", PLAIN)
        words = f"{mark} line {number:>9} of a static list, as long as a tip's line is on the screen"
        return Strip([Segment(words.ljust(self.size.width)[: self.size.width], style)])

    def go_to(self, number: int) -> None:
        before, self.cursor = self.cursor, max(0, min(number, self.count - 1))
        top, height = self.scroll_offset.y, self.size.height
        if top <= self.cursor < top + height:
            self.refresh(*(Region(0, n - top, self.size.width, 1) for n in (before, self.cursor)))
        else:
            wanted = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=wanted, animate=False, immediate=True)
            self.refresh()

    def action_move(self, step: int) -> None:
        self.go_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        self.go_to(self.cursor + step * self.size.height)

    def action_far(self, step: int) -> None:
        self.go_to(self.count - 1 if step > 0 else 0)


class Bare(App[None]):
    """The list alone."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def compose(self) -> ComposeResult:
        yield Lines(self.count)


if __name__ == "__main__":
    Bare(int(sys.argv[1])).run()
