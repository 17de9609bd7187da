"""The daily copy of an embedded store, made by the intake while nothing comes in; what goes wrong with it is told with
the heartbeat. `process` runs it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.errors import ConsoleError
from console.intake.pulse import Pulse
from console.settings import BackupSettings
from console.store.daily import EVERY, copies, is_due, make_daily
from console.store.snapshot import Held
from console.words import gettext as _

log = logging.getLogger(__name__)

_LOOK_AT_LEAST_S = 30.0
_PAUSES_BEFORE_AGAIN = 5
"""Of `idle_s`, after one that failed: a disk that was freed is noticed in minutes."""
_NO_PAUSE = timedelta(hours=2)
"""A desk that never pauses gets its copy so long after it was due; writers are not held up by it."""


def utc_now() -> datetime:
    return datetime.now(UTC)


Tell = Callable[[Held], Awaitable[None]]


async def untold(_held: Held) -> None:
    """Of a copy that nobody writes down."""


class DailyCopy:
    """Sees to it until `run` is cancelled; a copy under way is then broken off and leaves nothing."""

    def __init__(
        self,
        store: Path,
        folder: Path,
        settings: BackupSettings,
        pulse: Pulse,
        now: Callable[[], datetime] = utc_now,
        tell: Tell = untold,
    ) -> None:
        """`tell` is called with what a copy holds."""
        self._store = store
        self._folder = folder
        self._settings = settings
        self._pulse = pulse
        self._now = now
        self._tell = tell
        self._is_ending = threading.Event()

    async def run(self) -> None:
        pause_s = self._settings.idle_s
        while True:
            await asyncio.sleep(min(pause_s, _LOOK_AT_LEAST_S))
            failed = False
            try:
                if self._is_time():
                    await self._make()
                self._pulse.backup_trouble = ""
            except (ConsoleError, OSError) as error:
                failed = True
                why = error.message if isinstance(error, ConsoleError) else f"{self._folder}: {error.strerror}."
                if not self._pulse.backup_trouble:
                    log.warning("the daily backup failed: %s", why)
                self._pulse.backup_trouble = _("The daily backup failed. {why}").format(why=why)
            if failed:
                await asyncio.sleep(pause_s * _PAUSES_BEFORE_AGAIN)

    def _is_time(self) -> bool:
        now = self._now()
        if not is_due(self._folder, now):
            return False
        made = [made_at for made_at, _file in copies(self._folder) if made_at <= now]
        is_late = bool(made) and now - made[-1] > EVERY + _NO_PAUSE
        return is_late or self._pulse.idle_s >= self._settings.idle_s

    async def _make(self) -> None:
        making = asyncio.create_task(self._copied())
        try:
            await asyncio.shield(making)
        except asyncio.CancelledError:
            self._is_ending.set()
            await asyncio.gather(making, return_exceptions=True)
            raise

    async def _copied(self) -> None:
        """Made and told: whoever is to end in between ends after it."""
        keep, now = self._settings.keep, self._now()
        held = await asyncio.to_thread(make_daily, self._store, self._folder, keep, now, self._is_ending.is_set)
        await self._tell(held)
