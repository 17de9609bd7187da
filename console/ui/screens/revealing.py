"""Reveals at this desk: asking for one, answering somebody else's, looking at what was approved. The desk screen's keys
call it, and the feed tells it what others asked and answered."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from console.errors import ConsoleError, NotAllowed, NotFound, StoreDown
from console.model.change import Event, EventKind
from console.words import gettext as _

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.worker import Worker

    from console.model.reveal import Opened, Reveal
    from console.model.tip import TipLine
    from console.ui.modals.reveal import RevealScreen
    from console.ui.screens.desk_verbs import VerbScreen
    from console.ui.screens.open_desk import OpenDesk


RETRY_S: Final = 1.0
_END_S: Final = 2.0


class Showing:
    """One reveal, from before it is opened until it is written down that it is over."""

    def __init__(self, desk: OpenDesk, reveal: Reveal) -> None:
        self.reveal = reveal
        self.screen: RevealScreen | None = None
        self.is_over, self.is_settled = asyncio.Event(), asyncio.Event()
        self.was_withdrawn = False
        self._desk = desk
        self._answer: Opened | ConsoleError | None = None
        self._is_answered = asyncio.Event()

    def withdraw(self) -> None:
        """Nobody may look at it any more."""
        self.was_withdrawn = True
        self.is_over.set()
        if self.screen is not None:
            self.screen.action_seal()

    async def opened(self) -> Opened:
        """What is to be shown; once, and nothing of it is kept here. Raises ConsoleError."""
        await self._is_answered.wait()
        answer, self._answer = self._answer, None
        if isinstance(answer, ConsoleError):
            raise answer
        assert answer is not None  # noqa: S101 - it is asked for once
        return answer

    async def keep(self) -> None:
        """Open it for whoever waits, and when it is over write that down, as soon as the store answers."""
        from console.desk import reveals
        from console.desk.anchors import Anchors

        desk, reveal = self._desk, self.reveal
        anchors = Anchors.of(desk.settings)
        try:
            self._answer = await reveals.show_reveal(desk.store, desk.officer, reveal, desk.vault, anchors)
        except ConsoleError as error:
            self._answer = error
            self._is_answered.set()
        else:
            self._is_answered.set()
            await self.is_over.wait()
            self._answer = None
            await self._end()
        self.is_settled.set()

    async def _end(self) -> None:
        from console.desk import reveals

        desk = self._desk
        while True:
            try:
                with suppress(NotAllowed, NotFound):
                    await reveals.end_reveal(desk.store, desk.officer, self.reveal)
                return
            except StoreDown:
                await asyncio.sleep(RETRY_S)


class Revealing:
    """One desk screen's; everything of it runs in a worker. That a reveal is over is written down by a worker of the
    console's, whatever becomes of the desk."""

    def __init__(self, screen: VerbScreen) -> None:
        self._screen = screen
        self._showings: list[Showing] = []
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
        chosen = await self._screen.ask(
            OpenReveals(found, desk.officer.id, desk.store.now()), {one.station_id for one in found}
        )
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
            said = await self._screen.ask(ApproveReveal(reveal, code=code, why=why), {reveal.station_id})
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
        from console.ui.modals.reveal import RevealScreen

        desk, showing = self._desk, Showing(self._desk, reveal)
        _kept: Worker[object] = self._screen.app.run_worker(showing.keep, group="reveals")
        self._showings = [one for one in self._showings if not one.is_settled.is_set()] + [showing]
        try:
            opened, zone = await showing.opened(), self._screen.sight.zone
            shown = showing.screen = RevealScreen(opened, desk.officer.code, zone, self._screen.now, showing.is_over)
            del opened
            await self._screen.ask(shown, {reveal.station_id})
            shown.seal()
        finally:
            showing.is_over.set()
        if not showing.was_withdrawn:
            self._screen.say(_("{ref} is sealed again.").format(ref=reveal.ref))

    def withdraw(self, granted: Collection[int] = ()) -> None:
        """Show nothing any more that is of another station than these."""
        for showing in self._showings:
            if showing.reveal.station_id not in granted:
                showing.withdraw()

    async def end(self) -> None:
        """Show nothing any more; returns when that is written down, or soon when the store does not answer."""
        self.withdraw()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                for showing in self._showings:
                    await showing.is_settled.wait()

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
