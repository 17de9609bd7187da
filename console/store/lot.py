"""The rows of one transaction of new tips, gathered by table so that each table is one executemany.

`arrivals` fills and writes it. It is the hot path of the intake: rows are tuples in the driver's own types.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TableClause, func, select

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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TIP_NAMES = tuple(column.name for column in t.tip.columns if column.name not in ("n", "folded", "ref"))
_tip_values = attrgetter(*_TIP_NAMES)
_TIP_TIMES = tuple(_TIP_NAMES.index(name) for name in _TIP_NAMES if name.endswith("_at") or name == "respond_by")
_LAST_ROW = select(func.max(t.tip.c.n))


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

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same tip when it comes again."""
        return (self.tip.source, self.tip.source_key)


class _Rows:
    """Rows of one table, as tuples in the order of `columns`."""

    def __init__(self, table: TableClause, columns: str) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self._head = f"INSERT INTO {table.name} ({columns}) VALUES"
        self._count = columns.count(",") + 1

    def write(self, conn: Connection) -> None:
        if self.rows:
            mark = "?" if conn.dialect.name == "sqlite" else "%s"
            conn.exec_driver_sql(f"{self._head} ({', '.join([mark] * self._count)})", self.rows)


class Lot:
    """Rows by table; `write` inserts them, parents first."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.is_sqlite = conn.dialect.name == "sqlite"
        numbered = ("n",) if self.is_sqlite else ()
        self.tips = _Rows(t.tip, ", ".join((*_TIP_NAMES, "ref", "folded", *numbered)))
        self.words = _Rows(t.tip_words, "rowid, words")
        self.events = _Rows(
            t.tip_event,
            "station_id, seq, tip_id, kind, at, from_status, to_status,"
            " version, officer_id, why, about, before, undone",
        )
        self.audits = _Rows(t.audit, "station_id, seq, at, officer_id, action, tip_id, version_before, version_after")
        self.observables = _Rows(t.observable, "station_id, tip_id, kind, norm_value, shown")
        self.reporters = _Rows(t.reporter, "station_id, tip_id, sealed, contact_index")
        self.attachments = _Rows(t.attachment, "station_id, tip_id, n, label, media_type, size, sha256")
        self._next_row: int = (conn.scalar(_LAST_ROW) or 0) + 1 if self.is_sqlite else 0

    def _instant(self, at: datetime) -> Any:
        return (at - _EPOCH) // _MICROSECOND if self.is_sqlite else at

    def _ident(self, one: UUID) -> Any:
        return one.bytes if self.is_sqlite else one

    def add_tip(self, number: int, arrival: Arrival, tip: Tip, ref: str, seal: Seal) -> None:
        """The tip as it stands, what was found in its words, its sealed reporter and its attachments.

        `number` is its place in the batch, from 0: on SQLite the feed's order, whatever station it belongs to.
        """
        station_id, ident = tip.station_id, self._ident(tip.id)
        folded = f"{arrival.folded} {ref.replace('-', ' ').lower()}"
        row = list(_tip_values(tip))
        row[_TIP_NAMES.index("id")] = ident
        for index in _TIP_TIMES:
            if row[index] is not None:
                row[index] = self._instant(row[index])
        if self.is_sqlite:
            tokens = bigrams(folded)
            tokens.append(STATION_WORD.format(station_id))
            self.tips.rows.append((*row, ref, folded, self._next_row + number))
            self.words.rows.append((self._next_row + number, " ".join(tokens)))
        else:
            self.tips.rows.append((*row, ref, folded))
        for one in arrival.observables:
            self.observables.rows.append((station_id, ident, one.kind.value, one.norm_value, one.shown))
        if arrival.tip.reporter is not None:
            self.reporters.rows.append((station_id, ident, *seal(tip.id, station_id, arrival.tip.reporter)))
        for n, a in enumerate(arrival.tip.attachments, 1):
            self.attachments.rows.append((station_id, ident, n, a.label, a.media_type, a.size, a.sha256))

    def add_life(
        self, first: Tip, steps: Sequence[tuple[Tip, PastStep]], seq: int, audit_seq: int, officer_id: int | None
    ) -> None:
        """The event of the arrival, numbered `seq` + 1, and one for each step since; an audit row for each."""
        whose = (first.station_id, self._ident(first.id))
        self._add(whose, (seq + 1, audit_seq + 1), _RECEIVED, None, 0, officer_id, first.received_at)
        for n, (tip, past) in enumerate(steps, 2):
            values = json.dumps(plain({name: getattr(tip, name) for name in past.step.changes}))
            before = (tip.status.value, values)
            self._add(whose, (seq + n, audit_seq + n), past.step, before, tip.version, past.officer_id, past.at)

    def _add(
        self,
        whose: tuple[int, Any],
        numbers: tuple[int, int],
        step: Step,
        before: tuple[str, str] | None,
        version: int,
        officer_id: int | None,
        at: datetime,
    ) -> None:
        """One event and its audit row; `before` is the status and the changed values, `version` that before the
        step."""
        station_id, ident = whose
        instant, kind = self._instant(at), step.kind.value
        was, values = before or (None, None)
        after = (version + 1, officer_id, step.why, step.about, values, False)
        self.events.rows.append((station_id, numbers[0], ident, kind, instant, was, step.to_status.value, *after))
        self.audits.rows.append((station_id, numbers[1], instant, officer_id, kind, ident, version, version + 1))

    def write(self) -> None:
        """Insert everything, tips first; by row number, because a step back makes FTS5 write a segment of its own."""
        if self.is_sqlite:
            self.tips.rows.sort(key=itemgetter(-1))
        self.words.rows.sort(key=itemgetter(0))
        for rows in (
            self.tips,
            self.words,
            self.events,
            self.audits,
            self.observables,
            self.reporters,
            self.attachments,
        ):
            rows.write(self.conn)


_RECEIVED = Step(EventKind.RECEIVED, Status.NEW)
