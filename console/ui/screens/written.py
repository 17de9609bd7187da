"""Has what the officer saw written down, behind the screen's back: nothing shown waits for it. The desk screen's `keep`
worker writes; `Finding` and `Reading` tell it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from console.errors import StoreDown
from console.ui.screens.sight import OPEN

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from console.desk.written import Note
    from console.model.query import Query
    from console.model.station import Station
    from console.model.tip import Tip
    from console.ui.screens.open_desk import OpenDesk
    from console.ui.screens.sight import Sight

RETRY_S: Final = 1.0
_GATHER_S: Final = 0.2
"""A key held down opens tip after tip: what is opened within it is one transaction."""
_END_S: Final = 2.0
READ_WITHIN: Final = timedelta(seconds=1)
"""What a search found has been read when it stood there so long, though more was typed then."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a search found stands on the screen since `at`, and nobody has finished the search."""

    text: str
    query: Query
    stations: tuple[Station, ...]
    at: datetime

    def is_on_the_way(self, *texts: str, now: datetime) -> bool:
        """Whether it stood there only while one of these texts was typed or taken back."""
        return now - self.at < READ_WITHIN and any(text.startswith(self.text) for text in texts)


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
        self._text = ""
        """Of the search that was told last while it was typed."""
        self._listed: Listed | None = None

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

    def tell_searched(self, query: Query, stations: tuple[Station, ...], at: datetime | None = None) -> None:
        """A search was finished; one that goes on with the same query is told once."""
        self._listed, self._text = None, ""
        if query.is_empty or query == self._query:
            self._query = query
            return
        from console.desk import written

        self._query = query
        desk = self._desk
        self._tell(written.searched(desk.officer, desk.vault, query, stations, at or desk.store.now()))

    def tell_listed(self, sight: Sight) -> None:
        """What a search finds stands on the screen, finished or not. It is told when another one takes its place: not
        each letter of a word, but the word, even if it is taken back."""
        before, query = self._listed, sight.query
        if query == (self._query or OPEN if before is None else before.query):
            return
        now = self._desk.store.now()
        if before is not None and not before.is_on_the_way(sight.text, self._text, now=now):
            self.settle()
            self._text = before.text
        is_new = not query.is_empty and query != self._query
        self._listed = Listed(sight.text, query, sight.shown, now) if is_new else None

    def settle(self) -> None:
        """Tell what stands there, if nobody has told it."""
        if self._listed is not None:
            self.tell_searched(self._listed.query, self._listed.stations, self._listed.at)

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
        """Tell what is left to be told, and wait, but not for long, until all is written."""
        self.settle()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                await self._all_written.wait()
