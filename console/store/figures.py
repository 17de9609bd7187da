"""What a station's figures are counted from: its counter row, what is overdue now, what came today. The desk's reading
for operators calls it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, literal, select

from console.model.change import Counts
from console.model.officer import Officer
from console.model.station import Station
from console.model.tip import OPEN_STATUSES, OVERSIGHT_STATION_ID, CloseReason
from console.store import tables as t
from console.store.counters import counts_of
from console.store.named import not_named, without_named
from console.store.places import Places
from console.store.scans import Conditions


@dataclass(frozen=True, slots=True)
class Figures:
    """One station's figures; `alarms` are open and not acknowledged, `received_today` since the station's midnight."""

    code: str
    name: str
    counts: Counts
    overdue: int
    received_today: int
    not_police_matter: int = 0
    """Of the closed ones; their words are not kept."""

    @property
    def total(self) -> int:
        return self.counts.total

    def record(self) -> dict[str, Any]:
        """The published fields in their published order."""
        c = self.counts
        return {
            "station": self.code,
            "name": self.name,
            "new": c.new,
            "investigating": c.investigating,
            "referred": c.referred,
            "solved": c.solved,
            "closed": c.closed,
            "alarms": c.alarms,
            "overdue": self.overdue,
            "received_today": self.received_today,
            "total": self.total,
            "not_police_matter": self.not_police_matter,
        }


def figures_of(conn: Connection, officer: Officer, now: datetime) -> list[Figures]:
    """Figures of the stations whose tips the officer may read, by code, the unrouted lane last."""
    stations = [one for one in Places(conn, officer).stations() if officer.why_not_see(one.id) is None]
    counts = without_named(conn, officer, counts_of(conn, officer, [one.id for one in stations]))
    hidden = () if all(one.id != OVERSIGHT_STATION_ID for one in stations) else (not_named(officer),)
    overdue, today = _overdue(conn, stations, now, hidden), _received_today(conn, stations, now, hidden)
    not_police = _not_police(conn)
    return [
        Figures(
            one.code,
            one.name,
            counts.get(one.id, Counts(one.id)),
            overdue.get(one.id, 0),
            today.get(one.id, 0),
            not_police.get(one.id, 0),
        )
        for one in stations
    ]


def _overdue(conn: Connection, stations: Sequence[Station], now: datetime, hidden: Conditions) -> dict[int, int]:
    """Of all stations' few open tips by the index on them; the others' figures are left out."""
    tip = t.tip.c
    rows = conn.execute(
        select(tip.station_id, func.count())
        .where(tip.status.in_(OPEN_STATUSES), tip.responded_at.is_(None), tip.respond_by < now, *hidden)
        .group_by(tip.station_id)
    )
    mine = {one.id for one in stations}
    return {row[0]: row[1] for row in rows if row[0] in mine}


def _not_police(conn: Connection) -> dict[int, int]:
    """How many were closed as not a police matter, whose words nobody keeps: counted only."""
    tip = t.tip.c
    reason = literal(CloseReason.NOT_POLICE_MATTER.value, literal_execute=True)  # as the index is a partial one
    rows = conn.execute(select(tip.station_id, func.count()).where(tip.close_reason == reason).group_by(tip.station_id))
    return {row[0]: row[1] for row in rows}


def _received_today(conn: Connection, stations: Sequence[Station], now: datetime, hidden: Conditions) -> dict[int, int]:
    """Ids begin with the time of receipt, so that today's are one range of them."""
    by_zone: dict[str, list[int]] = defaultdict(list)
    for one in stations:
        by_zone[one.timezone].append(one.id)
    found: dict[int, int] = {}
    for zone, ids in by_zone.items():
        midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        tip = t.tip.c
        rows = conn.execute(
            select(tip.station_id, func.count())
            .where(tip.station_id.in_(ids), tip.id >= _first_id(midnight), tip.received_at >= midnight, *hidden)
            .group_by(tip.station_id)
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def _first_id(at: datetime) -> UUID:
    return UUID(int=int(at.timestamp() * 1000) << 80)
