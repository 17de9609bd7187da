"""Makes a PostgreSQL store of millions of tips out of a seeded city on SQLite, to be searched: of the same tips and
observables as `multiply` makes, without what no search reads (events, audit rows, reporters, referrals). `stores` calls
it.

The city comes in by COPY; its layers are multiplied inside the server, oldest first; indexes are built last.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, sql
from sqlalchemy.engine import URL

from console.model.fold import bigrams
from console.paths import DataFolder
from console.store.driver import plain_sqlite
from tests.bench.cluster import connect
from tests.bench.multiply import DAYS_BETWEEN, PLACES, TIMES

_FILLED: Final = ("tip", "observable")
_FILLING: Final = (
    "synchronous_commit = off",
    "maintenance_work_mem = '2GB'",
    "work_mem = '256MB'",
    "client_min_messages = error",
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "timestamp with time zone": lambda value: _EPOCH + timedelta(microseconds=value),
    "uuid": lambda value: UUID(bytes=value),
    "boolean": bool,
}
"""PostgreSQL's type → what SQLite keeps for it, in Python's."""

Conn = Connection[tuple[Any, ...]]


def multiply_shared(city: DataFolder, database: URL, tips: int) -> None:
    """Fill the empty store at `database` with `tips` tips, rounded up to a whole layer."""
    with connect(database) as conn, closing(plain_sqlite(city.store)) as source:
        for setting in _FILLING:
            conn.execute(f"SET {setting}")
        with _step("the city"), conn.transaction():
            _copy_city(source, conn)
            layers = _sources(conn, tips)
        with _known_grams(source, conn):
            with _without_keys(conn):
                for name in _FILLED:
                    with _step(name), conn.transaction():
                        conn.execute(f"TRUNCATE {name} CASCADE")  # then what fills it is not logged
                        _fill(conn, name, layers)
            conn.execute(f"UPDATE station_counter SET solved = solved * {layers + 1}, closed = closed * {layers + 1}")
            with _step("vacuum and analyse"):
                conn.execute("VACUUM (FREEZE, ANALYZE)")


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"  {name}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)


# ── the city ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _copy_city(source: sqlite3.Connection, conn: Conn) -> None:
    """The places as they are, tips and observables into temporary tables `city_…`."""
    conn.execute("SET LOCAL session_replication_role = replica")  # a trigger keeps the audit from being emptied
    conn.execute("TRUNCATE district CASCADE")
    conn.execute("SET LOCAL session_replication_role = origin")
    for name in (*PLACES, "station_counter"):
        _copy(source, conn, name, name)
    conn.execute("UPDATE station_counter SET audit_seq = 0, audit_head = DEFAULT")
    for name in _FILLED:
        conn.execute(f"CREATE TEMP TABLE city_{name} (LIKE {name})")
        _copy(source, conn, name, f"city_{name}")


def _copy(source: sqlite3.Connection, conn: Conn, name: str, into: str) -> None:
    found = conn.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND table_schema ="
        " 'public' ORDER BY ordinal_position",
        (name,),
    ).fetchall()
    columns = ", ".join(column for column, _kind in found)
    reads = [_READ.get(kind) for _column, kind in found]
    _copy_rows(
        conn,
        f"{into} ({columns})",
        (
            [value if read is None or value is None else read(value) for value, read in zip(row, reads, strict=True)]
            for row in source.execute(f"SELECT {columns} FROM {name}")
        ),
    )


def _copy_rows(conn: Conn, into: str, rows: Iterable[Sequence[Any]]) -> None:
    with conn.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _sources(conn: Conn, tips: int) -> int:
    """The ended tips and their observables in the order of time; how many layers of them."""
    conn.execute(
        "CREATE TEMP TABLE past_tip AS SELECT * FROM city_tip WHERE status IN ('solved', 'closed') ORDER BY id"
    )
    conn.execute(
        "CREATE TEMP TABLE past_observable AS SELECT o.* FROM city_observable o JOIN past_tip t ON t.id = o.tip_id"
        " ORDER BY o.tip_id"
    )
    whole, older = (_number(conn, f"SELECT count(*) FROM {one}") for one in ("city_tip", "past_tip"))
    return -(-(tips - whole) // older)


def _number(conn: Conn, question: str) -> int:
    row = conn.execute(question).fetchone()
    assert row is not None
    return int(row[0])


# ── the tables ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _fill(conn: Conn, name: str, layers: int) -> None:
    """The older rows, layer by layer, and the city itself as the newest."""
    columns = [one.name for one in conn.execute(f"SELECT * FROM {name} LIMIT 0").description or ()]
    for layer in range(1, layers + 1):
        back = (layers + 1 - layer) * DAYS_BETWEEN
        picked = ", ".join(_older(one, layer, back) for one in columns)
        conn.execute(f"INSERT INTO {name} ({', '.join(columns)}) SELECT {picked} FROM past_{name}")
    conn.execute(f"INSERT INTO {name} SELECT * FROM city_{name}")


def _older(column: str, layer: int, back_days: int) -> str:
    """What a layer has in that column. An id gets the layer for its first two bytes, which are 01 9A or more in a real
    UUIDv7 of these years."""
    if column in ("id", "tip_id"):
        return f"('{layer:04x}' || substr({column}::text, 5))::uuid"
    if column == "source_key":
        return f"'seed-0-{layer:03d}-' || source_key"
    return f"{column} - interval '{back_days} days'" if column in TIMES else column


# ── keys and indexes ─────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def _known_grams(source: sqlite3.Connection, conn: Conn) -> Iterator[None]:
    """Meanwhile `taskroom_grams` looks up what it would work out (0.1 ms and more a tip): the layers have the city's
    words, and the function the tokens of `bigrams`."""
    found = conn.execute("SELECT pg_get_functiondef('taskroom_grams'::regproc)").fetchone()
    assert found is not None
    with _step("search terms"), conn.transaction():
        conn.execute("CREATE TABLE said (folded text PRIMARY KEY, grams text[] NOT NULL)")
        words = source.execute("SELECT DISTINCT folded FROM tip")
        _copy_rows(conn, "said", ((folded, list(bigrams(folded))) for (folded,) in words))
    conn.execute("ANALYZE said")
    conn.execute(
        "CREATE OR REPLACE FUNCTION taskroom_grams(folded text, station_id integer) RETURNS text[] LANGUAGE plpgsql"
        " IMMUTABLE PARALLEL SAFE STRICT AS $$ BEGIN RETURN (SELECT s.grams FROM public.said s WHERE s.folded = $1)"
        " || ('=' || $2)::text; END $$"
    )
    yield
    conn.execute(found[0])
    conn.execute("DROP TABLE said")


@contextmanager
def _without_keys(conn: Conn) -> Iterator[None]:
    """Drop keys, indexes and references of the tables to be filled and make them at the end: sorted, which is quicker.

    References are made without asking every row again: the rows of a layer refer as the city's do.
    """
    found = conn.execute(
        "SELECT conrelid::regclass::text, conname, contype = 'f', pg_get_constraintdef(oid) FROM pg_constraint WHERE"
        " contype IN ('p', 'u') AND conrelid::regclass::text = ANY(%(filled)s) OR contype = 'f' AND"
        " (conrelid::regclass::text = ANY(%(filled)s) OR confrelid::regclass::text = ANY(%(filled)s))"
        " ORDER BY contype",
        {"filled": list(_FILLED)},
    ).fetchall()
    indexes = conn.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text"
        " = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        (list(_FILLED),),
    ).fetchall()
    for table, name, _refers, _definition in found:
        conn.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name)))
    for name, _definition in indexes:
        conn.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for table, name, refers, definition in sorted(found, key=lambda one: bool(one[2])):
        with _step(name):
            end = " NOT VALID" if refers else ""
            conn.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}{end}")
    for name, definition in indexes:
        with _step(name):
            conn.execute(definition)
