"""The stations' counter rows: the newest event of each and how many tips stand in each status. Every list and header
reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, any_, bindparam, func, select

from console.model.change import Counts
from console.model.officer import Officer
from console.model.tip import Status
from console.store import tables as t

_C = t.station_counter.c
_COLUMNS = (_C.station_id, _C.event_seq, *(_C[status.value] for status in Status), _C.alarms)
"""In the order of the fields of Counts."""
_SUMS = tuple(func.sum(_C[status.value]) for status in Status)


@lru_cache(4)
def _of_stations(dialect: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """These columns of the counter rows of `stations`: PostgreSQL is told them in one array, as hundreds of parameters
    take it longer than the answer."""
    if dialect == "sqlite":
        return select(*columns).where(_C.station_id.in_(bindparam("stations", expanding=True)))
    from console.store.plain_list import PlainList

    stations: Any = bindparam("stations", type_=PlainList(Integer))
    return select(*columns).where(_C.station_id == any_(stations))


def counts_of(conn: Connection, officer: Officer, stations: Sequence[int]) -> dict[int, Counts]:
    """Counts by station id; a station without a row or out of grant is left out."""
    rows = conn.execute(_of_stations(conn.dialect.name, *_COLUMNS), {"stations": sorted(officer.seen_of(stations))})
    return {row[0]: Counts(*row) for row in rows}


def tips_in(conn: Connection, officer: Officer, stations: Sequence[int], statuses: Iterable[Status]) -> int:
    """How many tips of these stations, as far as granted, stand in these statuses, added up by the database: one row
    for a whole city."""
    seen = sorted(officer.seen_of(stations))
    sums = dict(
        zip(Status, conn.execute(_of_stations(conn.dialect.name, *_SUMS), {"stations": seen}).one(), strict=True)
    )
    return sum(int(sums[status] or 0) for status in statuses)
