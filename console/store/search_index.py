"""SQLite's search index as a table of FTS5: how its segments are merged, and how another is made and put in its place.
`upkeep` and `rebuild` call it.

FTS5 writes a segment a transaction and must merge them again and again. Left to itself it does so in the middle of an
insert, so the writer thread merges small slices while nobody waits, before FTS5 sees a need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection

if TYPE_CHECKING:
    import sqlite3

INDEX = "tip_words"
COMING, GOING = "tip_words_coming", "tip_words_going"
"""Beside the index only while it is rebuilt, or after a rebuild was broken off."""

MERGING = {"usermerge": 16, "automerge": 0, "crisismerge": 64}
"""16 segments of a size are work for a slice. FTS5 itself merges inside an insert only at 64, all at once; left to
automerge it would take 64 pages a level at a time, 20 to 50 ms, and go on with whatever a slice has begun."""

_SHADOWS = ("data", "docsize")
"""Where FTS5 keeps a contentless table's rows (sqlite.org/fts5.html, 9). `idx` and `config` are small."""


def settle(raw: sqlite3.Connection, table: str = INDEX) -> None:
    """Keep MERGING in the table; writes only what differs."""
    kept = dict(raw.execute(f"SELECT k, v FROM {table}_config"))  # noqa: S608 - our own names
    for option, value in MERGING.items():
        if kept.get(option) != value:
            _order(raw, option, value, table)


def merge(raw: sqlite3.Connection, pages: int, table: str = INDEX) -> bool:
    """Merge about so many pages; False when there was nothing to merge (fewer than two changes: sqlite.org/fts5.html,
    6.8)."""
    before = raw.total_changes
    _order(raw, "merge", pages, table)
    return raw.total_changes - before >= 2


def _order(raw: sqlite3.Connection, option: str, value: int, table: str) -> None:
    """One of FTS5's commands, which look like inserts."""
    raw.execute(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (option, value))  # noqa: S608 - as above


def raw_of(conn: Connection) -> sqlite3.Connection:
    """The driver's connection, for what is done so often that a layer above it would be felt."""
    return cast("sqlite3.Connection", conn.connection.driver_connection)


def leftovers(conn: Connection) -> list[str]:
    """Tables of a rebuild that was broken off, or is under way."""
    found = conn.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (?, ?)", (COMING, GOING)
    )
    return list(found.scalars())


def make_coming(conn: Connection) -> None:
    """An empty table made like the index."""
    conn.exec_driver_sql(f"CREATE VIRTUAL TABLE {COMING} USING fts5 (words, content='', detail=none, tokenize='ascii')")
    settle(raw_of(conn), COMING)


def add(conn: Connection, entries: Sequence[tuple[int, str]], table: str) -> None:
    """Entries of (row number, tokens with spaces between), in ascending order."""
    if entries:
        conn.exec_driver_sql(f"INSERT INTO {table} (rowid, words) VALUES (?, ?)", list(entries))  # noqa: S608 - as above


def exchange_entries(conn: Connection, before: Sequence[tuple[int, str]], after: Sequence[tuple[int, str]]) -> None:
    """Take out these entries, told with the very tokens they were put in with, and put others in under their numbers;
    in a table that is coming too, as far as it has them."""
    raw = raw_of(conn)
    for table in (INDEX, *(one for one in leftovers(conn) if one == COMING)):
        held = before
        if table == COMING:
            numbers = {row[0] for row in raw.execute(f"SELECT id FROM {COMING}_docsize")}  # noqa: S608 - our own names
            held = [entry for entry in before if entry[0] in numbers]
        kept = {number for number, _tokens in held}
        raw.executemany(f"INSERT INTO {table} ({table}, rowid, words) VALUES ('delete', ?, ?)", held)  # noqa: S608 - as above
        raw.executemany(
            f"INSERT INTO {table} (rowid, words) VALUES (?, ?)",  # noqa: S608 - as above
            [entry for entry in after if entry[0] in kept],
        )


def begin_whole_merge(raw: sqlite3.Connection, pages: int) -> None:
    """From here on `merge` brings all segments together: what was taken out is then nowhere (sqlite.org/fts5.html,
    6.8). Deleting it at once by FTS5's `secure-delete` would take 20 ms an entry."""
    _order(raw, "merge", -pages, INDEX)


def exchange(conn: Connection) -> int:
    """Put the coming table in the index's place, which is GOING from now on; returns the number of its entries."""
    conn.exec_driver_sql(f"ALTER TABLE {INDEX} RENAME TO {GOING}")
    conn.exec_driver_sql(f"ALTER TABLE {COMING} RENAME TO {INDEX}")
    return int(conn.exec_driver_sql(f"SELECT count(*) FROM {INDEX}_docsize").scalar_one())  # noqa: S608 - as above


def drain(conn: Connection, table: str, rows: int) -> bool:
    """Delete so many rows of a leftover, and the table once it is empty; True while something is left.

    Dropped whole, ten million tips' entries would hold the writers up for as long as it takes to free their pages.
    """
    for shadow in _SHADOWS:
        kept = f"{table}_{shadow}"
        deleted = conn.exec_driver_sql(
            f"DELETE FROM {kept} WHERE id IN (SELECT id FROM {kept} LIMIT ?)",  # noqa: S608 - as above
            (rows,),
        )
        if deleted.rowcount:
            return True
    conn.exec_driver_sql(f"DROP TABLE {table}")
    return False
