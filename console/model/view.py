"""What a reader looks at: which stations' tips, by which query, and the piece of the list that stands on the screen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from console.model.change import Attachment, Event, Link
from console.model.hold import Hold
from console.model.query import Query
from console.model.referral import Referral
from console.model.tip import Tip, TipLine

Key = int | UUID
"""A line's place in the feed's order; opaque, comparable, newest greatest."""


@dataclass(frozen=True, slots=True)
class View:
    """Tips of these stations that match the query; a query without statuses means the open ones unless `ended_too`."""

    stations: tuple[int, ...]
    query: Query
    ended_too: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A run of the view's lines, newest first: `lines[0]` is number `start` of `total`. `total_is_capped` means 'at
    least'."""

    start: int
    lines: tuple[TipLine, ...]
    total: int
    total_is_capped: bool = False


@dataclass(frozen=True, slots=True)
class TipFile:
    """All that the detail pane shows of one tip; `history` oldest first."""

    tip: Tip
    history: tuple[Event, ...]
    links: tuple[Link, ...]
    attachments: tuple[Attachment, ...]
    referrals: tuple[Referral, ...]
    duplicates: tuple[str, ...] = ()
    """Refs of tips that are linked to this one as duplicates."""
    reveals: int = 0
    """How often its reporter was shown to somebody."""
    holds: tuple[Hold, ...] = ()

    def shown_at(self, now: datetime) -> TipFile:
        """The file as it is shown then: of a tip whose words are hidden only what a tombstone will have."""
        if not self.tip.is_hidden(now):
            return self
        history = tuple(replace(one, why=None, about=None) for one in self.history)
        referrals = tuple(replace(one, note="") for one in self.referrals)
        return replace(self, tip=self.tip.shown_at(now), history=history, links=(), attachments=(), referrals=referrals)


class BranchKind(StrEnum):
    """The levels of the room-membership tree."""

    DISTRICT = "district"
    STATION = "station"
    OFFICER = "officer"
    ROOM = "room"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree: `label` raw words, `count` of what is below it (rooms of an officer, active members of a
    room…)."""

    kind: BranchKind
    id: int
    station_id: int | None
    label: str
    note: str = ""
    count: int = 0
    code: str = ""

    @property
    def has_children(self) -> bool:
        return self.kind is not BranchKind.MEMBER and self.count > 0


@dataclass(frozen=True, slots=True)
class Twigs:
    """A piece of a branch's children: `children[0]` is number `start` of `total`."""

    start: int
    children: tuple[Branch, ...] = field(default=())
    total: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What the tree was searched for: each path leads from a district down to a hit, paths in the tree's order;
    `is_capped` when there is more."""

    paths: tuple[tuple[Branch, ...], ...] = ()
    is_capped: bool = False
