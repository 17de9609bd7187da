"""The rows of one transaction of new tips, gathered by table so that each table is one executemany. `arrivals` fills
and writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from console.model.change import EventKind
from console.model.fold import bigrams
from console.model.incoming import NewReporter, NewTip
from console.model.observable import Observable
from console.model.step import Step
from console.model.tip import Status, Tip
from console.store import tables as t
from console.store.rows import plain

Seal = Callable[[UUID, int, NewReporter], tuple[bytes, bytes | None]]
"""Given tip id and station id: the sealed reporter and the blind index of the contact."""

STATION_WORD = "station{}"
"""The station as a search token on SQLite: longer than a bigram, so that no words can look like it."""


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
    observables: tuple[Observable, ...]
    life: Callable[[Tip], Sequence[PastStep]] | None = None
    """Seeding only: the steps since, made from the tip as it was received."""


_TIP_NAMES = tuple(column.name for column in t.tip.columns if column.name not in ("n", "folded"))


class Lot:
    """Rows by table; `write` inserts them, parents first."""

    def __init__(self) -> None:
        self.tips: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.audits: list[dict[str, Any]] = []
        self.observables: list[dict[str, Any]] = []
        self.reporters: list[dict[str, Any]] = []
        self.attachments: list[dict[str, Any]] = []

    def add_tip(self, arrival: Arrival, tip: Tip, seal: Seal) -> None:
        """The tip as it stands, what was found in its words, its sealed reporter and its attachments."""
        keys = {"station_id": tip.station_id, "tip_id": tip.id}
        row = {name: getattr(tip, name) for name in _TIP_NAMES}
        row["folded"] = f"{arrival.folded} {tip.ref.replace('-', ' ').lower()}"
        self.tips.append(row)
        self.observables += [
            {**keys, "kind": one.kind, "norm_value": one.norm_value, "shown": one.shown} for one in arrival.observables
        ]
        if arrival.tip.reporter is not None:
            sealed, contact_index = seal(tip.id, tip.station_id, arrival.tip.reporter)
            self.reporters.append({**keys, "sealed": sealed, "contact_index": contact_index})
        self.attachments += [
            {**keys, "n": n, "label": a.label, "media_type": a.media_type, "size": a.size, "sha256": a.sha256}
            for n, a in enumerate(arrival.tip.attachments, 1)
        ]

    def add_life(self, first: Tip, steps: Sequence[PastStep], seq: int, audit_seq: int, officer_id: int | None) -> None:
        """The event of the arrival, numbered `seq` + 1, and one for each step since; an audit row for each."""
        received = Step(EventKind.RECEIVED, Status.NEW)
        self._add_event(replace(first, version=0), received, seq + 1, first.received_at, officer_id, None)
        self._add_audit(first, received, audit_seq + 1, first.received_at, officer_id, 0)
        tip = first
        for n, past in enumerate(steps, 2):
            before = {name: getattr(tip, name) for name in past.step.changes}
            self._add_event(tip, past.step, seq + n, past.at, past.officer_id, before)
            self._add_audit(tip, past.step, audit_seq + n, past.at, past.officer_id, tip.version)
            tip = replace(tip, **past.step.changes, version=tip.version + 1)

    def _add_event(
        self, tip: Tip, step: Step, seq: int, at: datetime, officer_id: int | None, before: dict[str, Any] | None
    ) -> None:
        self.events.append(
            {
                "station_id": tip.station_id,
                "seq": seq,
                "tip_id": tip.id,
                "kind": step.kind,
                "at": at,
                "from_status": tip.status if before is not None else None,
                "to_status": step.to_status,
                "version": tip.version + 1,
                "officer_id": officer_id,
                "why": step.why,
                "about": step.about,
                "before": None if before is None else json.dumps(plain(before)),
                "undone": False,
            }
        )

    def _add_audit(self, tip: Tip, step: Step, seq: int, at: datetime, officer_id: int | None, before: int) -> None:
        self.audits.append(
            {
                "station_id": tip.station_id,
                "seq": seq,
                "at": at,
                "officer_id": officer_id,
                "action": step.kind,
                "tip_id": tip.id,
                "version_before": before,
                "version_after": before + 1,
            }
        )

    def write(self, conn: Connection) -> None:
        if conn.dialect.name == "sqlite":
            self._write_words(conn)
        else:
            conn.execute(insert(t.tip), self.tips)
        for table, rows in (
            (t.tip_event, self.events),
            (t.audit, self.audits),
            (t.observable, self.observables),
            (t.reporter, self.reporters),
            (t.attachment, self.attachments),
        ):
            if rows:
                conn.execute(insert(table), rows)

    def _write_words(self, conn: Connection) -> None:
        """SQLite: the tips under their next row numbers, and their search terms under the same."""
        last = conn.scalar(select(func.max(t.tip.c.n))) or 0
        words = []
        for n, row in enumerate(self.tips, last + 1):
            row["n"] = n
            tokens = bigrams(row["folded"])
            tokens.append(STATION_WORD.format(row["station_id"]))
            words.append({"rowid": n, "words": " ".join(tokens)})
        conn.execute(insert(t.tip), self.tips)
        conn.execute(insert(t.tip_words), words)
