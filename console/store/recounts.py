"""Stored counts beside what they count: tips by status and alarms of each station, officers, rooms and members.
`checks` compares them, `doctor --repair` writes them anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, case, func, select, update

from console.model.room import MemberState
from console.model.tip import OPEN_STATUSES, Status, Urgency
from console.store import tables as t
from console.store.desk_roles import stations_in_sight

COUNTS = (*(str(status) for status in Status), "alarms")
"""Columns of a station's counter row, in the order of the tuples here."""

Counted = dict[int, tuple[int, ...]]
"""By station."""


def real_counts(conn: Connection) -> Counted:
    """Counted from the tips; a station without tips is left out."""
    tip = t.tip.c
    rings = (tip.urgency == Urgency.ALARM) & tip.acknowledged_at.is_(None) & tip.status.in_(OPEN_STATUSES)
    counted = [func.sum(case((tip.status == status, 1), else_=0)) for status in Status]
    rows = conn.execute(select(tip.station_id, *counted, func.sum(case((rings, 1), else_=0))).group_by(tip.station_id))
    return {row[0]: tuple(int(n) for n in row[1:]) for row in rows}


def stored_counts(conn: Connection) -> Counted:
    """As the counter rows have them."""
    c = t.station_counter.c
    return {row[0]: tuple(row[1:]) for row in conn.execute(select(c.station_id, *(c[name] for name in COUNTS)))}


def wrong_counts(conn: Connection, stations: Iterable[int]) -> list[int]:
    """The stations whose counter row does not agree with their tips, or that have none."""
    real, stored = real_counts(conn), stored_counts(conn)
    zero = (0,) * len(COUNTS)
    return [one for one in stations if stored.get(one) != real.get(one, zero)]


def recount(conn: Connection) -> int:
    """Write the counts of every station anew, and let no number be handed out twice; how many stations had wrong ones.
    A desk's role does so for its own stations: of the lanes it is shown the counter rows and nothing they count.

    Writers wait meanwhile, as each of them moves its station's row. A number that is missing stays missing.
    """
    c = t.station_counter.c
    mine = stations_in_sight(conn)
    asked = select(c.station_id, c.event_seq, c.audit_seq)
    rows = conn.execute((asked if mine is None else asked.where(c.station_id.in_(mine))).with_for_update()).all()
    last = {table: _last_numbers(conn, table) for table in (t.tip_event, t.audit)}
    real, stored = real_counts(conn), stored_counts(conn)
    mended = 0
    for station, event_seq, audit_seq in rows:
        numbers = (
            max(event_seq, last[t.tip_event].get(station, 0)),
            max(audit_seq, last[t.audit].get(station, 0)),
        )
        counts = real.get(station, (0,) * len(COUNTS))
        if (event_seq, audit_seq) == numbers and stored[station] == counts:
            continue
        values = dict(zip(("event_seq", "audit_seq", *COUNTS), (*numbers, *counts), strict=True))
        conn.execute(update(t.station_counter).where(c.station_id == station).values(values))
        mended += 1
    return mended


def _last_numbers(conn: Connection, table: Table) -> dict[int, int]:
    rows = conn.execute(select(table.c.station_id, func.max(table.c.seq)).group_by(table.c.station_id))
    return {row[0]: int(row[1]) for row in rows}


_ACTIVE = t.member.c.state == MemberState.ACTIVE
_TOTALS: tuple[tuple[Table, Any, Any], ...] = (
    (
        t.station,
        t.station.c.officers,
        select(func.count()).select_from(t.officer).where(t.officer.c.station_id == t.station.c.id),
    ),
    (
        t.officer,
        t.officer.c.rooms,
        select(func.count()).select_from(t.room).where(t.room.c.officer_id == t.officer.c.id),
    ),
    (
        t.room,
        t.room.c.members,
        select(func.count())
        .select_from(t.member)
        .where(t.member.c.station_id == t.room.c.station_id, t.member.c.room_id == t.room.c.id, _ACTIVE),
    ),
)
"""What the tree shows as a number without counting: table, column, and the count it stands for."""


def wrong_totals(conn: Connection, stations: frozenset[int] | None = None) -> int:
    """How many stations, officers and rooms have a total that is not what there is; `stations` None: of all."""
    wrong = 0
    for table, column, count in _TOTALS:
        query = select(func.count()).select_from(table).where(column != count.scalar_subquery())
        if stations is not None:
            query = query.where((table.c.id if table is t.station else table.c.station_id).in_(stations))
        wrong += conn.scalar(query) or 0
    return wrong


def retotal(conn: Connection) -> int:
    """Write the totals anew; how many were wrong. A desk's role changes none: it is shown its own members only."""
    if stations_in_sight(conn) is not None:
        return 0
    return sum(
        conn.execute(
            update(table).where(column != count.scalar_subquery()).values({column.name: count.scalar_subquery()})
        ).rowcount
        for table, column, count in _TOTALS
    )
