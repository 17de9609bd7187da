"""One report and its life: statuses, urgencies, the rules that say why a step is not possible now. Desk verbs and the
screen ask the same rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from console.words import gettext as _


class Status(StrEnum):
    """Where a tip stands (domain.md, 'The life of a tip')."""

    NEW = "new"
    INVESTIGATING = "investigating"
    REFERRED = "referred"
    SOLVED = "solved"
    CLOSED = "closed"


OPEN_STATUSES = (Status.NEW, Status.INVESTIGATING, Status.REFERRED)
ENDED_STATUSES = (Status.SOLVED, Status.CLOSED)


class Urgency(StrEnum):
    """How fast a tip wants a first step; an alarm rings until acknowledged."""

    ROUTINE = "routine"
    PRIORITY = "priority"
    ALARM = "alarm"


class CloseReason(StrEnum):
    """Why a tip ended without police work."""

    NO_ACTION = "no-action"
    DUPLICATE = "duplicate"
    UNFOUNDED = "unfounded"
    NOT_POLICE_MATTER = "not-a-police-matter"


class Category(StrEnum):
    """What a tip is about."""

    GAMBLING = "gambling"
    DRUGS = "drugs"
    VICE = "vice"
    THEFT = "theft"
    FRAUD = "fraud"
    VIOLENCE = "violence"
    DISPUTE = "dispute"
    FIRE = "fire"
    HAZARD = "hazard"
    NOISE = "noise"
    TRAFFIC = "traffic"
    GROUP_LEASE = "group-lease"
    STRANGER = "stranger"
    MISSING = "missing"
    NUISANCE = "nuisance"
    POLICE = "police"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Tip:
    """One report, whole, as an officer saw it: `version` is what the next step is compared with.

    `text` is raw (the screen's text door makes it displayable). `latitude`/`longitude` are WGS 84 degrees as told by
    the reporter. `duplicate_of` is the ref of the tip it doubles. The reporter is sealed elsewhere: only
    `reporter_kind` and `has_reporter` are readable.
    """

    id: UUID
    station_id: int
    ref: str
    source: str
    source_key: str
    status: Status
    urgency: Urgency
    category: Category
    text: str
    received_at: datetime
    respond_by: datetime
    version: int
    room_id: int | None = None
    room_code: str | None = None
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    reported_at: datetime | None = None
    moved_at: datetime | None = None
    responded_at: datetime | None = None
    claimed_by: int | None = None
    claimed_code: str | None = None
    claimed_at: datetime | None = None
    duplicate_of: str | None = None
    close_reason: CloseReason | None = None
    outcome: str | None = None
    answers: str | None = None
    reporter_kind: str | None = None
    has_reporter: bool = False
    attachments: int = 0
    encoding_guessed: bool = False
    unrouted_name: str | None = None
    """What the tip named as its room or station when that was unknown."""
    acknowledged_at: datetime | None = None
    acknowledged_by: int | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def rings(self) -> bool:
        """An alarm nobody has acknowledged yet."""
        return rings(self.urgency, self.status, self.acknowledged_at)

    def why_not_claim(self, officer_id: int) -> str | None:
        if not self.is_open:
            return _("It has ended: reopen it first.")
        if self.claimed_by == officer_id:
            return _("It is already yours.")
        if self.claimed_by is not None:
            return _("{officer} has claimed it.").format(officer=self.claimed_code)
        return None

    def why_not_release(self, officer_id: int) -> str | None:
        if self.claimed_by is None:
            return _("Nobody has claimed it.")
        if self.claimed_by != officer_id:
            return _("{officer} has claimed it, not you.").format(officer=self.claimed_code)
        return None

    def why_not_investigate(self) -> str | None:
        if self.status is Status.INVESTIGATING:
            return _("It is already being investigated.")
        if not self.is_open:
            return _("It has ended: reopen it first.")
        return None

    def why_not_refer(self) -> str | None:
        if self.status is Status.REFERRED:
            return _("It is already referred.")
        if not self.is_open:
            return _("It has ended: reopen it first.")
        return None

    def why_not_solve(self) -> str | None:
        """A new tip may be solved with one key: the verb then investigates and solves it in one transaction, as two
        steps."""
        if self.status is Status.SOLVED:
            return _("It is already solved.")
        if self.status is Status.CLOSED:
            return _("It is closed: reopen it first.")
        return None

    def why_not_close(self) -> str | None:
        if self.status is Status.CLOSED:
            return _("It is already closed.")
        if self.status is Status.SOLVED:
            return _("It is solved: reopen it first.")
        return None

    def why_not_reopen(self) -> str | None:
        return _("It is open.") if self.is_open else None

    def why_not_acknowledge(self) -> str | None:
        if self.urgency is not Urgency.ALARM:
            return _("It is not an alarm.")
        if self.acknowledged_at is not None:
            return _("The alarm is already acknowledged.")
        return None if self.is_open else _("It has ended.")

    def why_not_assign(self, to_officer_id: int) -> str | None:
        if not self.is_open:
            return _("It has ended: reopen it first.")
        return _("It is already theirs.") if self.claimed_by == to_officer_id else None

    def why_not_link(self, to: Tip) -> str | None:
        if to.id == self.id:
            return _("A tip is not a duplicate of itself.")
        if to.station_id != self.station_id:
            return _("A duplicate belongs to the same station.")
        if self.duplicate_of is not None:
            return _("It is already linked to {ref}.").format(ref=self.duplicate_of)
        if to.duplicate_of is not None:
            return _("{ref} is itself a duplicate: link to {first} instead.").format(ref=to.ref, first=to.duplicate_of)
        return None

    def why_not_unlink(self) -> str | None:
        return _("It is not linked as a duplicate.") if self.duplicate_of is None else None


@dataclass(frozen=True, slots=True)
class TipLine:
    """One line of the feed: what a list shows of a tip, with `key`, the store's order key (newest is greatest; opaque
    to callers).

    `head` is at most the first 240 characters of the words, raw.
    """

    key: int | UUID
    id: UUID
    station_id: int
    ref: str
    version: int
    status: Status
    urgency: Urgency
    category: Category
    head: str
    place: str | None
    received_at: datetime
    respond_by: datetime
    responded: bool
    claimed_by: int | None
    claimed_code: str | None
    room_id: int | None
    rings: bool
    unseen: bool
    attachments: int
    duplicate_of: str | None


def rings(urgency: Urgency, status: Status, acknowledged_at: datetime | None) -> bool:
    """An alarm that is open and not acknowledged."""
    return urgency is Urgency.ALARM and acknowledged_at is None and status in OPEN_STATUSES
