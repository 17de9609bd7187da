"""Many tips in one file, one JSON object a line: every line stands for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from console.errors import BadTip
from console.intake.encoding import decode, is_wide
from console.intake.envelope import Submission
from console.intake.formats.one import try_one
from console.intake.limits import long_line, many_lines
from console.words import gettext as _


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One line that is not blank: its number in the file from 1, its bytes without the line end, and what it holds."""

    number: int
    received: bytes
    content: Submission | BadTip


def read_many(received: bytes, most_line_bytes: int, most_lines: int) -> Iterator[Line]:
    """The lines one by one.

    Raises BadTip before the first: `too-many` beyond `most_lines`, blank ones included (they are some seconds' work in
    which nothing newer is taken), `empty` when there is none, `encoding` when a marked file does not hold.
    """
    if is_wide(received):
        received = decode(received)[0].encode(errors="surrogatepass")
    if received.count(b"\n") > most_lines:
        raise many_lines(most_lines)
    is_empty = True
    for number, line in enumerate(_lines(received), start=1):
        if line:
            is_empty = False
            yield Line(number, line, _content(line, most_line_bytes, number))
    if is_empty:
        raise BadTip("empty", _("There is nothing in it: send one JSON object a line."))


def too_long(most_line_bytes: int) -> BadTip:
    """The refusal of a line beyond the limit; the socket answers with it too."""
    return long_line(most_line_bytes)


def _content(line: bytes, most_line_bytes: int, number: int) -> Submission | BadTip:
    return too_long(most_line_bytes) if len(line) > most_line_bytes else try_one(line, number=number)


def _lines(received: bytes) -> Iterator[bytes]:
    """Cut at LF only: what else `splitlines` takes for an end may stand inside a text."""
    start = 0
    while start < len(received):
        end = received.find(b"\n", start)
        end = len(received) if end < 0 else end
        yield received[start:end].strip(b" \t\r")
        start = end + 1
