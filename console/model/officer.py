"""Who signs in and what the role allows; desk verbs and repositories take the acting officer from here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from console.model.fold import settle
from console.model.spelling import keepable
from console.words import gettext as _

MOST_CODE: Final = 20
"""Characters of an officer's code."""

_BETWEEN: Final = re.compile(r"[\s_./\\-]+")
_MINUS: Final = "\u2212"


def code_of(typed: str) -> str:
    """A code as it is kept, however it was typed; of a broken command line, half a character may be in it."""
    return keepable(typed).strip().upper()


def code_named(typed: str) -> str:
    """An officer's code as somebody else wrote it down, in the letters in which codes are kept: full-width letters,
    other dashes, blanks and small letters are what a phone or an input method makes of them."""
    plain = "".join(
        "-" if char == _MINUS or unicodedata.category(char) == "Pd" else char
        for char in settle(typed)
        if unicodedata.category(char) not in ("Cf", "Cc", "Mn")
    )
    return _BETWEEN.sub("-", plain).strip("-").upper()


class Role(StrEnum):
    """`duty` works tips of granted stations, `supervisor` also switches stations, `auditor` reads the audit only,
    `admin` sets up and sees no tips."""

    DUTY = "duty"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


_READ_TIPS = (Role.DUTY, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who signs in: `code` is the badge ('JNL-007'), `stations` the ids of all stations granted now (home
    included). Without `sees_numbers` phone and identity numbers in a tip's words are masked (setting `desk.mask`)."""

    id: int
    code: str
    name: str
    role: Role
    station_id: int
    stations: frozenset[int]
    sees_numbers: bool = False

    def why_not_see(self, station_id: int) -> str | None:
        """Why this officer may not read tips of the station, or None."""
        why = self.why_not_read_tips()
        if why is not None:
            return why
        if station_id not in self.stations:
            return _("You have no grant for that station.")
        return None

    def why_not_read_tips(self) -> str | None:
        """Why this officer may not read any tips, or None."""
        return None if self.role in _READ_TIPS else _("Your role does not read tips.")

    def why_not_turn_keys(self) -> str | None:
        """Why this officer may not change what reporters are sealed by, or None."""
        return None if self.role is Role.ADMIN else _("Only an admin changes the key that reporters are sealed by.")

    def why_not_set_up(self) -> str | None:
        """Why this officer may not set up stations, officers and grants, or None."""
        return None if self.role is Role.ADMIN else _("Only an admin sets up stations, officers and grants.")

    def why_not_take_over(self, at_desk: Officer) -> str | None:
        """Why this officer may not take over the desk that another one locked, or None."""
        if self.role is not Role.SUPERVISOR:
            return _("Only a supervisor takes over a desk; its own officer unlocks it.")
        return self.why_not_see(at_desk.station_id)

    def seen_of(self, station_ids: Iterable[int]) -> list[int]:
        """Those of the stations whose tips this officer may read, in the order given."""
        return [one for one in station_ids if one in self.stations] if self.role in _READ_TIPS else []

    def why_not_look_up(self, station_id: int) -> str | None:
        """Why this officer may not see the station's rooms, colleagues and agencies, or None."""
        if self.role is Role.AUDITOR:
            return _("Your role reads the audit and nothing else.")
        if station_id not in self.stations:
            return _("You have no grant for that station.")
        return None

    def looked_up_of(self, station_ids: Iterable[int]) -> list[int]:
        """Those of the stations whose rooms and colleagues this officer may see, in the order given."""
        return [] if self.role is Role.AUDITOR else [one for one in station_ids if one in self.stations]

    def why_not_audit(self, station_id: int) -> str | None:
        """Why this officer may not read the station's audit, or None."""
        if self.role is not Role.AUDITOR:
            return _("Your role does not read the audit.")
        if station_id not in self.stations:
            return _("You have no grant for that station.")
        return None

    def audited_of(self, station_ids: Iterable[int]) -> list[int]:
        """Those of the stations whose audit this officer may read, in the order given."""
        return [one for one in station_ids if one in self.stations] if self.role is Role.AUDITOR else []

    def why_not_take_in(self) -> str | None:
        """Why this officer may not write a tip down, or None; whose station it is for does not matter."""
        return None if self.role in _READ_TIPS else _("Your role does not take tips in.")

    def why_not_assign(self, to_officer_id: int) -> str | None:
        """Why this officer may not hand a tip to that officer, or None: duty officers take for themselves, supervisors
        for anyone."""
        if self.role is Role.SUPERVISOR or to_officer_id == self.id:
            return None
        return None if self.role is Role.DUTY else _("Your role does not work tips.")


class TakeOverReason(StrEnum):
    """Why a supervisor takes over a desk that another officer locked."""

    WENT_HOME = "went home"
    TAKEN_ILL = "taken ill"
    CALLED_AWAY = "called away"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Grant:
    """A station that an officer may work for beside the home station, until `ends_at` (None: without an end)."""

    station_id: int
    station_code: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RosterLine:
    """What an admin sees of an officer; `grants` are all that are written down, ended ones too."""

    id: int
    code: str
    name: str
    role: Role
    station_id: int
    station_code: str
    has_password: bool
    disabled_at: datetime | None = None
    grants: tuple[Grant, ...] = ()
