"""Where a line of Chinese and Latin prose may be broken; `text` wraps by it.

What is known of a character is found when it is first met. As a regular expression the same took a start 12 ms: Python
makes a table of every character a pattern names.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

_REMEMBERED: Final = 20_000
"""Characters the table may hold: Chinese prose uses some 7,000."""

_WIDE: Final = (
    *(0x2E80, 0x303F, 0x3041, 0xA4CF, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6),
    *(0x1F300, 0x1FAFF, 0x20000, 0x3FFFD),
)
"""First and last of each range, in order."""
_NEVER_FIRST: Final = frozenset("、。，．；：！？）】》」』〉〕”’…—～・％ー,.;:!?)]}%")
_NEVER_LAST: Final = frozenset("（【《「『〈〔“‘([{")
"""Punctuation that does not begin, or end, a line of Chinese (GB/T 15834-2011, 5.1)."""
_SPACES: Final = frozenset(" \u3000")

_IS_SPACE, _IS_WIDE, _IS_NEVER_FIRST, _IS_NEVER_LAST = 1, 2, 4, 8


class _Known(dict[str, int]):
    """Character → what counts of it for a break."""

    def __missing__(self, character: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[character] = known = _known(character)
        return known


def _known(character: str) -> int:
    code = ord(character)
    place = bisect_right(_WIDE, code)
    return (
        _IS_SPACE * (character in _SPACES)
        | _IS_WIDE * (place % 2 == 1 or code in _WIDE)
        | _IS_NEVER_FIRST * (character in _NEVER_FIRST)
        | _IS_NEVER_LAST * (character in _NEVER_LAST)
    )


_KNOWN: Final = _Known()


def may_break(text: str, place: int) -> bool:
    """Whether a line may end before the character at `place`, which is neither the first nor beyond the last."""
    before, after = _KNOWN[text[place - 1]], _KNOWN[text[place]]
    either = before | after
    if either & _IS_SPACE:
        return True
    if either & _IS_WIDE:
        return not (before & _IS_NEVER_LAST or after & _IS_NEVER_FIRST)
    return text[place - 1] == "⟩" and text[place] == "⟨"
