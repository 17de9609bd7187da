"""Which panes stand on the screen at which width, which one is zoomed and where Tab goes; the desk screen draws by
it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Pane = Literal["tree", "feed", "detail"]

THREE_FROM: Final = 160
TWO_FROM: Final = 100
"""Cells of width (screen.md): three panes from 160, two from 100, one below."""

ORDER: Final[tuple[Pane, ...]] = ("feed", "detail", "tree")
"""The order of the keys 1 2 3 and of Tab."""


@dataclass(slots=True)
class Panes:
    """`opened` is what was called onto a screen too narrow for it, `zoomed` the pane that has the whole screen."""

    width: int = 80
    opened: Pane | None = None
    zoomed: Pane | None = None

    @property
    def count(self) -> int:
        return 3 if self.width >= THREE_FROM else 2 if self.width >= TWO_FROM else 1

    @property
    def shown(self) -> tuple[Pane, ...]:
        """The visible panes from left to right."""
        if self.zoomed is not None:
            return (self.zoomed,)
        if self.count == 3:
            return ("tree", "feed", "detail")
        if self.count == 2:
            return ("tree", "feed") if self.opened == "tree" else ("feed", "detail")
        return (self.opened or "feed",)

    def call(self, pane: Pane) -> None:
        """Bring the pane onto the screen."""
        if self.zoomed is not None:
            self.zoomed = pane
        if pane not in self.shown:
            self.opened = pane if pane != "feed" else None
        elif self.count == 2 and pane == "detail":
            self.opened = None

    def zoom(self, pane: Pane) -> None:
        """Give the pane the whole screen, or give the screen back."""
        self.zoomed = None if self.zoomed is not None else pane

    def back(self) -> bool:
        """Close what was zoomed or called; False when there is nothing to close."""
        if self.zoomed is not None:
            self.zoomed = None
            return True
        if self.opened is not None and self.count < 3:
            self.opened = None
            return True
        return False

    def next(self, pane: Pane, step: int) -> Pane:
        """Where Tab goes from this pane: through all three where they stand or can be called."""
        return ORDER[(ORDER.index(pane) + step) % len(ORDER)]
