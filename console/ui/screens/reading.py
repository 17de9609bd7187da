"""Reads what the eye can see and hands it to the widgets: the feed's window, counts, the current tip's file, ringing
alarms, branches of the tree. The desk screen's single `keep` worker calls `read`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from console.errors import ConsoleError, NotFound, StoreDown
from console.model.change import Counts, Cursor, Event
from console.model.tip import TipLine
from console.model.view import Branch, TipFile, View, Window
from console.ui.screens.freshness import RETRY_S, Part

if TYPE_CHECKING:
    from console.ui.screens.live import LiveScreen
    from console.ui.screens.open_desk import OpenDesk


class Reading:
    """What was last read for one desk screen."""

    def __init__(self, screen: LiveScreen, desk: OpenDesk) -> None:
        self._screen = screen
        self._desk = desk
        self.file: TipFile | None = None
        self.counts: dict[int, Counts] = {}
        self.all_counts = Counts(0)
        """The counter rows of the stations on the screen, added up."""
        self.view: View | None = None
        """What `total` counts."""
        self.total = 0
        self.total_is_capped = False
        self.ringing: tuple[TipLine, ...] = ()
        self.read_at: datetime | None = None
        """When everything asked for was last read without fail."""
        self._looking: asyncio.Task[Window] | None = None
        self._opened: tuple[UUID, int] | None = None
        """Tip and version of the line whose file was read last, or is being read."""

    async def cursor_of(self, stations: tuple[int, ...]) -> Cursor:
        """Where the feed of these stations stands now, as soon as the store says it; while it does not, or refuses it,
        what is to be read is asked for all the same, so that the screen tells."""
        from console import desk as verbs

        while True:
            try:
                counts = await verbs.counts(self._desk.store, self._desk.officer, stations)
            except ConsoleError:
                self._screen.ask_for(Part.ALL)
                await asyncio.sleep(RETRY_S)
            else:
                return {station: one.event_seq for station, one in counts.items()}

    def touched(self, events: tuple[Event, ...]) -> Part:
        """What these events make stale: the list and the counts always, the detail only when it is about its tip."""
        self._screen.hear(events)
        parts = Part.WINDOW | Part.COUNTS
        current = self._screen.feed.cursor_line
        if current is not None and any(event.tip_id == current.id for event in events):
            parts |= Part.DETAIL
        return parts

    async def read(self, parts: Part) -> None:
        """Read these parts anew; nothing more when another list is wanted meanwhile, for which all is asked for again.
        Raises StoreDown, and then what stands on the screen stays."""
        from console import desk as verbs

        chosen = self._screen.sight.chosen
        before = self.view
        if Part.DETAIL in parts and self._is_at_another_tip():
            parts = parts & ~Part.DETAIL | await self._read_detail()
        if Part.WINDOW in parts and not await self._read_window():
            return
        is_another = self.view != before
        await self._screen.curtain.lift_and_paint()
        if Part.DETAIL in parts:
            self._screen.ask_for(await self._read_detail())
        if Part.COUNTS in parts:
            self.counts = await verbs.counts(self._desk.store, self._desk.officer, chosen)
            self.all_counts = Counts.sum(self.counts.values())
            if self.all_counts.alarms or self.ringing:
                parts |= Part.ALARMS
        if Part.ALARMS in parts:
            self.ringing = tuple(await verbs.ringing(self._desk.store, self._desk.officer, chosen))
        if Part.END in parts:
            await self._read_end()
        self.read_at = self._desk.store.now()
        if is_another:
            self._screen.hurry()
        self._screen.show_truth()

    async def _read_window(self) -> bool:
        """False when another list is wanted by now."""
        feed, view = self._screen.feed, self._screen.sight.view
        looking = self._looking = asyncio.create_task(self._window(view))
        try:
            window = await looking
        except asyncio.CancelledError:
            if (mine := asyncio.current_task()) is not None and mine.cancelling():
                looking.cancel()
                raise
            return False
        if view != self._screen.sight.view:
            return False
        if self.view != view and window.total > feed.span and not window.total_is_capped:
            self._screen.ask_for(Part.END)
        self.view = view
        self.total, self.total_is_capped = window.total, window.total_is_capped
        feed.show(window)
        self._screen.show_found(window)
        self._screen.tell_listed()
        return True

    async def _read_end(self) -> None:
        from console import desk as verbs

        feed, view = self._screen.feed, self._screen.sight.view
        most = feed.span // 2
        window = await verbs.tip_window_at(self._desk.store, self._desk.officer, view, self.total - most, most)
        if view == self._screen.sight.view:
            feed.keep_end(window)

    def drop(self) -> None:
        """Another list is wanted: break off the query of the one before, which somebody is still typing at."""
        if self._looking is not None:
            self._looking.cancel()

    async def _window(self, view: View) -> Window:
        from console import desk as verbs

        feed, store, officer = self._screen.feed, self._desk.store, self._desk.officer
        if feed.wanted_start is not None:
            return await verbs.tip_window_at(store, officer, view, feed.wanted_start, feed.span)
        at, newer, older, stood = feed.around
        return await verbs.tip_window(store, officer, view, at=at, newer=newer, older=older, stood=stood)

    async def _read_detail(self) -> Part:
        """The file of the tip under the cursor, when the detail can be seen. Reading it there makes the tip seen and so
        the list stale: what is stale is returned. At a locked desk nobody reads: it is asked for again when that is
        unlocked."""
        from console import desk as verbs

        if self._screen.curtain.is_locked():
            return Part.NONE
        line = self._screen.feed.cursor_line
        if line is None:
            self.file = None
            self._screen.show_file(None)
            return Part.NONE
        if not self._screen.detail_is_visible:
            self._screen.tell_closed()
            return Part.NONE
        self._opened = line.id, line.version
        try:
            self.file = await verbs.tip_file(self._desk.store, self._desk.officer, line.station_id, line.id)
        except NotFound:
            self.file = None
        except StoreDown:
            self._opened = None
            raise
        if self._screen.curtain.is_locked():
            self._opened = None
            return Part.NONE
        now = self._screen.feed.cursor_line
        if now is None or now.id != line.id:
            self._opened = None if now is None else self._opened
            return Part.NONE
        self._screen.show_file(self.file)
        self._screen.tell_opened(self.file)
        if line.unseen and self.file is not None:
            with suppress(NotFound):  # the grant has ended just now
                await verbs.mark_seen(self._desk.store, self._desk.officer, [(line.station_id, line.id)])
            return Part.WINDOW
        return Part.NONE

    def _is_at_another_tip(self) -> bool:
        """Whether the cursor has come to a tip that stands in the list while another one's file is shown. Then its file
        goes before the list's other lines: whoever jumped there looks at it."""
        line = self._screen.feed.cursor_line
        return line is not None and self._opened is not None and self._opened[0] != line.id

    def has_opened(self, line: TipLine | None) -> bool:
        """Whether the file of that line, as it stands on the screen, was read last or is being read."""
        return line is not None and self._opened == (line.id, line.version)

    async def children(self, branch: Branch | None, start: int, limit: int) -> None:
        """Fill a piece of the tree. Raises StoreDown."""
        from console import desk as verbs

        twigs = await verbs.branches(self._desk.store, self._desk.officer, branch, start, limit)
        self._screen.room_tree.fill(branch, twigs)

    async def find_in_tree(self, text: str) -> None:
        """Show what of the tree has these words. Raises StoreDown."""
        from console import desk as verbs

        found = await verbs.find_branches(self._desk.store, self._desk.officer, text)
        self._screen.room_pane.show_found(text, found)

    async def unseen_from(self, line: TipLine | None, *, newer: bool) -> TipLine | None:
        """The nearest unseen tip above or below the line."""
        from console import desk as verbs

        key = None if line is None else line.key
        view = self._screen.sight.view
        return await verbs.next_unseen(self._desk.store, self._desk.officer, view, key, newer=newer)

    async def line_of_ref(self, ref: str) -> TipLine | None:
        """The line of a tip of any status, by its ref. Raises NotFound."""
        from console import desk as verbs

        return await self._line_of(await verbs.tip_file_by_ref(self._desk.store, self._desk.officer, ref))

    async def line_of_tip(self, station_id: int, tip_id: UUID) -> TipLine | None:
        """The same by its ids. Raises NotFound."""
        from console import desk as verbs

        return await self._line_of(await verbs.tip_file(self._desk.store, self._desk.officer, station_id, tip_id))

    async def _line_of(self, file: TipFile) -> TipLine | None:
        from console import desk as verbs
        from console.model.query import Query
        from console.model.tip import Status

        query = Query(ref=file.tip.ref, statuses=frozenset(Status))
        view = View((file.tip.station_id,), query)
        window = await verbs.tip_window(self._desk.store, self._desk.officer, view, older=20)
        return next((line for line in window.lines if line.id == file.tip.id), None)

    async def is_listed(self, line: TipLine) -> bool:
        """Whether the list on the screen holds that tip."""
        from console import desk as verbs

        view = self._screen.sight.view
        window = await verbs.tip_window(self._desk.store, self._desk.officer, view, at=line.key, older=1)
        return any(one.id == line.id for one in window.lines)

    def is_current(self, tip_id: UUID) -> bool:
        return self.file is not None and self.file.tip.id == tip_id
