"""Makes a store of millions of tips out of a seeded city: its ended tips again and again as an older history with all
events, audit rows, observables, reporters, referrals and search terms; on top the city as it is. `stores` calls it.

Every table is filled in the order of its key, one table after the other, and its indexes are built when it is full.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from console.model.audit import FIRST, entry_hash
from console.model.fold import bigrams
from console.paths import DataFolder
from console.store.driver import plain_sqlite
from console.store.tables import station_word

PLACES: Final = ("district", "station", "officer", "officer_grant", "agency", "room", "member", "vault", "vault_key")
_GROUPS: Final = {
    "tip": "NULL",
    "tip_event": "station_id",
    "audit": "station_id",
    "reporter": "station_id",
    "referral": "station_id",
    "observable": "station_id, kind, norm_value",
}
"""Table → the columns of its key before the tip's id or number: rows equal in these stand together, layer by layer."""
_NUMBERED: Final = {"tip_event": "event_seq", "audit": "audit_seq"}
"""Table → the counter that has the last number of each station."""
_ENTRY: Final = (
    "station_id",
    "seq",
    "at",
    "officer_id",
    "action",
    "tip_id",
    "version_before",
    "version_after",
    "about",
)
"""What an audit entry's hash is made of, in the order of `model.audit.Written`."""
DAYS_BETWEEN: Final = 40
"""So that ninety layers reach ten years back."""
_DAY: Final = 86_400_000_000
TIMES: Final = frozenset(
    ["reported_at", "received_at", "respond_by", "moved_at", "responded_at", "claimed_at", "acknowledged_at", "at"]
)
_FILLING: Final = (
    "foreign_keys = OFF",
    "ignore_check_constraints = ON",
    "main.locking_mode = EXCLUSIVE",
    "main.journal_mode = DELETE",
    "main.journal_mode = OFF",
    "main.synchronous = OFF",
    "main.cache_size = -524288",
    "temp.cache_size = -524288",
    "threads = 2",
)
"""Of this store alone: the city beside it stays open to others. Nothing can be taken back: a store that was broken off
is made anew. Half a GiB of pages is also what a sort holds before it goes to disk."""
_WORDS_HELD: Final = 32 << 20
"""Bytes of search terms gathered before they are written as one segment: half a million tips. A desk writes small ones
and merges them; in the end there are as many."""


def multiply(city: DataFolder, target: DataFolder, tips: int) -> None:
    """Fill the fresh store `target` with `tips` tips, rounded up to a whole layer."""
    conn = plain_sqlite(target.store)
    try:
        for pragma in _FILLING:
            conn.execute(f"PRAGMA {pragma}")
        conn.execute("ATTACH ? AS city", (str(city.store),))
        with _step("places"):
            _places(conn)
            layers = _sources(conn, tips)
        chains = _Chains(conn)
        with _without_indexes(conn):
            for name in _GROUPS:
                with _step(name):
                    _history(conn, name)
                    _top(conn, name)
        with _step("search terms"):
            _words(conn)
        _count(conn, layers)
        chains.end()
        with _step("the end"):
            conn.execute("PRAGMA main.locking_mode = NORMAL")
            conn.execute("PRAGMA main.journal_mode = WAL")
            conn.execute("PRAGMA main.optimize")
    finally:
        conn.close()


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"  {name}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)


@contextmanager
def _without_indexes(conn: sqlite3.Connection) -> Iterator[None]:
    """Drop the indexes of the tables to be filled and build them at the end: sorted, which is quicker."""
    found = conn.execute("SELECT name, sql, tbl_name FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    indexes = [(name, sql) for name, sql, table in found.fetchall() if table in _GROUPS]
    for name, _sql in indexes:
        conn.execute(f"DROP INDEX main.{name}")
    yield
    for name, sql in indexes:
        with _step(name):
            conn.execute(sql)


def _places(conn: sqlite3.Connection) -> None:
    conn.execute("BEGIN")
    for name in PLACES:
        conn.execute(f"INSERT OR IGNORE INTO main.{name} SELECT * FROM city.{name}")
    conn.execute("INSERT OR REPLACE INTO main.station_counter SELECT * FROM city.station_counter")
    conn.execute("COMMIT")


def _columns(conn: sqlite3.Connection, name: str) -> list[str]:
    return [row[1] for row in conn.execute(f"PRAGMA main.table_info({name})")]


# ── the audit ────────────────────────────────────────────────────────────────────────────────────────────────────────
class _Chains:
    """Each station's chain of hashes, made anew as its rows are written in the order of their numbers."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._heads: dict[int, bytes] = {}
        conn.create_function("chained", len(_ENTRY), self._next)

    def _next(self, *values: Any) -> bytes:
        station, seq, at, officer, action, tip, before, after, about = values
        entry = (station, seq, at, officer, action, None if tip is None else tip.hex(), before, after, about)
        head = self._heads[station] = entry_hash(self._heads.get(station, FIRST), entry)
        return head

    def end(self) -> None:
        """The counter rows name the newest."""
        self._conn.executemany(
            "UPDATE main.station_counter SET audit_head = ? WHERE station_id = ?",
            [(head, station_id) for station_id, head in self._heads.items()],
        )


# ── what a layer is made of ──────────────────────────────────────────────────────────────────────────────────────────
def _sources(conn: sqlite3.Connection, tips: int) -> int:
    """The layers, the ended tips' rows of every table in the order of its key, and their groups; how many layers."""
    conn.execute("BEGIN")
    conn.execute("CREATE TEMP TABLE past_tip AS SELECT * FROM city.tip WHERE status IN ('solved', 'closed') ORDER BY n")
    conn.execute("CREATE UNIQUE INDEX temp.past_tip_id ON past_tip (id)")
    whole, ended = (conn.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in ("city.tip", "past_tip"))
    layers: int = -(-(tips - whole) // ended)
    conn.execute("CREATE TEMP TABLE layer (k INTEGER PRIMARY KEY, base INTEGER, head BLOB, before INTEGER)")
    conn.executemany(
        "INSERT INTO layer VALUES (?, ?, ?, ?)",
        (
            (k, (k - 1) * ended, k.to_bytes(2, "big"), (layers + 1 - k) * DAYS_BETWEEN * _DAY)
            for k in range(1, layers + 1)
        ),
    )
    for name, groups in _GROUPS.items():
        if name != "tip":
            key = "seq" if name in _NUMBERED else "tip_id"
            conn.execute(
                f"CREATE TEMP TABLE past_{name} AS SELECT c.* FROM city.{name} c JOIN past_tip ON past_tip.id ="
                f" c.tip_id ORDER BY {', '.join(f'c.{one}' for one in (*groups.split(', '), key))}"
            )
        conn.execute(
            f"CREATE TEMP TABLE group_{name} AS SELECT min(rowid) AS first, max(rowid) AS last FROM past_{name}"
            f" GROUP BY {groups} ORDER BY first"
        )
    for name in _NUMBERED:
        conn.execute(
            f"CREATE TEMP TABLE many_{name} AS SELECT station_id, count(*) AS many FROM past_{name} GROUP BY station_id"
        )
    conn.execute("COMMIT")
    return layers


# ── the tables ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _history(conn: sqlite3.Connection, name: str) -> None:
    """The older rows of one table: group by group, in it layer by layer."""
    columns = _columns(conn, name)
    picked = ", ".join(_chained(one, lambda column: _older(name, column)) for one in columns)
    conn.execute(
        f"INSERT INTO main.{name} ({', '.join(columns)}) SELECT {picked} FROM group_{name} g CROSS JOIN layer l"
        f" CROSS JOIN past_{name} p WHERE p.rowid BETWEEN g.first AND g.last"
    )


def _older(name: str, column: str) -> str:
    """What a layer has in that column. An id gets the layer for its first two bytes, which are 01 9A or more in a real
    UUIDv7 of these years."""
    if name == "tip":
        if column == "n":
            return "p.rowid + l.base"
        if column == "source_key":
            return "printf('seed-0-%03d-', l.k) || p.source_key"
    if column in ("id", "tip_id"):
        return f"CAST(l.head || substr(p.{column}, 3) AS BLOB)"
    if column == "seq":
        return "p.rowid - g.first + 1 + (l.k - 1) * (g.last - g.first + 1)"
    return f"p.{column} - l.before" if column in TIMES else f"p.{column}"


def _top(conn: sqlite3.Connection, name: str) -> None:
    """The city itself, newest of all, numbered on from the layers."""
    columns = _columns(conn, name)
    layers, below = "(SELECT max(k) FROM layer)", "(SELECT max(base) FROM layer) + (SELECT count(*) FROM past_tip)"
    joined = f" LEFT JOIN many_{name} m ON m.station_id = c.station_id" if name in _NUMBERED else ""
    moved = {"n": f"c.n + {below}" if name == "tip" else "c.n", "seq": f"c.seq + {layers} * coalesce(m.many, 0)"}
    picked = ", ".join(_chained(one, lambda column: moved.get(column, f"c.{column}")) for one in columns)
    conn.execute(f"INSERT INTO main.{name} ({', '.join(columns)}) SELECT {picked} FROM city.{name} c{joined}")


def _chained(column: str, picked: Callable[[str], str]) -> str:
    """What is picked for the column; for an entry's hash what follows from all its others."""
    return f"chained({', '.join(map(picked, _ENTRY))})" if column == "hash" else picked(column)


def _words(conn: sqlite3.Connection) -> None:
    """The search terms of every tip, in the order of its number."""
    conn.execute("CREATE TEMP TABLE said (id BLOB PRIMARY KEY, words TEXT) WITHOUT ROWID")
    rows = conn.execute("SELECT id, station_id, folded FROM city.tip").fetchall()
    said = ((key, " ".join([*bigrams(folded), station_word(at)])) for key, at, folded in rows)
    conn.execute("BEGIN")
    conn.executemany("INSERT INTO said VALUES (?, ?)", said)
    set_words = "INSERT INTO main.tip_words (tip_words, rank) VALUES (?, ?)"
    merges = conn.execute("SELECT v FROM main.tip_words_config WHERE k = 'automerge'").fetchone()[0]
    conn.executemany(set_words, [("hashsize", _WORDS_HELD), ("automerge", 0)])
    conn.execute(
        "CREATE TEMP TABLE past_said AS SELECT words FROM past_tip JOIN said USING (id) ORDER BY past_tip.rowid"
    )
    conn.execute(
        "INSERT INTO main.tip_words (rowid, words) SELECT p.rowid + l.base, p.words FROM layer l CROSS JOIN past_said p"
    )
    conn.execute(
        "INSERT INTO main.tip_words (rowid, words) SELECT t.n, words FROM main.tip t JOIN said USING (id)"
        " WHERE t.n > (SELECT max(base) FROM layer) + (SELECT count(*) FROM past_tip) ORDER BY t.n"
    )
    conn.execute(set_words, ("automerge", merges))
    conn.execute("DELETE FROM main.tip_words_config WHERE k = 'hashsize'")
    conn.execute("COMMIT")


def _count(conn: sqlite3.Connection, layers: int) -> None:
    """The counter rows as if every layer had been received and ended in its time."""
    conn.execute("BEGIN")
    for name, number in _NUMBERED.items():
        conn.execute(
            f"UPDATE main.station_counter AS s SET {number} = {number} + ? *"
            f" coalesce((SELECT many FROM many_{name} m WHERE m.station_id = s.station_id), 0)",
            (layers,),
        )
    for status in ("solved", "closed"):
        conn.execute(f"UPDATE main.station_counter SET {status} = {status} * ?", (layers + 1,))
    conn.execute("COMMIT")
