"""The truth about the machine for header and sum line: live, stale or down, the intake's heartbeat, alarms that ring,
and a sum that adds up. The desk screen ticks it every second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from console.model.tip import ENDED_STATUSES
from console.ui.text import one_line
from console.ui.widgets.desk_header import DeskState, Health, Intake
from console.words import gettext as _

if TYPE_CHECKING:
    from console.model.change import Counts
    from console.ui.screens.live import LiveScreen

RING_EVERY_S: Final = 10.0
"""An alarm that nobody acknowledges rings again so often: heard across a room, not endured."""
INTAKE_STARTS_WITHIN_S: Final = 10.0
"""So long after the desk was opened a silent intake is called starting, not stopped."""
SLOW_READ: Final = timedelta(seconds=3)
"""A reading that takes longer leaves old words on the screen: it is called stale."""


class IntakeSign(Protocol):
    """The intake's last sign of life, as `console.intake.heartbeat.Heartbeat` has it."""

    @property
    def taken_last_minute(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def problem(self) -> str: ...
    @property
    def state(self) -> str: ...
    def is_stale(self, now: datetime) -> bool: ...


class Truth:
    """Knows what the header has to say; `failure` is why the store could not be opened."""

    def __init__(
        self, now: Callable[[], datetime], heartbeat: Callable[[], IntakeSign | None], banner: str = ""
    ) -> None:
        self._now = now
        self._heartbeat = heartbeat
        self._banner = banner
        self._beat: IntakeSign | None = None
        self._rung: frozenset[UUID] = frozenset()
        self._rung_at = 0.0
        self._begun_at: float | None = None
        self.failure: str | None = None

    def begin(self, *, intake_starts: bool) -> None:
        """The desk is open; `intake_starts` when an intake is being seen to from now on."""
        self.failure = None
        self._begun_at = monotonic() if intake_starts else None

    def tick(self, screen: LiveScreen) -> bool:
        """Read the heartbeat; True when the bell is to ring now: a new alarm at once, the old ones every ten
        seconds."""
        self._beat = self._heartbeat()
        return self.is_time_to_ring(screen)

    def is_time_to_ring(self, screen: LiveScreen) -> bool:
        ringing = frozenset(line.id for line in screen.reading.ringing) if screen.reading is not None else frozenset()
        is_new = bool(ringing - self._rung)
        self._rung = ringing
        if not ringing or not (is_new or monotonic() - self._rung_at >= RING_EVERY_S):
            return False
        self._rung_at = monotonic()
        return True

    def show(self, screen: LiveScreen) -> None:
        """Tell header and sum line what is known now."""
        screen.header.show(self.state(screen))
        screen.status_line.trouble = self._trouble(screen)
        self._show_sum(screen)

    def state(self, screen: LiveScreen) -> DeskState:
        """What the header has to say; the lock says it too."""
        health, since = self._health(screen)
        station, desk = screen.sight.station, screen.desk
        counts = screen.reading.all_counts if screen.reading is not None and screen.reading.counts else None
        one = len(screen.sight.chosen) == 1 and station is not None
        return DeskState(
            station_code=station.code if one and station is not None else screen.sight.title,
            station_name=station.name if one and station is not None else "",
            officer="" if desk is None else f"{desk.officer.name} ({desk.officer.role})",
            zone=None if desk is None else screen.sight.zone,
            health=health,
            since=since,
            intake=Intake.UNKNOWN if desk is None else self._intake(),
            intake_per_minute=0 if self._beat is None else self._beat.taken_last_minute,
            rejected=0 if self._beat is None else self._beat.rejected,
            waiting=0 if self._beat is None else self._beat.waiting,
            alarms=None if counts is None else counts.alarms,
            open_tips=None if counts is None else counts.open,
            banner=self._banner,
        )

    def _health(self, screen: LiveScreen) -> tuple[Health, datetime | None]:
        reading, freshness, desk = screen.reading, screen.freshness, screen.desk
        if self.failure is not None:
            return Health.SHUT, None
        if reading is None or freshness is None or desk is None:
            return Health.STARTING, None
        if freshness.down is not None:
            return Health.DOWN, reading.read_at
        if reading.read_at is None:
            return Health.STARTING, None
        if desk.store.feed.down_since is not None or freshness.reading_for() > SLOW_READ:
            return Health.STALE, reading.read_at
        return Health.LIVE, None

    def _intake(self) -> Intake:
        beat = self._beat
        if beat is None or beat.state == "stopped" or beat.is_stale(self._now()):
            began = self._begun_at
            is_new = began is not None and monotonic() - began < INTAKE_STARTS_WITHIN_S
            return Intake.STARTING if is_new else Intake.STOPPED
        if beat.problem or beat.state in ("folder-trouble", "store-down"):
            return Intake.TROUBLE
        return Intake.STARTING if beat.state == "starting" else Intake.OK

    def _trouble(self, screen: LiveScreen) -> str:
        """What the intake complains of, or why it is silent, as one sentence; '' while all is well."""
        if screen.desk is None or self._beat is None:
            return ""
        match self._intake():
            case Intake.TROUBLE:
                words = one_line(self._beat.problem) or _("It cannot take tips in now.")
            case Intake.STOPPED:
                words = one_line(self._beat.problem) or _("It has stopped; it is started again. Tips wait meanwhile.")
            case _:
                return ""
        return _("Intake: {problem}").format(problem=words)

    def _show_sum(self, screen: LiveScreen) -> None:
        reading = screen.reading
        if reading is None or not reading.counts:
            return
        counts, capped = reading.all_counts, reading.total_is_capped
        in_view = self._in_view(screen, counts)
        filtered = in_view - reading.total
        if filtered < 0 and not capped:
            return
        screen.sum_line.show(reading.total, filtered, counts.total - in_view, counts.total, capped)

    def _in_view(self, screen: LiveScreen, counts: Counts) -> int:
        """All open tips, and the ended ones that the search looks through: the rest is out of view as 'closed'."""
        statuses = screen.sight.query.statuses or frozenset()
        return counts.open + sum(counts.of(status) for status in ENDED_STATUSES if status in statuses)
