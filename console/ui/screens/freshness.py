"""Keeps the desk screen up to date: follows the change feed, collects what must be read anew and lets one worker read
it, at once for the first change and then at most 30 times a second, 10 while much happens."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from enum import Flag, auto
from time import monotonic
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError, StoreDown

if TYPE_CHECKING:
    from console.model.change import Cursor, Event
    from console.model.officer import Officer
    from console.store import Feed


class Part(Flag):
    """What of the screen is to be read anew."""

    NONE = 0
    WINDOW = auto()
    COUNTS = auto()
    DETAIL = auto()
    ALARMS = auto()
    END = auto()
    """The oldest lines of another list, before anybody jumps there."""
    ALL = WINDOW | COUNTS | DETAIL | ALARMS


QUIET_PAUSE_S: Final = 1 / 30
BUSY_PAUSE_S: Final = 1 / 10
AWAY_PAUSE_S: Final = 1 / 4
"""While the newest tips are above the screen, only their number is seen to change."""
BUSY_FROM: Final = 15
"""Events within a second from which on ten paintings a second are enough (facts.md: a third of the CPU of thirty)."""
RETRY_S: Final = 1.0

Read = Callable[[Part], Awaitable[None]]
Seen = Callable[[tuple["Event", ...]], Part]
IsAway = Callable[[], bool]


class Freshness:
    """`ask` says what is stale; `keep` is the single worker that calls `read`. Reading is never cut short by a
    change. `is_away` tells whether the reader has gone down the list, where nothing new comes into view; `refused` is
    called when the store answers, but not this officer."""

    def __init__(
        self, read: Read, touched: Seen, is_away: IsAway = lambda: False, refused: Callable[[], object] = lambda: None
    ) -> None:
        self._read = read
        self._touched = touched
        self._is_away = is_away
        self._refused = refused
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._asked = Part.NONE
        self._came: deque[float] = deque(maxlen=BUSY_FROM)
        self.down: ConsoleError | None = None
        """Why the last reading failed; None while readings succeed."""
        self._began: float | None = None
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._has_ended = False

    def ask(self, parts: Part = Part.ALL, *, hurry: bool = False) -> None:
        """These parts are to be read anew as soon as possible; in a hurry without a pause after the last reading, when
        somebody pressed a key for it."""
        if parts:
            self._asked |= parts
            self._news.set()
            if hurry:
                self._hurry.set()

    async def keep(self) -> None:
        """Read what was asked for, until `end`."""
        while await self._has_news():
            asked, self._asked = self._asked, Part.NONE
            self._began = monotonic()
            self._is_idle.clear()
            self._hurry.clear()
            try:
                await self._read(asked)
                self.down = None
            except ConsoleError as error:
                self.down = error
                if not isinstance(error, StoreDown):
                    self._refused()
            finally:
                self._began = None
                self._is_idle.set()
            if self.down is None:
                await self._pause()
            else:
                await asyncio.sleep(RETRY_S)
                self.ask(asked | Part.ALL)

    async def _pause(self) -> None:
        """What comes in is shown so often and no oftener; a key is not kept waiting for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s()):
                await self._hurry.wait()

    def _pause_s(self) -> float:
        if self._is_away():
            return AWAY_PAUSE_S
        return BUSY_PAUSE_S if self._is_busy() else QUIET_PAUSE_S

    async def end(self) -> None:
        """Read no more; returns when the reading under way is done, so that the store can be closed under it."""
        self._has_ended = True
        self._news.set()
        await self._is_idle.wait()

    async def _has_news(self) -> bool:
        """Wait for a question; False at the end."""
        await self._news.wait()
        self._news.clear()
        return not self._has_ended

    def reading_for(self) -> timedelta:
        """How long the reading under way has taken so far; 0 when none is."""
        return timedelta(seconds=0 if self._began is None else monotonic() - self._began)

    async def follow(self, feed: Feed, officer: Officer, after: Cursor, stations: tuple[int, ...]) -> None:
        """Turn what happens in the stations into questions, until cancelled or the store is closed."""
        async for changes in feed.follow(officer, after, stations):
            self._came.extend([monotonic()] * min(len(changes.events), BUSY_FROM))
            self.ask(self._touched(changes.events) if changes.events else Part.ALL)

    def _is_busy(self) -> bool:
        return len(self._came) == BUSY_FROM and monotonic() - self._came[0] < 1.0
