"""A list of which one is chosen by its number or key, or with the cursor and Enter. The modals compose it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from console.ui.keys import with_aliases
from console.ui.text import one_line
from console.ui.widgets.typed_number import TypedNumber

ValueT = TypeVar("ValueT")
WIDEST = 32
# Cells the words may take before the notes are no longer in one column: half the box.
MOST_WORDS = 48
MOST_NOTE = 160
# Cells of words beside a note and of a note: an endless name hides neither its note nor the other choices.


@dataclass(frozen=True, slots=True)
class Choice(Generic[ValueT]):
    """One line: `words` and `note` raw; `key` instead of a number; `why_not` says why it cannot be chosen now."""

    value: ValueT
    words: str
    note: str = ""
    key: str = ""
    why_not: str | None = None


class Choices(OptionList, Generic[ValueT]):
    """Numbered choices (or keyed ones, when every choice has its `key`)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(with_aliases(["j"])), "cursor_down", show=False),
        Binding(",".join(with_aliases(["k"])), "cursor_up", show=False),
    ]

    class Picked(Message):
        """A choice was named by its number, its key or a click; the cursor is on it."""

    class Refused(Message):
        """A choice was named that cannot be chosen now."""

        def __init__(self, why_not: str) -> None:
            super().__init__()
            self.why_not = why_not

    def __init__(self, choices: Sequence[Choice[ValueT]], *, at: int = 0, id: str | None = None) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self.offer(choices, at)

    def offer(self, choices: Sequence[Choice[ValueT]], at: int = 0) -> None:
        """Show these choices, the cursor on number `at` from 0."""
        self._choices = list(choices)
        self._number = TypedNumber(len(self._choices))
        self._keys = {choice.key: index for index, choice in enumerate(choices) if choice.key}
        column = min(max((cell_len(one_line(choice.words)) for choice in choices), default=0), WIDEST)
        self.set_options(Option(_choice_content(choice, index, column)) for index, choice in enumerate(choices))
        self.highlighted = min(at, len(self._choices) - 1) if choices else None

    @property
    def chosen(self) -> Choice[ValueT] | None:
        """The choice under the cursor."""
        return None if self.highlighted is None else self._choices[self.highlighted]

    def on_key(self, event: events.Key) -> None:
        index, is_final = self._named(event.character)
        if index is None:
            return
        event.stop()
        event.prevent_default()
        self.highlighted = index
        if is_final:
            self._pick(self._choices[index])

    def _named(self, character: str | None) -> tuple[int | None, bool]:
        if self._keys:
            return self._keys.get(unicodedata.normalize("NFKC", character or "").lower()), True
        return self._number.take(character) or (None, False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click."""
        event.stop()
        self._pick(self._choices[event.option_index])

    def _pick(self, choice: Choice[ValueT]) -> None:
        if choice.why_not is None:
            self.post_message(self.Picked())
        else:
            self.post_message(self.Refused(choice.why_not))


def _choice_content(choice: Choice[ValueT], index: int, column: int) -> Content:
    """Number or key, words in a column as wide as the widest, then the note or why it cannot be chosen."""
    note = one_line(choice.why_not or choice.note, MOST_NOTE)
    words = one_line(choice.words, MOST_WORDS if note else MOST_NOTE)
    gap = " " * (max(column - cell_len(words), 0) + 2)
    return Content.assemble(
        (f"{choice.key or index + 1:>2} ", "bold" if choice.why_not is None else "dim"),
        (words + gap if note else words, "" if choice.why_not is None else "dim"),
        (note, "dim"),
    )
