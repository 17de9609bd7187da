"""Choosing from a numbered list by typing its number, full-width digits too. `Choices` and `OneOf` use it."""

from __future__ import annotations

import unicodedata


def digit_of(character: str | None) -> int | None:
    """The digit a key stands for, whether typed plain or through an input method."""
    if character is None or len(character) != 1:
        return None
    digit: int | None = unicodedata.digit(character, None)
    return digit


class TypedNumber:
    """Digits put together to a number from 1 to `count`: final as soon as no longer number begins with it."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._typed = 0

    def take(self, character: str | None) -> tuple[int, bool] | None:
        """(index from 0, whether it is final) after one more key; None when the key makes no number of the list."""
        digit = digit_of(character)
        if digit is None:
            self._typed = 0
            return None
        longer = self._typed * 10 + digit
        number = longer if self._typed and longer <= self.count else digit
        if not 1 <= number <= self.count:
            self._typed = 0
            return None
        is_final = number * 10 > self.count
        self._typed = 0 if is_final else number
        return number - 1, is_final
