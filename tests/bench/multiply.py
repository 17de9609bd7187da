"""Makes a store of millions of tips out of a seeded city: its ended tips again and again as an older history with all
events, audit rows, observables, reporters, referrals and search terms; on top the city as it is. `stores` calls it."""

from __future__ import annotations

import sqlite3
import sys
from typing import Final

from console.model.fold import bigrams
from console.paths import DataFolder
from console.store.engine import plain_sqlite
from console.store.lot import STATION_WORD

_PLACES: Final = ("district", "station", "officer", "officer_grant", "agency", "room", "member")
_DAYS_BETWEEN: Final = 40
"""So that ninety layers reach ten years back."""
_DAY: Final = 86_400_000_000
_TIMES: Final = frozenset(
    ["reported_at", "received_at", "respond_by", "moved_at", "responded_at", "claimed_at", "acknowledged_at", "at"]
)
_LAYER_KEY: Final = "CAST(unhex(printf('%04X', :layer)) || substr({0}, 3) AS BLOB)"
"""The copy's id: the layer instead of the first two bytes, which are 01 9A or more in a real UUIDv7 of these years."""


def multiply(city: DataFolder, target: DataFolder, tips: int) -> None:
    """Fill the store `target` with `tips` tips (rounded up to a whole layer); one that was broken off goes on."""
    conn = plain_sqlite(target.store)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "cache_size = -4194304", "foreign_keys = OFF"):
            conn.execute(f"PRAGMA {pragma}")
        conn.execute("ATTACH ? AS city", (str(city.store),))
        _prepare(conn)
        whole, ended = (conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("city.tip", "ended"))
        layers = -(-(tips - whole) // ended)
        done = conn.execute("SELECT coalesce(max(n), 0) FROM main.tip").fetchone()[0] // ended
        for layer in range(done + 1, layers + 1):
            _layer(conn, layer, layers, ended)
            print(f"{layer * ended:,} tips", file=sys.stderr, flush=True)
        _top(conn, layers, ended)
        _count(conn, layers)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.execute("PRAGMA optimize")
    finally:
        conn.close()


def _prepare(conn: sqlite3.Connection) -> None:
    """Places, and what every layer is made of, numbered without gaps."""
    conn.execute("BEGIN")
    for name in _PLACES:
        conn.execute(f"INSERT OR IGNORE INTO main.{name} SELECT * FROM city.{name}")
    conn.execute("INSERT OR REPLACE INTO main.station_counter SELECT * FROM city.station_counter")
    conn.execute(
        "CREATE TEMP TABLE ended AS SELECT row_number() OVER (ORDER BY n) AS rank, id FROM city.tip"
        " WHERE status IN ('solved', 'closed')"
    )
    conn.execute("CREATE UNIQUE INDEX temp.ended_id ON ended (id)")
    for name, number in (("tip_event", "event_seq"), ("audit", "audit_seq")):
        conn.execute(
            f"CREATE TEMP TABLE past_{name} AS SELECT row_number() OVER (PARTITION BY e.station_id ORDER BY e.seq)"
            f" AS rank, e.* FROM city.{name} e JOIN ended ON ended.id = e.tip_id ORDER BY e.station_id, e.seq"
        )
        conn.execute(
            f"CREATE TEMP TABLE {number} AS SELECT station_id, count(*) AS many FROM past_{name} GROUP BY station_id"
        )
        conn.execute(f"CREATE UNIQUE INDEX temp.{number}_station ON {number} (station_id)")
    conn.execute("CREATE TEMP TABLE said (n INTEGER PRIMARY KEY, id BLOB, words TEXT)")
    rows = conn.execute("SELECT n, id, station_id, folded FROM city.tip").fetchall()
    said = ((n, ident, " ".join([*bigrams(folded), STATION_WORD.format(at)])) for n, ident, at, folded in rows)
    conn.executemany("INSERT INTO said VALUES (?, ?, ?)", said)
    conn.execute("COMMIT")


def _columns(conn: sqlite3.Connection, name: str) -> list[str]:
    return [row[1] for row in conn.execute(f"PRAGMA main.table_info({name})")]


def _layer(conn: sqlite3.Connection, layer: int, layers: int, ended: int) -> None:
    """One copy of every ended tip, older than all later layers."""
    values = {"layer": layer, "base": (layer - 1) * ended, "before": (layers + 1 - layer) * _DAYS_BETWEEN * _DAY}
    conn.execute("BEGIN")
    _copy(
        conn, "tip", {"n": "ended.rank + :base", "source_key": "printf('seed-0-%03d-', :layer) || source_key"}, values
    )
    conn.execute(
        "INSERT INTO main.tip_words (rowid, words) SELECT ended.rank + :base, said.words FROM ended"
        " JOIN said ON said.id = ended.id ORDER BY ended.rank",
        values,
    )
    for name in ("observable", "reporter", "referral"):
        _copy(conn, name, {}, values)
    for name, number in (("tip_event", "event_seq"), ("audit", "audit_seq")):
        _copy_numbered(conn, name, number, values)
    conn.execute("COMMIT")


def _copied(name: str, given: dict[str, str], source: str) -> str:
    if name in given:
        return given[name]
    if name in ("id", "tip_id"):
        return _LAYER_KEY.format(f"{source}.{name}")
    if name in _TIMES:
        return f"{source}.{name} - :before"
    return f"{source}.{name}"


def _copy(conn: sqlite3.Connection, name: str, given: dict[str, str], values: dict[str, int]) -> None:
    columns = _columns(conn, name)
    key = "id" if name == "tip" else "tip_id"
    picked = ", ".join(_copied(one, given, "c") for one in columns)
    order = "ended.rank" if name == "tip" else "c.station_id, c.tip_id"
    conn.execute(
        f"INSERT INTO main.{name} ({', '.join(columns)}) SELECT {picked} FROM city.{name} c"
        f" JOIN ended ON ended.id = c.{key} ORDER BY {order}",
        values,
    )


def _copy_numbered(conn: sqlite3.Connection, name: str, number: str, values: dict[str, int]) -> None:
    columns = _columns(conn, name)
    given = {"seq": f"p.rank + (:layer - 1) * {number}.many"}
    picked = ", ".join(_copied(one, given, "p") for one in columns)
    conn.execute(
        f"INSERT INTO main.{name} ({', '.join(columns)}) SELECT {picked} FROM past_{name} p"
        f" JOIN {number} ON {number}.station_id = p.station_id ORDER BY p.station_id, p.seq",
        values,
    )


def _top(conn: sqlite3.Connection, layers: int, ended: int) -> None:
    """The city itself, newest of all, numbered on from the layers."""
    conn.execute("BEGIN")
    base = {"base": layers * ended, "layers": layers}
    for name in ("tip", "observable", "reporter", "referral"):
        columns = _columns(conn, name)
        picked = ", ".join("n + :base" if one == "n" else one for one in columns)
        conn.execute(f"INSERT INTO main.{name} ({', '.join(columns)}) SELECT {picked} FROM city.{name}", base)
    conn.execute("INSERT INTO main.tip_words (rowid, words) SELECT n + :base, words FROM said ORDER BY n", base)
    for name, number in (("tip_event", "event_seq"), ("audit", "audit_seq")):
        columns = _columns(conn, name)
        seq = f"c.seq + :layers * coalesce({number}.many, 0)"
        picked = ", ".join(seq if one == "seq" else f"c.{one}" for one in columns)
        conn.execute(
            f"INSERT INTO main.{name} ({', '.join(columns)}) SELECT {picked} FROM city.{name} c"
            f" LEFT JOIN {number} ON {number}.station_id = c.station_id ORDER BY c.station_id, c.seq",
            base,
        )
    conn.execute("COMMIT")


def _count(conn: sqlite3.Connection, layers: int) -> None:
    """The counter rows as if every layer had been received and ended in its time."""
    conn.execute("BEGIN")
    for name in ("event_seq", "audit_seq"):
        conn.execute(
            f"UPDATE main.station_counter AS s SET {name} = {name} + ? *"
            f" coalesce((SELECT many FROM {name} WHERE {name}.station_id = s.station_id), 0)",
            (layers,),
        )
    for status in ("solved", "closed"):
        conn.execute(f"UPDATE main.station_counter SET {status} = {status} * ?", (layers + 1,))
    conn.execute("COMMIT")
