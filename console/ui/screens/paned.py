"""The desk screen's body: header, three panes, the lines at the foot; which panes stand where, focus and zoom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from console.ui.screens.paced import PacedScreen
from console.ui.screens.panes import ORDER, Pane, Panes
from console.ui.text import as_text
from console.ui.widgets.command_line import CommandLine
from console.ui.widgets.desk_header import DeskHeader
from console.ui.widgets.key_line import KeyLine
from console.ui.widgets.room_pane import RoomPane
from console.ui.widgets.search_box import SearchBox
from console.ui.widgets.status_line import StatusLine
from console.ui.widgets.sum_line import SumLine
from console.ui.widgets.tip_detail import TipDetail
from console.ui.widgets.tip_feed import TipFeed
from console.words import gettext as _

NUMBERS: Final[dict[Pane, str]] = {"feed": "1", "detail": "2", "tree": "3"}
HERE: Final = "▶"
"""Stands before the title of the focused pane, so that focus is not shown by colour alone."""


class PanedScreen(PacedScreen):
    """Layout and focus; knows nothing of stores or steps."""

    AUTO_FOCUS = "TipFeed"

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self.panes = Panes()
        self.header = DeskHeader(now=now)
        self.room_pane = RoomPane()
        self.room_tree = self.room_pane.rooms
        self.feed = TipFeed(now=now)
        self.detail = TipDetail()
        self.status_line = StatusLine()
        self.search_box = SearchBox()
        self.command_line = CommandLine()
        self.sum_line = SumLine()
        self.key_line = KeyLine()
        self._titles: dict[Pane, str] = {"feed": _("Tips"), "detail": _("Detail"), "tree": _("Rooms")}

    def compose(self) -> ComposeResult:
        """In its panes from the start: a class that comes when all stands has the style of every widget looked up once
        more."""
        self.panes.width = self.app.size.width
        self._set_panes(update=False)
        yield self.header
        with Horizontal(id="panes"):
            yield self.room_pane
            yield self.feed
            yield self.detail
        yield self.status_line
        yield self.search_box
        yield self.command_line
        with Horizontal(id="foot"):
            yield self.sum_line
            yield self.key_line

    def frame(self, name: Pane) -> Widget:
        """What stands on the screen with a border and a title: the pane itself, or what holds it."""
        return self.room_pane if name == "tree" else self.pane(name)

    def has_keyboard(self, name: Pane) -> bool:
        """Whether the keyboard is in this pane: on its lines or in its filter box."""
        return self.focused is not None and self.frame(name) in self.focused.ancestors_with_self

    def pane(self, name: Pane) -> Widget:
        """What gets the keyboard when the pane is gone to."""
        panes: dict[Pane, Widget] = {"tree": self.room_tree, "feed": self.feed, "detail": self.detail}
        return panes[name]

    @property
    def focused_pane(self) -> Pane:
        """The pane with the keyboard; the tips when something else has it."""
        return next((name for name in ORDER if self.has_keyboard(name)), "feed")

    @property
    def detail_is_visible(self) -> bool:
        return "detail" in self.panes.shown

    # ── layout and focus ─────────────────────────────────────────────────────────────────────────────────────────────
    def on_mount(self) -> None:
        self.search_box.end()
        self.command_line.end()
        self.watch(self, "focused", self._show_titles, init=False)

    def on_resize(self, event: events.Resize) -> None:
        self.panes.width = event.size.width
        self.lay_out()

    def lay_out(self) -> None:
        """Show the panes that have room; the keyboard goes to one that is shown."""
        shown = self.panes.shown
        self._set_panes()
        if self.focused is None or any(self.has_keyboard(name) for name in ORDER if name not in shown):
            self.set_focus(self.pane(shown[0] if len(shown) == 1 else "feed"))
        self._show_titles()
        self.on_panes_changed()

    def _set_panes(self, *, update: bool = True) -> None:
        shown = self.panes.shown
        for name in ORDER:
            self.frame(name).display = name in shown
        named = {f"-panes-{count}": self.panes.count == count for count in (1, 2, 3)}
        self.update_classes({**named, "-alone": len(shown) == 1}, update=update)

    def on_panes_changed(self) -> None:
        """Called after the panes have changed; what is visible now may have to be read."""

    def title_pane(self, name: Pane, words: str) -> None:
        """Name a pane (raw words); its number and the focus sign are put before."""
        self._titles[name] = words
        self._show_title(name)

    def _show_titles(self) -> None:
        for name in ORDER:
            self._show_title(name)

    def _show_title(self, name: Pane) -> None:
        sign = f"{HERE} " if self.has_keyboard(name) else ""
        self.frame(name).border_title = as_text(f"{sign}{NUMBERS[name]} {self._titles[name]}")

    def go_to_pane(self, name: Pane) -> None:
        """Bring the pane onto the screen and give it the keyboard."""
        self.panes.call(name)
        self.lay_out()
        self.set_focus(self.pane(name))

    def action_focus_tips(self) -> None:
        self.go_to_pane("feed")

    def action_focus_detail(self) -> None:
        self.go_to_pane("detail")

    def action_focus_rooms(self) -> None:
        self.go_to_pane("tree")

    def action_focus_next_pane(self) -> None:
        self.go_to_pane(self.panes.next(self.focused_pane, 1))

    def action_focus_previous_pane(self) -> None:
        self.go_to_pane(self.panes.next(self.focused_pane, -1))

    def action_zoom(self) -> None:
        pane = self.focused_pane
        self.panes.zoom(pane)
        self.lay_out()
        if pane in self.panes.shown:
            self.set_focus(self.pane(pane))

    def close_pane(self) -> bool:
        """Close what was zoomed or called over the list; False when there is nothing to close."""
        if not self.panes.back():
            return False
        self.lay_out()
        self.set_focus(self.feed)
        return True
