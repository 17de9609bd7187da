"""After erasing: what was taken out of rows is taken out of the store's files too, as far as the engine lets it. The
desk's erasing calls it at the end of a run.

SQLite writes zeros over what erasing frees (`wiping`); left are the word index's older segments, the write-ahead log
and, in stores written before that, pages that were freed. PostgreSQL keeps the old form of a row until VACUUM; its
own log and its backups are the server's to keep short.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from console.store import Store, search_index
from console.store.engine import BUSY_S, parse_url, plain_sqlite, postgres_engine
from console.store.gate import Gate
from console.store.outages import outage
from console.store.wiping import wiped

MERGED_PAGES = 128
"""Of the word index, rewritten in one transaction: some 30 ms that other writers wait for."""

VACUUMED_BYTES = 512 << 20
"""A store up to this size is written anew at the end, some 2 s in which others may read, not write. It takes along
copies of rows that SQLite made when it shifted them about between pages."""

LOG_S = 15.0
"""So long readers are waited for who hold the write-ahead log."""

_TABLES = ("tip", "tip_event", "observable", "reporter", "attachment", "referral", "hold")


class Scrubbing:
    """One run over the store at `url`: `run` scrubs and sets `is_clean` when nothing is left behind. One that is not
    `thorough` empties the log and leaves the rest to the next that is."""

    def __init__(self, store: Store, url: str, is_stopped: Callable[[], bool], *, thorough: bool = True) -> None:
        self._store = store
        self._thorough = thorough
        self._url = parse_url(url)
        self._is_stopped = is_stopped
        self.is_clean = False

    async def run(self) -> None:
        """Raises StoreDown. Stopped in the middle, the next run does the rest."""
        if self._store.dialect == "sqlite":
            if self._thorough:
                await self._merge_index()
            file = Path(self._url.database or "")
            emptied = await asyncio.to_thread(_scrub_file, file, anew=self._thorough and not self._is_stopped())
            self.is_clean = emptied and not self._is_stopped()
        else:
            await self._vacuum()

    async def _merge_index(self) -> None:
        await self._store.write(_begin)
        while not self._is_stopped() and await self._store.write(_merge):
            pass

    async def _vacuum(self) -> None:
        engine = postgres_engine(self._url, options="-c timezone=UTC -c statement_timeout=0 -c lock_timeout=10s")
        try:
            async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                for table in _TABLES:
                    if self._is_stopped():
                        return
                    await connection.execute(text(f"VACUUM {table}"))
                self.is_clean = True
        except Exception as error:  # what is no outage is raised again as it is
            raise outage(error) or error from error
        finally:
            await engine.dispose()


def _begin(conn: Connection) -> None:
    search_index.begin_whole_merge(search_index.raw_of(conn), MERGED_PAGES)


def _merge(conn: Connection) -> bool:
    with wiped(conn):
        return search_index.merge(search_index.raw_of(conn), MERGED_PAGES)


def _scrub_file(file: Path, *, anew: bool) -> bool:
    """Write a small store anew, and empty the log into it; True when the log is empty now. Blocks."""
    gate = Gate(file)
    try:
        with closing(plain_sqlite(file)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            if anew and file.stat().st_size <= VACUUMED_BYTES:
                with gate.held(BUSY_S):
                    connection.execute("VACUUM")
            return _empty_log(lambda: bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]))
    finally:
        gate.close()


def _empty_log(is_busy: Callable[[], bool]) -> bool:
    """Try again and again: an attempt waits for the readers it found at its start, not for those after them."""
    until = time.monotonic() + LOG_S
    while is_busy():
        if time.monotonic() > until:
            return False
    return True
