"""What an officer asked for and may not see, as an entry of their home station's chain. The desk's guard calls it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from console.model.audit import AuditAction
from console.model.officer import Officer
from console.store import tables as t
from console.store.audit import append


def write_down(
    conn: Connection, officer: Officer, verb: str, station_id: int, tip_id: UUID | None, now: datetime
) -> None:
    """Who, by which verb, of which station (its code, or the number of one that does not exist), which tip."""
    code = conn.scalar(select(t.station.c.code).where(t.station.c.id == station_id))
    about = {"verb": verb, "station": code or str(station_id)}
    append(
        conn,
        officer.station_id,
        officer.id or None,  # 0 is the operator of the machine, who is no officer of the store
        AuditAction.REFUSED,
        now,
        tip_id=tip_id,
        about=about,
    )
