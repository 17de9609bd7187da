"""A small app to press keys in: the console's colours and its last door, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App
from textual.filter import LineFilter

from console.ui.text import LastDoor
from console.ui.theme import THEMES, VARIABLES

HOSTILE = "[/] [@click=app.quit]x[/] \x1b[31m\u202egnp.exe"
"""Markup that would raise, an action, a terminal sequence and a bidi override."""
SEEN = "[/] [@click=app.quit]x[/] ␛[31m⟨202E⟩gnp.exe"
"""What the officer sees of it."""


class Host(App[None]):
    """Sheets by `CSS_PATH` of the child."""

    def __init__(self) -> None:
        super().__init__()
        self._door = LastDoor()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._door]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
