"""A query's terms as conditions on a tip's own columns. `tip_list` adds them to what it scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, not_

from console.model.officer import Officer
from console.model.query import Query
from console.model.tip import OPEN_STATUSES, Status
from console.store import tables as t


def unseen(me: Any) -> ColumnElement[bool]:
    """New, and not read by the officer of that id."""
    seen = t.tip_seen.c
    mine = exists(literal(1)).where(
        seen.station_id == t.tip.c.station_id, seen.officer_id == me, seen.tip_id == t.tip.c.id
    )
    return and_(t.tip.c.status == Status.NEW, not_(mine))


def filters_of(query: Query, officer: Officer, now: datetime) -> list[ColumnElement[bool]]:
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
        filters.append(unseen(officer.id))
    if query.claimed is not None:
        filters.append(tip.claimed_by.is_not(None) if query.claimed else tip.claimed_by.is_(None))
    if query.overdue:
        filters.append(and_(tip.respond_by < now, tip.responded_at.is_(None), tip.status.in_(OPEN_STATUSES)))
    return filters
