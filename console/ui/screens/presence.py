"""Who is at this console: nobody, an officer, or one whose desk is locked. The app asks it what may be shown, tells it
every key, and gives it the open store; it pushes the screens of signing in and of the lock, and those of the roles."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError, MustWait, StoreDown
from console.model.officer import Officer, Role, TakeOverReason
from console.ui.messages import DeskLocked
from console.ui.screens.freshness import Part
from console.ui.screens.going import Going
from console.ui.screens.open_desk import OpenStore, open_desk
from console.ui.text import one_line
from console.words import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from textual.screen import Screen
    from textual.worker import Worker

    from console.desk.signing import Ahead
    from console.model.station import Station
    from console.store import Store
    from console.ui.screens.locked import LockScreen
    from console.ui.screens.sign_in import SignInScreen
    from console.ui.screens.stage import Stage

LOOK_EVERY_S: Final = 15.0
"""So long a grant that has ended, or a disabled officer, still counts on a console that is open."""
RETRY_S: Final = 1.0


def awake_s() -> float:
    """Seconds that go on while the machine sleeps and never jump."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Presence:
    """One console's; `officer` is None while nobody is signed in. `unlocked` is set while nothing is locked: what would
    put something over the desk waits for it. What the store is asked is answered when another officer may be here, or
    the same one with other grants: each answer is taken only while that is not so."""

    def __init__(self, app: Stage, idle_lock_s: float, ahead: Ahead | None = None) -> None:
        self._app = app
        self._ahead = ahead
        self._idle_lock_s = idle_lock_s
        self._opened: OpenStore | None = None
        self._lock: LockScreen | None = None
        self._asks: SignInScreen | None = None
        self.awake_s = awake_s
        self._touched_s = self._looked_s = awake_s()
        self._looking: Worker[object] | None = None
        self.unlocked = asyncio.Event()
        self.unlocked.set()
        self.officer: Officer | None = None
        self.going = Going(app, self)

    @property
    def store(self) -> Store | None:
        return None if self._opened is None else self._opened.store

    @property
    def is_locked(self) -> bool:
        return self._lock is not None

    @property
    def hides_desk(self) -> bool:
        """Whether the desk is not to be used now, nor what may lie over it: nobody is signed in, it is locked, or who
        is here works no tips."""
        return self._asks is not None or self.is_locked or (self.officer is not None and not _works_tips(self.officer))

    # ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def begin(self, opened: OpenStore) -> None:
        """The store is open: sign the officer of the settings in, or ask who is there."""
        self._opened = opened
        settings = self._app.settings
        if not settings.officer or settings.password_file is None:
            self.ask()
            return
        from console.vault.password_file import read_password

        try:
            await self._sign_in(settings.officer, read_password(settings.password_file))
        except MustWait as error:
            self.ask().wait(error.until)
        except ConsoleError as error:
            self.ask(error.message)

    def ask(self, why: str = "") -> SignInScreen:
        """Ask who is there."""
        from console.ui.screens.sign_in import SignInScreen

        code = self._app.settings.officer or ""
        self._asks = SignInScreen(self._sign_in, self._app.now, code=code, why=why)
        self._app.push_screen(self._asks)
        return self._asks

    async def _sign_in(self, code: str, password: str) -> None:
        from console.desk import signing

        assert self._opened is not None  # noqa: S101 - nobody is asked before
        ahead, self._ahead = self._ahead, None
        officer = await signing.sign_in(self._opened.store, code, password, signing.this_console(), ahead)
        await self._enter(officer)

    async def _enter(self, officer: Officer) -> None:
        """The officer is here: the desk, or the screen of another role."""
        assert self._opened is not None  # noqa: S101 - nobody enters before
        self.touch()
        desk = await open_desk(self._opened, officer) if _works_tips(officer) else None
        screen = await _screen_of(self._app, self._opened, officer) if desk is None else None
        if self._app.ending.cause is not None:
            return
        self.officer = officer
        if self._asks is not None:
            asks, self._asks = self._asks, None
            await self._take_down(asks)
        if desk is not None:
            self._app.begin_desk(desk)
        elif screen is not None:
            self._app.push_screen(screen)

    # ── locking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def touch(self) -> None:
        """Somebody is there."""
        self._touched_s = self.awake_s()

    def tick(self) -> None:
        """Once a second: lock an idle desk, and look whether the officer may still be here."""
        now_s = self.awake_s()
        if self.officer is None:
            return
        if self._idle_lock_s and now_s - self._touched_s >= self._idle_lock_s:
            self.lock(idle=True)
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self.look()

    def look(self) -> None:
        """See whether the officer may still be here, unless that is being done."""
        if self._looking is None or self._looking.is_finished:
            self._looked_s = self.awake_s()
            self._looking = self._app.background(self._look, group="presence")

    def lock(self, *, idle: bool = False) -> None:
        """Hide everything at once; it is written down as soon as that can be."""
        if self.officer is None or self.is_locked or self._app.ending.cause is not None:
            return
        from console.ui.modals.leave import Leave
        from console.ui.screens.locked import LockScreen

        self.unlocked.clear()
        if isinstance(self._app.screen, Leave):
            self._app.screen.action_leave()  # who comes to the locked desk may ask it again
        self._app.clear_notifications()
        self._app.desk_screen.curtain.lift()
        for screen in self._app.screen_stack:
            screen.post_message(DeskLocked())
        state = self._app.desk_screen.machine_state if _works_tips(self.officer) else None
        self._lock = LockScreen(self.officer, self._unlock, self._take_over, self._app.now, state)
        self._app.push_screen(self._lock)
        if self._opened is not None:
            told = partial(_write_down_lock, self._opened.store, self.officer, self._app.now(), idle=idle)
            self._app.background(told, group="lock")

    async def _unlock(self, password: str) -> None:
        from console.desk import signing

        assert self._opened is not None and self.officer is not None  # noqa: S101, PT018 - it is locked
        lock, at_desk = self._lock, self.officer
        officer = await signing.unlock(self._opened.store, at_desk, password, signing.this_console())
        if lock is None or not self._is_still(lock):
            return
        if officer.role is not at_desk.role:
            await self.start_over(officer)
            return
        await self._regrant(officer)
        if not self._is_still(lock):
            return
        self._lock = None
        await self._take_down(lock)
        self.touch()
        self.unlocked.set()
        self._app.desk_screen.ask_for(Part.DETAIL)

    async def _take_over(self, code: str, password: str, reason: TakeOverReason) -> None:
        from console.desk import signing

        assert self._opened is not None and self.officer is not None  # noqa: S101, PT018 - it is locked
        console, lock, before = signing.this_console(), self._lock, self.officer
        officer = await signing.take_over(self._opened.store, before, code, password, reason, console)
        if lock is not None and self._is_still(lock):
            await self.start_over(officer)
            words = _("You have taken over from {code}, whose claims are free again.")
            self._app.desk_screen.say(words.format(code=one_line(before.code, 20)))

    def _is_still(self, lock: LockScreen) -> bool:
        """Whether the desk is still locked by it: nobody was signed off meanwhile, and the console goes on."""
        return self._lock is lock and self._app.ending.cause is None

    # ── going ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def is_here(self, officer: Officer) -> bool:
        """Whether it is still this one, be it with other grants."""
        return self.officer is not None and self.officer.id == officer.id

    async def _look(self) -> None:
        """Whether the officer may still be here, and for which stations."""
        from console.desk import signing

        officer = self.officer
        if self._opened is None or officer is None:
            return
        with suppress(ConsoleError):
            found = await signing.officer_now(self._opened.store, officer)
            if self.officer is not officer:
                return
            code = one_line(officer.code, 20)
            if found is None:
                await self.start_over(None, _("{code} was disabled meanwhile.").format(code=code))
            elif found.role is not officer.role:
                await self.start_over(None, _("{code} has another role now.").format(code=code))
            elif _works_tips(found) or not self.is_locked:
                await self._regrant(found)  # what starts over is open: under a lock it waits for the password

    async def _regrant(self, officer: Officer) -> None:
        """Go on with other stations, when they have changed."""
        assert self._opened is not None and self.officer is not None  # noqa: S101, PT018 - somebody is signed in
        before, screen = self.officer, self._app.desk_screen
        if officer == before:
            return
        desk = await open_desk(self._opened, officer) if _works_tips(officer) else None
        if self.officer is not before:
            return
        if desk is not None:  # of a grant that has just come the guard may not know yet: the next look sees it
            officer = replace(officer, stations=officer.stations.intersection(one.id for one in desk.stations))
        if officer == before:
            return
        self.officer = officer
        if desk is None:
            if officer.role is Role.AUDITOR:  # what is listed of other stations goes too
                await self.start_over(officer)
            return
        words = _words_of(before, officer, (*screen.sight.stations, *desk.stations))
        await screen.withdraw(officer.stations)
        if self.officer is not officer:
            return
        screen.begin(desk)
        screen.say(words)

    async def start_over(self, officer: Officer | None, why: str = "") -> None:
        """Nothing of who was here stays: another desk, for this officer or for who signs in next; not at a console that
        ends."""
        if self._app.ending.cause is not None:
            return
        self._lock, self._asks, self._looking, self.officer = None, None, None, None
        with self._app.batch_update():
            await self._app.clear_desk()
            self.unlocked.set()
            if officer is None:
                self.ask(why)
                return
            try:
                await self._enter(officer)
            except ConsoleError as error:
                self.ask(error.message)

    async def _take_down(self, screen: LockScreen | SignInScreen) -> None:
        """The screen goes, with what was asked over it."""
        while screen in self._app.screen_stack:
            await self._app.pop_screen()


async def _write_down_lock(store: Store, officer: Officer, at: datetime, *, idle: bool) -> None:
    """Locked it is all the same while the store is down; it is tried again until the console ends."""
    from console.desk import signing

    while True:
        try:
            await signing.lock(store, officer, signing.this_console(), idle=idle, at=at)
            return
        except StoreDown:
            await asyncio.sleep(RETRY_S)


async def _screen_of(app: Stage, opened: OpenStore, officer: Officer) -> Screen[None]:
    """What an officer who works no tips is here for."""
    if officer.role is Role.ADMIN:
        from console.ui.screens.admin import AdminScreen

        return AdminScreen(opened.store, officer, keymap=app.keymap_in_force)
    from console import desk
    from console.desk.anchors import Anchors
    from console.ui.screens.audit_screen import AuditScreen

    home = {one.id: one.zone for one in await desk.stations(opened.store, officer)}[officer.station_id]
    anchors = Anchors.of(app.settings)
    return AuditScreen(opened.store, officer, anchors, now=app.now, zone=home, keymap=app.keymap_in_force)


def _words_of(before: Officer, now: Officer, stations: Iterable[Station]) -> str:
    """What has changed of the officer's grants."""
    codes = {one.id: one.code for one in stations}

    def named(ids: Iterable[int]) -> str:
        return ", ".join(sorted(codes[one] for one in ids if one in codes)) or "…"

    if lost := before.stations - now.stations:
        return _("Your grant has ended: {stations}.").format(stations=one_line(named(lost), 60))
    if come := now.stations - before.stations:
        return _("You have another grant: {stations}.").format(stations=one_line(named(come), 60))
    return _("Your grants have changed.")


def _works_tips(officer: Officer) -> bool:
    return officer.role in (Role.DUTY, Role.SUPERVISOR)
