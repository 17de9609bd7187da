"""The stations' counter rows: the newest event of each and how many tips stand in each status. Every list and header
reads them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from console.model.change import Counts
from console.store import tables as t


def counts_of(conn: Connection, stations: Sequence[int]) -> dict[int, Counts]:
    """Counts by station id; a station without a row is left out."""
    c = t.station_counter.c
    columns = (c.station_id, c.event_seq, c.new, c.investigating, c.referred, c.solved, c.closed, c.alarms)
    rows = conn.execute(select(*columns).where(c.station_id.in_(sorted(stations))))
    return {row.station_id: Counts(**row._mapping) for row in rows}
