"""Finding tips on the desk screen: search and filters, stations, the tree's branches, refs, unseen tips and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.errors import ConsoleError
from console.model.query import BadQuery
from console.model.view import Branch, BranchKind, Window
from console.ui.text import one_line
from console.words import gettext as _
from console.words import ngettext

if TYPE_CHECKING:
    from console.model.tip import TipLine
    from console.ui.screens.live import LiveScreen


class Finding:
    """What one desk screen lists and where its cursor goes."""

    def __init__(self, screen: LiveScreen) -> None:
        self._screen = screen

    # ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def type(self, text: str) -> bool:
        """Follow what is typed into the search box; False when a term is wrong: then the list stays as it is."""
        sight, before = self._screen.sight, self._screen.sight.query
        try:
            sight.search(text, self._screen.now())
        except BadQuery as wrong:
            self._screen.search_box.show_wrong(wrong.message, wrong.start, wrong.end)
            return False
        if sight.query != before:
            self._screen.search_box.forgive()
            self._screen.list_anew()
        elif (found := self._screen.found) is not None:
            self._screen.search_box.show_found(found[0], at_least=found[1])
        return True

    def show(self, text: str) -> None:
        """List what matches a query that comes whole: a saved view, a filter, `:search`."""
        try:
            self._screen.sight.search(text, self._screen.now())
        except BadQuery as wrong:
            self._screen.say(wrong.message, wrong=True)
            return
        self._screen.list_anew()
        self._screen.tell_searched()

    def found_words(self, window: Window) -> str:
        """What is listed, for the line below the panes."""
        number = f"{window.total:,}" + ("+" if window.total_is_capped else "")
        sight = self._screen.sight
        if not sight.text:
            return ngettext("{n} open tip, newest first", "{n} open tips, newest first", window.total).format(n=number)
        return ngettext(
            "/{query}   {n} tip · Esc ends the search", "/{query}   {n} tips · Esc ends the search", window.total
        ).format(query=one_line(sight.text), n=number)

    def nothing_words(self) -> str:
        """What stands where the tips would be when a search finds none; '' while nothing is searched for."""
        sight = self._screen.sight
        if not sight.text:
            return ""
        if sight.query.statuses is None:
            return _("No open tip matches. Esc ends the search; status:all looks through ended ones too.")
        return _("No tip matches. Esc ends the search.")

    # ── stations and branches ────────────────────────────────────────────────────────────────────────────────────────
    def show_stations(self, ids: list[int]) -> None:
        if not self._screen.switch_to(ids):
            self._screen.say(_("You have no other station to show."))

    def step_station(self, step: int) -> None:
        beside = self._screen.sight.beside(step)
        self.show_stations([] if beside is None else [beside])

    def other_stations(self) -> list[tuple[int, str]]:
        sight = self._screen.sight
        return [(one.id, f"{one.code} {one.name}") for one in sight.stations if (one.id,) != sight.chosen]

    def show_branch(self, branch: Branch) -> None:
        """List the tips of a station, of the officer's claims, or of a room."""
        station = branch.id if branch.kind is BranchKind.STATION else branch.station_id
        if station is not None:
            self._screen.switch_to([station])
        if branch.kind is BranchKind.ROOM:
            self.show(f'room:"{branch.code or branch.label}"')
        elif branch.kind is BranchKind.OFFICER and branch.code:
            self.show(f'by:"{branch.code}"')
        elif branch.kind is BranchKind.STATION:
            self.show("")

    # ── single tips ──────────────────────────────────────────────────────────────────────────────────────────────────
    async def go_to_ref(self, ref: str) -> None:
        """Put the cursor on the tip of that ref; when the list does not hold it, list it alone."""
        reading = self._screen.reading
        if reading is None:
            return
        try:
            line = await reading.line_of_ref(ref)
            if line is None:
                self._screen.say(_("There is no tip {ref}.").format(ref=one_line(ref, 40)), wrong=True)
            elif await reading.is_listed(line):
                self._screen.feed.seek(line)
            else:
                self._screen.switch_to([line.station_id])
                self.show(f"status:all ref:{line.ref}")
        except ConsoleError as error:
            self._screen.say(error.message, wrong=True)

    async def go_to_unseen(self, *, newer: bool) -> None:
        """The next unseen tip below (or above) the cursor, else from the other end of the list."""
        reading = self._screen.reading
        if reading is None:
            return
        try:
            line = await reading.unseen_from(self._screen.feed.cursor_line, newer=newer)
            if line is None:
                line = await reading.unseen_from(None, newer=False)
        except ConsoleError as error:
            self._screen.say(error.message, wrong=True)
            return
        if line is None:
            self._screen.say(_("You have seen every tip in this list."))
        else:
            self._screen.feed.seek(line)

    async def go_to_alarm(self, line: TipLine) -> None:
        """Show an alarm that rings elsewhere, to be read before it is acknowledged."""
        await self.go_to_ref(line.ref)
        self._screen.say(_("{ref} is an alarm: read it, then press ! again.").format(ref=line.ref))
