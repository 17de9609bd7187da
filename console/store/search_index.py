"""SQLite's search index as a table of FTS5: how its segments are merged, and how another is made and put in its place.
`upkeep` and `rebuild` call it.

FTS5 writes a segment a transaction and must merge them again and again. Left to itself it does so in the middle of an
insert, so the writer thread merges small slices while nobody waits, before FTS5 sees a need.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

INDEX = "tip_words"
COMING, GOING = "tip_words_coming", "tip_words_going"
"""Beside the index only while it is rebuilt, or after a rebuild was broken off."""

MERGING = {"usermerge": 8, "automerge": 16, "crisismerge": 64}
"""From 8 segments of a size on they are work for a slice. Where slices do not keep up, FTS5 helps itself inside an
insert: from 16 on by 64 pages a level, some 60 ms, at 64 by merging them all."""

_SHADOWS = ("data", "docsize")
"""Where FTS5 keeps a contentless table's rows (sqlite.org/fts5.html, 9). `idx` and `config` are small."""


def settle(conn: Connection, table: str = INDEX) -> None:
    """Keep MERGING in the table; writes only what differs."""
    rows = conn.exec_driver_sql(f"SELECT k, v FROM {table}_config")  # noqa: S608 - our own names
    kept = {row[0]: row[1] for row in rows}
    for option, value in MERGING.items():
        if kept.get(option) != value:
            order(conn, option, value, table)


def order(conn: Connection, option: str, value: int, table: str = INDEX) -> None:
    """One of FTS5's commands, which look like inserts."""
    conn.exec_driver_sql(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (option, value))  # noqa: S608 - as above


def merge(conn: Connection, pages: int, table: str = INDEX) -> bool:
    """Merge about so many pages; False when there was nothing to merge (fewer than two changes: sqlite.org/fts5.html,
    6.8)."""
    before = _changes(conn)
    order(conn, "merge", pages, table)
    return _changes(conn) - before >= 2


def _changes(conn: Connection) -> int:
    return int(conn.exec_driver_sql("SELECT total_changes()").scalar_one())


def leftovers(conn: Connection) -> list[str]:
    """Tables of a rebuild that was broken off, or is under way."""
    found = conn.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (?, ?)", (COMING, GOING)
    )
    return list(found.scalars())


def make_coming(conn: Connection) -> None:
    """An empty table made like the index; it merges only when told to."""
    conn.exec_driver_sql(f"CREATE VIRTUAL TABLE {COMING} USING fts5 (words, content='', detail=none, tokenize='ascii')")
    order(conn, "automerge", 0, COMING)


def add(conn: Connection, entries: Sequence[tuple[int, str]], table: str) -> None:
    """Entries of (row number, tokens with spaces between), in ascending order."""
    if entries:
        conn.exec_driver_sql(f"INSERT INTO {table} (rowid, words) VALUES (?, ?)", list(entries))  # noqa: S608 - as above


def exchange(conn: Connection) -> int:
    """Put the coming table in the index's place, which is GOING from now on; returns the number of its entries."""
    settle(conn, COMING)
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
