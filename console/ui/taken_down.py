"""Screens that give an answer and go: questions, the palette, help, a reveal."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import Screen, ScreenResultType


class TakenDownOnce(Screen[ScreenResultType]):
    """Goes only from the top. Textual takes down whatever lies there: a second Enter that was under way would take the
    desk itself away, or the lock."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        if self.is_active:
            return super().dismiss(result)
        return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]  # Textual gives it no types
