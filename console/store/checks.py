"""Does the store hold together: counters against rows, feed without holes, a search entry for every tip. `taskroom
doctor` asks it; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, case, func, select, text

from console.model.tip import OPEN_STATUSES, Status, Urgency
from console.store import tables as t
from console.store.engine import parse_url, plain_sqlite, sqlite_module
from console.store.outages import sqlite_code
from console.store.reindex import INDEX as GRAMS
from console.store.revisions import newest_revision, way_back
from console.store.search_index import leftovers

NAMED_AT_MOST = 5
"""Stations named in one finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `found` is a sentence or a short line of facts."""

    check: str
    ok: bool
    found: str


def embedded_revision(url: str) -> Finding | None:
    """Why an embedded store may not be opened without changing it (absent, or to be migrated); None when it may, and
    for PostgreSQL, which opening never changes."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    file = Path(parsed.database or "")
    if not file.exists():
        return Finding("store", False, f"There is no store at {file}: run `taskroom init`.")
    try:
        connection = plain_sqlite(file)
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            connection.close()
    except sqlite_module().Error as error:
        return Finding("store", False, _unreadable(file, error))
    found = row[0] if row else "none"
    if found == newest_revision():
        return None
    if row and found > newest_revision():
        words = f"The store is at revision {found}, newer than this program ({newest_revision()}): "
        return Finding("store", False, words + "install the newer program, or use another --data.")
    words = f"The store is at revision {found}, this program needs {newest_revision()}: run `taskroom upgrade`."
    return Finding("store", False, words)


def _unreadable(file: Path, error: BaseException) -> str:
    """What to do about a file that SQLite cannot read."""
    match sqlite_code(error):
        case 11:
            return f"The store {file} is damaged: {way_back(file)}"
        case 14:
            return f"The store {file} cannot be opened: check its folder, its owner and whether its disk is writable."
        case 5 | 6:
            return f"Another program holds the store {file}: try again in a moment."
        case 10:
            return f"The disk reports an error on {file}: check the disk."
        case _:
            return f"{file} is not a store, or its beginning is damaged: {way_back(file)}"


def check_rows(conn: Connection) -> list[Finding]:
    """All checks of one snapshot."""
    codes = {row.id: row.code for row in conn.execute(select(t.station.c.id, t.station.c.code))}
    return [
        _sound(conn),
        _counters(conn, codes),
        _numbered(conn, codes, "feed", t.tip_event, t.station_counter.c.event_seq),
        _numbered(conn, codes, "audit", t.audit, t.station_counter.c.audit_seq),
        _versions(conn, codes),
        _words(conn),
    ]


def _sound(conn: Connection) -> Finding:
    """SQLite's own look at its pages and links; PostgreSQL guards both by itself."""
    tips = conn.scalar(select(func.count()).select_from(t.tip)) or 0
    if conn.dialect.name == "sqlite":
        first = str(conn.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        lost = conn.exec_driver_sql("PRAGMA foreign_key_check").first()
        if first != "ok":
            file = Path(str(conn.exec_driver_sql("PRAGMA database_list").first()[2]))  # type: ignore[index]
            return Finding("store", False, f"The file is damaged: {way_back(file)}")
        if lost is not None:
            return Finding("store", False, f"A row of {lost[0]} points to one of {lost[2]} that is not there.")
    return Finding("store", True, f"at revision {newest_revision()} on {conn.dialect.name}, {tips:,} tips")


def _counters(conn: Connection, codes: dict[int, str]) -> Finding:
    tip, c = t.tip.c, t.station_counter.c
    rings = (tip.urgency == Urgency.ALARM) & tip.acknowledged_at.is_(None) & tip.status.in_(OPEN_STATUSES)
    names = [*Status, "alarms"]
    counted = [func.sum(case((tip.status == status, 1), else_=0)) for status in Status]
    rows = conn.execute(select(tip.station_id, *counted, func.sum(case((rings, 1), else_=0))).group_by(tip.station_id))
    real = {row[0]: tuple(int(n) for n in row[1:]) for row in rows}
    stored = {row[0]: tuple(row[1:]) for row in conn.execute(select(c.station_id, *(c[str(n)] for n in names)))}
    zero = (0,) * len(names)
    wrong = [s for s in codes if stored.get(s) != real.get(s, zero)]
    return _finding(
        "counters", wrong, codes, "counts agree with the tips", "Counts differ from the tips in {stations}."
    )


def _numbered(conn: Connection, codes: dict[int, str], check: str, table: Any, last: Any) -> Finding:
    """Numbers 1 to the counter's, none missing."""
    rows = conn.execute(
        select(table.c.station_id, func.count(), func.min(table.c.seq), func.max(table.c.seq)).group_by(
            table.c.station_id
        )
    )
    real = {row[0]: tuple(row[1:]) for row in rows}
    stored = {row[0]: row[1] for row in conn.execute(select(t.station_counter.c.station_id, last))}
    wrong = [s for s in codes if real.get(s, (0, 1, 0)) != (stored.get(s, -1), 1, stored.get(s, -1))]
    total = sum(stored.values())
    return _finding(check, wrong, codes, f"{total:,} rows, no holes", "Numbers are missing in {stations}.")


def _versions(conn: Connection, codes: dict[int, str]) -> Finding:
    """Each version of each tip has its event."""
    tip, e = t.tip.c, t.tip_event.c
    told: dict[int, int] = {row[0]: row[1] for row in _pairs(conn, select(e.station_id, func.count()), e.station_id)}
    made = {row[0]: int(row[1]) for row in _pairs(conn, select(tip.station_id, func.sum(tip.version)), tip.station_id)}
    wrong = [s for s in codes if told.get(s, 0) != made.get(s, 0)]
    return _finding("history", wrong, codes, "every change has its event", "Changes without an event in {stations}.")


def _pairs(conn: Connection, query: Any, station: Any) -> Iterable[Any]:
    return conn.execute(query.group_by(station))


_REBUILD = "run `taskroom search rebuild`."


def _words(conn: Connection) -> Finding:
    """SQLite: as many search entries as tips, and the same last one; PostgreSQL: the indexes are there and valid."""
    if conn.dialect.name != "sqlite":
        return _grams(conn)
    tips = conn.execute(select(func.count(), func.max(t.tip.c.n)).select_from(t.tip)).one()
    words = conn.execute(text("SELECT count(*), max(id) FROM tip_words_docsize")).one()
    if tuple(tips) != tuple(words):
        found = f"{words[0]:,} search entries for {tips[0]:,} tips, some words are not found: {_REBUILD}"
        return Finding("search", False, found)
    beside = ", and a rebuild is under way or was broken off" if leftovers(conn) else ""
    return Finding("search", True, f"{words[0]:,} entries, one a tip{beside}")


def _grams(conn: Connection) -> Finding:
    rows = conn.execute(
        text(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'tip'::regclass"
        )
    )
    valid: dict[str, bool] = {row[0]: row[1] for row in rows}
    if not valid.get(GRAMS):
        why = "is not valid" if GRAMS in valid else "is missing"
        return Finding("search", False, f"The search index {why}: {_REBUILD}")
    broken = sorted(name for name, is_valid in valid.items() if not is_valid)
    if any(not name.startswith(GRAMS) for name in broken):
        return Finding("search", False, f"An index of tips is not valid: REINDEX INDEX {broken[0]}.")
    beside = ", and a rebuild is under way or was broken off" if broken else ""
    return Finding("search", True, f"its index is valid{beside}")


def _finding(check: str, wrong: list[int], codes: dict[int, str], good: str, bad: str) -> Finding:
    if not wrong:
        return Finding(check, True, good)
    named = ", ".join(codes[s] for s in wrong[:NAMED_AT_MOST])
    more = f" and {len(wrong) - NAMED_AT_MOST} more" if len(wrong) > NAMED_AT_MOST else ""
    return Finding(check, False, bad.format(stations=named + more))
