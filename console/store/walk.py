"""PostgreSQL's word index walked in feed order, slice of time by slice: a frequent word costs what is looked at, a rare
one a few looks at the index and its hits. `tip_list` calls it.

A GIN index gives all its hits before the first one is seen, in no order. Revision 0008 put before the words the first
20 bits of each tip's UUIDv7 (3.1 days): asked for a few slices, the index passes over what is not in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Integer, Select, Text, Uuid, any_, bindparam, func, select, true
from sqlalchemy import literal_column as words
from sqlalchemy.dialects.postgresql import ARRAY

from console.model.view import Key
from console.store import tables as t
from console.store.plain_list import PlainList
from console.store.scans import Bound, Conditions, Scope, beside

AT_ONCE: Final = 50_000
"""In a scope of so few tips all hits are fetched together: a walk's looks would take longer."""

FIRST_SLICES: Final = 4
GROWTH: Final = 16
MOST_SLICES: Final = 256
"""A walk begins with so many slices; a step is at most so many times as long as the one before, and so long. Of what
would take a longer one, all is fetched together: there are fewer hits than slices."""

_SPARE: Final = 1.25
"""A step asks for so much more than what the steps before let expect."""

_ID_BITS: Final = 128
_SLICE_BITS: Final = 20
_REST_BITS: Final = _ID_BITS - _SLICE_BITS
_LAST: Final = (1 << _ID_BITS) - 1
_SLICE: Final[ColumnElement[Any]] = words(f"ARRAY[left(tip.id::text, {_SLICE_BITS // 4})]", ARRAY(Text))
"""As the index has it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The hits of one search: tips of the scope that meet all conditions; one of these asks the index."""

    conn: Connection
    scope: Scope
    conditions: Conditions
    at_once: bool
    """Whether it is not worth walking."""

    def keys(
        self, bound: Bound, most: int, at: UUID | None, *, newest_first: bool, also: Conditions = ()
    ) -> dict[Key, int]:
        """Up to `most` keys beside `at` in feed order or against it, each with its station."""
        steps = _Steps(most, _edge(bound, at, newest_first=newest_first), newest_first=newest_first)
        held: dict[str, Any] = {**self._held, "reach": most}
        if self.at_once:
            return self._hits(self._statement(newest_first, also), {**held, "at": steps.edge})
        sliced, nearest = self._statement(newest_first, (*also, _in_slices())), _nearest(newest_first)
        while len(steps.hits) < most:
            if steps.may_be_at_a_gap:
                first = self.conn.scalar(nearest, {**held, "at": steps.edge})
                if first is None:
                    break
                steps.begin_at(first)
            here = {**held, "at": steps.edge}
            if steps.is_last:
                steps.hits |= self._hits(self._statement(newest_first, also), here)
                break
            steps.take(self._hits(sliced, {**here, "slices": steps.slices()}))
        return dict(list(steps.hits.items())[:most])

    def count(self, bound: Bound, at: UUID) -> int:
        """How many there are beside `at`, however many."""
        every = (
            select(func.count())
            .select_from(t.tip)
            .where(*self._where, *(one.is_(True) for one in beside(t.tip.c.id, bound)))
        )
        return self.conn.scalar(every, {**self._held, "at": at}) or 0

    @property
    def _held(self) -> dict[str, Any]:
        return {"stations": list(self.scope.stations), "statuses": [one.value for one in self.scope.statuses]}

    @property
    def _where(self) -> Conditions:
        """Stations and statuses are an array each, which is read sooner than hundreds of parameters. IS TRUE keeps the
        server from fetching all tips of the stations by their key beside those that the words are in: a plan for any
        stations takes them for few (5 million tips: 700 ms instead of 7)."""
        stations: Any = bindparam("stations", type_=PlainList(Integer))
        statuses: Any = bindparam("statuses", type_=PlainList(Text))
        return (
            (t.tip.c.station_id == any_(stations)).is_(True),
            (t.tip.c.status == any_(statuses)).is_(True),
            *self.conditions,
        )

    def _statement(self, newest_first: bool, also: Conditions) -> Select[Any]:
        key = t.tip.c.id
        return (
            select(*self.scope.picked)
            .where(*self._where, *also, _beyond(newest_first).is_(True))
            .order_by(key.desc() if newest_first else key.asc())
            .limit(bindparam("reach"))
        )

    def _hits(self, statement: Select[Any], values: dict[str, Any]) -> dict[Key, int]:
        return {row[0]: row[1] for row in self.conn.execute(statement, values)}


@lru_cache(2)
def _nearest(newest_first: bool) -> Select[Any]:
    """The first tip of any of the stations beyond `at`, one look-up a station: whatever is empty is passed over."""
    key = t.tip.c.id
    mine = func.unnest(bindparam("stations", type_=PlainList(Integer))).table_valued("id").render_derived()
    order = key.desc() if newest_first else key.asc()
    next_one = select(key).where(t.tip.c.station_id == mine.c.id, _beyond(newest_first)).order_by(order).limit(1)
    each = next_one.lateral()
    ids = each.c.id
    return select(ids).select_from(mine.join(each, true())).order_by(ids.desc() if newest_first else ids).limit(1)


def _in_slices() -> ColumnElement[bool]:
    return _SLICE.bool_op("&&")(bindparam("slices", type_=PlainList(Text)))


def _beyond(newest_first: bool) -> ColumnElement[bool]:
    """Behind the parameter `at`, in the direction of the walk."""
    at: Any = bindparam("at", type_=Uuid)
    beyond: ColumnElement[bool] = t.tip.c.id < at if newest_first else t.tip.c.id > at
    return beyond


def _edge(bound: Bound, at: UUID | None, *, newest_first: bool) -> UUID:
    """Where a walk begins: beyond it is all that is asked for."""
    if at is None or bound is Bound.NONE:
        return UUID(int=_LAST if newest_first else 0)
    return UUID(int=at.int + 1) if bound is Bound.FROM else at


class _Steps:
    """How far a walk has come, and how long its next step is."""

    def __init__(self, wanted: int, edge: UUID, *, newest_first: bool) -> None:
        self.edge = edge
        """Beyond it is what was not yet looked at."""
        self.hits: dict[Key, int] = {}
        self.may_be_at_a_gap = True
        """Whether the next tip may be far off: a look for it is worth its time (2 ms over 264 stations)."""
        self.is_last = False
        self._wanted = wanted
        self._newest_first = newest_first
        self._length = FIRST_SLICES
        self._walked = 0
        self._next = 0

    def begin_at(self, first: UUID) -> None:
        """The next tip there is. A step that would be too long is the last one, unless it begins behind a gap."""
        start, gap = first.int >> _REST_BITS, self._walked and abs((first.int >> _REST_BITS) - self._next)
        self.is_last = self._length > MOST_SLICES and gap < MOST_SLICES
        self._length, self._next = min(self._length, MOST_SLICES), start

    def slices(self) -> list[str]:
        """The next step's slices in the index's words; the edge stays where it is until they are taken."""
        found = range(self._next - self._length + 1, self._next + 1)
        if not self._newest_first:
            found = range(self._next, self._next + self._length)
        return [f"{one:05x}" for one in found if 0 <= one < 1 << _SLICE_BITS]

    def take(self, hits: dict[Key, int]) -> None:
        """What the step found; the next one is as long as that lets expect."""
        self.hits |= hits
        self._walked += self._length
        self._next += -self._length if self._newest_first else self._length
        edge = (self._next + 1 << _REST_BITS) if self._newest_first else (self._next << _REST_BITS) - 1
        self.edge = UUID(int=min(max(edge, 0), _LAST))
        longest = self._length * GROWTH
        missing = (self._wanted - len(self.hits)) * self._walked / len(self.hits) if self.hits else longest
        self._length = max(1, min(ceil(missing * _SPARE), longest))
        self.may_be_at_a_gap = self._length > MOST_SLICES or (bool(self.hits) and not hits)
