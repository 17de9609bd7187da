"""Phone numbers in the words of a tip and where they stand: `observable` links tips by them, `masking` hides them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property


class LatePattern:
    """A pattern compiled at its first use: all of them take 23 ms, for which no console should wait at its start."""

    def __init__(self, source: str) -> None:
        self._source = source

    @cached_property
    def finditer(self) -> Callable[[str], Iterator[re.Match[str]]]:
        return re.compile(self._source).finditer

    @cached_property
    def search(self) -> Callable[[str], re.Match[str] | None]:
        return re.compile(self._source).search


INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
PHONE_DIGITS = LatePattern(r"[0-9](?:[ ().\-‐-―−]{0,2}[0-9]){6}")
"""Without seven digits near each other there is no phone number."""
GAP = r"[ .\-·•・‐-―−]"
"""What people put between the groups of a plate or a phone number, after NFKC."""

# Patterns begin with a set of characters and look behind from there: `re` then skips fast to the next candidate.

_MOBILE = LatePattern(
    rf"1(?:(?<![0-9A-Za-z_].)(?<![0-9][.\-].)|(?<=86.)|(?<=86[ \-)].))"
    rf"(?:[3-9][0-9]{GAP}?[0-9]{{4}}{GAP}?[0-9]{{4}}|[3-9][0-9]{{2}}{GAP}?[0-9]{{3}}{GAP}?[0-9]{{4}})(?![0-9Xx])"
)
_CHINA = LatePattern(r"(?<![0-9A-Za-z_])\(?(?:\+|00)?86\)?[ \-]?$")
_NUMBER_OF_A_PLACE = (
    rf"(10|2[0-9]|[3-9][0-9]{{2}})\)?{GAP}?([1-9][0-9]{{2,3}}{GAP}?[0-9]{{4}})(?![0-9])"
    r"(?: ?(?:转|分机|(?i:ext\.?|x)|#|-) ?[0-9]{1,5}(?![0-9]))?"
)
_LANDLINE = LatePattern(rf"0(?<![0-9A-Za-z_].)(?<![0-9][.\-].){_NUMBER_OF_A_PLACE}")
_LANDLINE_FROM_ABROAD = LatePattern(rf"(?:\+|00)86\)?{GAP}?\(?0?{_NUMBER_OF_A_PLACE}")
_ABROAD = LatePattern(
    r"[+0](?<![0-9A-Za-z_+].)(?:(?<=\+)|0(?=[1-9][0-9]{0,2}[ \-]))(?!86)([1-9][0-9 .()\-]{6,24})(?![0-9])"
)
_LOCAL = LatePattern(r"[2-9](?<![0-9A-Za-z+\-].)[0-9]{3}[ \-]?[0-9]{4}(?![ \-]?[0-9])")
_LOCAL_CUE = LatePattern(r"(?:电话|座机|手机|致电|拨打|(?<![A-Za-z])(?i:tel|phone|call))[^0-9A-Za-z+\n]{0,4}$")
"""Eight digits are a phone number only where somebody says so."""

_NOT_A_PHONE = LatePattern(
    r"(?:单号?|编号|流水号|账号|卡号|证号?|(?i:order|tracking|invoice|parcel))[^0-9A-Za-z]{0,3}(?:(?i:no)[.: ]{0,2})?$"
)
_CUE_WINDOW = 16


@dataclass(frozen=True, slots=True)
class Phone:
    """One number: `norm_value` as observables have it, `shown` as the words write it, and from where to where it
    stands in them."""

    norm_value: str
    shown: str
    start: int
    end: int


def phones_in(words: str) -> Iterator[Phone]:
    """The numbers in words of Unicode form NFKC without invisible characters, those of China first; one may be found
    twice."""
    yield from _mobiles(words)
    yield from _landlines(words)
    yield from _elsewhere(words)


def digits_of(text: str) -> str:
    return "".join([char for char in text if char in "0123456789"])


def _before(words: str, start: int) -> str:
    return words[max(0, start - _CUE_WINDOW) : start]


def _mobiles(words: str) -> Iterator[Phone]:
    for match in _MOBILE.finditer(words):
        before = _before(words, match.start())
        country = _CHINA.search(before)
        if country is None and before.endswith("86"):
            continue
        if not _NOT_A_PHONE.search(before):
            shown = (country[0] if country else "") + match[0]
            yield Phone("+86" + digits_of(match[0]), shown, match.end() - len(shown), match.end())


def _landlines(words: str) -> Iterator[Phone]:
    for pattern in (_LANDLINE, _LANDLINE_FROM_ABROAD):
        for match in pattern.finditer(words):
            if not _NOT_A_PHONE.search(_before(words, match.start())):
                opened = "(" if ")" in match[0] and "(" not in match[0] else ""
                norm_value = "+86" + match[1] + digits_of(match[2])
                yield Phone(norm_value, opened + match[0], match.start(), match.end())


def _elsewhere(words: str) -> Iterator[Phone]:
    for match in _ABROAD.finditer(words):
        digits = digits_of(match[1].replace("(0)", ""))
        if 8 <= len(digits) <= 15:
            shown = match[0].rstrip(" .(-")
            yield Phone("+" + digits, shown, match.start(), match.start() + len(shown))
    for match in _LOCAL.finditer(words):
        if _LOCAL_CUE.search(_before(words, match.start())):
            yield Phone(digits_of(match[0]), match[0], match.start(), match.end())
