"""Statements past SQLAlchemy, for the hot path of the intake: the driver's own connection under a Core connection.

`writer` opens SQLite's transactions with it; `arrivals` and `lot` ask and insert with it. A statement costs SQLAlchemy
80 µs, SQLite's driver 10, and a tip takes nine; on PostgreSQL the inserts of a transaction go in one round trip.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, Protocol, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

ROWS_AT_ONCE = (32, 8, 1)
"""Rows of one INSERT on SQLite. The driver lets other threads run during a statement and takes the interpreter back
after it: with a statement a row, the writer and the event loop, which makes the next tips ready, hinder each other.
Three sizes, so that every statement stays prepared in the driver's cache of 128."""

MANY_ROWS = 4
"""From so many rows of a table on, PostgreSQL gets all tables in one statement, their rows as JSON: of 10 tips it takes
10 to 20 % off the whole transaction, of one tip it puts 10 % on."""

Row = tuple[Any, ...]
Table = tuple[str, list[Row]]
"""All of an INSERT before VALUES, and rows of equal length."""


@contextmanager
def transaction(conn: Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT on SQLite; what Core does inside joins it. Raises SQLAlchemy's errors."""
    raw: Any = conn.connection.driver_connection
    _execute(conn, raw, "BEGIN IMMEDIATE")
    try:
        yield
        _execute(conn, raw, "COMMIT")
    except BaseException:
        if raw.in_transaction:
            _execute(conn, raw, "ROLLBACK")
        conn.rollback()
        raise
    if conn.in_transaction():
        conn.commit()


def _execute(conn: Connection, raw: Any, statement: str) -> None:
    errors = _errors_of(conn)
    try:
        raw.execute(statement)
    except errors as error:
        raise _as_core(error, errors) from error


class Direct(Protocol):
    """The driver's connection in the transaction of a Core connection; `?` stands for a value. Raises as Core does."""

    is_sqlite: bool

    def ask(self, statement: str, values: Sequence[Any]) -> list[Row]:
        """The rows that a statement returns."""

    def insert(self, tables: Sequence[Table], then: Table | None = None) -> None:
        """Insert the rows of every table, in order; a table without rows is passed over. Last of all run the whole
        statement `then` once with each of its rows."""


def direct(conn: Connection) -> Direct:
    return _Sqlite(conn) if conn.dialect.name == "sqlite" else _Postgres(conn)


class _Sqlite:
    is_sqlite = True

    def __init__(self, conn: Connection) -> None:
        self._raw: Any = conn.connection.driver_connection
        self._errors = _errors_of(conn)

    def ask(self, statement: str, values: Sequence[Any]) -> list[Row]:
        try:
            found: list[Row] = self._raw.execute(statement, values).fetchall()
        except self._errors as error:
            raise _as_core(error, self._errors) from error
        return found

    def insert(self, tables: Sequence[Table], then: Table | None = None) -> None:
        execute = self._raw.execute
        try:
            for head, rows in tables:
                at = 0
                while at < len(rows):
                    count = next(size for size in ROWS_AT_ONCE if size <= len(rows) - at)
                    values = rows[at] if count == 1 else list(chain.from_iterable(rows[at : at + count]))
                    execute(_insert(head, len(rows[0]), count), values)
                    at += count
            if then is not None:
                self._raw.executemany(*then)
        except self._errors as error:
            raise _as_core(error, self._errors) from error


class _Postgres:
    """One cursor a connection, which keeps what it has learnt of the types; all inserts are sent at once."""

    is_sqlite = False

    def __init__(self, conn: Connection) -> None:
        self._raw = cast(Any, conn.connection.driver_connection)
        self._errors = _errors_of(conn)
        if _CURSOR not in conn.info:
            conn.info[_CURSOR] = self._raw.cursor()
        self._cursor: Any = conn.info[_CURSOR]

    def ask(self, statement: str, values: Sequence[Any]) -> list[Row]:
        is_first = self._raw.info.transaction_status == _IDLE
        try:
            with self._raw.pipeline() if is_first else nullcontext():  # together with its BEGIN
                found: list[Row] = self._cursor.execute(_with_percent(statement), values).fetchall()
        except self._errors as error:
            raise _as_core(error, self._errors) from error
        return found

    def insert(self, tables: Sequence[Table], then: Table | None = None) -> None:
        full = [(head, rows) for head, rows in tables if rows]
        if any(len(rows) >= MANY_ROWS for _, rows in full):
            told = [(_insert_json(tuple(head for head, _ in full)), [tuple(_as_json(*table) for table in full)])]
        else:
            told = [(_insert(head, len(rows[0]), 1), rows) for head, rows in full]
        if then is not None:
            told.append(then)
        try:
            with self._raw.pipeline():
                for statement, rows in told:
                    self._send(_with_percent(statement), rows)
        except self._errors as error:
            raise _as_core(error, self._errors) from error

    def _send(self, statement: str, rows: list[Row]) -> None:
        if len(rows) == 1:
            self._cursor.execute(statement, rows[0])
        else:
            self._cursor.executemany(statement, rows)


_CURSOR = "taskroom cursor"
_IDLE = 0
"""libpq's PQTRANS_IDLE: no transaction yet."""


@cache
def _insert(head: str, columns: int, rows: int) -> str:
    one = f"({', '.join('?' * columns)})"
    return f"{head} VALUES {', '.join([one] * rows)}"


@cache
def _insert_json(heads: tuple[str, ...]) -> str:
    """One statement for several tables; `?` stands for the rows of each as JSON. What refers to a row of another table
    is checked at its end."""
    each = [
        f"{head} SELECT {', '.join(_columns(head))}"  # noqa: S608 - our own words alone
        f" FROM json_populate_recordset(NULL::{head.split()[2]}, ?::json)"
        for head in heads
    ]
    *before, last = each
    if not before:
        return last
    return f"WITH {', '.join(f'part{n} AS ({part})' for n, part in enumerate(before))} {last}"


@cache
def _columns(head: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in head[head.index("(") + 1 : head.rindex(")")].split(","))


def _as_json(head: str, rows: list[Row]) -> str:
    names = _columns(head)
    return _json([dict(zip(names, row, strict=True)) for row in rows])


def _in_words(value: object) -> str:
    """As PostgreSQL reads a value that JSON has no form for."""
    if isinstance(value, datetime):
        return value.isoformat()
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_in_words).encode


@cache
def _with_percent(statement: str) -> str:
    return statement.replace("?", "%s")


def _errors_of(conn: Connection) -> type[Exception]:
    found: type[Exception] = conn.dialect.loaded_dbapi.Error
    return found


def _as_core(error: Exception, errors: type[Exception]) -> DBAPIError:
    """A driver's error as Core would have raised it: no value of a row is in its text (PostgreSQL's DETAIL names
    some)."""
    error.args = (str(error).partition("\n")[0],)
    # Its stub says BaseException, as some errors are handed back as they are; a driver's own never is.
    told: DBAPIError = DBAPIError.instance(None, None, error, errors, hide_parameters=True)  # type: ignore[assignment]
    return told
