"""The search index made anew while the desk goes on working. `taskroom search rebuild` calls it.

SQLite: another table beside the index, filled in slices, then put in its place. PostgreSQL: see `reindex`. Until the
end searches ask the old index, so that a rebuild which is broken off changes nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, func, select

from console.model.fold import bigrams
from console.store import Store, search_index
from console.store import tables as t
from console.store.engine import parse_url
from console.store.reindex import already_under_way, reindex
from console.store.tables import station_word

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, done, total) after each slice."""

STAGE = "search"

TIPS_A_SLICE = 300
"""Read and written in one transaction: some 20 ms that other writers wait for, 15 of them for the reading."""

PAGES_A_SLICE = 64
"""Merged in the same transaction: an entry is written again at each of FTS5's four or five levels."""

ROWS_DRAINED = 500
"""Rows of some KB each, deleted in one transaction of a few ms."""


class Rebuild:
    """One run: `run` builds, `stop` ends it after the slice under way."""

    def __init__(self, store: Store, url: str, on_progress: OnProgress) -> None:
        self._store = store
        self._url = parse_url(url)
        self._on_progress = on_progress
        self._is_stopped = False

    def stop(self) -> None:
        self._is_stopped = True

    async def run(self) -> int | None:
        """How many tips the new index holds; None when it was stopped, and then search is as it was.

        Raises NotAllowed when another rebuild runs, and StoreDown: what it leaves then the next run clears away.
        """
        if self._store.dialect == "sqlite":
            with _alone(Path(self._url.database or "")):
                return await self._build_beside()
        if not await reindex(self._url, self._tell, lambda: self._is_stopped):
            return None
        tips = await self._store.read(lambda conn: int(conn.scalar(select(func.count()).select_from(t.tip)) or 0))
        self._tell(tips, tips)
        return tips

    def _tell(self, done: int, total: int) -> None:
        self._on_progress(STAGE, done, total)

    async def _build_beside(self) -> int | None:
        await self._clear()
        await self._store.write(search_index.make_coming)
        last = await self._fill()
        count = None
        if not self._is_stopped:
            count = await self._store.write(partial(_take_its_place, after=last))
            self._tell(count, count)
        await self._clear()
        return count

    async def _fill(self) -> int:
        """Entries for all tips there are; returns the last one's row number."""
        last = 0
        newest = await self._store.read(_newest)
        while not self._is_stopped:
            reached = await self._store.write(partial(_add, after=last))
            if reached == last:
                break
            last = reached
            self._tell(min(last, newest - 1), newest)
        return last

    async def _clear(self) -> None:
        """Take away what stands beside the index, in slices."""
        for table in await self._store.read(search_index.leftovers):
            while await self._store.write(partial(search_index.drain, table=table, rows=ROWS_DRAINED)):
                pass


def _newest(conn: Connection) -> int:
    return int(conn.scalar(select(func.max(t.tip.c.n))) or 0)


def _entries(conn: Connection, after: int) -> list[tuple[int, str]]:
    """Row numbers and tokens of the tips behind `after`, a slice of them. Row numbers are given in order of commit."""
    tip = t.tip.c
    rows = conn.execute(
        select(tip.n, tip.station_id, tip.folded).where(tip.n > after).order_by(tip.n).limit(TIPS_A_SLICE)
    )
    return [(n, " ".join((*bigrams(folded), station_word(station)))) for n, station, folded in rows]


def _add(conn: Connection, after: int) -> int:
    """A slice behind `after`; returns its last row number, `after` when none is left.

    Read in the transaction that writes it: what is erased after an earlier reading would come back with its words.
    """
    entries = _entries(conn, after)
    search_index.add(conn, entries, search_index.COMING)
    search_index.merge(search_index.raw_of(conn), PAGES_A_SLICE, search_index.COMING)
    return entries[-1][0] if entries else after


def _take_its_place(conn: Connection, after: int) -> int:
    """The tips that came since, then the exchange, in one transaction: no tip can come in between."""
    while entries := _entries(conn, after):
        search_index.add(conn, entries, search_index.COMING)
        after = entries[-1][0]
    return search_index.exchange(conn)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One rebuild at a time, by a lock that ends with its process."""
    lock = os.open(file.with_name(file.name + "-rebuild"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise already_under_way() from None
        yield
    finally:
        os.close(lock)
