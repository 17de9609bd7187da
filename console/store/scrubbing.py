"""After erasing: what was taken out of rows is taken out of the store's files too, as far as the engine lets it. The
desk's erasing calls it at the end of a run.

SQLite writes zeros over what erasing frees (`wiping`); left are the word index's older segments, the write-ahead log
and, in stores written before that, pages that were freed. PostgreSQL keeps the old form of a row until VACUUM, and
samples of it in its statistics until ANALYZE; what they free lies in its files until it is written over. Its own log
and its backups are the server's to keep short.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, case, select, text, update
from sqlalchemy.exc import DBAPIError

from console.errors import StoreDown
from console.store import Store, search_index
from console.store import tables as t
from console.store.driver import BUSY_S, plain_sqlite, sqlite_module
from console.store.engine import parse_url, postgres_engine
from console.store.gate import Gate
from console.store.outages import outage
from console.store.wiping import wiped
from console.words import gettext as _

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

MERGED_PAGES = 128
"""Of the word index, rewritten in one transaction: some 30 ms that other writers wait for."""

VACUUMED_BYTES = 512 << 20
"""A store up to this size is written anew at the end, some 2 s in which others may read, not write. It takes along
copies of rows that SQLite made when it shifted them about between pages."""

LOG_S = 15.0
"""So long readers are waited for who hold the write-ahead log."""

TABLES = ("tip", "tip_event", "observable", "reporter", "reveal", "attachment", "referral", "hold")

_MAY_VACUUM = text(
    "SELECT pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE')"
    " OR bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class"
    " WHERE relnamespace = current_schema()::regnamespace AND relname IN :tables"
).bindparams(bindparam("tables", TABLES, expanding=True))
"""VACUUM passes over what is another's, with a warning that nobody reads."""


class Left(Enum):
    """What a run left of erased words in the store's own files, and why."""

    NOTHING = "nothing"
    LOG = "log"
    STOPPED = "stopped"
    OWNER = "owner"

    @property
    def sentence(self) -> str:
        return {
            Left.NOTHING: "",
            Left.LOG: _("Erased words are still in the store's log, which somebody reads: the next run clears it."),
            Left.STOPPED: _("Erased words are still in the store's files: the next run clears them."),
            Left.OWNER: _(
                "Erased words stay in old rows, which this account may not clear: have the owner of the database run "
                "`taskroom erase`."
            ),
        }[self]


class Scrubbing:
    """One run over the store at `url`: `run` scrubs and tells what is left behind. One that is not `thorough` empties
    the log and leaves the rest to the next that is."""

    def __init__(self, store: Store, url: str, is_stopped: Callable[[], bool], *, thorough: bool = True) -> None:
        self._store = store
        self._thorough = thorough
        self._url = parse_url(url)
        self._is_stopped = is_stopped

    async def run(self) -> Left:
        """Raises StoreDown. What is left, or when it fails, is owed to the next run (`erasing.is_owed`)."""
        erased = await self._store.read(_erased)
        left = await (self._scrub() if self._store.dialect == "sqlite" else self._vacuum())
        is_whole = self._thorough or self._store.dialect != "sqlite"
        if is_whole and left is Left.NOTHING:
            await self._store.write(lambda conn: _note_scrubbed(conn, erased))
        return left

    async def _scrub(self) -> Left:
        if self._thorough:
            await self._merge_index()
        file = Path(self._url.database or "")
        emptied = await asyncio.to_thread(_scrub_file, file, anew=self._thorough and not self._is_stopped())
        if self._is_stopped():
            return Left.STOPPED
        return Left.NOTHING if emptied else Left.LOG

    async def _merge_index(self) -> None:
        await self._store.write(_begin)
        while not self._is_stopped() and await self._store.write(_merge):
            pass

    async def _vacuum(self) -> Left:
        engine = postgres_engine(self._url, options="-c timezone=UTC -c statement_timeout=0 -c lock_timeout=10s")
        try:
            async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                return await self._vacuum_by(connection)
        except Exception as error:  # what is no outage is raised again as it is
            raise outage(error) or error from error
        finally:
            await engine.dispose()

    async def _vacuum_by(self, connection: AsyncConnection) -> Left:
        if not await connection.scalar(_MAY_VACUUM):
            return Left.OWNER
        for table in TABLES:
            if self._is_stopped():
                return Left.STOPPED
            await connection.execute(text(f"VACUUM (ANALYZE) {table}"))
        return Left.NOTHING


def _erased(conn: Connection) -> int:
    erased: int = conn.execute(select(t.scrub_owed.c.erased)).scalar_one()
    return erased


def _note_scrubbed(conn: Connection, erased: int) -> None:
    """What others erased while it ran is owed still."""
    s = t.scrub_owed.c
    conn.execute(update(t.scrub_owed).values(scrubbed=case((s.scrubbed < erased, erased), else_=s.scrubbed)))


def _begin(conn: Connection) -> None:
    search_index.begin_whole_merge(search_index.raw_of(conn), MERGED_PAGES)


def _merge(conn: Connection) -> bool:
    with wiped(conn):
        return search_index.merge(search_index.raw_of(conn), MERGED_PAGES)


def _scrub_file(file: Path, *, anew: bool) -> bool:
    """Write a small store anew, and empty the log into it; True when the log is empty now. Blocks. Raises StoreDown,
    OSError."""
    gate = Gate(file)
    try:
        with closing(plain_sqlite(file)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            if anew and file.stat().st_size <= VACUUMED_BYTES:
                with gate.held(BUSY_S):
                    connection.execute("VACUUM")
            return _empty_log(lambda: bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]))
    except sqlite_module().Error as error:
        raise outage(DBAPIError("", None, error)) or StoreDown(
            _("The store's files could not be cleared of erased words: run `taskroom doctor`.")
        ) from error
    finally:
        gate.close()


def _empty_log(is_busy: Callable[[], bool]) -> bool:
    """Try again and again: an attempt waits for the readers it found at its start, not for those after them."""
    until = time.monotonic() + LOG_S
    while is_busy():
        if time.monotonic() > until:
            return False
    return True
