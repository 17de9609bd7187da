"""Does the store hold together: counters against rows, feed without holes, a search entry for every tip. `taskroom
doctor` asks it; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, func, select, text

from console.model.change import TOLD_ONLY
from console.model.fold import bigrams
from console.store import tables as t
from console.store.chain import auditor_of_all, newest_faults
from console.store.desk_roles import stations_in_sight
from console.store.driver import plain_sqlite, sqlite_module
from console.store.engine import file_of
from console.store.erasing import is_owed, longest_due
from console.store.first_look import why_not_open
from console.store.outages import sqlite_code
from console.store.recounts import wrong_counts, wrong_totals
from console.store.reindex import INDEX as GRAMS
from console.store.revisions import newest_revision, not_whole, way_back
from console.store.search_index import leftovers
from console.store.tables import station_word

NAMED_AT_MOST = 5
"""Stations named in one finding."""

WAL_BUG = ((3, 7, 0), (3, 51, 2))
"""First and last version of SQLite that has it (sqlite.org/wal.html)."""

SAMPLES = 40
"""Tips that the search index is asked for."""

CHAINED = 100
"""Newest audit entries of each station whose hashes are worked out; `taskroom audit verify` does it for all."""

ERASED_WITHIN = timedelta(days=3)
"""After a tip's time was over; a desk may be switched off for a weekend."""

CLOCK_MAY_DIFFER = timedelta(seconds=60)
"""Between the machines of one city, which a time server keeps together."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `found` is a sentence or a short line of facts."""

    check: str
    ok: bool
    found: str


def embedded_revision(url: str) -> Finding | None:
    """Why an embedded store may not be opened without changing it (absent, damaged, or to be migrated); None when it
    may, and for PostgreSQL, which opening never changes."""
    file = file_of(url)
    if file is None:
        return None
    why = why_not_open(file)
    if why is not None:
        return Finding("store", False, not_whole(file, why))
    if not file.exists():
        return Finding("store", False, f"There is no store at {file}: run `taskroom init`.")
    try:
        with closing(plain_sqlite(file)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
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
        case 1:
            return f"{file} is a database of another program: name another file for the store."
        case 11:
            return f"The store {file} is damaged: {way_back(file)}"
        case 14:
            return f"The store {file} cannot be opened: check its folder, its owner and whether its disk is writable."
        case 5 | 6:
            return f"Another program holds the store {file}: try again in a moment."
        case 10:
            return f"The disk reports an error on {file}: check the disk."
        case _:
            return not_whole(file, "it is not a store, or its beginning is damaged")


def check_rows(conn: Connection, now: datetime | None = None) -> list[Finding]:
    """All checks of one snapshot; of a store whose pages are broken only that is said."""
    sound = _sound(conn)
    if not sound.ok:
        return [sound]
    mine = stations_in_sight(conn)
    known = conn.execute(select(t.station.c.id, t.station.c.code))
    codes = {row.id: row.code for row in known if mine is None or row.id in mine}
    return [
        sound,
        _engine(conn),
        *([] if mine is None else [_of_a_desk(codes)]),
        _counters(conn, codes),
        _totals(conn, mine),
        _numbered(conn, codes, "feed", t.tip_event, t.station_counter.c.event_seq),
        _numbered(conn, codes, "audit", t.audit, t.station_counter.c.audit_seq),
        _chain(conn),
        _versions(conn, codes),
        _words(conn),
        _clock(conn, now or datetime.now(UTC)),
        _erasing(conn, now or datetime.now(UTC)),
    ]


def _sound(conn: Connection) -> Finding:
    """SQLite's own look at its pages and links; PostgreSQL guards both by itself."""
    tips = conn.scalar(select(func.count()).select_from(t.tip)) or 0
    if conn.dialect.name == "sqlite":
        first = str(conn.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
        lost = conn.exec_driver_sql("PRAGMA foreign_key_check").first()
        if first != "ok":
            file = Path(str(conn.exec_driver_sql("PRAGMA database_list").first()[2]))  # type: ignore[index]
            return Finding("store", False, f"The file is damaged: {way_back(file)}")
        if lost is not None:
            return Finding("store", False, f"A row of {lost[0]} points to one of {lost[2]} that is not there.")
    return Finding("store", True, f"at revision {newest_revision()} on {conn.dialect.name}, {tips:,} tips")


def _engine(conn: Connection) -> Finding:
    """Its version, and whether that has the WAL-reset bug, which several processes on one file can meet (facts.md)."""
    if conn.dialect.name != "sqlite":
        return Finding("engine", True, f"PostgreSQL {conn.exec_driver_sql('SHOW server_version').scalar()}")
    version = sqlite_module().sqlite_version_info
    words = ".".join(str(part) for part in version)
    if WAL_BUG[0] <= version <= WAL_BUG[1]:
        note = (
            "NOTE: its write-ahead log can corrupt a store that several processes write; pysqlite3 brings a newer one"
        )
        return Finding("engine", True, f"SQLite {words}. {note}")
    return Finding("engine", True, f"SQLite {words}, without the WAL-reset bug")


def _of_a_desk(codes: dict[int, str]) -> Finding:
    words = "looked through; the rest of the city is looked through as the database's owner"
    return Finding("stations", True, f"{', '.join(sorted(codes.values()))} {words}")


def _counters(conn: Connection, codes: dict[int, str]) -> Finding:
    wrong = wrong_counts(conn, codes)
    return _finding(
        "counters", wrong, codes, "counts agree with the tips", "Counts differ from the tips in {stations}: " + _REPAIR
    )


def _totals(conn: Connection, mine: frozenset[int] | None) -> Finding:
    wrong = wrong_totals(conn, mine)
    if wrong:
        whose = "" if mine is None else "as the database's owner "
        return Finding("totals", False, f"{wrong:,} counts of officers, rooms or members are wrong: {whose}{_REPAIR}")
    return Finding("totals", True, "officers, rooms and members are as many as counted")


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
    total = sum(stored.get(s, 0) for s in codes)
    return _finding(check, wrong, codes, f"{total:,} rows, no holes", "Numbers are missing in {stations}.")


def _chain(conn: Connection) -> Finding:
    """The newest entries follow from each other, up to the one the counter row names."""
    faults = newest_faults(conn, auditor_of_all(conn), CHAINED)
    if faults:
        first, more = faults[0], f" and {len(faults) - 1} stations more" if len(faults) > 1 else ""
        found = f"Entry {first.seq} of {first.station}: {first.what}{more}: run `taskroom audit verify`."
        return Finding("chain", False, found)
    return Finding("chain", True, f"the newest {CHAINED} entries of each station follow from each other")


def _versions(conn: Connection, codes: dict[int, str]) -> Finding:
    """Each version of each tip has its event."""
    tip, e = t.tip.c, t.tip_event.c
    changes = select(e.station_id, func.count()).where(e.kind.not_in(TOLD_ONLY))
    told: dict[int, int] = {row[0]: row[1] for row in _pairs(conn, changes, e.station_id)}
    made = {row[0]: int(row[1]) for row in _pairs(conn, select(tip.station_id, func.sum(tip.version)), tip.station_id)}
    wrong = [s for s in codes if told.get(s, 0) != made.get(s, 0)]
    return _finding("history", wrong, codes, "every change has its event", "Changes without an event in {stations}.")


def _pairs(conn: Connection, query: Any, station: Any) -> Iterable[Any]:
    return conn.execute(query.group_by(station))


_REPAIR = "run `taskroom doctor --repair`."
_REBUILD = "run `taskroom search rebuild`."


def _words(conn: Connection) -> Finding:
    """SQLite: an entry for every tip, none without one, and samples that are found; PostgreSQL: the indexes are there
    and valid."""
    if conn.dialect.name != "sqlite":
        return _grams(conn)
    tips = conn.scalar(select(func.count()).select_from(t.tip)) or 0
    words = conn.scalar(text("SELECT count(*) FROM tip_words_docsize")) or 0
    missing = conn.scalar(text("SELECT count(*) FROM tip WHERE n NOT IN (SELECT id FROM tip_words_docsize)")) or 0
    if missing or tips != words:
        found = f"{words:,} search entries for {tips:,} tips, {missing:,} of which are not found by words: {_REBUILD}"
        return Finding("search", False, found)
    if lost := _lost_words(conn):
        return Finding(
            "search", False, f"{lost:,} of {SAMPLES} tips looked at are not found by their words: {_REBUILD}"
        )
    beside = ", and a rebuild is under way or was broken off" if leftovers(conn) else ""
    return Finding("search", True, f"{words:,} entries, one a tip{beside}")


def _lost_words(conn: Connection) -> int:
    """How many of the sampled tips, spread over all and the newest, are not found by their first and last words."""
    last = conn.scalar(select(func.max(t.tip.c.n))) or 0
    step = max(last // (SAMPLES // 2), 1)
    asked = {*range(step, last + 1, step), *range(max(last - SAMPLES // 2, 0) + 1, last + 1)}
    rows = conn.execute(select(t.tip.c.n, t.tip.c.folded, t.tip.c.station_id).where(t.tip.c.n.in_(asked))).all()
    lost = 0
    for n, folded, station in rows:
        tokens = bigrams(folded)
        words = " ".join(f'"{token}"' for token in (*tokens[:3], *tokens[-3:], station_word(station)))
        found = conn.execute(
            text("SELECT 1 FROM tip_words WHERE tip_words MATCH :words AND rowid = :n"), {"words": words, "n": n}
        )
        lost += found.first() is None
    return lost


def _clock(conn: Connection, now: datetime) -> Finding:
    """No event is of the future, and every station's time zone is known here."""
    for zone in conn.execute(select(t.station.c.timezone).distinct()).scalars():
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            return Finding("clock", False, f"The time zone {zone} of a station is not known here: install tzdata.")
    newest = conn.scalar(select(func.max(t.tip.c.received_at)))
    if newest is not None and newest - now > CLOCK_MAY_DIFFER:
        ahead = timedelta(seconds=round((newest - now).total_seconds()))
        found = f"The newest tip is {ahead} ahead of this machine's clock, which has jumped back: set the clock."
        return Finding("clock", False, found)
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M:%S} UTC, not behind the newest tip")


def _erasing(conn: Connection, now: datetime) -> Finding:
    """Nothing waits for its erasing much longer than for a night."""
    since = longest_due(conn, now)
    if since is not None and now - since > ERASED_WITHIN:
        words = f"Tips wait to be erased since {since:%Y-%m-%d}: run `taskroom erase`; the intake does it at night."
        return Finding("erasing", False, words)
    owed = "; files of the store hold some of what was erased until the next run" if is_owed(conn) else ""
    return Finding("erasing", True, f"nothing is kept for longer than it may be{owed}")


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


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed reporter, to try a key on; nothing of it can be read without."""

    tip_id: UUID
    station_id: int
    sealed: bytes


def sealed_sample(conn: Connection) -> Sealed | None:
    """Any reporter; None when nobody named one."""
    r = t.reporter.c
    row = conn.execute(select(r.tip_id, r.station_id, r.sealed).limit(1)).first()
    return None if row is None else Sealed(*row)


def named_attachments(conn: Connection) -> list[str]:
    """The SHA-256 of every content that a tip names."""
    return list(conn.execute(select(t.attachment.c.sha256).distinct()).scalars())


def broken_rebuild(conn: Connection) -> bool:
    """Whether a rebuild of SQLite's search index is under way or was broken off."""
    return conn.dialect.name == "sqlite" and bool(leftovers(conn))


def _finding(check: str, wrong: list[int], codes: dict[int, str], good: str, bad: str) -> Finding:
    if not wrong:
        return Finding(check, True, good)
    named = ", ".join(codes[s] for s in wrong[:NAMED_AT_MOST])
    more = f" and {len(wrong) - NAMED_AT_MOST} more" if len(wrong) > NAMED_AT_MOST else ""
    return Finding(check, False, bad.format(stations=named + more))
