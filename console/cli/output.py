"""What verbs print on stdout: JSON lines for scripts, words and tables for people. Every verb writes through here, and
so does every sentence of `exits.say`: nothing that a terminal would obey or hide leaves otherwise."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


def make_utf8() -> None:
    """UTF-8 whatever the locale says; a lone surrogate of a file name leaves as `\\udcxx`, which JSON reads back."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def line(words: str = "") -> None:
    """Words for people, whole, made displayable: paths and names in them may come from anywhere."""
    sys.stdout.write(f"{shown(words)}\n")


def shown(words: str) -> str:
    """What people may be shown of `words` (raw), whole, newlines kept. The screen's door is only loaded for what is not
    plain ASCII: most verbs get by without it."""
    if words.isascii() and words.replace("\n", "").isprintable():
        return words
    from console.ui.text import displayable

    return displayable(words, limit=len(words))


def json_line(record: Mapping[str, Any]) -> None:
    """One object on one line; times as RFC 3339 in UTC, enums as their words, every word exactly as it was written."""
    json_words(json.dumps(record, ensure_ascii=False, default=_plain, allow_nan=False))


def json_words(words: str) -> None:
    """JSON for scripts. Characters nobody would see, some of which a terminal obeys, are written as JSON's own escapes:
    read back, the words are the same."""
    if not words.isprintable() or _INKLESS.search(words):
        words = "".join(one if one == "\n" or _is_seen(one) else json.dumps(one)[1:-1] for one in words)
    sys.stdout.write(f"{words}\n")


_INKLESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Letters and marks, printable by their category, that leave no ink: fillers, joiners, variation selectors."""


def _is_seen(character: str) -> bool:
    return character.isprintable() and not _INKLESS.match(character)


def flush() -> None:
    """Push what is written, so that a closed pipe is noticed here and not at the interpreter's end."""
    sys.stdout.flush()


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return str(value)


def table(columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[str]], *, head: bool = True) -> None:
    """A head (unless it was printed before) and rows, each column as many cells wide as told (the last one at most);
    every word goes through the screen's door for words from outside."""
    from console.ui.text import fit, one_line

    *padded, (last_head, last_width) = columns
    heads = [[*(name for name, _ in padded), last_head]] if head else []
    for row in (*heads, *rows):
        cells = [fit(word, width) for word, (_, width) in zip(row, padded, strict=False)]
        line("  ".join([*cells, one_line(row[-1], last_width)]).rstrip())


def paragraph(*words: str) -> None:
    """Words from outside as they were written, made displayable and two spaces apart; empty ones are left out. Each is
    cut where the screen cuts it too, so that no endless one hides what comes after it."""
    from console.ui.text import displayable

    line("  ".join(displayable(one) for one in words if one))
