"""Who is named by a complaint in the oversight lane never sees it, grant or not: conditions and counts without it.
`tips`, `tip_list`, the counters and the feed ask here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, literal, select

from console.model.change import Counts
from console.model.officer import Officer
from console.model.tip import OPEN_STATUSES, OVERSIGHT_STATION_ID, Status
from console.store import tables as t


def not_named(officer: Officer) -> ColumnElement[bool]:
    """The condition on a tip that it does not complain about this officer."""
    n = t.named_officer.c
    mine = and_(n.station_id == t.tip.c.station_id, n.tip_id == t.tip.c.id, n.code == officer.code.upper())
    return ~exists(literal(1)).where(mine)


def naming(officer: Officer) -> Select[Any]:
    """Ids of the lane's tips that complain about this officer."""
    n = t.named_officer.c
    return select(n.tip_id).where(n.station_id == OVERSIGHT_STATION_ID, n.code == officer.code.upper())


def is_named(conn: Connection, officer: Officer) -> bool:
    """Whether any tip of the lane complains about this officer."""
    return conn.scalar(naming(officer).limit(1)) is not None


def names(conn: Connection, officer: Officer, tip_id: UUID) -> bool:
    """Whether a tip of the lane complains about this officer."""
    n = t.named_officer.c
    mine = (n.station_id == OVERSIGHT_STATION_ID, n.tip_id == tip_id, n.code == officer.code.upper())
    return conn.scalar(select(n.code).where(*mine)) is not None


def without_named(conn: Connection, officer: Officer, counts: dict[int, Counts]) -> dict[int, Counts]:
    """The counter rows without the tips that complain about this officer."""
    lane = counts.get(OVERSIGHT_STATION_ID)
    if lane is None:
        return counts
    n, tip = t.named_officer.c, t.tip.c
    rings = and_(tip.urgency == "alarm", tip.acknowledged_at.is_(None), tip.status.in_(OPEN_STATUSES))
    rows = conn.execute(
        select(tip.status, func.count(), func.sum(case((rings, 1), else_=0)))
        .join(t.named_officer, and_(n.station_id == tip.station_id, n.tip_id == tip.id))
        .where(tip.station_id == OVERSIGHT_STATION_ID, n.code == officer.code.upper())
        .group_by(tip.status)
    )
    for status, count, ringing in rows:
        name = Status(status).value
        lane = replace(lane, **{name: lane.of(Status(status)) - count}, alarms=lane.alarms - int(ringing))
    return {**counts, OVERSIGHT_STATION_ID: lane}
