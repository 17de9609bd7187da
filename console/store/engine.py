"""Engines and plain connections for both databases, with their pragmas and limits; called by all of the store."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from console.errors import StoreRefused
from console.store.driver import BUSY_S, plain_sqlite, sqlite_module

if TYPE_CHECKING:
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

POSTGRES_CONNECTIONS = 8
POSTGRES_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s "
    "-c work_mem=64MB"
)
"""work_mem: a recheck of search hits spilled to disk at the default (30 s → 0.16 s, facts.md)."""

POSTGRES_CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "taskroom",
}

_PRAGMAS = (
    f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA mmap_size = 0",
    "PRAGMA cache_size = -16384",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = FAST",
)


def parse_url(url: str) -> URL:
    """The URL with the driver we use; raises StoreRefused for what is neither SQLite nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise StoreRefused(
            "The database URL cannot be read: write sqlite:///FILE or postgresql://USER@HOST/NAME."
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StoreRefused("A store needs a file of its own: write sqlite:///FILE.")
        return parsed.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        _refuse_unknown_parts(parsed)
        return parsed.set(drivername="postgresql+psycopg")
    raise StoreRefused(f"The store runs on SQLite or PostgreSQL, not on {backend}.")


def _refuse_unknown_parts(url: URL) -> None:
    """Raises StoreRefused where the driver is missing or knows a part behind the ? not."""
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo
    except ImportError:
        raise StoreRefused(
            "The driver of PostgreSQL is not installed here: install Taskroom with it, by `pip install '.[postgres]'`."
        ) from None
    for name in url.query:
        try:
            make_conninfo(**{name: ""})
        except ProgrammingError:
            raise StoreRefused(
                f"The database URL has '{name}' behind its ?, which PostgreSQL does not know: see how it is spelt."
            ) from None


def file_of(url: str) -> Path | None:
    """The file of an embedded store, None for a shared one; raises StoreRefused as `parse_url`."""
    parsed = parse_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def sqlite_writing_engine(file: Path) -> Engine:
    """An engine whose transactions are BEGIN IMMEDIATE; the writer thread and migrations use it."""
    engine = _sqlite_engine(file)
    _prepare(engine, begin="BEGIN IMMEDIATE")
    return engine


def sqlite_reading_engine(file: Path) -> Engine:
    """An engine whose connections cannot write; a transaction is one snapshot."""
    engine = _sqlite_engine(file)
    _prepare(engine, begin="BEGIN", read_only=True)
    return engine


def _sqlite_engine(file: Path) -> Engine:
    return create_engine(
        "sqlite://",
        module=sqlite_module(),
        creator=functools.partial(plain_sqlite, file),
        poolclass=NullPool,
        hide_parameters=True,
    )


def _prepare(engine: Engine, *, begin: str, read_only: bool = False) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, "PRAGMA query_only = ON") if read_only else _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:
            connection.exec_driver_sql(begin)


def postgres_engine(url: URL, *, options: str = POSTGRES_OPTIONS) -> AsyncEngine:
    """A pool of psycopg connections; `options` are the session's settings, put before those of the URL."""
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, **_postgres_arguments(url, options))
    event.listen(engine.sync_engine, "handle_error", _hide_details)
    return engine


def postgres_writing_engine(url: URL) -> Engine:
    """The same for threads: a write is several statements, and each costs asyncio three times what it costs a thread.

    A connection is not asked whether it lives: `Shared` runs a function again whose connection turns out to be lost.
    The one given back last is taken first: its statements are prepared and its server process is warm.
    """
    more = {"pool_pre_ping": False, "pool_use_lifo": True}
    engine = create_engine(url, **_postgres_arguments(url, POSTGRES_OPTIONS) | more)
    event.listen(engine, "handle_error", _hide_details)
    return engine


def _postgres_arguments(url: URL, options: str) -> dict[str, Any]:
    given = url.query.get("options", "")
    said = " ".join((options, *((given,) if isinstance(given, str) else given))).strip()
    return {
        "connect_args": {**POSTGRES_CONNECT, "options": said},
        "pool_size": POSTGRES_CONNECTIONS,
        "max_overflow": 0,
        "pool_timeout": 10,
        "pool_pre_ping": True,
        "hide_parameters": True,
    }


def _hide_details(context: ExceptionContext) -> None:
    """PostgreSQL puts the values of the failing row into an error's DETAIL; only its first line stays in the text."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\n")[0], *error.args[1:])
