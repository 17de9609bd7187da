"""Erases every night what has had its time, and every hour what was not a police matter; what goes wrong with it is
told with the heartbeat. `process` runs it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from console.desk.erasing import Erased, Erasing, Kept, Left
from console.errors import ConsoleError
from console.intake.forgetting import forget_done
from console.intake.pulse import Pulse
from console.model.tip import CloseReason
from console.settings import Settings
from console.store import Store
from console.words import gettext as _

log = logging.getLogger(__name__)

LOOK_S = 30.0
"""How often it is asked whether a run is due."""
HOUR = timedelta(hours=1)
_SOON = (Left.LOG, Left.STOPPED)
"""What another run within the hour may well clear; what only the database's owner clears waits for the owner, is in the
log and in what `taskroom erase` prints, and troubles no officer."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def kept_by(settings: Settings) -> Kept:
    """What an intake of these settings keeps beside the store."""
    folder = settings.folder
    forget = partial(forget_done, folder.intake / "done")
    return Kept(folder.attachments, forget)


class Nightly:
    """Sees to it until `run` is cancelled. The night's run is due at the settings' hour (this machine's local time), or
    as soon as an intake runs again after it."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        pulse: Pulse,
        now: Callable[[], datetime] = utc_now,
        look_s: float = LOOK_S,
    ) -> None:
        self._store = store
        self._settings = settings
        self._pulse = pulse
        self._now = now
        self._look_s = look_s
        self._night_at: datetime | None = None
        self._hour_at: datetime | None = None
        self._left = Left.NOTHING

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._look_s)
            try:
                await self.look()
                self._pulse.erase_trouble = self._left.sentence if self._left in _SOON else ""
            except (ConsoleError, OSError) as error:
                why = error.message if isinstance(error, ConsoleError) else f"{error.strerror}."
                if not self._pulse.erase_trouble:
                    log.warning("erasing failed: %s", why)
                self._pulse.erase_trouble = _("Erasing failed. {why}").format(why=why)

    async def look(self) -> None:
        """Run what is due now; what a run left in the store's files is cleared within the hour. Raises ConsoleError,
        OSError; then it is due again at the next look."""
        now = self._now()
        night_at = last_night(now, self._settings.erase.hour)
        if self._night_at is None or self._night_at < night_at:
            await self._erase(None)
            self._night_at, self._hour_at = night_at, now
        elif self._hour_at is None or now - self._hour_at >= HOUR:
            await self._erase(None if self._left in _SOON else CloseReason.NOT_POLICE_MATTER)
            self._hour_at = now

    async def _erase(self, reason: CloseReason | None) -> Erased:
        settings = self._settings
        erased = await Erasing(self._store, settings.database_url, kept_by(settings), _unseen, reason).run()
        if erased.left is not self._left and not erased.is_clean:
            log.warning("erasing: %s", erased.left.sentence)
        self._left = erased.left
        if erased.tips:
            log.info("erased %d tips, %d attachments, %d kept files", erased.tips, erased.attachments, erased.files)
        return erased


def last_night(now: datetime, hour: int) -> datetime:
    """The latest moment not after `now` at which this machine's clock showed that hour."""
    local = now.astimezone()
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at <= local else at - timedelta(days=1)


def _unseen(stage: str, done: int, total: int) -> None:
    """Nobody watches the night's run."""
