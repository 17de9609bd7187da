"""What happened to a tip: the events the feed is made of, and the words for them. Written by the store, read by every
screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from console.model.tip import OPEN_STATUSES, Status


class EventKind(StrEnum):
    """The kinds of change; the names are used in keymaps, exports and the audit."""

    RECEIVED = "tip.received"
    CLAIMED = "tip.claimed"
    RELEASED = "tip.released"
    ASSIGNED = "tip.assigned"
    INVESTIGATING = "tip.investigating"
    REFERRED = "tip.referred"
    SOLVED = "tip.solved"
    CLOSED = "tip.closed"
    REOPENED = "tip.reopened"
    NOTED = "tip.noted"
    URGENCY_SET = "tip.urgency-set"
    CATEGORY_SET = "tip.category-set"
    LINKED = "tip.linked"
    UNLINKED = "tip.unlinked"
    ACKNOWLEDGED = "tip.acknowledged"
    UNDONE = "tip.undone"
    HELD = "tip.held"
    HOLD_ENDED = "tip.hold-ended"
    ERASED = "tip.erased"
    TO_OVERSIGHT = "tip.to-oversight"
    REVEAL_ASKED = "reveal.asked"
    REVEAL_APPROVED = "reveal.approved"
    REVEAL_REFUSED = "reveal.refused"
    REVEAL_SHOWN = "reveal.shown"
    REVEAL_ENDED = "reveal.ended"


TOLD_ONLY = frozenset(
    (
        EventKind.REVEAL_ASKED,
        EventKind.REVEAL_APPROVED,
        EventKind.REVEAL_REFUSED,
        EventKind.REVEAL_SHOWN,
        EventKind.REVEAL_ENDED,
    )
)
"""What changes nothing of a tip, not even its version: it cannot be undone, nor does it stand in an undo's way."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the feed: `(station_id, seq)` without gaps. `officer_id` None is the intake.

    `why` are the officer's words (note, reason, outcome); `version` is the tip's after the event; `undone` says the
    step was taken back.
    """

    station_id: int
    seq: int
    tip_id: UUID
    kind: EventKind
    at: datetime
    from_status: Status | None
    to_status: Status
    version: int
    officer_id: int | None = None
    officer_code: str | None = None
    why: str | None = None
    about: str | None = None
    """What the step was about in one word: an agency's name, an officer's code, a ref, an urgency."""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """A station's counter row: the newest event and how many tips stand in each status; `alarms` ring
    unacknowledged."""

    station_id: int
    event_seq: int = 0
    new: int = 0
    investigating: int = 0
    referred: int = 0
    solved: int = 0
    closed: int = 0
    alarms: int = 0

    @classmethod
    def sum(cls, rows: Iterable[Counts]) -> Counts:
        """All these rows added up; it has no station and no event."""
        sums = [0] * 6
        for row in rows:
            for at, number in enumerate((row.new, row.investigating, row.referred, row.solved, row.closed, row.alarms)):
                sums[at] += number
        return cls(0, 0, *sums)

    def of(self, status: Status) -> int:
        number: int = getattr(self, status.value)
        return number

    @property
    def open(self) -> int:
        return sum(self.of(status) for status in OPEN_STATUSES)

    @property
    def total(self) -> int:
        return self.open + self.solved + self.closed


Cursor = dict[int, int]
"""How far a reader has followed the feed: the last `seq` seen, per station id."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or paper that came with a tip: `label` as the sender named it (raw), `size` in bytes, content kept by
    `sha256`."""

    n: int
    label: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Link:
    """Other tips that share an observable: `kind` plate/phone/address, `shown` as found in this tip, `tips` how many
    tips in all hold it."""

    kind: str
    norm_value: str
    shown: str
    tips: int
    refs: tuple[str, ...] = field(default=())
    """Refs of up to 5 of the other tips, newest first."""
