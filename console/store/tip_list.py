"""The list of tips that a view describes, read by keyset windows: never more than what the eye can see, whatever the
store holds.

Feed order is newest first by `order_key`; several statuses or stations are one keyset scan each, joined by UNION ALL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, literal, not_, select
from sqlalchemy import union_all as union

from console.model.change import Counts
from console.model.officer import Officer
from console.model.query import Query
from console.model.tip import OPEN_STATUSES, Category, Status, TipLine, Urgency, rings
from console.model.view import Key, View, Window
from console.store import tables as t
from console.store.counters import counts_of
from console.store.rows import order_key
from console.store.search import about, words_found

COUNTED_TO = 500
"""Filtered lists are counted up to here and then shown as '500+' (goals.md P8)."""

SCANS = 60
"""Up to this many (station, status) pairs get a keyset scan each; beyond, one scan in feed order meets them soon
enough."""

HEAD = 240
"""Characters of the words that a line carries."""


class TipList:
    """One view as one officer sees it at `now`; stations out of grant are left out of the view."""

    def __init__(self, conn: Connection, officer: Officer, view: View, now: datetime) -> None:
        self.conn = conn
        self.officer = officer
        self.stations = tuple(s for s in view.stations if officer.why_not_see(s) is None)
        wanted = view.query.statuses or (frozenset(Status) if view.ended_too else frozenset(OPEN_STATUSES))
        self.statuses = tuple(status for status in Status if status in wanted)
        self.key = order_key(conn)
        self.filters = _filters(conn, view.query, officer, self.stations, now)

    def window(self, at: Key | None, newer: int, older: int) -> Window:
        """Up to `newer` lines above `at` and `older` from it on down (itself included); from the newest when `at` is
        None."""
        if at is None:
            keys = self.keys(None, older, newest_first=True)
            start = 0
        else:
            above = self.keys(self.key > at, newer, newest_first=False) if newer else []
            keys = above[::-1] + self.keys(self.key <= at, older, newest_first=True)
            start = max(0, self._count(self.key > at, None) - len(above))
        return self._window(start, keys)

    def window_at(self, offset: int, limit: int) -> Window:
        """`limit` lines from number `offset`; an offset past the end gives the last ones."""
        total, _ = self.count()
        if total and offset + limit >= total and not self.filters:
            keys = self.keys(None, limit, newest_first=False)[::-1]
            return self._window(total - len(keys), keys)
        return self._window(offset, self.keys(None, limit, newest_first=True, offset=offset))

    def count(self) -> tuple[int, bool]:
        """How many tips match, and whether that is only 'at least'."""
        if not self.filters:
            rows = counts_of(self.conn, self.stations).values()
            return sum(_in(row, self.statuses) for row in rows), False
        count = self._count(None, COUNTED_TO + 1)
        return min(count, COUNTED_TO), count > COUNTED_TO

    def next_unseen(self, at: Key | None, *, newer: bool) -> TipLine | None:
        """The nearest unseen tip above (`newer`) or below `at`."""
        bound = None if at is None else (self.key > at if newer else self.key < at)
        keys = self.keys(bound, 1, newest_first=not newer, also=_unseen(self.officer))
        lines = self._lines(keys)
        return lines[0] if lines else None

    def _window(self, start: int, keys: list[Key]) -> Window:
        total, capped = self.count()
        lines = self._lines(keys)
        least = start + len(lines)
        return Window(start, tuple(lines), max(total, least), capped or (total < least and bool(self.filters)))

    def _scans(self) -> list[ColumnElement[bool]]:
        """What each scan is confined to: one (station, status) pair, or all at once when they are too many."""
        station, status = t.tip.c.station_id, t.tip.c.status
        if len(self.stations) * len(self.statuses) > SCANS:
            return [and_(station.in_(self.stations), status.in_(self.statuses))]
        return [and_(station == s, status == one) for s in self.stations for one in self.statuses]

    def keys(
        self,
        bound: ColumnElement[bool] | None,
        limit: int,
        *,
        newest_first: bool,
        offset: int = 0,
        also: ColumnElement[bool] | None = None,
    ) -> list[Key]:
        scans = self._scans()
        if not scans or limit <= 0:
            return []
        order = self.key.desc() if newest_first else self.key.asc()
        extra = [one for one in (bound, also) if one is not None]
        arms = [
            select(self.key.label("key")).where(scan, *self.filters, *extra).order_by(order).limit(limit + offset)
            for scan in scans
        ]
        if len(arms) == 1:
            return list(self.conn.scalars(arms[0].offset(offset).limit(limit)))
        merged = union(*(select(arm.subquery()) for arm in arms)).subquery()
        last = merged.c.key.desc() if newest_first else merged.c.key.asc()
        return list(self.conn.scalars(select(merged.c.key).order_by(last).offset(offset).limit(limit)))

    def _count(self, bound: ColumnElement[bool] | None, cap: int | None) -> int:
        total = 0
        for scan in self._scans():
            conditions = [scan, *self.filters, *([] if bound is None else [bound])]
            inner = select(literal(1).label("one")).select_from(t.tip).where(*conditions)
            if cap is not None:
                inner = inner.limit(cap - total)
            total += self.conn.scalar(select(func.count()).select_from(inner.subquery())) or 0
            if cap is not None and total >= cap:
                break
        return total

    def _lines(self, keys: Sequence[Key]) -> list[TipLine]:
        if not keys:
            return []
        where = self.key.in_(keys)
        if self.conn.dialect.name != "sqlite":
            where = and_(where, t.tip.c.station_id.in_(self.stations))
        rows = {row.key: row for row in self.conn.execute(_select_lines(self.key, self.officer).where(where))}
        return [_line(rows[key]) for key in keys if key in rows]


def ringing(conn: Connection, officer: Officer, stations: Sequence[int], limit: int = 20) -> list[TipLine]:
    """Alarms nobody has acknowledged, oldest first."""
    key, tip = order_key(conn), t.tip.c
    seen = [s for s in stations if officer.why_not_see(s) is None]
    rows = conn.execute(
        _select_lines(key, officer)
        .where(
            tip.station_id.in_(seen),
            tip.status.in_(OPEN_STATUSES),
            tip.urgency == literal("alarm", literal_execute=True),
            tip.acknowledged_at.is_(None),
        )
        .order_by(key)
        .limit(limit)
    )
    return [_line(row) for row in rows]


def _in(counts: Counts, statuses: Sequence[Status]) -> int:
    return sum(counts.of(status) for status in statuses)


def _unseen(officer: Officer) -> ColumnElement[bool]:
    seen = t.tip_seen.c
    mine = exists(literal(1)).where(
        seen.station_id == t.tip.c.station_id, seen.officer_id == officer.id, seen.tip_id == t.tip.c.id
    )
    return and_(t.tip.c.status == Status.NEW, not_(mine))


def _filters(
    conn: Connection, query: Query, officer: Officer, stations: Sequence[int], now: datetime
) -> list[ColumnElement[bool]]:
    tip = t.tip.c
    filters: list[ColumnElement[bool]] = []
    if query.categories:
        filters.append(tip.category.in_(sorted(query.categories)))
    if query.urgencies:
        filters.append(tip.urgency.in_(sorted(query.urgencies)))
    if query.since is not None:
        filters.append(tip.received_at >= query.since)
    if query.until is not None:
        filters.append(tip.received_at < query.until)
    if query.source is not None:
        filters.append(tip.source == query.source)
    if query.unseen:
        filters.append(_unseen(officer))
    if query.claimed is not None:
        filters.append(tip.claimed_by.is_not(None) if query.claimed else tip.claimed_by.is_(None))
    if query.overdue:
        filters.append(and_(tip.respond_by < now, tip.responded_at.is_(None), tip.status.in_(OPEN_STATUSES)))
    filters += about(query, officer, stations)
    filters += words_found(conn, query, stations)
    return filters


def _select_lines(key: Any, officer: Officer) -> Select[Any]:
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
            _unseen(officer).label("unseen"),
            tip.attachments,
            tip.duplicate_of,
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
