"""One report and its life: statuses, urgencies, the rules that say why a step is not possible now. Desk verbs and the
screen ask the same rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from console.words import gettext as _

OVERSIGHT_STATION_ID = -1
"""The lane for complaints about police, a row of `station` like the unrouted lane; only officers granted to it see it,
and of them none that a complaint names."""


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
    TO_OVERSIGHT = "passed-to-oversight"
    """Of what stays at a station of a tip that was passed to the oversight lane."""


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
    erase_at: datetime | None = None
    """When its words are erased, unless it is held; None while it is worked on."""
    erased_at: datetime | None = None
    """Since when it is a tombstone: dates, category, status and why it was closed, no words, no place, no person."""
    held_until: datetime | None = None
    """The end of the longest hold that was put on it; it stops the clock of `erase_at`."""
    origin_id: int | None = None
    """In the oversight lane: the station it came to or is about."""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def rings(self) -> bool:
        """An alarm nobody has acknowledged yet."""
        return rings(self.urgency, self.status, self.acknowledged_at)

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @property
    def in_lane(self) -> bool:
        """Whether it is in the oversight lane."""
        return self.station_id == OVERSIGHT_STATION_ID

    def is_hidden(self, now: datetime) -> bool:
        """Whether its words are shown no more, although the run that erases them may still be to come: what is not a
        police matter is not read after its 24 hours, unless it is held."""
        if self.close_reason is not CloseReason.NOT_POLICE_MATTER or self.erase_at is None or self.erase_at > now:
            return False
        return self.held_until is None or self.held_until <= now

    def shown_at(self, now: datetime) -> Tip:
        """The tip as it is shown then: hidden words are not."""
        if not self.is_hidden(now):
            return self
        nowhere = replace(self, place=None, latitude=None, longitude=None, room_id=None, room_code=None)
        return replace(nowhere, text="", outcome=None, answers=None, attachments=0)

    def why_not_read(self, now: datetime) -> str | None:
        """Why its words are out of reach then: hidden, they are as good as erased, and no step brings them back."""
        return _("Its words are erased.") if self.is_hidden(now) else None

    def why_not_change(self) -> str | None:
        """Of a tombstone nothing is changed any more; one that is still open can be solved or closed."""
        return _("Its words are erased.") if self.is_erased else None

    def why_not_end(self, home_station_id: int) -> str | None:
        """Why an officer of that home station may not solve or close it, whatever their grants."""
        if self.origin_id is None or self.origin_id != home_station_id:
            return None
        return _("It complains about your own station: an officer of another one ends it.")

    def why_not_pass(self) -> str | None:
        """Why it cannot go to the oversight lane."""
        return _("It is in the oversight lane.") if self.in_lane else self.why_not_change()

    def why_not_set_category(self, category: Category) -> str | None:
        if self.category is category:
            return _("It has that category already.")
        if category is Category.POLICE and not self.in_lane:
            return _("A complaint about police goes to oversight: pass it there.")
        return self.why_not_change()

    def why_not_hold(self) -> str | None:
        return _("Its words are erased: there is nothing left to hold.") if self.is_erased else None

    def why_not_claim(self, officer_id: int) -> str | None:
        if self.is_erased:
            return self.why_not_change()
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
        if self.is_erased:
            return self.why_not_change()
        if self.status is Status.INVESTIGATING:
            return _("It is already being investigated.")
        if not self.is_open:
            return _("It has ended: reopen it first.")
        return None

    def why_not_refer(self) -> str | None:
        if self.is_erased:
            return self.why_not_change()
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
        return _("It is open.") if self.is_open else self.why_not_change()

    def why_not_acknowledge(self) -> str | None:
        if self.urgency is not Urgency.ALARM:
            return _("It is not an alarm.")
        if self.acknowledged_at is not None:
            return _("The alarm is already acknowledged.")
        return None if self.is_open else _("It has ended.")

    def why_not_assign(self, to_officer_id: int) -> str | None:
        if self.is_erased:
            return self.why_not_change()
        if not self.is_open:
            return _("It has ended: reopen it first.")
        return _("It is already theirs.") if self.claimed_by == to_officer_id else None

    def why_not_link(self, to: Tip) -> str | None:
        if self.is_erased:
            return self.why_not_change()
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
    hidden_after: datetime | None = None
    """From then on words and place are shown no more (`Tip.is_hidden`)."""

    @property
    def is_erased(self) -> bool:
        """A tombstone, or hidden by now: no tip comes without words."""
        return not self.head

    def shown_at(self, now: datetime) -> TipLine:
        """The line as it is shown then."""
        if self.hidden_after is None or self.hidden_after > now:
            return self
        return replace(self, head="", place=None, attachments=0)


def rings(urgency: Urgency, status: Status, acknowledged_at: datetime | None) -> bool:
    """An alarm that is open and not acknowledged."""
    return urgency is Urgency.ALARM and acknowledged_at is None and status in OPEN_STATUSES
