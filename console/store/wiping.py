"""What SQLite frees is overwritten with zeros: inside pages always, as that costs nothing (`secure_delete = FAST`, see
`engine`); freed pages too while `wiped` is in force. Erasing and long words that move call it.

In force all the time it would cost the intake a tenth: merging the word index frees pages again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from console.store.search_index import raw_of

LONG = 1_000
"""Characters of words above which a row may have pages of its own."""


@contextmanager
def wiped(conn: Connection) -> Iterator[None]:
    """On SQLite pages freed meanwhile are overwritten."""
    if conn.dialect.name != "sqlite":
        yield
        return
    raw = raw_of(conn)
    raw.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        raw.execute("PRAGMA secure_delete = FAST")
