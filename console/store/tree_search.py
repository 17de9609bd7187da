"""Looks for words in the tree: districts, stations, officers and rooms by name and code, members by pseudonym and by
nothing else of them (guard rail 2). `desk.find_branches` calls it.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    any_,
    collate,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from console.model.fold import settle
from console.model.officer import Officer
from console.model.room import MemberState
from console.model.station import UNROUTED_STATION_ID
from console.model.view import Branch, BranchKind, Found
from console.store import tables as t
from console.store.places import branch_of

MOST_FOUND: Final = 200
"""Hits that are told of; who has more types another letter."""

LONGEST_NUMBER: Final = 9
"""Digits a room's number can have."""

Key = tuple[int, ...]
Columns = tuple[ColumnElement[Any], ...]
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the tree: its rows, the columns that are searched, and what leads to the row above.

    `key` and `above` are columns: `above` here equals `key` one level up. `order` is the tree's among siblings, `only`
    what else is asked of a hit.
    """

    kind: BranchKind
    rows: Select[Any]
    named: Columns
    key: Columns
    above: Columns
    order: Columns
    station_id: ColumnElement[Any]
    only: tuple[ColumnElement[bool], ...] = ()

    def select(self) -> Select[Any]:
        """The rows with `order`, `above` and `key` as their last columns, in this order."""
        last = (*self.order, *self.above, *self.key)
        return self.rows.add_columns(*(column.label(f"_{n}") for n, column in enumerate(last)))

    def key_of(self, row: Row[Any]) -> Key:
        return tuple(row[-len(self.key) :])

    def above_of(self, row: Row[Any]) -> Key:
        end = len(row) - len(self.key)
        return tuple(row[end - len(self.above) : end])

    def order_of(self, row: Row[Any]) -> tuple[Any, ...]:
        end = len(row) - len(self.key) - len(self.above)
        return tuple(row[end - len(self.order) : end])


_D, _S, _O, _R, _M = t.district.c, t.station.c, t.officer.c, t.room.c, t.member.c

LEVELS: Final = (
    Level(
        BranchKind.DISTRICT,
        select(t.district, func.count(_S.id).label("count")).join(t.station, _S.district_id == _D.id).group_by(*_D),
        (_D.code, _D.name),
        (_D.id,),
        (),
        (_D.id == UNROUTED_STATION_ID, _D.code),
        _S.id,
    ),
    Level(BranchKind.STATION, select(t.station), (_S.code, _S.name), (_S.id,), (_S.district_id,), (_S.code,), _S.id),
    Level(
        BranchKind.OFFICER,
        select(t.officer),
        (_O.code, _O.name),
        (_O.station_id, _O.id),
        (_O.station_id,),
        (_O.code,),
        _O.station_id,
    ),
    Level(
        BranchKind.ROOM,
        select(t.room),
        (_R.code, _R.name),
        (_R.station_id, _R.id),
        (_R.station_id, _R.officer_id),
        (_R.number,),
        _R.station_id,
    ),
    Level(
        BranchKind.MEMBER,
        select(t.member),
        (_M.pseudonym,),
        (_M.station_id, _M.id),
        (_M.station_id, _M.room_id),
        (_M.id,),
        _M.station_id,
        (_M.state == MemberState.ACTIVE,),
    ),
)
"""From the top down."""


@dataclass(slots=True)
class Rows:
    """What was read of one level: rows by key, and which of them are hits."""

    level: Level
    by_key: dict[Key, Row[Any]] = field(default_factory=dict)
    hits: list[Key] = field(default_factory=list)


class TreeSearch:
    """One search, limited to the stations granted to `officer`."""

    def __init__(self, conn: Connection, officer: Officer) -> None:
        self._conn = conn
        self._stations = sorted(officer.looked_up_of(officer.stations))

    def find(self, text: str, most: int = MOST_FOUND) -> Found:
        """At most `most` hits, whole levels from the top down: words anywhere in a name or code, upper and lower
        case of a to z alike, on both engines. Nothing is found by no words."""
        words = plain(text)
        if not words:
            return Found()
        levels = [Rows(level) for level in LEVELS]
        left, is_capped = most, False
        for rows in levels:
            found = self._conn.execute(self._matching(rows.level, words).limit(left + 1)).all()
            is_capped = len(found) > left
            self._take(rows, found[:left], hits=True)
            left -= len(rows.hits)
            if is_capped:
                break
        for upper, lower in reversed(list(pairwise(levels))):
            self._read_above(upper, lower)
        return Found(self._paths(levels), is_capped)

    def _take(self, rows: Rows, found: Any, *, hits: bool = False) -> None:
        for row in found:
            key = rows.level.key_of(row)
            rows.by_key[key] = row
            if hits:
                rows.hits.append(key)

    def _matching(self, level: Level, words: str) -> Select[Any]:
        """The words' condition stands first: it lets few rows through. With the state before it, the look at 270,000
        members took twice as long."""
        named = [self._holds(column, one) for one in _spellings(words) for column in level.named]
        if level.kind is BranchKind.ROOM and words.isascii() and words.isdigit() and len(words) <= LONGEST_NUMBER:
            named.append(_R.number == int(words))
        return level.select().where(or_(*named), self._granted(level.station_id), *level.only)

    def _granted(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """PostgreSQL takes the stations as one value: 264 of them one by one cost 2 ms a query."""
        if self._conn.dialect.name == "sqlite":
            return column.in_(self._stations)
        from sqlalchemy.dialects.postgresql import ARRAY

        return column == any_(literal(self._stations, ARRAY(Integer)))

    def _holds(self, column: ColumnElement[Any], words: str) -> ColumnElement[bool]:
        """SQLite's LIKE takes a to z for A to Z by itself. PostgreSQL is told to look at these letters only: with the
        database's own rules of case the look at 270,000 pseudonyms took three times as long."""
        if self._conn.dialect.name != "sqlite" and any(one in string.ascii_letters for one in words):
            return func.lower(collate(column, "C")).contains(words.translate(_LOWER), autoescape=True)
        return column.contains(words, autoescape=True)

    def _read_above(self, upper: Rows, lower: Rows) -> None:
        """Read the parents of all rows of the lower level."""
        level = upper.level
        keys = sorted({lower.level.above_of(row) for row in lower.by_key.values()} - upper.by_key.keys())
        if keys:
            columns = level.key[0] if len(level.key) == 1 else tuple_(*level.key)
            wanted = columns.in_([key[0] for key in keys] if len(level.key) == 1 else keys)
            self._take(upper, self._conn.execute(level.select().where(wanted, self._granted(level.station_id))))

    def _paths(self, levels: list[Rows]) -> tuple[tuple[Branch, ...], ...]:
        paths = []
        for depth, rows in enumerate(levels):
            for key in rows.hits:
                steps = list(_way_up(levels, depth, key))[::-1]
                if len(steps) == depth + 1:
                    order = [rows.level.order_of(row) for rows, row in zip(levels, steps, strict=False)]
                    branches = (branch_of(rows.level.kind, row) for rows, row in zip(levels, steps, strict=False))
                    paths.append((order, tuple(branches)))
        return tuple(path for _order, path in sorted(paths, key=lambda one: one[0]))


def _way_up(levels: list[Rows], depth: int, key: Key) -> Iterator[Row[Any]]:
    """The row and those above it; it ends early when one of them is not in the tree."""
    for rows in levels[depth::-1]:
        row = rows.by_key.get(key)
        if row is None:
            return
        yield row
        key = rows.level.above_of(row)


def plain(text: str) -> str:
    """What is looked for: single spaces, nothing that cannot be seen."""
    return "".join(one for one in " ".join(text.split()) if one.isprintable())


def _spellings(words: str) -> list[str]:
    """As typed, and with full-width letters as a Chinese input method sends them made ASCII."""
    return list(dict.fromkeys((words, settle(words))))
