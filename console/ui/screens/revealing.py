"""Reveals at this desk: asking for one, answering somebody else's, looking at what was approved. The desk screen's keys
call it, and the feed tells it what others asked and answered."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from console.errors import ConsoleError, NotAllowed
from console.model.change import Event, EventKind
from console.words import gettext as _

if TYPE_CHECKING:
    from textual.screen import Screen

    from console.model.reveal import Reveal
    from console.model.tip import TipLine
    from console.ui.screens.desk_verbs import VerbScreen
    from console.ui.screens.open_desk import OpenDesk


class Revealing:
    """One desk screen's; everything of it runs in a worker."""

    def __init__(self, screen: VerbScreen) -> None:
        self._screen = screen
        self._is_asking = False
        """A second officer is being asked at this desk: of their answer nobody has to be told."""

    @property
    def _desk(self) -> OpenDesk:
        desk = self._screen.desk
        assert desk is not None  # noqa: S101 - `why_not` has asked
        return desk

    def why_not(self) -> str | None:
        """Why no reveal of the tip under the cursor can be asked for, or None."""
        line, reading = self._screen.feed.cursor_line, self._screen.reading
        if reading is None:
            return _("The store is not open.")
        if line is None:
            return _("There is no tip under the cursor.")
        if reading.file is not None and reading.file.tip.id == line.id and not reading.file.tip.has_reporter:
            return _("Nobody is named in this tip.")
        return None

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def take(self) -> None:
        """Reveal the tip under the cursor: ask, let a second officer approve it here, show it, as far as it goes."""
        line = self._screen.feed.cursor_line
        if line is None or self._screen.desk is None:
            return
        await self._told(self._take(line))

    async def answer(self) -> None:
        """Choose among the open ones: answer somebody's, or look at one's own."""
        await self._told(self._answer())

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ConsoleError as error:
            self._screen.say(error.message, wrong=True)
        finally:
            self._is_asking = False
            self._screen.refresh_bindings()

    async def _take(self, line: TipLine) -> None:
        from console.desk import reveals

        found = [one for one in await reveals.open_reveals(self._desk.store, self._desk.officer) if self._is_mine(one)]
        reveal = next((one for one in found if one.tip_id == line.id), None)
        if reveal is None:
            reveal = await self._ask(line)
        if reveal is not None:
            await self._go_on(reveal)

    async def _ask(self, line: TipLine) -> Reveal | None:
        from console import desk as verbs
        from console.desk import reveals

        file = await verbs.tip_file(self._desk.store, self._desk.officer, line.station_id, line.id)
        answer = await self._screen.questions.ask("reveal_tip", file.tip)
        if answer is None:
            return None
        reason, reference = answer
        asked = await reveals.ask_reveal(self._desk.store, self._desk.officer, file.tip, str(reason), str(reference))
        self._screen.questions.settle_draft("reveal_tip", line.id)
        return asked

    async def _answer(self) -> None:
        from console.desk import reveals
        from console.ui.modals.open_reveals import OpenReveals

        desk = self._desk
        found = await reveals.open_reveals(desk.store, desk.officer)
        chosen = await self._screen.ask(OpenReveals(found, desk.officer.id, desk.store.now()))
        if chosen is None:
            return
        if self._is_mine(chosen):
            await self._go_on(chosen)
        elif await self._approved(chosen, desk.officer.code) is not None:
            words = _("Approved: {officer} sees who sent {ref}.")
            self._screen.say(words.format(officer=chosen.officer_code, ref=chosen.ref))

    def _is_mine(self, reveal: Reveal) -> bool:
        return reveal.officer_id == self._desk.officer.id

    async def _go_on(self, reveal: Reveal) -> None:
        """From where one's own stands: to a second officer at this desk, and to its showing."""
        if reveal.is_waiting(self._desk.store.now()):
            approved = await self._approved(reveal)
            if approved is None:
                words = _("{ref}: any officer of the station can approve it within 10 minutes; {key} shows it then.")
                self._screen.say(words.format(ref=reveal.ref, key=self._screen.key_of("tip.reveal")))
                return
            reveal = approved
        await self._show(reveal)

    async def _approved(self, reveal: Reveal, code: str = "") -> Reveal | None:
        """The reveal when a second officer approves it; asked again after a wrong password. None: left, or refused."""
        from console.desk import reveals
        from console.desk.signing import this_console
        from console.ui.modals.approve_reveal import ApproveReveal

        desk, why = self._desk, ""
        while True:
            self._is_asking = True
            said = await self._screen.ask(ApproveReveal(reveal, code=code, why=why))
            if said is None:
                return None
            if not said.is_approved:
                await reveals.refuse_reveal(desk.store, desk.officer, reveal)
                self._screen.say(_("Refused."))
                return None
            try:
                return await reveals.approve_reveal(
                    desk.store, desk.officer, reveal, said.code, said.password, this_console()
                )
            except NotAllowed as error:
                why = error.message

    async def _show(self, reveal: Reveal) -> None:
        """On the screen for as long as it may be; that it is over is written down whatever ended it."""
        from console.desk import reveals
        from console.desk.anchors import Anchors
        from console.ui.modals.reveal import RevealScreen

        desk = self._desk
        opened = await reveals.show_reveal(desk.store, desk.officer, reveal, desk.vault, Anchors.of(desk.settings))
        shown = RevealScreen(opened, desk.officer.code, self._screen.sight.zone, self._screen.now)
        del opened
        try:
            await self._screen.ask(shown)
        finally:
            with suppress(ConsoleError):
                await reveals.end_reveal(desk.store, desk.officer, reveal)
        self._screen.say(_("{ref} is sealed again.").format(ref=reveal.ref))

    # ── what others do ───────────────────────────────────────────────────────────────────────────────────────────────
    def hear(self, events: Iterable[Event]) -> None:
        """Say what was asked of this officer, and what was answered to them."""
        desk = self._screen.desk
        if desk is None:
            return
        for event in events:
            if event.officer_id == desk.officer.id:
                continue
            if event.kind is EventKind.REVEAL_ASKED:
                self._screen.background(partial(self._tell_asked, event.seq), group="reveals")
            elif event.kind in _ANSWERS and event.about == desk.officer.code and not self._is_asking:
                words = _ANSWERS[event.kind].format(officer=event.officer_code, key=self._screen.key_of("desk.reveals"))
                self._screen.say(words, wrong=event.kind is EventKind.REVEAL_REFUSED)

    async def _tell_asked(self, number: int) -> None:
        from console.desk import reveals

        with suppress(ConsoleError):
            for one in await reveals.open_reveals(self._desk.store, self._desk.officer):
                if one.n == number and not self._is_mine(one):
                    words = _("{officer} asks for a reveal of {ref}: {key} answers.")
                    key = self._screen.key_of("desk.reveals")
                    self._screen.say(words.format(officer=one.officer_code, ref=one.ref, key=key))


_ANSWERS = {
    EventKind.REVEAL_APPROVED: _("{officer} approved your reveal: {key} shows it."),
    EventKind.REVEAL_REFUSED: _("{officer} refused your reveal."),
}


@contextmanager
def hidden_from_pictures(stack: Iterable[Screen[object]]) -> Iterator[None]:
    """While a picture of the screens is made, an opened reporter is not on them."""
    from console.ui.modals.reveal import RevealScreen

    shown = [screen for screen in stack if isinstance(screen, RevealScreen)]
    for screen in shown:
        screen.hide_from_picture(hidden=True)
    try:
        yield
    finally:
        for screen in shown:
            screen.hide_from_picture(hidden=False)
