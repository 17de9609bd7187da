"""Has what the officer saw written down, behind the screen's back: nothing shown waits for it. The desk screen's `keep`
worker writes; `Finding` and `Reading` tell it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from console.errors import StoreDown

if TYPE_CHECKING:
    from uuid import UUID

    from console.desk.written import Note
    from console.model.query import Query
    from console.model.station import Station
    from console.model.tip import Tip
    from console.ui.screens.open_desk import OpenDesk

RETRY_S: Final = 1.0
_GATHER_S: Final = 0.2
"""A key held down opens tip after tip: what is opened within it is one transaction."""
_END_S: Final = 2.0


class WrittenDown:
    """One desk's; a store that does not answer is tried again until the desk ends."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk
        self._waiting: list[Note] = []
        self._news = asyncio.Event()
        self._all_written = asyncio.Event()
        self._all_written.set()
        self._opened: tuple[int, UUID] | None = None
        self._query: Query | None = None

    def tell_opened(self, tip: Tip) -> None:
        """The tip's words stand on the screen; the same tip painted again is told once."""
        here, desk = (tip.station_id, tip.id), self._desk
        if here == self._opened:
            return
        self._opened = here
        if tip.station_id != desk.officer.station_id:
            from console.desk import written

            self._tell(written.opened(desk.officer, tip.station_id, tip.id, tip.version, desk.store.now()))

    def tell_closed(self) -> None:
        """No tip's words are to be seen; the same one opened again is told again."""
        self._opened = None

    def tell_searched(self, query: Query, stations: tuple[Station, ...]) -> None:
        """A search was finished; one that goes on with the same query is told once."""
        if query.is_empty or query == self._query:
            self._query = query
            return
        from console.desk import written

        self._query = query
        desk = self._desk
        self._tell(written.searched(desk.officer, desk.vault, query, stations, desk.store.now()))

    def tell_switched(self, stations: tuple[Station, ...]) -> None:
        """Other stations' tips are listed."""
        from console.desk import written

        self._tell(written.switched(self._desk.officer, stations, self._desk.store.now()))

    def _tell(self, note: Note) -> None:
        self._waiting.append(note)
        self._all_written.clear()
        self._news.set()

    async def keep(self) -> None:
        """Write what was told, until cancelled."""
        from console.desk import written

        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(_GATHER_S)
            notes, self._waiting = self._waiting, []
            try:
                await written.write_down(self._desk.store, notes)
            except StoreDown:
                self._waiting = notes + self._waiting
                self._news.set()
                await asyncio.sleep(RETRY_S)
                continue
            if not self._waiting:
                self._all_written.set()

    async def end(self) -> None:
        """Wait, but not for long, until all that was told is written."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                await self._all_written.wait()
