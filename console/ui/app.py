"""`ConsoleApp`: paints the desk, then opens the store, keeps the intake running, and ends with a redacted report when
something breaks. `ui.run` starts it for the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.widgets import Input
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from console.errors import ConsoleError
from console.paths import STYLES_DIR
from console.settings import config_file
from console.ui import keys
from console.ui.commands import DeskOffers, Palette
from console.ui.crash import Reporter
from console.ui.ending import Cause, Ending
from console.ui.messages import LookAgain, OpenAgain
from console.ui.screens.desk import DeskScreen
from console.ui.screens.open_desk import OpenDesk, OpenStore, open_store
from console.ui.screens.presence import Presence
from console.ui.screens.recall import Recall
from console.ui.screens.refused import RefusedScreen
from console.ui.screens.stage import Stage
from console.ui.screens.truth import IntakeSign, Truth
from console.ui.terminal import DeskTerminal
from console.ui.text import LastDoor, as_text
from console.ui.theme import THEMES

if TYPE_CHECKING:
    from textual.screen import Screen

    from console.desk.signing import Ahead
    from console.settings import Settings

_END_S = 12.0
"""An intake gets ten seconds to finish its batch."""

_OVER_THE_DESK = frozenset({"command_palette", "command_line", "show_help", "sign_off"})

KeepIntake = Callable[[Callable[[], bool]], Awaitable[None]]
"""Sees to the intake until cancelled; then it is asked whether the intake goes on without the console."""
Heartbeat = Callable[[], IntakeSign | None]


def utc_now() -> datetime:
    """The clock of a console that is not under test."""
    return datetime.now(UTC)


def no_heartbeat() -> None:
    """The heartbeat of a console without an intake."""


class ConsoleApp(Stage):
    """One officer's console on one data folder. `keep_intake` runs for as long as the console and sees to the intake;
    `heartbeat` reads its last sign of life, `ahead` knows of a password that is being tried already."""

    TITLE = "Taskroom"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings_for("app")]
    COMMANDS = {DeskOffers}  # noqa: RUF012 - Textual's own shape
    CSS_PATH = sorted(STYLES_DIR.glob("*.tcss"))
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        settings: Settings,
        *,
        keep_intake: KeepIntake | None = None,
        heartbeat: Heartbeat = no_heartbeat,
        now: Callable[[], datetime] = utc_now,
        banner: str = "",
        ahead: Ahead | None = None,
    ) -> None:
        self._last_door = LastDoor()
        self.settings = settings
        super().__init__(driver_class=DeskTerminal)
        for theme in THEMES:
            self.register_theme(theme)
        self.ending = Ending()
        self.now = now
        self._keep_intake = keep_intake
        self._heartbeat = heartbeat
        self._banner = banner
        self._opened: OpenStore | None = None
        self._opening: Worker[None] | None = None
        self._leaving: Worker[None] | None = None
        self._intake: Worker[None] | None = None
        self.animation_level = "none"
        self.keymap_in_force = keys.check_keymap(settings.keys, config_file(settings.folder))
        self.presence = Presence(self, settings.desk.idle_lock_s, ahead)
        self.desk_screen = self._made_desk()

    def _made_desk(self) -> DeskScreen:
        """A desk at which nobody is yet."""
        truth = Truth(self.now, self._heartbeat, self._banner)
        made = DeskScreen(now=self.now, keymap=self.keymap_in_force, views=dict(self.settings.views), truth=truth)
        made.curtain.unlocked = self.presence.unlocked
        return made

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The last door for words that came around `ui/text.py`, with Textual's filters before it. The same one as long
        as those are the same: each line remembers what a filter made of it."""
        filters = tuple(super().get_line_filters())
        if self._last_door.before != filters:
            self._last_door = LastDoor(filters)
        return [self._last_door]

    def on_mount(self) -> None:
        self.set_keymap(self.keymap_in_force)
        self.push_screen(self.desk_screen)
        self.set_interval(1.0, self.presence.tick)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Open the store, unless it is open or being opened."""
        if self._opened is not None or (self._opening is not None and not self._opening.is_finished):
            return
        if self.desk_screen.truth.failure is not None:
            self.desk_screen.try_again()
        self._opening = self.run_worker(self._open, group="open")

    async def _open(self) -> None:
        """Open the store and see who is there; what cannot be opened is said on the screen."""
        try:
            self._opened = await open_store(self.settings, self.now)
        except ConsoleError as error:
            self.desk_screen.fail(error.message)
            return
        await self.presence.begin(self._opened)
        self.run_worker(Recall(self._opened.store, self.settings.heads_file).refuse_by(self.refuse), group="recall")
        if self._keep_intake is not None:
            self._intake = self.run_worker(self._watch_intake, group="intake")

    async def refuse(self, sentence: str) -> None:
        """Go on no further: nothing is left but the sentence, and a key to leave."""
        self.ending.because(Cause.REFUSED)
        await self.push_screen(RefusedScreen(sentence))
        await self.end()

    def begin_desk(self, desk: OpenDesk) -> None:
        """An officer who works tips is signed in."""
        self.desk_screen.begin(desk, intake_starts=self._keep_intake is not None)
        self.desk_screen.going_on.begin(desk, self.settings.folder.state)

    async def clear_desk(self) -> None:
        """Another desk, at which nobody has been: nothing of the one before stays."""
        self.desk_screen.going_on.leave()
        await self.desk_screen.end()
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.desk_screen = self._made_desk()
        await self.push_screen(self.desk_screen)

    @on(LookAgain)
    def _look_again(self) -> None:
        self.presence.look()

    @on(OpenAgain)
    def _open_again(self) -> None:
        self._start()

    async def _watch_intake(self) -> None:
        assert self._keep_intake is not None  # noqa: S101 - started only when there is one
        try:
            await self._keep_intake(lambda: self.ending.intake_goes_on)
        except ConsoleError as error:
            self.desk_screen.say(error.message, wrong=True)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """A picture of the screen, without what a reveal has opened."""
        from console.ui.screens.revealing import hidden_from_pictures

        with hidden_from_pictures(self.screen_stack):
            return super().export_screenshot(title=title, simplify=simplify)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def on_exit_app(self) -> None:
        """The first thing on the way out, before Textual cancels the workers."""
        await self.end()

    async def _shutdown(self) -> None:
        """Ways out that never exit (a crash, a test) end in order too."""
        await self.end()
        await super()._shutdown()

    async def end(self) -> None:
        """Let what is under way finish, then close the store: a read that is cut short costs its connection. At most
        some seconds; a second call does nothing."""
        try:
            async with asyncio.timeout(_END_S):
                await self._end()
        except TimeoutError:
            self.log("The desk did not close in time.")

    async def _end(self) -> None:
        if self._opening is not None:
            with suppress(WorkerCancelled, WorkerFailed):
                await self._opening.wait()
        if self.ending.cause in (None, Cause.LEFT):
            self.desk_screen.going_on.leave()
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await self.desk_screen.end()
            await opened.close()
        if self._intake is not None:
            self._intake.cancel()
            with suppress(WorkerCancelled, WorkerFailed):
                await self._intake.wait()

    async def on_event(self, event: events.Event) -> None:
        """Every key and every move of the mouse comes through here first: somebody is there, and waits for the desk."""
        if isinstance(event, events.InputEvent | events.Paste):
            self.presence.touch()
            self.desk_screen.hurry()
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What lies over the desk is dead while there is no desk to be seen."""
        if action in _OVER_THE_DESK and self.presence.hides_desk:
            return False
        return super().check_action(action, parameters)

    def action_lock(self) -> None:
        """^L, wherever the keyboard is."""
        self.presence.lock()

    def action_sign_off(self) -> None:
        """Give the desk back and ask who is next."""
        from console.ui.modals.leave import SignOff

        if not (_is_asked(SignOff, self.screen_stack) or self.presence.going.is_signing_off):
            self.background(self.presence.going.sign_off, group="sign-off", exclusive=True)

    def on_key(self, event: events.Key) -> None:
        """A letter typed ahead, before the text field it was meant for had the keyboard, goes into that field: it must
        not be lost, nor taken for a verb."""
        focused = self.screen.focused
        if isinstance(focused, Input) and event.is_printable and event.character:
            focused.insert_text_at_cursor(event.character)
            event.prevent_default()
        elif self.screen is self.desk_screen:
            self.desk_screen.answer_key(event)

    def action_show_help(self) -> None:
        """`?` and F1 wherever no text field has the keyboard."""
        self.desk_screen.action_show_help()

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_command_line(self) -> None:
        """`:` wherever no text field has the keyboard."""
        self.desk_screen.action_command_line()

    # ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def action_leave(self) -> None:
        """Ask, then leave; a question that is open, or was answered so, is not asked twice."""
        from console.ui.modals.leave import Leave

        if not (_is_asked(Leave, self.screen_stack) or self.presence.going.is_leaving):
            self._leaving = self.run_worker(self._leave, group="leave", exclusive=True)

    async def _leave(self) -> None:
        from console.ui.modals.leave import Leave
        from console.ui.modals.question import Question

        open_questions = [one for one in self.screen_stack if isinstance(one, Question)]
        has_words = self.desk_screen.has_words or any(one.has_words for one in open_questions)
        if await self.push_screen_wait(Leave(has_words=has_words)):
            await self.presence.going.leave()
            self.ending.because(Cause.LEFT)
            self.exit()

    @property
    def terminal(self) -> Driver | None:
        """What it is drawn on; None before the start."""
        return self._driver

    def hung_up(self) -> None:
        """The terminal tells that it was closed: nobody is there to be asked."""
        self.ending.because(Cause.HUNG_UP)
        self.exit()

    async def action_quit(self) -> None:
        """Textual's own way out asks too."""
        self.action_leave()

    # ── crashing ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def panic(self, *_renderables: object) -> None:
        """Textual shows errors here that know how to show themselves, words and all."""
        self._fatal_error()

    def _fatal_error(self) -> None:
        """Instead of Textual's report, which prints locals: a redacted file, and one sentence on the terminal. What
        breaks after that, on the way out, is told no more."""
        if self.ending.cause is Cause.CRASHED:
            return
        self.ending.because(Cause.CRASHED)
        self.bell()
        error = self._exception or RuntimeError()
        self._exit_renderables.append(as_text(Reporter(self.settings.folder.log).crashed(error, datetime.now(UTC))))
        self._close_messages_no_wait()


def _is_asked(question: type[Screen[Any]], stack: Sequence[Screen[Any]]) -> bool:
    return any(type(screen) is question for screen in stack)
