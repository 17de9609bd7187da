"""A walk through the console by keys: how one gets back to where a place is reached from, and what a place is. The
matrix of hostile words walks through all of `places` and `door_places`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from textual import events
from textual.screen import ModalScreen, Screen

from console.intake.heartbeat import Heartbeat, IntakeState
from console.ui.screens.admin import AdminScreen
from console.ui.screens.audit_screen import AuditScreen
from console.ui.screens.desk import DeskScreen
from console.ui.screens.locked import LockScreen
from console.ui.screens.sign_in import SignInScreen
from console.ui.widgets.sign_in_form import Row
from tests.hostile_station import ADMIN, AUDITOR, SUPERVISOR
from tests.passwords import PASSWORD
from tests.settling import WORK
from tests.ui.console_host import Console
from tests.ui.small_station import NIGHT


class Intake:
    """An intake whose trouble is told in hostile words, until it is over."""

    def __init__(self, words: str) -> None:
        self._words = words
        self.is_troubled = True

    def beat(self) -> Heartbeat:
        problem = f"QIT{self._words}" if self.is_troubled else ""
        return Heartbeat(1, NIGHT, NIGHT + timedelta(days=9), IntakeState.OK, problem=problem)


MOST_PASTED: Final = 1_900
"""Characters that most boxes take; what is longer is refused whole and tested there."""
MOST_REASON: Final = 300
"""The same of a reason's box, tag included."""


@dataclass
class Tour:
    """A console in whose store everything is hostile, and the words."""

    console: Console
    words: str
    intake: Intake

    @property
    def desk(self) -> DeskScreen:
        return self.console.app.desk_screen

    async def press(self, *keys: str) -> None:
        await self.console.press(*keys)
        await self.console.pilot.pause()

    async def paste(self, words: str) -> None:
        """As a terminal pastes: one event with all of it."""
        self.console.app.post_message(events.Paste(words))
        await self.console.pilot.pause()

    async def modal(self, *keys: str) -> None:
        """Press until a question has opened."""
        await self.press(*keys)
        await self.console.until(lambda: isinstance(self.console.app.screen, ModalScreen), f"no question after {keys}")
        await self.console.pilot.pause()

    async def home(self) -> None:
        """Back to the open tips with the cursor on the newest, whatever is open and whoever is there."""
        self.intake.is_troubled = True
        await self._come_in()
        for _ in range(12):
            if isinstance(self.console.app.screen, DeskScreen) and not self.desk.sight.text:
                break
            await self.press("escape")
        await self.press("escape", "escape", "1")
        for _ in range(4):
            if self.desk.sight.chosen == (1,):
                break
            await self.press("[")
        await self.press("g")
        assert self.console.app.screen is self.desk
        await self.console.until(lambda: self.desk.feed.cursor_line is not None, "no tip")

    # ── who is there ─────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def screen(self) -> Screen[object]:
        return self.console.app.screen

    async def _come_in(self) -> None:
        """To a desk, from the lock, from signing in or from a role that has none: a supervisor takes it over."""
        presence = self.console.app.presence
        if not presence.hides_desk:
            return
        if not isinstance(self.screen, SignInScreen):
            await self.press("ctrl+l")
        await self.sign_in(SUPERVISOR.code)
        await self.console.until(lambda: self.screen is self.desk and not presence.hides_desk, "no desk")
        await self.console.sees("● live")

    async def sign_in(self, code: str, password: str = PASSWORD) -> None:
        """Where it is asked for, with the first of the reasons when it is a take-over; '' as the code that stands there
        is."""
        await self.press("escape")
        asks = self.screen
        assert isinstance(asks, SignInScreen)
        if code:
            while asks.form._row is not Row.CODE:
                await self.press("up")
            await self.press("ctrl+u")
            await self.paste(code)
            await self.press("enter", *(["enter"] if asks.form.is_of_another else []))
        await self.paste(password)
        await self.press("enter")

    async def sign_off(self) -> None:
        """To the screen where the next officer signs in."""
        if isinstance(self.screen, SignInScreen) and not isinstance(self.screen, LockScreen):
            await self.press("escape")
            return
        await self.home()
        await self.command("sign-off")
        await self.modal("enter")
        await self.press("y")
        await self.console.until(lambda: isinstance(self.screen, SignInScreen), "it is not signed off")

    async def lock(self) -> None:
        """To the locked desk of whoever is there."""
        if isinstance(self.screen, LockScreen):
            await self.press("escape")
            return
        await self.home()
        await self.press("ctrl+l")
        assert isinstance(self.screen, LockScreen)

    async def be_admin(self) -> None:
        """To the list of all officers."""
        await self._be(ADMIN.code, AdminScreen, " officers")

    async def be_auditor(self) -> None:
        """To all entries, with the cursor on the newest."""
        await self._be(AUDITOR.code, AuditScreen, "newest first")
        await self.press("g")

    async def _be(self, code: str, screen: type[Screen[None]], standing: str) -> None:
        there = self.console.app.presence.officer
        if isinstance(self.screen, LockScreen) and there is not None and there.code == code:
            await self.sign_in(code)
        elif any(isinstance(one, screen) for one in self.console.app.screen_stack):
            await self.press("escape", "escape", "escape")
        else:
            await self.sign_off()
            await self.sign_in(code)
        await self.console.until(lambda: isinstance(self.screen, screen), f"{code} does not get in")
        await self.console.sees(standing)

    # ── what is done there ───────────────────────────────────────────────────────────────────────────────────────────
    async def go_to(self, n: int) -> None:
        """The cursor on tip n, among tips of every status."""
        await self.press(":")
        await self.paste("search status:all")
        await self.press("enter")
        await self.console.until(lambda: self.desk.feed._place.held.total == 4, "not all tips are listed")
        await self.press("g", *["j"] * (4 - n))

    async def hears(self, words: str) -> None:
        """Wait until this is said; an endless ref before it may push it off the line."""
        line = self.desk.status_line
        await self.console.until(lambda: words in (line.said or line.standing), words)
        await self.console.pilot.pause()

    async def command(self, line: str) -> None:
        await self.press(":")
        await self.paste(line)


@dataclass(frozen=True)
class Place:
    """Where words can stand: `tags` of what is to be seen there once `reach` is done, `pages` the key that turns its
    pages. `seat` is where one starts; where `stays` is named, nothing leads away from that screen."""

    name: str
    tags: tuple[str, ...]
    reach: Callable[[Tour], Awaitable[object]]
    pages: str = ""
    seat: Callable[[Tour], Awaitable[None]] = Tour.home
    stays: type[Screen[Any]] | None = None


def keys(*pressed: str) -> Callable[[Tour], Awaitable[object]]:
    return lambda tour: tour.press(*pressed)


def question(*pressed: str, at: int = 0) -> Callable[[Tour], Awaitable[object]]:
    """A question about the newest tip, or about tip `at`."""

    async def reach(tour: Tour) -> None:
        if at:
            await tour.go_to(at)
        await tour.modal(*pressed)

    return reach


def typed(
    *opening: str, words: str = "{words}", then: tuple[str, ...] = (), most: int = MOST_PASTED
) -> Callable[[Tour], Awaitable[object]]:
    """Open something, paste as much of the words as it takes behind a tag, press on. A question about ten megabytes may
    take its time to open: each key waits for the one before."""

    async def reach(tour: Tour) -> None:
        for key in opening:
            await tour.press(key)
            await tour.console.until(lambda: not WORK.under_way, f"{key} is not done with")
            await tour.console.pilot.pause()
        await tour.paste(words.replace("{words}", f"QZZ{tour.words[:most]}"))
        await tour.press(*then)

    return reach
