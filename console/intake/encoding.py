"""From bytes as received to text: a byte order mark decides, else UTF-8, else GB18030 as a guess that is flagged."""

from __future__ import annotations

import codecs

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


def decode(content: bytes) -> tuple[str, bool]:
    """The text and whether its encoding was guessed. Raises BadTip `encoding` when nothing fits."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding), False
    try:
        return content.decode(), False
    except UnicodeDecodeError:
        return _strictly(content, "gb18030"), True


def is_wide(content: bytes) -> bool:
    """Whether a mark says UTF-16 or UTF-32, whose line ends are not one byte."""
    return any(content.startswith(mark) for mark, encoding in _MARKS if encoding != "utf-8")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise BadTip("encoding", _("Its letters cannot be read: save it as UTF-8 and send it again.")) from None
