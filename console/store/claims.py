"""Giving back the claims of an officer who signs off, or whose desk another one takes over: an ordinary step for each
tip. `desk.signing` calls it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, or_, select

from console.model import step as steps
from console.model.officer import Officer
from console.model.tip import OPEN_STATUSES
from console.store import tables as t
from console.store.tips import Tips


def release_claims(conn: Connection, officer: Officer, of_id: int, now: datetime, why: str | None = None) -> int:
    """Release every open tip that officer `of_id` claims, as `officer`; how many there were. What is claimed at a
    station whose grant has ended since is released too, and what complains about `officer`, who is shown none of it.

    PostgreSQL locks all their rows first, as every writer takes a tip's row before a counter row: a colleague's step
    on one of them is waited for, and what it left to somebody else or ended is passed over."""
    c = t.tip.c
    rows = conn.execute(
        select(c.station_id, c.id)
        .where(or_(*(c.status == status for status in sorted(OPEN_STATUSES))), c.claimed_by == of_id)
        .order_by(c.station_id, c.id)
        .with_for_update()
    ).all()
    everywhere = replace(officer, stations=officer.stations | {row.station_id for row in rows})
    tips = Tips(conn, everywhere, unseen=True)
    for row in rows:
        tip = tips.one(row.station_id, row.id)
        tips.move(tip, replace(steps.release(tip), why=why), now)
    return len(rows)
