"""The keys at the foot of the desk screen, made from `ui/keys.py`; a key that does nothing now is dimmed and in
brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from console.ui.text import as_content
from console.ui.widgets.sentence import Sentence


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key of the footer: how it is written, what it does, and whether it can be done now."""

    key: str
    words: str
    is_live: bool


class KeyLine(Sentence):
    """One row of `key word` pairs, as wide as they are."""

    _shown: tuple[KeyHint, ...] = ()
    _width = 0

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show these; nothing is painted when they are the same."""
        if tuple(hints) != self._shown:
            self._shown = tuple(hints)
            words = Content.empty().join(_one(hint) for hint in hints)
            self.update(words, layout=words.cell_length != self._width)
            self._width = words.cell_length


def _one(hint: KeyHint) -> Content:
    """As wide dead as alive, so that the screen is not laid out anew when the cursor moves."""
    if not hint.is_live:
        return as_content(f"({hint.key} {hint.words.lower()})", "dim")
    return Content.assemble(" ", as_content(hint.key, "bold $accent"), " ", as_content(hint.words.lower()), " ")
