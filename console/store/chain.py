"""The chains of the audit as they stand: their ends, their entries page by page, single hashes. `desk.audit` verifies
and anchors by it, `taskroom doctor` looks at the newest entries.

Rows come in the driver's own values: a store holds entries by the ten million.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from console.model.audit import FIRST
from console.model.chain import ChainEnd, Fault, Head, LinkedRow, Walk
from console.model.officer import Officer, Role
from console.store import tables as t
from console.store.desk_roles import stations_in_sight

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AT_ONCE = 500
"""Numbers asked for in one statement."""

_PAGE_ON_SQLITE = (
    "SELECT station_id, seq, at, officer_id, CAST(action AS BLOB), tip_id, version_before, version_after,"
    " CAST(about AS BLOB), hash FROM audit WHERE station_id = ? AND seq > ? ORDER BY seq LIMIT ?"
)
"""As bytes: a foreign hand may have left what is no UTF-8."""
_PAGE_ON_POSTGRES = (
    "SELECT station_id, seq, at, officer_id, action, tip_id, version_before, version_after, about, hash"
    " FROM audit WHERE station_id = %s AND seq > %s ORDER BY seq LIMIT %s"
)


def auditor_of_all(conn: Connection) -> Officer:
    """Somebody who may look through every chain that the account is shown; no officer of the store."""
    known: Iterable[int] | None = stations_in_sight(conn)
    if known is None:
        known = {*conn.scalars(select(t.station.c.id)), *conn.scalars(select(t.station_counter.c.station_id))}
        known |= set(_with_entries(conn))
    return Officer(0, "operator", "operator", Role.AUDITOR, 0, frozenset(known))


def _with_entries(conn: Connection) -> Iterable[int]:
    """The stations that have entries, one step of the key each."""
    last: int | None = conn.scalar(select(func.min(t.audit.c.station_id)))
    while last is not None:
        yield last
        last = conn.scalar(select(func.min(t.audit.c.station_id)).where(t.audit.c.station_id > last))


def heads(conn: Connection, station_ids: Sequence[int] | None = None) -> list[Head]:
    """The newest entry of each station that has any, from the counter rows, by id. A desk's role is shown the lanes'
    counter rows but not their entries: these are left out."""
    c = t.station_counter.c
    mine = stations_in_sight(conn)
    query = select(t.station.c.code, c.audit_seq, c.audit_head).join(t.station, t.station.c.id == c.station_id)
    query = query.where(c.audit_seq > 0).order_by(c.station_id)
    for wanted in (station_ids, mine):
        if wanted is not None:
            query = query.where(c.station_id.in_(wanted))
    return [Head(row.code, row.audit_seq, bytes(row.audit_head)) for row in conn.execute(query)]


def ends(conn: Connection, officer: Officer) -> list[ChainEnd]:
    """Where the chains end that the officer may look through and the account is shown, by station id."""
    c, a = t.station_counter.c, t.audit.c
    codes = codes_of(conn)
    counted = {row.station_id: row for row in conn.execute(select(c.station_id, c.audit_seq, c.audit_head))}
    mine = stations_in_sight(conn)
    found = []
    for station_id in officer.audited_of(sorted(officer.stations)):
        if mine is not None and station_id not in mine:
            continue
        newest = conn.scalar(select(func.max(a.seq)).where(a.station_id == station_id)) or 0
        row = counted.get(station_id)
        code = codes.get(station_id, str(station_id))
        if row is not None:
            found.append(ChainEnd(station_id, code, row.audit_seq, bytes(row.audit_head), newest))
        elif newest:
            found.append(ChainEnd(station_id, code, None, None, newest))
    return found


def codes_of(conn: Connection) -> dict[int, str]:
    """Code by id of all stations."""
    return {row.id: row.code for row in conn.execute(select(t.station.c.id, t.station.c.code))}


def counted(conn: Connection) -> dict[str, int]:
    """Id by code of the stations that have a counter row, and entries that the account is shown."""
    c = t.station_counter.c
    query = select(t.station.c.code, c.station_id).join(t.station, t.station.c.id == c.station_id)
    mine = stations_in_sight(conn)
    return {row.code: row.station_id for row in conn.execute(query) if mine is None or row.station_id in mine}


def rows_after(conn: Connection, station_id: int, seq: int, limit: int) -> list[LinkedRow]:
    """Up to `limit` entries of the station after number `seq`, by number."""
    is_sqlite = conn.dialect.name == "sqlite"
    plain = _of_sqlite if is_sqlite else _of_postgres
    statement = _PAGE_ON_SQLITE if is_sqlite else _PAGE_ON_POSTGRES
    return [plain(row) for row in conn.exec_driver_sql(statement, (station_id, seq, limit)).fetchall()]


def _of_sqlite(row: Sequence[Any]) -> LinkedRow:
    station, seq, at, officer, action, tip, before, after, about, made = row
    words = None if about is None else about.decode(errors="replace")
    tip_hex = None if tip is None else tip.hex()
    return (station, seq, at, officer, action.decode(errors="replace"), tip_hex, before, after, words), made


def _of_postgres(row: Sequence[Any]) -> LinkedRow:
    station, seq, at, officer, action, tip, before, after, about, made = row
    at_us = (at - _EPOCH) // _MICROSECOND
    return (station, seq, at_us, officer, action, None if tip is None else tip.hex, before, after, about), made


def hashes_at(conn: Connection, numbers: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes | None]:
    """The stored hash of each (station id, number) that there is."""
    wanted: dict[int, list[int]] = defaultdict(list)
    for station_id, seq in numbers:
        wanted[station_id].append(seq)
    a = t.audit.c
    found: dict[tuple[int, int], bytes | None] = {}
    for station_id, seqs in wanted.items():
        for start in range(0, len(seqs), _AT_ONCE):
            asked = seqs[start : start + _AT_ONCE]
            rows = conn.execute(select(a.seq, a.hash).where(a.station_id == station_id, a.seq.in_(asked)))
            found |= {(station_id, row.seq): None if row.hash is None else bytes(row.hash) for row in rows}
    return found


def newest_faults(
    conn: Connection, officer: Officer, entries: int, on_station: Callable[[int], None] = lambda _entries: None
) -> list[Fault]:
    """What is wrong with the newest `entries` of each chain; of the one before them only the hash is believed."""
    found = []
    for end in ends(conn, officer):
        start = max((end.newest if end.seq is None else end.seq) - entries, 0)
        before = hashes_at(conn, [(end.station_id, start)]).get((end.station_id, start)) if start else FIRST
        walk = Walk(end.station, start, before or FIRST)
        rows = rows_after(conn, end.station_id, start, entries + 1)
        walk.follow(rows)
        walk.end_at(end)
        on_station(len(rows))
        if walk.fault is not None:
            found.append(walk.fault)
    return found
