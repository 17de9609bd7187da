"""JSON read strictly: what two readers could understand differently is refused. Every format reads by it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

from pydantic_core import from_json

from console.errors import BadTip
from console.words import gettext as _

MOST_DEPTH = 32
"""Levels of lists and objects inside each other; the native shape needs 3, the parser itself stops at 200."""
MOST_INTEGER = 2**53
"""Beyond it, readers that know only doubles see another number (RFC 8259, section 6)."""
MOST_VALUES = 1000
"""Keys and values in all; the native shape has at most 120. A MiB can hold 350,000, each a microsecond to look at."""
_MOST_COMMAS = 30_000
"""More than the longest text (20,000 characters) and all other fields hold: a MiB of values is not even parsed."""

_LINE = re.compile(r"at line (\d+) column (\d+)")
_NO_NUMBER = re.compile(r"NaN|Infinity")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")


def strict_json(text: str, first_line: int = 1) -> object:
    """The one value that `text` holds, which begins in that line of its file.

    Raises BadTip with code `empty`, `not-json`, `too-deep`, `duplicate-key`, `not-finite`, `nul`,
    `surrogate` or `too-many`.
    """
    if not text.strip():
        raise BadTip("empty", _("There is nothing in it: send one JSON object with text and room or station."))
    if text.count(",") > _MOST_COMMAS:
        raise _too_many()
    try:
        content = text.encode()
        from_json(content, allow_inf_nan=False)
        value = json.loads(text, object_pairs_hook=_without_duplicates)
    except UnicodeEncodeError:
        raise _surrogate("") from None
    except ValueError as error:
        raise _no_number() if _holds_nan(text) else _not_json(str(error), first_line) from None
    _check_parts(value)
    return value


def plain_name(name: object) -> str:
    """A key as it may stand in a message: a sender's key that is no plain word could itself be somebody's words."""
    return name if isinstance(name, str) and _PLAIN_NAME.fullmatch(name) else "?"


def path_of(parts: tuple[object, ...]) -> str:
    """('attachments', 1, 'name') as `attachments[1].name`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{plain_name(part)}" if path else plain_name(part)
    return path


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        field = plain_name(twice)
        raise BadTip("duplicate-key", _("The key {key} stands there twice: keep one.").format(key=field), field)
    return made


def _not_json(words: str, first_line: int) -> BadTip:
    if "recursion" in words:
        return _too_deep()
    if "number out of range" in words or "integer string conversion" in words:
        return _no_number()
    if "hex escape" in words or "surrogate" in words:
        return _surrogate("")
    place = _LINE.search(words)
    if place is None:
        return BadTip("not-json", _("It is not JSON: send one JSON object as `taskroom schema` describes it."))
    return BadTip(
        "not-json",
        _("It is not JSON (line {line}, column {column}): mend it there, or send it again whole.").format(
            line=int(place[1]) + first_line - 1, column=place[2]
        ),
    )


def _holds_nan(text: str) -> bool:
    """Whether NaN or Infinity, which Python writes and JSON does not know, is all that is wrong."""
    try:
        from_json(text.encode(), allow_inf_nan=True)
    except ValueError:
        return False
    return _NO_NUMBER.search(text) is not None


def _no_number() -> BadTip:
    return BadTip("not-json", _("A number in it is not allowed: send a finite number below 2^53, or a text."))


def _check_parts(value: object) -> None:
    for number, (path, part) in enumerate(_parts(value)):
        if number == MOST_VALUES:
            raise _too_many()
        if isinstance(part, str):
            _check_string(part, path)
        elif isinstance(part, float) and not math.isfinite(part):
            raise BadTip("not-finite", _("A number is too large to be one: send a finite number."), path_of(path))
        elif isinstance(part, int) and abs(part) > MOST_INTEGER:
            raise BadTip("not-finite", _("A whole number is beyond 2^53: send it as a text."), path_of(path))


def _parts(value: object) -> Iterator[tuple[tuple[object, ...], object]]:
    """Every key and every value with its path."""
    waiting: list[tuple[tuple[object, ...], object]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        if len(path) > MOST_DEPTH:
            raise _too_deep()
        yield path, part
        if isinstance(part, dict | list) and len(part) > MOST_VALUES:
            raise _too_many()
        if isinstance(part, dict):
            yield from (((*path, key), key) for key in part)
            waiting.extend(((*path, key), inner) for key, inner in part.items())
        elif isinstance(part, list):
            waiting.extend(((*path, number), inner) for number, inner in enumerate(part))


def _check_string(text: str, path: tuple[object, ...]) -> None:
    if "\0" in text:
        raise BadTip("nul", _("A text holds the character NUL: take it out."), path_of(path))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _surrogate(path_of(path)) from None


def _surrogate(field: str) -> BadTip:
    return BadTip("surrogate", _("A text holds half a character (a lone surrogate): send whole characters."), field)


def _too_deep() -> BadTip:
    return BadTip("too-deep", _("Lists and objects are nested too deep: the native shape needs three levels."))


def _too_many() -> BadTip:
    return BadTip("too-many", _("It holds too many values: send one tip, as `taskroom schema` describes it."))
