"""Going on where the officer was when a console broke off: the desk screen tells it every second where they are, and
offers after the start to go back there. After a leave there is nothing to go back to."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.errors import ConsoleError
from console.ui.screens.panes import ORDER
from console.ui.whereabouts import Footprint, Whereabouts, take_left
from console.words import gettext as _

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from console.ui.screens.live import LiveScreen
    from console.ui.screens.open_desk import OpenDesk

_ABOUT = b"search"
"""What the sealed search is bound to."""


class GoingOn:
    """Of one desk screen; `offer` is where a console broke off, until it is taken up or let go. A folder that cannot be
    written to costs the offer, nothing else."""

    def __init__(self, screen: LiveScreen) -> None:
        self._screen = screen
        self._desk: OpenDesk | None = None
        self._folder: Path | None = None
        self._footprint: Footprint | None = None
        self._one_at_a_time = threading.Lock()
        """Writing the file, in a thread, and wiping it."""
        self._told: tuple[Whereabouts, str] | None = None
        self.offer: Whereabouts | None = None

    def begin(self, desk: OpenDesk, folder: Path) -> None:
        """The desk is open; consoles leave their files in this folder."""
        self._desk, self._folder = desk, folder
        self._screen.background(self._look, group="going-on")

    async def _look(self) -> None:
        assert self._desk is not None and self._folder is not None  # noqa: S101, PT018 - `begin` has set both
        officer, now = self._desk.officer.id, self._screen.now()
        with suppress(OSError):
            self.offer = await asyncio.to_thread(take_left, self._folder, officer, now)
        if self.offer is not None:
            self._screen.status_line.offer = self._words(self.offer.at)
            self._screen.refresh_bindings()
            with suppress(OSError):  # if this console breaks off undecided, the next one offers the same
                await asyncio.to_thread(self._footprint_here().tell, self.offer)

    def _words(self, at: datetime) -> str:
        local = at.astimezone(self._screen.sight.zone)
        return _("A console broke off. {key}: back to where you were at {time} · Esc: no").format(
            time=f"{local:%H:%M}", key=self._screen.key_of("desk.go-on")
        )

    def _footprint_here(self) -> Footprint:
        assert self._folder is not None  # noqa: S101 - `begin` has set it
        if self._footprint is None:
            self._footprint = Footprint(self._folder)
        return self._footprint

    # ── where the officer is ─────────────────────────────────────────────────────────────────────────────────────────
    def tick(self) -> None:
        """Write down where the officer is now, unless that stands there already."""
        if self._desk is None or self.offer is not None:
            return
        here = self._here()
        if self._told is None or here != self._told:
            self._told = here
            self._screen.background(self._tell, group="whereabouts")

    def _here(self) -> tuple[Whereabouts, str]:
        """And the search, as it is typed: it stays in memory."""
        screen, line = self._screen, self._screen.feed.cursor_line
        assert self._desk is not None  # noqa: S101 - `tick` has asked
        where = Whereabouts(
            officer_id=self._desk.officer.id,
            at=screen.now() if self._told is None else self._told[0].at,
            stations=screen.sight.chosen,
            tip=None if line is None else (line.station_id, line.id),
            pane=screen.focused_pane,
            is_zoomed=screen.panes.zoomed is not None,
            plain_search=screen.sight.text if screen.sight.tells_nobody else "",
        )
        return where, screen.sight.text

    async def _tell(self) -> None:
        if self._told is None or self._desk is None:
            return
        where, text = self._told
        where = replace(where, at=self._screen.now())
        with suppress(OSError, ConsoleError):
            await asyncio.to_thread(self._write, where, text)

    def _write(self, where: Whereabouts, text: str) -> None:
        """In a thread: the first search with words loads the cipher, 8 MiB of it. The officer may leave meanwhile."""
        desk = self._desk
        if desk is None:
            return
        told = text.encode("utf-8", "replace")  # half a character of a paste
        sealed = desk.vault.seal(told, _ABOUT) if told and not where.plain_search else b""
        with self._one_at_a_time:
            if self._desk is not None:
                self._footprint_here().tell(replace(where, sealed_search=sealed))

    def leave(self) -> None:
        """The officer leaves: nothing broke off."""
        with self._one_at_a_time:
            self._desk = None
            if self._footprint is not None:
                self._footprint.wipe()

    # ── going back there ─────────────────────────────────────────────────────────────────────────────────────────────
    def decline(self) -> bool:
        """False when nothing was offered."""
        had, self.offer = self.offer is not None, None
        self._screen.status_line.offer = ""
        return had

    async def go(self) -> None:
        """Stations, search, tip and pane as they were, as far as they are still there."""
        where = self.offer
        if where is None or self._desk is None:
            return
        self.decline()
        screen = self._screen
        try:
            text = self._opened_search(where)
            screen.switch_to(where.stations)
            if text:
                screen.finding.show(text)
            if where.tip is not None:
                await self._go_to_tip(*where.tip)
        except ConsoleError as error:
            screen.say(error.message, wrong=True)
        self._go_to_pane(where)

    def _opened_search(self, where: Whereabouts) -> str:
        if not where.sealed_search or self._desk is None:
            return where.plain_search
        return self._desk.vault.unseal(where.sealed_search, _ABOUT).decode("utf-8", "replace")

    async def _go_to_tip(self, station_id: int, tip_id: UUID) -> None:
        reading = self._screen.reading
        if reading is None:
            return
        line = await reading.line_of_tip(station_id, tip_id)
        if line is not None and await reading.is_listed(line):
            self._screen.feed.seek(line)
        else:
            self._screen.say(_("The tip you were at is not in this list any more."))

    def _go_to_pane(self, where: Whereabouts) -> None:
        for pane in ORDER:
            if pane == where.pane:
                self._screen.go_to_pane(pane)
                if where.is_zoomed and self._screen.panes.zoomed is None:
                    self._screen.action_zoom()
