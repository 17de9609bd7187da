"""Asks whether something is meant. Screens push it before what concerns many tips."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from console.ui.keys import with_aliases
from console.ui.modals.question import Question
from console.words import gettext as _


class Confirm(Question[bool]):
    """True, or None when it was left. `question` may be raw."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(with_aliases(["y"])), "confirm", _("Yes"), show=False),
        Binding(",".join(with_aliases(["n"])), "leave", _("No"), show=False),
    ]

    def __init__(self, question: str, *, title: str = "", keys: str = "") -> None:
        super().__init__(title or _("Sure?"), question, keys or _("y or Enter: yes · n or Esc: no"))

    def answer(self) -> bool:
        return True
