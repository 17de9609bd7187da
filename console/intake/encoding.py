"""From bytes as received to text: a byte order mark decides, else UTF-8, else GB18030 as a guess that is flagged.

Every format reads through here.
"""

from __future__ import annotations

import codecs
from functools import cache

from console.errors import BadTip
from console.words import gettext as _

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32's little-endian mark begins with UTF-16's, so it is looked for first."""
_PLAUSIBLE_SHARE = 0.6
"""Of what is not ASCII, how much must be common. Almost any bytes are GB18030: damaged UTF-8, Big5 and noise read so
have at most 0.57, sentences in GB18030 at least 0.86 (those of fixtures/city from eight characters on); two of three
pass."""


def decode(content: bytes) -> tuple[str, bool]:
    """The text and whether its encoding was guessed. Raises BadTip `encoding` when nothing fits."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding), False
    try:
        return content.decode(), False
    except UnicodeDecodeError:
        text = _strictly(content, "gb18030")
    if not _is_plausible(text):
        raise _unreadable()
    return text, True


def is_wide(content: bytes) -> bool:
    """Whether a mark says UTF-16 or UTF-32, whose line ends are not one byte."""
    return any(content.startswith(mark) for mark, encoding in _MARKS if encoding != "utf-8")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise _unreadable() from None


def _is_plausible(text: str) -> bool:
    """Whether somebody may have meant these hanzi."""
    foreign = [character for character in text if not character.isascii()]
    usual = _usual_characters()
    return sum(character in usual for character in foreign) >= _PLAUSIBLE_SHARE * len(foreign)


@cache
def _usual_characters() -> frozenset[str]:
    """GB/T 2312's signs and full-width letters (rows 1 to 3) and its first level: the 3,755 hanzi in common use."""
    rows = (*range(0xA1, 0xA4), *range(0xB0, 0xD8))
    pairs = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    return frozenset("".join(pair.decode("gb2312", errors="ignore") for pair in pairs))


def _unreadable() -> BadTip:
    return BadTip("encoding", _("Its letters cannot be read: save it as UTF-8 and send it again."))
