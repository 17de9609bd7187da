"""The question that is nothing but a list: a digit, or cursor and Enter, is the answer. Four modals are such lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from console.ui.modals.choices import Choice, Choices
from console.ui.modals.question import Question
from console.words import gettext as _

ValueT = TypeVar("ValueT")


class ChooseOne(Question[ValueT]):
    """One of these choices; `nothing` is said when there is none."""

    def __init__(
        self,
        title: str,
        sentence: str,
        choices: Sequence[Choice[ValueT]],
        *,
        at: int = 0,
        nothing: str = "",
        keys: str = "",
    ) -> None:
        super().__init__(title, sentence, keys or _("Digits or j k choose · Enter confirms · Esc leaves"))
        self._choices = Choices(choices, at=at)
        self._nothing = nothing

    def parts(self) -> Iterator[Choices[ValueT]]:
        yield self._choices

    def why_not(self) -> str | None:
        choice = self._choices.chosen
        return self._nothing or _("There is nothing to choose.") if choice is None else choice.why_not

    def answer(self) -> ValueT:
        choice = self._choices.chosen
        if choice is None:
            raise LookupError
        return choice.value
