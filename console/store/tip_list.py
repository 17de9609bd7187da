"""The list of tips that a view describes, read by keyset windows: never more than what the eye can see, whatever the
store holds.

Feed order is newest first by `order_key`; several statuses or stations are one keyset scan each, joined by UNION ALL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Select,
    Uuid,
    bindparam,
    func,
    literal,
    select,
)

from console.model.officer import Officer
from console.model.query import Query
from console.model.tip import (
    OPEN_STATUSES,
    OVERSIGHT_STATION_ID,
    Category,
    Status,
    TipLine,
    Urgency,
    rings,
)
from console.model.view import Key, View, Window
from console.store import tables as t
from console.store.counters import tips_in
from console.store.filters import filters_of, unseen
from console.store.line_cache import LineCache, as_read_by
from console.store.named import is_named, not_named
from console.store.rows import hidden_after, order_key
from console.store.scans import (
    Bound,
    Conditions,
    Match,
    Scope,
    count_statement,
    found_statement,
    keys_statement,
    oldest_open,
    plain_count,
    plain_keys,
)
from console.store.search import about, grams_found, is_desk, match_of, phrases_of, words_held

if TYPE_CHECKING:
    from console.store.walk import Walk

COUNTED_TO = 500
"""Filtered lists are counted up to here and then shown as '500+' (goals.md P8)."""

NEAR = 1_000
"""So near to either end of an unfiltered list a line's number is counted; farther off it follows the line."""

FAR = 50_000_000

SKIPPED_TO = 20_000
"""A jump passes over so many lines one by one; a farther one lands by the keys."""

LOOKED_THROUGH = 2_000
"""A scope of so few tips is searched tip by tip (some 4 µs each) and not through the index of all words."""

HEAD = 240
"""Characters of the words that a line carries."""


class TipList:
    """One view as one officer sees it at `now`; stations out of grant are left out of the view."""

    def __init__(
        self, conn: Connection, officer: Officer, view: View, now: datetime, cache: LineCache | None = None
    ) -> None:
        self.conn = conn
        self._cache = LineCache() if cache is None else cache
        self.officer = officer
        self._now = now
        wanted = view.query.statuses or (frozenset(Status) if view.ended_too else frozenset(OPEN_STATUSES))
        self.scope = Scope(
            conn.dialect.name,
            tuple(officer.seen_of(view.stations)),
            tuple(status for status in Status if status in wanted),
        )
        self.key = self.scope.key
        self._station_of: dict[Key, int] = {}
        """PostgreSQL: of every key that was read, as its tips are found by both together."""
        self._match: Match | None = None
        self._walk: Walk | None = None
        self._filters = self._filters_of(view.query, now)

    @property
    def is_filtered(self) -> bool:
        return bool(self._filters) or self._match is not None

    def window(self, at: Key | None, newer: int, older: int, stood: tuple[int, int] | None = None) -> Window:
        """Up to `newer` lines above `at` and `older` from it on down (itself included); from the newest when `at` is
        None. `stood` is the number that line had and the list's total then: far from both ends of a long list it
        stands for counting."""
        if self.is_filtered:
            return self._found_window(at, newer, older)
        if at is None:
            return self._window(0, self.keys(Bound.NONE, older))
        above = self.keys(Bound.ABOVE, newer, at, newest_first=False)[::-1] if newer else []
        keys = above + self.keys(Bound.FROM, older, at)
        return self._window(max(0, self._number(at, stood) - len(above)), keys)

    def window_at(self, offset: int, limit: int) -> Window:
        """`limit` lines from number `offset`; an offset past the end gives the last ones, of a filtered list the last
        that are counted.

        In the midst of a very long list the number is as exact as the keys are even.
        """
        if self.is_filtered:
            head = self._head
            if offset + limit > len(head) > COUNTED_TO and (keys := self.keys(skip=offset, most=limit)):
                return self._window(offset, keys)
            start = max(min(offset, len(head) - limit), 0)
            return self._window(start, head[start : start + limit])
        total, _ = self.count()
        start = max(min(offset, total - limit), 0)
        rest = total - start - limit
        if start <= SKIPPED_TO:
            return self._window(start, self.keys(skip=start, most=limit))
        if rest <= SKIPPED_TO:
            keys = self.keys(skip=max(rest, 0), most=limit, newest_first=False)[::-1]
            return self._window(total - max(rest, 0) - len(keys), keys)
        return self._window(start, self.keys(Bound.FROM, limit, self._key_near(start, total)))

    def count(self) -> tuple[int, bool]:
        """How many tips match, and whether that is only 'at least'."""
        if not self.is_filtered:
            return self._in_scope, False
        found = len(self._head)
        return min(found, COUNTED_TO), found > COUNTED_TO

    def next_unseen(self, at: Key | None, *, newer: bool) -> TipLine | None:
        """The nearest unseen tip above (`newer`) or below `at`."""
        bound = Bound.NONE if at is None else Bound.ABOVE if newer else Bound.BELOW
        lines = self._lines(self.keys(bound, 1, at, newest_first=not newer, also=(unseen(self.officer.id),)))
        return lines[0] if lines else None

    def keys(
        self,
        bound: Bound = Bound.NONE,
        most: int = 0,
        at: Key | None = None,
        *,
        newest_first: bool = True,
        skip: int = 0,
        also: Conditions = (),
    ) -> list[Key]:
        """Up to `most` keys of the list beside `at`, after leaving out `skip`."""
        if self.scope.is_empty or most <= 0:
            return []
        if self._walk is not None:
            hits = self._walk.keys(bound, most + skip, cast(UUID, at), newest_first=newest_first, also=also)
            self._station_of |= hits
            return list(hits)[skip:]
        statement: Select[Any]
        if self._match is not None:
            all_of = (*self._filters, *also)
            statement = found_statement(self._match, self.scope, bound, newest_first=newest_first, also=all_of)
        elif self._filters or also:
            statement = keys_statement(self.scope, bound, newest_first=newest_first, also=(*self._filters, *also))
        else:
            statement = plain_keys(self.scope, bound, newest_first=newest_first)
        values: dict[str, Any] = {"at": at} if bound is not Bound.NONE else {}
        values |= {"most": most, "skip": skip, "reach": most + skip}
        if self.scope.dialect == "sqlite":
            return list(self.conn.scalars(statement, values))
        found = {row[0]: row[1] for row in self.conn.execute(statement, values)}
        self._station_of |= found
        return list(found)

    # ── a filtered list: counted only as far as it is worth ──────────────────────────────────────────────────────────

    @cached_property
    def _head(self) -> list[Key]:
        """The newest keys, one more than are counted."""
        return self.keys(most=COUNTED_TO + 1)

    def _found_window(self, at: Key | None, newer: int, older: int) -> Window:
        head = self._head
        if at is None:
            is_enough = older <= len(head) or len(head) <= COUNTED_TO
            return self._window(0, head[:older] if is_enough else self.keys(most=older))
        above = sum(key > at for key in head)  # type: ignore[operator]  # keys of one list are of one kind
        if above + older <= len(head) or len(head) <= COUNTED_TO:
            start = max(above - newer, 0)
            return self._window(start, head[start : above + older])
        over = self.keys(Bound.ABOVE, newer, at, newest_first=False)[::-1] if newer else []
        start = self._count(Bound.ABOVE, at, FAR) - len(over)
        return self._window(max(start, 0), over + self.keys(Bound.FROM, older, at))

    # ── where a line stands ──────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _in_scope(self) -> int:
        """How many tips the scope holds, from the counter rows."""
        return tips_in(self.conn, self.officer, self.scope.stations, self.scope.statuses)

    def _number(self, at: Key, stood: tuple[int, int] | None) -> int:
        above = self._count(Bound.ABOVE, at, NEAR + 1)
        if above <= NEAR:
            return above
        below = self._count(Bound.FROM, at, NEAR + 1)
        if below <= NEAR:
            return self._in_scope - below
        if stood is not None:
            number, total = stood
            return min(max(number + self._in_scope - total, NEAR), self._in_scope - NEAR)
        return self._count(Bound.ABOVE, at, FAR)

    def _count(self, bound: Bound, at: Key, most: int) -> int:
        if self._walk is not None:
            return self._walk.count(bound, cast(UUID, at))
        statement: Select[Any]
        if self._match is not None:
            keys = found_statement(self._match, self.scope, bound, newest_first=True, also=self._filters).subquery()
            statement = select(func.count()).select_from(keys)
        elif self._filters:
            statement = count_statement(self.scope, bound, tuple(self._filters))
        else:
            statement = plain_count(self.scope, bound)
        return self.conn.scalar(statement, {"at": at, "most": most, "skip": 0}) or 0

    def _key_near(self, number: int, total: int) -> Key:
        """A key about so far down the list: between the ends by their numbers, or their times."""
        newest = self.keys(most=1)[0]
        oldest = self.keys(most=1, newest_first=False)[0]
        if isinstance(newest, UUID) and isinstance(oldest, UUID):
            return UUID(int=newest.int - (newest.int - oldest.int) * number // total)
        assert isinstance(newest, int) and isinstance(oldest, int)  # noqa: S101, PT018 - SQLite's keys
        return newest - (newest - oldest) * number // total

    # ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _window(self, start: int, keys: list[Key]) -> Window:
        total, capped = self.count()
        lines = self._lines(keys)
        least = start + len(lines)
        return Window(start, tuple(lines), max(total, least), capped or (total < least and self.is_filtered))

    def _lines(self, keys: Sequence[Key]) -> list[TipLine]:
        """The lines of these keys; read are those that changed since they were read last."""
        if not keys:
            return []
        known: dict[Key, TipLine] = {}
        for key, version, is_unseen in self.conn.execute(_stamps_by_key(self.scope.dialect), self._values(keys)):
            line = self._cache.get(key, version, unseen=bool(is_unseen))
            if line is not None:
                known[key] = line
        missing = [key for key in keys if key not in known]
        if missing:
            rows = self.conn.execute(_lines_by_key(self.scope.dialect), self._values(missing))
            fresh = {row.key: _line(row) for row in rows}
            self._cache.keep(fresh.values())
            known |= fresh
        lines = as_read_by(self.officer, (known[key] for key in keys if key in known), HEAD)
        return [line.shown_at(self._now) for line in lines]

    def _values(self, keys: Sequence[Key]) -> dict[str, Any]:
        """Parameters of the statements that read lines: PostgreSQL's key begins with the station."""
        values: dict[str, Any] = {"keys": keys, "me": self.officer.id}
        if self.scope.dialect == "sqlite":
            return values
        return {**values, "stations": [self._station_of[key] for key in keys]}

    # ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _filters_of(self, query: Query, now: datetime) -> Conditions:
        """The conditions on a tip; what the word index is asked is kept beside. A scope of few tips is looked through
        tip by tip: its index finds them sooner than the words of a long history would. Without a condition a list is
        counted by the counter rows, so who is not named by a complaint gets none for that."""
        stations = self.scope.stations
        filters = [*filters_of(query, self.officer, now), *about(query, self.officer, self.scope)]
        phrases = phrases_of(query)
        if OVERSIGHT_STATION_ID in stations and is_named(self.conn, self.officer):
            filters.append(not_named(self.officer))
        filters += words_held(self.conn, query, phrases)
        if phrases and stations and self._in_scope > LOOKED_THROUGH:
            filters += self._ask_index(phrases, tuple(filters))
        return tuple(filters)

    def _ask_index(self, phrases: Sequence[str], filters: Conditions) -> Conditions:
        """Find the tips by the word index, if it knows the phrases. What it is asked stands beside the filters, but for
        a desk's own role, which gets what the owner's function finds."""
        stations = self.scope.stations
        if self.scope.dialect == "sqlite":
            oldest: int | None = self.conn.scalar(oldest_open()) if self.scope.is_open else None
            self._match = Match(match_of(phrases, stations), oldest or 0)
            return ()
        from console.store.walk import AT_ONCE, Walk

        asked = tuple(grams_found(self.conn, phrases, stations))
        at_once = self._in_scope <= AT_ONCE
        if is_desk(self.conn):
            return asked
        if asked or not at_once:
            self._walk = Walk(self.conn, self.scope, (*asked, *filters), at_once)
        return ()


def ringing(conn: Connection, officer: Officer, stations: Sequence[int], limit: int = 20) -> list[TipLine]:
    """Alarms nobody has acknowledged, oldest first."""
    key, tip = order_key(conn.dialect.name), t.tip.c
    seen = officer.seen_of(stations)
    rows = conn.execute(
        _select_lines(key, officer.id)
        .where(
            tip.station_id.in_(seen),
            tip.status.in_(OPEN_STATUSES),
            tip.urgency == literal("alarm", literal_execute=True),
            tip.acknowledged_at.is_(None),
            *((not_named(officer),) if OVERSIGHT_STATION_ID in seen else ()),
        )
        .order_by(key)
        .limit(limit)
    )
    return as_read_by(officer, (_line(row) for row in rows), HEAD)


@lru_cache(2)
def _lines_by_key(dialect: str) -> Select[Any]:
    """The lines of the `keys`, as the officer `me` sees them."""
    return _of_keys(_select_lines(order_key(dialect), bindparam("me")), dialect)


@lru_cache(2)
def _stamps_by_key(dialect: str) -> Select[Any]:
    """Key, version and whether `me` has not read it: whatever of a line can change."""
    return _of_keys(select(order_key(dialect).label("key"), t.tip.c.version, unseen(bindparam("me"))), dialect)


def _of_keys(lines: Select[Any], dialect: str) -> Select[Any]:
    if dialect == "sqlite":
        return lines.where(order_key(dialect).in_(bindparam("keys", expanding=True)))
    from console.store.plain_list import PlainList

    # One look-up a line: all stations × all keys, as two lists, are ten times the work.
    stations, keys = bindparam("stations", type_=PlainList(Integer)), bindparam("keys", type_=PlainList(Uuid))
    wanted = func.unnest(stations, keys).table_valued("station", "key").render_derived()
    return lines.where(t.tip.c.station_id == wanted.c.station, t.tip.c.id == wanted.c.key)


def _select_lines(key: Any, me: Any) -> Select[Any]:
    tip = t.tip.c
    return (
        select(
            key.label("key"),
            tip.id,
            tip.station_id,
            tip.ref,
            tip.version,
            tip.status,
            tip.urgency,
            tip.category,
            func.substr(tip.text, 1, HEAD).label("head"),
            tip.place,
            tip.received_at,
            tip.respond_by,
            tip.responded_at,
            tip.claimed_by,
            t.officer.c.code.label("claimed_code"),
            tip.room_id,
            tip.acknowledged_at,
            unseen(me).label("unseen"),
            tip.attachments,
            tip.duplicate_of,
            hidden_after(),
        )
        .select_from(t.tip)
        .outerjoin(t.officer, t.officer.c.id == tip.claimed_by)
    )


def _line(row: Row[Any]) -> TipLine:
    values = dict(row._mapping)
    values["status"] = Status(values["status"])
    values["urgency"] = Urgency(values["urgency"])
    values["category"] = Category(values["category"])
    values["responded"] = values.pop("responded_at") is not None
    values["rings"] = rings(values["urgency"], values["status"], values.pop("acknowledged_at"))
    values["unseen"] = bool(values["unseen"])
    return TipLine(**values)
