"""Where a desk belongs: districts, stations and the agencies a station refers tips to. Made by setup and seeding, read
by every layer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from console.model.tip import OVERSIGHT_STATION_ID, CloseReason, Status, Urgency

__all__ = [
    "NOT_POLICE_KEPT",
    "OVERSIGHT_CODE",
    "OVERSIGHT_STATION_ID",
    "UNROUTED_CODE",
    "UNROUTED_STATION_ID",
    "Agency",
    "AgencyKind",
    "District",
    "EraseAfter",
    "RespondWithin",
    "Station",
]

UNROUTED_STATION_ID = 0
"""The lane for tips that name an unknown room or station: a row of `station` like any other, so that its tips have
refs, counters and events; only supervisors see it."""
UNROUTED_CODE = "UNR"
OVERSIGHT_CODE = "OVS"
"""Of the lane for complaints about police, whose id is OVERSIGHT_STATION_ID."""
NOT_POLICE_KEPT = timedelta(hours=24)
"""How long the words of what is not a police matter are kept after it was closed, whatever the station's settings."""


@dataclass(frozen=True, slots=True)
class District:
    """A part of the city with several stations; `id` is given at setup."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RespondWithin:
    """How long a tip may wait for its first step, in seconds per urgency (domain.md: 24 h, 1 h, 5 min)."""

    routine_s: int = 24 * 3600
    priority_s: int = 3600
    alarm_s: int = 300

    def within(self, urgency: Urgency) -> timedelta:
        seconds = {Urgency.ROUTINE: self.routine_s, Urgency.PRIORITY: self.priority_s, Urgency.ALARM: self.alarm_s}
        return timedelta(seconds=seconds[urgency])


@dataclass(frozen=True, slots=True)
class EraseAfter:
    """How long a tip's words are kept after the step that brought it to its status, in days (domain.md, guard rail 4).
    While it is new or investigated nothing is erased."""

    solved_days: int = 365
    referred_days: int = 365
    closed_days: int = 30

    def at(self, status: Status, reason: CloseReason | str | None, since: datetime) -> datetime | None:
        """When a tip that came to that status at `since` is erased."""
        days = {
            Status.SOLVED: self.solved_days,
            Status.REFERRED: self.referred_days,
            Status.CLOSED: self.closed_days,
        }.get(status)
        if days is None:
            return None
        return since + (NOT_POLICE_KEPT if reason == CloseReason.NOT_POLICE_MATTER else timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Station:
    """One police station; `code` is the short speakable code ('JNL'), `timezone` an IANA name."""

    id: int
    district_id: int
    code: str
    name: str
    timezone: str = "Asia/Shanghai"
    respond_within: RespondWithin = RespondWithin()
    erase_after: EraseAfter = EraseAfter()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class AgencyKind(StrEnum):
    """What kind of outside body takes a referral."""

    OFFICIALS = "officials"
    WORKERS = "workers"
    PROPERTY = "property"
    FIRE = "fire"
    HOUSING = "housing"
    STATION = "station"
    EMERGENCY = "110"


@dataclass(frozen=True, slots=True)
class Agency:
    """An outside body on a station's list."""

    station_id: int
    id: int
    kind: AgencyKind
    name: str
