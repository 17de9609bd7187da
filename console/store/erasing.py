"""Erasing of tips whose time has come: words, place, persons and observables go, a tombstone stays. The desk's erasing
runs it in batches, passing a tip to oversight leaves a tombstone by it too.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, func, insert, or_, select, update

from console.model.audit import AuditEntry
from console.model.change import EventKind
from console.model.fold import bigrams
from console.model.incoming import FORGOTTEN
from console.model.tip import OPEN_STATUSES, CloseReason, Status
from console.store import search_index
from console.store import tables as t
from console.store.audit import add_entries
from console.store.tables import station_word
from console.store.wiping import wiped

BATCH = 100
"""Tips of one transaction: 50 ms on SQLite, 150 on a machine under load, which another writer waits for at most."""

TipKey = tuple[int, UUID]
"""Station and id."""


@dataclass(frozen=True, slots=True)
class DueTips:
    """How many tips of a station in a status are to be erased now; `held` of those whose time has come are kept by a
    hold and not counted in `tips`."""

    station: str
    status: Status
    tips: int
    held: int


def secret_of(conn: Connection) -> bytes:
    """The store's own secret for delivery keys; it never changes."""
    return bytes(conn.execute(select(t.delivery_secret.c.secret)).scalar_one())


def forgotten_key(secret: bytes, source: str, source_key: str) -> str:
    """What stands for the delivery key of an erased tip: equal for the same delivery, and nobody reads the key."""
    told = hmac.digest(secret, f"{source}\0{source_key}".encode("utf-8", "surrogatepass"), "sha256")
    return FORGOTTEN + told.hex()


def _come(now: datetime) -> ColumnElement[bool]:
    return t.tip.c.erase_at <= now


def _held(now: datetime) -> ColumnElement[bool]:
    return t.tip.c.held_until > now


def _is_due(now: datetime, reason: CloseReason | None) -> ColumnElement[bool]:
    free = or_(t.tip.c.held_until.is_(None), t.tip.c.held_until <= now)
    if reason is None:
        return and_(_come(now), free)
    return and_(_come(now), free, t.tip.c.close_reason == reason)


def due_tips(conn: Connection, now: datetime) -> list[DueTips]:
    """What a run would erase, by station and status."""
    held = func.coalesce(func.sum(case((_held(now), 1), else_=0)), 0)
    rows = conn.execute(
        select(t.station.c.code, t.tip.c.status, func.count(), held)
        .join(t.station, t.station.c.id == t.tip.c.station_id)
        .where(_come(now))
        .group_by(t.station.c.code, t.tip.c.status)
        .order_by(t.station.c.code, t.tip.c.status)
    )
    return [DueTips(code, Status(status), count - int(kept), int(kept)) for code, status, count, kept in rows]


def longest_due(conn: Connection, now: datetime) -> datetime | None:
    """Since when the longest waiting of what is due is due."""
    found: datetime | None = conn.scalar(select(func.min(t.tip.c.erase_at)).where(_is_due(now, None)))
    return found


def count_due(conn: Connection, now: datetime, reason: CloseReason | None = None) -> int:
    return conn.scalar(select(func.count()).select_from(t.tip).where(_is_due(now, reason))) or 0


def is_owed(conn: Connection) -> bool:
    """Whether something was erased since the store's files were last cleared of it (`scrubbing`)."""
    s = t.scrub_owed.c
    return bool(conn.scalar(select(s.erased > s.scrubbed)))


def words_due(conn: Connection, now: datetime, reason: CloseReason | None = None) -> set[bytes]:
    """SHA-256 of the words of each due tip, however old: the intake may still keep its file, which begins its days anew
    whenever it is written again (another key, other lines of it forgotten)."""
    words = conn.execution_options(yield_per=BATCH).scalars(select(t.tip.c.text).where(_is_due(now, reason)))
    return {hashlib.sha256(one.encode("utf-8", "surrogatepass")).digest() for one in words}


def erase_due(conn: Connection, now: datetime, officer_id: int | None, reason: CloseReason | None = None) -> int:
    """Erase up to BATCH of the tips that are due, the longest due first; how many it were."""
    due = select(t.tip.c.station_id, t.tip.c.id).where(_is_due(now, reason)).order_by(t.tip.c.erase_at).limit(BATCH)
    keys = [(row.station_id, row.id) for row in conn.execute(due.with_for_update())]
    if keys:
        with wiped(conn):
            Erasure(conn, now, officer_id).erase(keys)
    return len(keys)


_T, _E = t.tip.c, t.tip_event.c
_GONE: Mapping[str, Any] = {
    "text": "",
    "place": None,
    "latitude": None,
    "longitude": None,
    "room_id": None,
    "claimed_by": None,
    "outcome": None,
    "answers": None,
    "reporter_kind": None,
    "has_reporter": False,
    "attachments": 0,
    "encoding_guessed": False,
    "unrouted_name": None,
    "erase_at": None,
}
_PASSED: Mapping[str, Any] = {
    "status": Status.CLOSED,
    "close_reason": CloseReason.TO_OVERSIGHT,
    "category": "other",
    "duplicate_of": None,
    "held_until": None,
}
"""Of a tip that went to the oversight lane: what it complained of is nothing its station reads."""


_NO_WORDS = {"reason": "", "reference": ""}
"""Of a reveal: what its officer wrote; who asked, who answered and when stays."""


class Erasure:
    """Makes tombstones in the transaction of `conn`, each with its event and its audit entry."""

    def __init__(
        self, conn: Connection, now: datetime, officer_id: int | None, kind: EventKind = EventKind.ERASED
    ) -> None:
        self._conn = conn
        self._now = now
        self._officer_id = officer_id
        self._kind = kind
        self._secret = secret_of(conn)

    def erase(self, keys: Sequence[TipKey]) -> None:
        """Station by station, in the order in which every writer takes counter rows; last of all the store's files are
        told to hold what is gone (`scrubbing`)."""
        by_station: dict[int, list[UUID]] = defaultdict(list)
        for station_id, tip_id in keys:
            by_station[station_id].append(tip_id)
        for station_id in sorted(by_station):
            self._erase_at(station_id, by_station[station_id])
        self._conn.execute(update(t.scrub_owed).values(erased=t.scrub_owed.c.erased + 1))

    def _erase_at(self, station_id: int, ids: list[UUID]) -> None:
        columns = (
            _T.id,
            _T.ref,
            _T.source,
            _T.source_key,
            _T.status,
            _T.folded,
            _T.version,
            _T.close_reason,
            _T.erased_at,
        )
        rings = (_T.urgency == "alarm", _T.acknowledged_at.is_(None), _T.status.in_(OPEN_STATUSES))
        number = (_T.n,) if self._conn.dialect.name == "sqlite" else ()
        picked = select(*columns, and_(*rings).label("rings"), *number)
        rows = self._conn.execute(picked.where(_T.station_id == station_id, _T.id.in_(ids))).all()
        self._forget_words(station_id, rows)
        self._forget_parts(station_id, ids)
        self._write_tombstones(station_id, rows)
        self._write_down(station_id, rows)

    def _forget_words(self, station_id: int, rows: Sequence[Any]) -> None:
        """SQLite's word index: of a tombstone only its ref is found."""
        if self._conn.dialect.name != "sqlite":
            return
        station = station_word(station_id)
        before = [(row.n, " ".join((*bigrams(row.folded), station))) for row in rows]
        after = [(row.n, " ".join((*bigrams(_said(row.ref)), station))) for row in rows]
        search_index.exchange_entries(self._conn, before, after)

    def _forget_parts(self, station_id: int, ids: list[UUID]) -> None:
        """What hangs on the tips, and the officers' words in what happened to them."""
        conn, a = self._conn, t.attachment.c
        mine = (a.station_id == station_id, a.tip_id.in_(ids))
        contents = set(conn.scalars(select(a.sha256).where(*mine)))
        for table in (t.observable, t.reporter, t.attachment):
            conn.execute(delete(table).where(table.c.station_id == station_id, table.c.tip_id.in_(ids)))
        self._note_spent(contents)
        for table, gone in ((t.referral, {"note": ""}), (t.hold, {"reason": ""}), (t.reveal, _NO_WORDS)):
            conn.execute(update(table).where(table.c.station_id == station_id, table.c.tip_id.in_(ids)).values(**gone))
        conn.execute(
            update(t.tip_event)
            .where(_E.station_id == station_id, _E.tip_id.in_(ids))
            .values(why=None, about=None, before=None)
        )

    def _note_spent(self, contents: set[str]) -> None:
        """Contents that no tip names any more; their files are removed once this is on disk."""
        for sha256 in sorted(contents):
            if self._conn.scalar(select(t.attachment.c.n).where(t.attachment.c.sha256 == sha256).limit(1)) is None:
                s = t.spent_attachment.c
                self._conn.execute(delete(t.spent_attachment).where(s.sha256 == sha256))
                self._conn.execute(insert(t.spent_attachment).values(sha256=sha256, at=self._now))

    def _write_tombstones(self, station_id: int, rows: Sequence[Any]) -> None:
        passed = _PASSED if self._kind is EventKind.TO_OVERSIGHT else {}
        self._conn.execute(
            update(t.tip)
            .where(_T.station_id == station_id, _T.id == bindparam("one"))
            .values(
                **{**_GONE, **passed},
                folded=bindparam("said"),
                source_key=bindparam("forgotten"),
                erased_at=self._now,
                version=_T.version + 1,
            ),
            [{"one": row.id, "said": _said(row.ref), "forgotten": self._forgotten(station_id, row)} for row in rows],
        )

    def _forgotten(self, station_id: int, row: Any) -> str:
        """A tip passed on has its key in the lane; of a tombstone it is forgotten already."""
        if row.erased_at is not None:
            return str(row.source_key)
        if self._kind is EventKind.TO_OVERSIGHT:
            return f"{FORGOTTEN}passed:{station_id}:{row.id}"
        return forgotten_key(self._secret, row.source, row.source_key)

    def _write_down(self, station_id: int, rows: Sequence[Any]) -> None:
        c, count = t.station_counter.c, len(rows)
        values: dict[str, Any] = {"event_seq": c.event_seq + count, "audit_seq": c.audit_seq + count}
        if self._kind is EventKind.TO_OVERSIGHT:
            values |= _moved_to_closed(rows)
        head = self._conn.execute(
            update(t.station_counter)
            .where(c.station_id == station_id)
            .values(values)
            .returning(c.event_seq, c.audit_seq, c.audit_head)
        ).one()
        events, entries = [], []
        for n, row in enumerate(rows, 1):
            to_status = _PASSED["status"] if self._kind is EventKind.TO_OVERSIGHT else row.status
            events.append(
                {
                    "station_id": station_id,
                    "seq": head.event_seq - count + n,
                    "tip_id": row.id,
                    "kind": self._kind,
                    "at": self._now,
                    "from_status": row.status,
                    "to_status": to_status,
                    "version": row.version + 1,
                    "officer_id": self._officer_id,
                    "undone": False,
                }
            )
            told = (self._now, self._officer_id, self._kind.value, row.id, row.version, row.version + 1)
            entries.append(AuditEntry(station_id, head.audit_seq - count + n, *told))
        self._conn.execute(insert(t.tip_event), events)
        add_entries(self._conn, entries, head.audit_head)


def _moved_to_closed(rows: Sequence[Any]) -> dict[str, Any]:
    """The counter row's columns after these tips became closed ones."""
    c = t.station_counter.c
    left: dict[str, int] = defaultdict(int)
    for row in rows:
        left[row.status] -= 1
        left[Status.CLOSED.value] += 1
        left["alarms"] -= bool(row.rings)
    return {name: c[name] + number for name, number in left.items() if number}


def _said(ref: str) -> str:
    """The ref as it is searched for, the only words of a tombstone."""
    return ref.replace("-", " ").lower()


def spent_contents(conn: Connection) -> list[tuple[str, datetime]]:
    """Contents whose files are to be removed, with when they were spent; those that a tip names again by now are not
    among them."""
    s = t.spent_attachment.c
    again = select(t.attachment.c.n).where(t.attachment.c.sha256 == s.sha256).exists()
    return [(row.sha256, row.at) for row in conn.execute(select(s.sha256, s.at).where(~again).order_by(s.at))]


def forget_spent(conn: Connection, removed: Sequence[str]) -> None:
    """These files are gone; what is named again is spent no more."""
    s = t.spent_attachment.c
    again = select(t.attachment.c.n).where(t.attachment.c.sha256 == s.sha256).exists()
    conn.execute(delete(t.spent_attachment).where(again))
    for sha256 in removed:
        conn.execute(delete(t.spent_attachment).where(s.sha256 == sha256))
