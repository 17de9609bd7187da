"""Rooms and their members as far as they are readable: pseudonym and kind, never a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MemberKind(StrEnum):
    """What a member is in the neighbourhood."""

    COMMITTEE = "committee"
    VOLUNTEER = "volunteer"
    PROPERTY = "property"
    GUARD = "guard"
    SHOP = "shop"
    CLEANER = "cleaner"
    RESIDENT = "resident"


class MemberState(StrEnum):
    """pending → active → left / removed."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Room:
    """A group of members run by one officer for one stated purpose; `code` ('JNL-12') is unique in the city, `number`
    within the station."""

    station_id: int
    id: int
    officer_id: int
    number: int
    code: str
    name: str
    purpose: str
    members: int = 0
    """How many active members, from the stored counter."""


@dataclass(frozen=True, slots=True)
class Member:
    """One resident in a room: a pseudonym and a kind."""

    station_id: int
    id: int
    room_id: int
    pseudonym: str
    kind: MemberKind
    state: MemberState
    joined_at: datetime
