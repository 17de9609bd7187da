"""Whole tips page by page, and the codes that scripts need. The desk's reading of whole tips calls it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from console.model.officer import Officer
from console.model.tip import Tip
from console.model.view import Key, View
from console.store import tables as t
from console.store.rows import select_tip, tip_of
from console.store.scans import Bound
from console.store.tip_list import TipList


def station_codes(conn: Connection, officer: Officer) -> dict[int, str]:
    """Code by id of the granted stations."""
    s = t.station.c
    mine = frozenset(officer.stations)
    return {row.id: row.code for row in conn.execute(select(s.id, s.code)) if row.id in mine}


def officer_codes(conn: Connection, officer: Officer) -> dict[int, str]:
    """Code by id of all officers, whose names are not told: a tip of a granted station may be claimed by any of them.
    None for who reads no tips."""
    if not officer.seen_of(officer.stations):
        return {}
    return {row.id: row.code for row in conn.execute(select(t.officer.c.id, t.officer.c.code))}


def page(
    conn: Connection, officer: Officer, view: View, now: datetime, after: Key | None, limit: int
) -> tuple[list[Tip], Key | None]:
    """Up to `limit` whole tips of the view below `after` (from the newest when None), newest first, and the key of the
    last one (None when there was none)."""
    listing = TipList(conn, officer, view, now)
    keys = listing.keys(Bound.NONE if after is None else Bound.BELOW, limit, after)
    if not keys:
        return [], None
    rows = conn.execute(
        select_tip()
        .where(listing.key.in_(keys), t.tip.c.station_id.in_(listing.scope.stations))
        .order_by(listing.key.desc())
    )
    return [tip_of(row, officer).shown_at(now) for row in rows], keys[-1]
