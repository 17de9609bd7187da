"""The `:` line at the foot of the desk screen, with completion and what was typed before. The screen does what it
says."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

_MOST_REMEMBERED = 100
"""Lines that Up brings back."""


class CommandLine(Horizontal):
    """`:` and an input; `Entered` on Enter, `Left` on Esc or when emptied by Backspace."""

    class Entered(Message):
        """Enter on a line that is not empty, without the colon."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Left(Message):
        """Nothing is to be done."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._before: list[str] = []
        self._back = 0

    def compose(self) -> ComposeResult:
        yield Label(":", classes="sign")
        yield Input(compact=True, max_length=2_000, select_on_focus=False)

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def begin(self, suggestions: Sequence[str], text: str = "") -> None:
        """Show the line and take the keyboard; the suggestions complete what is typed."""
        self.display = True
        self._back = 0
        self._input.suggester = SuggestFromList(suggestions, case_sensitive=False)
        self._input.value = text
        self._input.cursor_position = len(text)
        self.screen.set_focus(self._input)

    def end(self) -> None:
        self.display = False

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        line = event.value.strip().lstrip(":：").strip()
        if not line:
            self.post_message(self.Left())
            return
        self._before = [*[one for one in self._before if one != line], line][-_MOST_REMEMBERED:]
        self.post_message(self.Entered(line))

    def on_key(self, event: events.Key) -> None:
        """Esc leaves, Backspace on nothing too; Up and Down go through what was typed before; Tab completes."""
        if event.key == "escape" or (event.key == "backspace" and not self._input.value):
            self.post_message(self.Left())
        elif event.key in ("up", "down"):
            self._recall(1 if event.key == "up" else -1)
        elif event.key == "tab":
            self._input.action_cursor_right()
        elif event.key not in ("shift+tab", "ctrl+z"):
            return
        event.stop()
        event.prevent_default()

    def _recall(self, step: int) -> None:
        self._back = max(0, min(self._back + step, len(self._before)))
        self._input.value = self._before[-self._back] if self._back else ""
        self._input.cursor_position = len(self._input.value)
