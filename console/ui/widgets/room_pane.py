"""The pane of rooms: the tree, and above it the filter box that narrows it. The desk screen looks up what was typed."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from console.model.view import Found
from console.ui.keys import action
from console.ui.widgets.room_tree import PANES_OWN, RoomTree
from console.words import gettext as _
from console.words import ngettext

LONGEST_NAME = 100
"""Characters that can be typed."""


class FilterBox(Horizontal):
    """`/` and an input; `Typed` on every change, `Taken` on Enter, `Lowered` on Down, `Left` on Esc."""

    class Typed(Message):
        """The text has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Taken(Message):
        """Enter: the first of what was found."""

    class Lowered(Message):
        """Down: choose among what was found."""

    class Left(Message):
        """Esc: the whole tree again."""

    def compose(self) -> ComposeResult:
        yield Label("/", classes="sign")
        yield Input(
            compact=True,
            max_length=LONGEST_NAME,
            select_on_focus=False,
            placeholder=_("name, code, pseudonym"),
        )

    @property
    def text(self) -> str:
        return self._input.value

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def begin(self) -> None:
        """Show the box, what was typed still in it, and take the keyboard."""
        self.display = True
        self._input.cursor_position = len(self.text)
        self.screen.set_focus(self._input)

    def end(self) -> None:
        """Empty and gone."""
        self.display = False
        with self.prevent(Input.Changed):
            self._input.value = ""

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _taken(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Taken())

    def on_key(self, event: events.Key) -> None:
        """Esc leaves, Down goes to the lines; ^Z is no step's undo while one types."""
        if event.key == "escape":
            self.post_message(self.Left())
        elif event.key == "down":
            self.post_message(self.Lowered())
        elif event.key != "ctrl+z":
            return
        event.stop()
        event.prevent_default()


class RoomPane(Vertical):
    """The tree with its frame and its filter. `Sought` asks for what matches a text; `show_found` answers."""

    BINDINGS: ClassVar[list[BindingType]] = [action(PANES_OWN).binding()]

    class Sought(Message):
        """Another text to look for; an empty one: nothing any more."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = _("Rooms")
        self.rooms = RoomTree()
        self._box = FilterBox()
        self._answered = ""
        """The text that the narrowed tree shows the hits of."""
        self._is_taken = False
        """Enter was pressed before the answer had come."""

    def compose(self) -> ComposeResult:
        yield self._box
        yield self.rooms

    def on_mount(self) -> None:
        self._box.end()

    @property
    def is_filtering(self) -> bool:
        return self._box.display

    def show_found(self, text: str, found: Found) -> None:
        """What matches `text`; an answer to what no longer stands in the box is dropped."""
        if not self.is_filtering or text != self._box.text:
            return
        self._answered = text
        self.rooms.narrow(found)
        number = f"{len(found.paths):,}" + ("+" if found.is_capped else "")
        self.border_subtitle = ngettext("{n} found · Esc ends", "{n} found · Esc ends", len(found.paths)).format(
            n=number
        )
        if self._is_taken:
            self._take()

    def end_filter(self) -> bool:
        """The whole tree again, as it was left; False when it was not filtered."""
        if not self.is_filtering:
            return False
        had_keyboard = self.screen.focused is not None and self._box in self.screen.focused.ancestors
        self._box.end()
        self._forget()
        self.post_message(self.Sought(""))
        if had_keyboard:
            self.rooms.focus()
        return True

    def _forget(self) -> None:
        self._answered, self._is_taken = "", False
        self.border_subtitle = ""
        self.rooms.widen()

    def action_narrow(self) -> None:
        """Open the box at once, in the key's own turn: the letters typed behind it are for the box."""
        self._box.begin()

    @on(FilterBox.Typed)
    def _seek(self, message: FilterBox.Typed) -> None:
        message.stop()
        self._is_taken = False
        if not message.text.strip():
            self._forget()
        self.post_message(self.Sought(message.text.strip() and message.text))

    @on(FilterBox.Taken)
    def _take(self) -> None:
        """List the tips of the first hit; a district alone has no list, so the keyboard goes to its line."""
        self._is_taken = self._answered != self._box.text
        if not self._is_taken and self.rooms.is_narrowed and not self.rooms.choose_found():
            self.rooms.focus()

    @on(FilterBox.Lowered)
    def _lower(self) -> None:
        self.rooms.focus()

    @on(FilterBox.Left)
    def _end(self) -> None:
        self.end_filter()
