"""Phone and identity numbers in the words of a tip, hidden from those who have no reveal. The store masks what it hands
out; what it keeps and searches stays whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from console.model.phones import INVISIBLE, PHONE_DIGITS, phones_in

MASK = "•"
PHONE_KEEPS, IDENTITY_KEEPS = 4, 2
"""Last digits that stay: enough to tell two numbers of a tip apart, not to ring one up or to know a birthday."""

LONGEST = 25
"""Signs of the longest number with what stands between them."""

_IDENTITY = re.compile(
    r"[1-9](?<![0-9A-Za-z].)[0-9]{5}[ -]?(?:(?:18|19|20)[0-9]{2}[ -]?[01][0-9][0-3][0-9][ -]?[0-9]{3}[0-9Xx]"
    r"|[0-9]{2}[01][0-9][0-3][0-9][0-9]{3})(?![0-9A-Za-z])"
)
"""A resident's number of 18 signs, or the older one of 15: place, birthday, order (GB 11643)."""


_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,12}\d){6}")
"""Words without them hold no number, whatever stands between its digits unseen."""
_CUT_NUMBER = re.compile(r"\d\D{0,2}" * 3 + "$")


def masked(words: str) -> str:
    """The words with every digit of such a number but its last ones as `•`; words without one come back as they are."""
    if _SEVEN_DIGITS.search(words) is None:
        return words
    if words.isascii():
        if PHONE_DIGITS.search(words) is None:
            return words
        return _hidden(words, words, range(len(words)))
    plain, places = _plain(words)
    if PHONE_DIGITS.search(plain) is None:
        return words
    return _hidden(words, plain, places)


@lru_cache(1000)
def masked_head(head: str, cut_at: int) -> str:
    """The same for the beginning of a tip's words: when it is as long as `cut_at`, a number may go on behind it, and of
    that nothing stays. Lines are asked for again at each reading of the list: what was masked is remembered, words
    and place of the 450 lines that the largest screen holds."""
    if len(head) < cut_at or _CUT_NUMBER.search(head) is None:
        return masked(head)
    start = len(head)
    while start > 0 and not (head[start - 1].isalpha() or len(head) - start >= LONGEST):
        start -= 1
    return masked(head[:start]) + "".join(MASK if one.isdigit() else one for one in head[start:])


def numbers_in(words: str) -> list[str]:
    """The numbers that `masked` hides, as the words write them, each once: for a reveal."""
    plain, places = _plain(words)
    spans = ((places[start], places[end - 1] + 1) for start, end, _keeps in _numbers(plain))
    return list(dict.fromkeys(words[start:end] for start, end in spans))


def masked_phone(shown: str) -> str:
    """A phone number that was found already, in any writing."""
    places = [at for at, char in enumerate(shown) if char.isdigit()]
    return _with(shown, places[:-PHONE_KEEPS])


def _hidden(words: str, plain: str, places: Sequence[int]) -> str:
    hidden: list[int] = []
    for start, end, keeps in _numbers(plain):
        digits = [at for at in range(start, end) if plain[at] in "0123456789Xx"]
        hidden += [places[at] for at in digits[:-keeps]]
    return _with(words, hidden) if hidden else words


def _numbers(plain: str) -> Iterator[tuple[int, int, int]]:
    """From where to where, and how many digits stay."""
    for match in _IDENTITY.finditer(plain):
        yield match.start(), match.end(), IDENTITY_KEEPS
    for phone in phones_in(plain):
        yield phone.start, phone.end, PHONE_KEEPS


class _Plain(dict[int, int]):
    """By code point the one of its form NFKC, where that is a single one: `str.translate` then moves nothing."""

    def __missing__(self, code: int) -> int:
        made = unicodedata.normalize("NFKC", chr(code))
        self[code] = ord(made) if len(made) == 1 else code
        return self[code]


_PLAIN = _Plain()


def _plain(words: str) -> tuple[str, Sequence[int]]:
    """The words as `phones_in` reads them, each character with the place of the one it was made from: full-width digits
    become ASCII, invisible characters are left out."""
    plain = words.translate(_PLAIN)
    if INVISIBLE.search(plain) is None:
        return plain, range(len(words))
    places = [at for at, char in enumerate(plain) if not INVISIBLE.match(char)]
    return "".join([plain[at] for at in places]), places


def _with(words: str, hidden: list[int]) -> str:
    chars = list(words)
    for at in hidden:
        chars[at] = MASK
    return "".join(chars)
