"""The rows of one transaction of new tips, gathered by table so that each table is one INSERT.

`arrivals` fills and writes it. It is the hot path of the intake: rows are tuples in the driver's own types.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from console.errors import KeyTurned
from console.model.audit import entry_hash
from console.model.change import EventKind
from console.model.fold import bigrams
from console.model.incoming import NewReporter, NewTip
from console.model.observable import Observable
from console.model.officer import code_named
from console.model.step import Step
from console.model.tip import Status, Tip, Urgency
from console.store.direct import Row, Table
from console.store.directory import Place
from console.store.rows import plain
from console.store.tables import station_word
from console.words import gettext as _

Seal = Callable[[UUID, int, NewReporter], tuple[bytes, bytes | None, int]]
"""Given tip id and station id: the sealed reporter, the blind index of the contact and the number of the key."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PastStep:
    """A step of a life that is already over, for seeding: taken by `officer_id` at `at`."""

    step: Step
    officer_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A tip made ready outside the transaction: all that costs time and needs no row."""

    id: UUID
    tip: NewTip
    received_at: datetime
    folded: str
    grams: tuple[str, ...]
    """`bigrams(folded)`."""
    observables: tuple[Observable, ...]
    life: Callable[[Tip], Sequence[PastStep]] | None = None
    """Seeding only: the steps since, made from the tip as it was received."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same tip when it comes again."""
        return (self.tip.source, self.tip.source_key)


Steps = Sequence[tuple[Tip, PastStep]]
"""Each step with the tip before it."""


@dataclass(slots=True)
class Newcomer:
    """One arrival in the transaction, with all that its rows say beside the tip itself."""

    number: int
    """Its place in the transaction, from 0: on SQLite the feed's order, whatever station it belongs to."""
    arrival: Arrival
    place: Place
    seal: Seal
    officer_id: int | None
    """Who typed it in."""
    steps: Steps = ()
    ref: str = ""
    event_seq: int = 0
    """Of the arrival; each step's is one more, as with `audit_seq`."""
    audit_seq: int = 0

    @property
    def stands(self) -> tuple[Status, bool]:
        """Its status after the steps, and whether it rings then."""
        urgency = self.arrival.tip.urgency
        if not self.steps:
            return Status.NEW, urgency is Urgency.ALARM
        before, past = self.steps[-1]
        last = replace(before, **past.step.changes)
        return last.status, last.rings


class Lot:
    """Rows by table; `tables` hands them out, parents first."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self.first_n = 0
        """The first free row number, on SQLite."""
        self.heads: dict[int, bytes] = {}
        """By station the hash of its newest audit entry."""
        self.key_number = 0
        """Of the key that seals what is new, as the store has it in this transaction."""
        self._is_sqlite = is_sqlite
        self._tips: list[Row] = []
        self._words: list[Row] = []
        self._events: list[Row] = []
        self._audits: list[Row] = []
        self._observables: list[Row] = []
        self._reporters: list[Row] = []
        self._attachments: list[Row] = []
        self._named: list[Row] = []

    def tables(self) -> list[Table]:
        """By row number, because a step back makes FTS5 write a segment of its own."""
        if self._is_sqlite:
            self._tips.sort(key=itemgetter(-1))
            self._words.sort(key=itemgetter(0))
        return [
            (_SQLITE_TIP if self._is_sqlite else _POSTGRES_TIP, self._tips),
            (_WORDS, self._words),
            (_EVENT, self._events),
            (_AUDIT, self._audits),
            (_OBSERVABLE, self._observables),
            (_REPORTER, self._reporters),
            (_ATTACHMENT, self._attachments),
            (_NAMED, self._named),
        ]

    def last_words(self) -> Table:
        """What is told to the counter rows once all is in: their newest audit entry, in the stations' order."""
        return _HEAD, [(head, station_id) for station_id, head in sorted(self.heads.items())]

    def add(self, new: Newcomer) -> None:
        """The tip as it stands after its steps, its words, parts and events."""
        arrival, station_id = new.arrival, new.place.station.id
        ident = arrival.id.bytes if self._is_sqlite else arrival.id
        self._add_tip(new, ident)
        for found in arrival.observables:
            self._observables.append((station_id, ident, found.kind.value, found.norm_value, found.shown))
        if arrival.tip.reporter is not None:
            sealed = new.seal(arrival.id, station_id, arrival.tip.reporter)
            if sealed[-1] != self.key_number:
                raise KeyTurned(_("The vault's key was changed meanwhile: try again."))
            self._reporters.append((station_id, ident, *sealed))
        for n, a in enumerate(arrival.tip.attachments, 1):
            self._attachments.append((station_id, ident, n, a.label, a.media_type, a.size, a.sha256))
        self._add_complaint(new, ident)
        at, kind, officer_id = self._instant(arrival.received_at), _RECEIVED, new.officer_id
        self._events.append(
            (station_id, new.event_seq, ident, kind, at, None, _NEW, 1, officer_id, None, None, None, self._flag(False))
        )
        self._add_audit(station_id, new.audit_seq, arrival.received_at, officer_id, kind, arrival.id, 0)
        for n, (tip, past) in enumerate(new.steps, 1):
            self._add_step(tip, past, ident, new.event_seq + n)
            self._add_audit(
                station_id, new.audit_seq + n, past.at, past.officer_id, past.step.kind.value, tip.id, tip.version
            )

    def _add_tip(self, new: Newcomer, ident: object) -> None:
        arrival = new.arrival
        said = new.ref.replace("-", " ").lower()
        row = self._tip_row(new, ident, f"{arrival.folded} {said}")
        for _before, past in new.steps:
            for name, value in past.step.changes.items():
                row[_COLUMN[name]] = self._plain(value)
        if self._is_sqlite:
            n = self.first_n + new.number
            row.append(n)
            head, _, number = said.rpartition(" ")
            tokens = dict.fromkeys(
                (
                    *arrival.grams,
                    *_grams_of_head(head),
                    *bigrams(number),
                    station_word(new.place.station.id),
                )
            )
            self._words.append((n, " ".join(tokens)))
        self._tips.append(tuple(row))

    def _tip_row(self, new: Newcomer, ident: object, folded: str) -> list[Any]:
        """In the order of `_COLUMNS`."""
        tip, place = new.arrival.tip, new.place
        reporter = tip.reporter
        return [
            ident,
            place.station.id,
            new.ref,
            tip.source,
            tip.source_key,
            _NEW,
            tip.urgency.value,
            tip.category.value,
            tip.text,
            folded,
            tip.place,
            tip.latitude,
            tip.longitude,
            place.room_id,
            None if tip.reported_at is None else self._instant(tip.reported_at),
            self._instant(new.arrival.received_at),
            self._instant(new.arrival.received_at + place.respond_within[tip.urgency]),
            tip.answers,
            None if reporter is None else reporter.kind,
            self._flag(reporter is not None),
            len(tip.attachments),
            self._flag(tip.encoding_guessed),
            place.unrouted_name,
            1 + len(new.steps),
            place.origin_id,
            *_BEFORE_ANY_STEP,
        ]

    def _add_complaint(self, new: Newcomer, ident: object) -> None:
        """Whom it names."""
        if new.arrival.tip.names_officers:
            for code in dict.fromkeys(map(code_named, new.arrival.tip.names_officers)):
                if code:
                    self._named.append((new.place.station.id, ident, code))

    def _add_step(self, tip: Tip, past: PastStep, ident: object, seq: int) -> None:
        """The event of a step; `tip` is what it was before."""
        step, at, kind = past.step, self._instant(past.at), past.step.kind.value
        was, now = tip.status.value, step.to_status.value
        before = json.dumps(plain({name: getattr(tip, name) for name in step.changes}))
        said = (past.officer_id, step.why, step.about, before, self._flag(False))
        self._events.append((tip.station_id, seq, ident, kind, at, was, now, tip.version + 1, *said))

    def _add_audit(
        self, station_id: int, seq: int, at: datetime, officer_id: int | None, action: str, tip_id: UUID, version: int
    ) -> None:
        """The audit entry of what made a tip's version one more, chained to the one before it."""
        at_us = (at - _EPOCH) // _MICROSECOND
        before = self.heads[station_id]
        made = entry_hash(before, (station_id, seq, at_us, officer_id, action, tip_id.hex, version, version + 1, None))
        self.heads[station_id] = made
        ident = tip_id.bytes if self._is_sqlite else tip_id
        instant = at_us if self._is_sqlite else at
        self._audits.append((station_id, seq, instant, officer_id, action, ident, version, version + 1, made))

    def _flag(self, value: bool) -> object:
        """SQLite's driver looks long for a way to adapt a bool."""
        return int(value) if self._is_sqlite else value

    def _instant(self, at: datetime) -> Any:
        return (at - _EPOCH) // _MICROSECOND if self._is_sqlite else at

    def _plain(self, value: object) -> object:
        """A changed column in the driver's type."""
        if isinstance(value, datetime):
            return self._instant(value)
        return value.value if isinstance(value, Enum) else value


@lru_cache(1000)
def _grams_of_head(head: str) -> tuple[str, ...]:
    """Of what stands before the number of a ref: the same for all of a station's day."""
    return tuple(bigrams(head))


_COLUMNS = (
    "id", "station_id", "ref", "source", "source_key", "status", "urgency", "category", "text", "folded", "place",
    "latitude", "longitude", "room_id", "reported_at", "received_at", "respond_by", "answers", "reporter_kind",
    "has_reporter", "attachments", "encoding_guessed", "unrouted_name", "version", "origin_id",
    "moved_at", "responded_at", "claimed_by", "claimed_at", "acknowledged_at", "acknowledged_by", "duplicate_of",
    "close_reason", "outcome", "erase_at", "held_until",
)  # fmt: skip
"""From `moved_at` on only a step fills them."""

_COLUMN = {name: index for index, name in enumerate(_COLUMNS)}
_BEFORE_ANY_STEP = (None,) * (len(_COLUMNS) - _COLUMN["moved_at"])

_POSTGRES_TIP = f"INSERT INTO tip ({', '.join(_COLUMNS)})"
_SQLITE_TIP = f"INSERT INTO tip ({', '.join(_COLUMNS)}, n)"
_WORDS = "INSERT INTO tip_words (rowid, words)"
_EVENT = (
    "INSERT INTO tip_event (station_id, seq, tip_id, kind, at, from_status, to_status, version, officer_id, why,"
    " about, before, undone)"
)
_AUDIT = "INSERT INTO audit (station_id, seq, at, officer_id, action, tip_id, version_before, version_after, hash)"
_HEAD = "UPDATE station_counter SET audit_head = ? WHERE station_id = ?"
_OBSERVABLE = "INSERT INTO observable (station_id, tip_id, kind, norm_value, shown)"
_REPORTER = "INSERT INTO reporter (station_id, tip_id, sealed, contact_index, key_number)"
_ATTACHMENT = "INSERT INTO attachment (station_id, tip_id, n, label, media_type, size, sha256)"

_NAMED = "INSERT INTO named_officer (station_id, tip_id, code)"

_RECEIVED = EventKind.RECEIVED.value
_NEW = Status.NEW.value
