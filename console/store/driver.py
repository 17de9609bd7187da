"""SQLite's driver and plain connections of it, without SQLAlchemy; `engine` and whoever needs no more call it.

One SQLite library per process: two libraries on one file would drop each other's POSIX locks when they close it.
"""

from __future__ import annotations

import functools
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

BUSY_S = 10.0
"""How long SQLite waits for another's lock before it is an outage (facts.md, The store)."""


@functools.cache
def sqlite_module() -> ModuleType:
    """The SQLite driver: pysqlite3 brings a library free of the WAL-reset bug, else the interpreter's own."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        import sqlite3

        return sqlite3
    return dbapi2  # type: ignore[no-any-return]  # pysqlite3 has no types


def plain_sqlite(file: Path, *, timeout_s: float = BUSY_S) -> sqlite3.Connection:
    """A driver's own connection in autocommit mode, usable from any one thread at a time."""
    connection: sqlite3.Connection = sqlite_module().connect(
        file, timeout=timeout_s, isolation_level=None, check_same_thread=False
    )
    return connection
