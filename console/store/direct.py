"""Statements past SQLAlchemy, for the hot path of the intake: the driver's own connection under a Core connection.

`writer` opens SQLite's transactions with it; `arrivals` and `lot` ask and insert with it. A statement costs SQLAlchemy
80 µs, SQLite's driver 10, and a tip takes nine; on PostgreSQL the inserts of a transaction go in one round trip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from itertools import chain
from typing import Any, Protocol, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

ROWS_AT_ONCE = (32, 8, 1)
"""Rows of one INSERT on SQLite. The driver lets other threads run during a statement and takes the interpreter back
after it: with a statement a row, the writer and the event loop, which makes the next tips ready, hinder each other.
Three sizes, so that every statement stays prepared in the driver's cache of 128."""

Row = tuple[Any, ...]
Table = tuple[str, list[Row]]
"""All of an INSERT before VALUES, and rows of equal length."""


@contextmanager
def transaction(conn: Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT on SQLite; what Core does inside joins it. Raises SQLAlchemy's errors."""
    raw: Any = conn.connection.driver_connection
    with _told_by_core(conn):
        raw.execute("BEGIN IMMEDIATE")
    try:
        yield
        with _told_by_core(conn):
            raw.execute("COMMIT")
    except BaseException:
        with _told_by_core(conn):
            if raw.in_transaction:
                raw.execute("ROLLBACK")
        conn.rollback()
        raise
    if conn.in_transaction():
        conn.commit()


class Direct(Protocol):
    """The driver's connection in the transaction of a Core connection; `?` stands for a value. Raises as Core does."""

    is_sqlite: bool

    def ask(self, statement: str, values: Sequence[Any]) -> list[Row]:
        """The rows that a statement returns."""

    def insert(self, tables: Sequence[Table]) -> None:
        """Insert the rows of every table, in order; a table without rows is passed over."""

    def run(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement once with each of the rows' values."""


def direct(conn: Connection) -> Direct:
    return _Sqlite(conn) if conn.dialect.name == "sqlite" else _Postgres(conn)


class _Sqlite:
    is_sqlite = True

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._raw: Any = conn.connection.driver_connection

    def ask(self, statement: str, values: Sequence[Any]) -> list[Row]:
        with _told_by_core(self._conn):
            found: list[Row] = self._raw.execute(statement, values).fetchall()
        return found

    def insert(self, tables: Sequence[Table]) -> None:
        execute = self._raw.execute
        with _told_by_core(self._conn):
            for head, rows in tables:
                at = 0
                while at < len(rows):
                    count = next(size for size in ROWS_AT_ONCE if size <= len(rows) - at)
                    values = list(chain.from_iterable(rows[at : at + count]))
                    execute(_insert(head, len(rows[0]), count), values)
                    at += count

    def run(self, statement: str, rows: Sequence[Row]) -> None:
        with _told_by_core(self._conn):
            self._raw.executemany(statement, rows)


class _Postgres:
    """One cursor a connection, which keeps what it has learnt of the types; all inserts are sent at once."""

    is_sqlite = False

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._raw = cast(Any, conn.connection.driver_connection)
        if _CURSOR not in conn.info:
            conn.info[_CURSOR] = self._raw.cursor()
        self._cursor: Any = conn.info[_CURSOR]

    def ask(self, statement: str, values: Sequence[Any]) -> list[Row]:
        is_first = self._raw.info.transaction_status == _IDLE
        with _told_by_core(self._conn), self._raw.pipeline() if is_first else nullcontext():  # together with its BEGIN
            found: list[Row] = self._cursor.execute(_with_percent(statement), values).fetchall()
        return found

    def insert(self, tables: Sequence[Table]) -> None:
        with _told_by_core(self._conn), self._raw.pipeline():
            for head, rows in tables:
                if rows:
                    self._cursor.executemany(_with_percent(_insert(head, len(rows[0]), 1)), rows)

    def run(self, statement: str, rows: Sequence[Row]) -> None:
        with _told_by_core(self._conn):
            self._cursor.executemany(_with_percent(statement), rows)


_CURSOR = "taskroom cursor"
_IDLE = 0
"""libpq's PQTRANS_IDLE: no transaction yet."""


@cache
def _insert(head: str, columns: int, rows: int) -> str:
    one = f"({', '.join('?' * columns)})"
    return f"{head} VALUES {', '.join([one] * rows)}"


@cache
def _with_percent(statement: str) -> str:
    return statement.replace("?", "%s")


@contextmanager
def _told_by_core(conn: Connection) -> Iterator[None]:
    """Raise a driver's error as Core would have: no value of a row is in its text (PostgreSQL's DETAIL names some)."""
    errors: type[Exception] = conn.dialect.loaded_dbapi.Error
    try:
        yield
    except errors as error:
        error.args = (str(error).partition("\n")[0],)
        raise DBAPIError.instance(None, None, error, errors, hide_parameters=True) from error
