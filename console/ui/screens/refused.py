"""The one sentence left when the console refuses to go on. The app pushes it over everything."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from console.ui.text import as_content
from console.words import gettext as _


class RefusedScreen(Screen[None]):
    """Says why; any key leaves."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = as_content(_("The console stops here"))
            yield Static(as_content(self._sentence))
            yield Static(as_content(_("Enter leaves.")), classes="keys")

    def on_key(self, event: events.Key) -> None:
        """Enter alone: a key that was meant for the desk must not take the sentence away."""
        event.stop()
        if event.key == "enter":
            self.app.exit()
