"""Keyset scans of the feed: which tips a list is confined to before its filters, and the statements that walk it in
feed order. `tip_list` runs them.

Statements of unfiltered lists are built once and kept: a screen asks the same ones all day.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal, select
from sqlalchemy import union_all as union
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from console.model.tip import OPEN_STATUSES, Status
from console.store import tables as t
from console.store.rows import order_key

SCANS = 60
"""Up to this many (station, status) pairs get a keyset scan each; beyond, they are met in one scan of all stations."""

KEPT = 64
"""Statements of each kind that are kept."""


class Bound(StrEnum):
    """Where a scan begins: beside the line `at` or at either end of the list."""

    NONE = "none"
    ABOVE = "above"
    BELOW = "below"
    FROM = "from"
    """`at` itself and what is below."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Tips of these stations in these statuses, on this engine."""

    dialect: str
    stations: tuple[int, ...]
    statuses: tuple[Status, ...]

    @property
    def key(self) -> ColumnElement[Any]:
        """What orders the feed."""
        return order_key(self.dialect)

    @property
    def picked(self) -> tuple[ColumnElement[Any], ...]:
        """What a scan gives: the key, and where it does not find a tip by itself, the station in front of it."""
        key = self.key.label("key")
        return (key,) if self.dialect == "sqlite" else (key, t.tip.c.station_id)

    @property
    def is_open(self) -> bool:
        return all(status in OPEN_STATUSES for status in self.statuses)

    @property
    def is_empty(self) -> bool:
        """Whether no tip can be in the list: of its stations none is granted (any more), or no status is asked for."""
        return not (self.stations and self.statuses)

    def arms(self) -> list[ColumnElement[bool]]:
        """What each scan is confined to; every one of them meets its tips in feed order."""
        station, status = t.tip.c.station_id, t.tip.c.status
        if len(self.stations) * len(self.statuses) <= SCANS:
            return [and_(station == s, status == one) for s in self.stations for one in self.statuses]
        if self.is_open:  # few of a long history, and indexed by status: a literal, as the index is a partial one
            mine = self._unindexed(station).in_(self.stations)
            return [and_(status == literal(one.value, literal_execute=True), mine) for one in self.statuses]
        return [and_(self._unindexed(station).in_(self.stations), self._unindexed(status).in_(self.statuses))]

    def holds(self) -> list[ColumnElement[bool]]:
        """The same as conditions on a tip that is found by its key."""
        return [t.tip.c.station_id.in_(self.stations), t.tip.c.status.in_(self.statuses)]

    def _unindexed(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The column, so that SQLite does not prefer an index on it and then sort."""
        return (
            column if self.dialect != "sqlite" else UnaryExpression(column, operator=custom_op("+"), type_=column.type)
        )


Conditions = tuple[ColumnElement[bool], ...]


def beside(key: ColumnElement[Any], bound: Bound) -> Conditions:
    """The condition of a bound, with the line's key as the parameter `at`."""
    at: Any = bindparam("at", type_=key.type)
    match bound:
        case Bound.ABOVE:
            return (key > at,)
        case Bound.BELOW:
            return (key < at,)
        case Bound.FROM:
            return (key <= at,)
        case _:
            return ()


def keys_statement(scope: Scope, bound: Bound, *, newest_first: bool, also: Conditions = ()) -> Select[Any]:
    """Keys (`Scope.picked`) in feed order or against it; parameters `at`, `most`, `skip`, and `reach`, which is both
    together."""
    order = scope.key.desc() if newest_first else scope.key.asc()
    arms = [
        select(*scope.picked).where(arm, *also, *beside(scope.key, bound)).order_by(order).limit(bindparam("reach"))
        for arm in scope.arms()
    ]
    if len(arms) == 1:
        return arms[0].limit(bindparam("most")).offset(bindparam("skip"))
    merged = union(*(select(arm.subquery()) for arm in arms)).subquery()
    last = merged.c.key.desc() if newest_first else merged.c.key.asc()
    return select(*merged.c).order_by(last).limit(bindparam("most")).offset(bindparam("skip"))


def count_statement(scope: Scope, bound: Bound, also: Conditions = ()) -> Select[Any]:
    """How many, counted no further than the parameter `most`."""
    if scope.is_empty:
        return select(literal(0))
    most: Any = bindparam("most")
    arms = [
        select(literal(1).label("one")).select_from(t.tip).where(arm, *also, *beside(scope.key, bound)).limit(most)
        for arm in scope.arms()
    ]
    merged = union(*(select(arm.subquery()) for arm in arms)).subquery() if len(arms) > 1 else arms[0].subquery()
    return select(func.count()).select_from(select(merged.c.one).limit(most).subquery())


plain_keys = lru_cache(KEPT)(keys_statement)
plain_count = lru_cache(KEPT)(count_statement)


@dataclass(frozen=True, slots=True)
class Match:
    """What SQLite's word index is asked, and the `n` below which no tip is wanted."""

    words: str
    oldest: int = 0


@lru_cache(1)
def oldest_open() -> Select[Any]:
    """SQLite: the least `n` of the open tips of all stations."""
    n, status = t.tip.c.n, t.tip.c.status
    ends = (
        select(func.min(n).label("n")).where(status == literal(one.value, literal_execute=True)).subquery()
        for one in OPEN_STATUSES
    )
    least = union(*(select(end.c.n) for end in ends)).subquery()
    return select(func.min(least.c.n))


def found_statement(
    match: Match, scope: Scope, bound: Bound, *, newest_first: bool, also: Conditions = ()
) -> Select[Any]:
    """SQLite: keys of the tips whose words match, walked in the order of the word index, so that it stops as soon as
    there are enough; parameters as in `keys_statement`."""
    found: ColumnElement[int] = t.tip_words.c.rowid
    tip = exists(literal(1)).where(t.tip.c.n == found, *scope.holds(), *also)
    return (
        select(found.label("key"))
        .where(t.tip_words.c.tip_words.op("MATCH")(match.words), found >= match.oldest, tip, *beside(found, bound))
        .order_by(found.desc() if newest_first else found.asc())
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )
