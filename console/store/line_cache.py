"""Lines of tips that were read a moment ago: a list that changed in one tip is not made anew in all of them. A store
keeps one; `tip_list` asks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from console.model.masking import masked_head
from console.model.officer import Officer
from console.model.tip import TipLine
from console.model.view import Key

HELD = 400
"""Lines that are read before the older ones go; a window of a high screen has some 400. Some 1.1 KB each."""


class LineCache:
    """By key, and good for as long as the tip's version stays; what one officer has read is not kept here.

    Kept are the last `HELD` lines and those before them, of which each that is asked for counts as read anew: what
    stands on the screen does not go. Several threads may ask at once."""

    def __init__(self) -> None:
        self._lines: dict[Key, TipLine] = {}
        self._older: dict[Key, TipLine] = {}

    def __len__(self) -> int:
        return len(self._lines.keys() | self._older.keys())

    def get(self, key: Key, version: int, *, unseen: bool) -> TipLine | None:
        line = self._lines.get(key)
        if line is None and (line := self._older.get(key)) is not None:
            self._lines[key] = line
        if line is None or line.version != version:
            return None
        return line if line.unseen == unseen else replace(line, unseen=unseen)

    def keep(self, lines: Iterable[TipLine]) -> None:
        if len(self._lines) > HELD:
            self._older, self._lines = self._lines, {}  # never emptied: another thread may be reading one
        for line in lines:
            self._lines[line.key] = line


def as_read_by(officer: Officer, lines: Iterable[TipLine], head: int) -> list[TipLine]:
    """The lines as the officer may read them; `head` is how many characters of a tip's words a line has at most."""
    return list(lines) if officer.sees_numbers else [_masked(line, head) for line in lines]


def _masked(line: TipLine, head: int) -> TipLine:
    words, place = masked_head(line.head, head), line.place and masked_head(line.place, 1 << 20)
    if words is line.head and place is line.place:
        return line
    return replace(line, head=words, place=place)
