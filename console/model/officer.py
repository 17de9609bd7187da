"""Who signs in and what the role allows; desk verbs and repositories take the acting officer from here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from console.words import gettext as _


class Role(StrEnum):
    """`duty` works tips of granted stations, `supervisor` also switches stations, `auditor` reads the audit only,
    `admin` sets up and sees no tips."""

    DUTY = "duty"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who signs in: `code` is the badge ('JNL-007'), `stations` the ids of all stations granted now (home
    included)."""

    id: int
    code: str
    name: str
    role: Role
    station_id: int
    stations: frozenset[int]

    def why_not_see(self, station_id: int) -> str | None:
        """Why this officer may not read tips of the station, or None."""
        if self.role not in (Role.DUTY, Role.SUPERVISOR):
            return _("Your role does not read tips.")
        if station_id not in self.stations:
            return _("You have no grant for that station.")
        return None

    def why_not_assign(self, to_officer_id: int) -> str | None:
        """Why this officer may not hand a tip to that officer, or None: duty officers take for themselves, supervisors
        for anyone."""
        if self.role is Role.SUPERVISOR or to_officer_id == self.id:
            return None
        return None if self.role is Role.DUTY else _("Your role does not work tips.")
