"""What an officer sees who works no tips and has no screen of their own. `Presence` pushes it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from console.model.officer import Officer
from console.ui.text import as_content
from console.words import gettext as _


class NoTipsScreen(Screen[None]):
    """A sentence, and how to go."""

    def __init__(self, officer: Officer) -> None:
        super().__init__()
        self._officer = officer

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = as_content(_("Taskroom"))
            yield Static(
                as_content(f"{self._officer.code}  {self._officer.name} ({self._officer.role})"), classes="who"
            )
            yield Static(as_content(_("Your role works no tips: its work is on the command line.")))
            yield Static(as_content(_("^L locks · ^Q leaves")), classes="keys")
