"""One tip at a time: its whole file for the detail pane, and the step that moves it. Desk verbs and reading call it
with the acting officer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, select, update

from console.errors import NotFound, OutOfGrant, TipMovedOn
from console.model.audit import AuditAction, AuditEntry, about_of
from console.model.change import Attachment, EventKind, Link
from console.model.masking import masked, masked_phone
from console.model.observable import ObservableKind
from console.model.officer import Officer
from console.model.referral import Referral, ReferralState
from console.model.station import OVERSIGHT_STATION_ID, EraseAfter
from console.model.step import Step, clocked, taken
from console.model.tip import Tip
from console.model.view import TipFile
from console.store import tables as t
from console.store.audit import add_entries, add_entry
from console.store.grant import check_sees, no_such_tip
from console.store.holds import holds_of
from console.store.named import names, not_named
from console.store.rows import event_of, order_key, plain, select_event, select_tip, tip_of
from console.store.wiping import LONG, wiped

HISTORY = 200
"""Newest events of one tip that the detail pane shows."""

LINKED_REFS = 5
"""Refs of other tips named beside a link."""


_HERE: Any = bindparam("at")
_TIP: Any = bindparam("tip")
_E, _A, _O, _R = t.tip_event.c, t.attachment.c, t.observable.c, t.referral.c
_ONE = select_tip(whole=False).where(t.tip.c.station_id == _HERE, t.tip.c.id == _TIP)
_HISTORY = select_event().where(_E.station_id == _HERE, _E.tip_id == _TIP).order_by(_E.seq.desc()).limit(HISTORY)
_ATTACHMENTS = (
    select(_A.n, _A.label, _A.media_type, _A.size, _A.sha256)
    .where(_A.station_id == _HERE, _A.tip_id == _TIP)
    .order_by(_A.n)
)
_REFERRALS = (
    select(_R.station_id, _R.tip_id, _R.n, _R.agency_id, t.agency.c.name, _R.state, _R.note, _R.at)
    .join(t.agency, (t.agency.c.station_id == _R.station_id) & (t.agency.c.id == _R.agency_id))
    .where(_R.station_id == _HERE, _R.tip_id == _TIP)
    .order_by(_R.n)
)
_REVEALS = (
    select(func.count())
    .select_from(t.reveal)
    .where(t.reveal.c.station_id == _HERE, t.reveal.c.tip_id == _TIP, t.reveal.c.shown_at.is_not(None))
)
_MINE = t.observable.alias("mine")
_LINKS = (
    select(_MINE.c.kind, _MINE.c.norm_value, _MINE.c.shown, func.count().label("tips"))
    .join(t.observable, and_(*(_O[name] == _MINE.c[name] for name in ("station_id", "kind", "norm_value"))))
    .where(_MINE.c.station_id == _HERE, _MINE.c.tip_id == _TIP)
    .group_by(_MINE.c.kind, _MINE.c.norm_value, _MINE.c.shown)
    .having(func.count() > 1)
    .order_by(_MINE.c.kind, _MINE.c.norm_value)
)
_REFS_WITH = (
    select(t.tip.c.ref)
    .join(t.observable, (_O.station_id == t.tip.c.station_id) & (_O.tip_id == t.tip.c.id))
    .where(_O.station_id == _HERE, _O.kind == bindparam("kind"), _O.norm_value == bindparam("value"), _O.tip_id != _TIP)
    .order_by(_O.tip_id.desc())
    .limit(LINKED_REFS)
)


@lru_cache(2)
def _duplicates(dialect: str) -> Select[Any]:
    mine = (t.tip.c.station_id == _HERE, t.tip.c.duplicate_of == bindparam("ref"))
    return select(t.tip.c.ref).where(*mine).order_by(order_key(dialect)).limit(20)


def _masked_link(link: Link) -> Link:
    if link.kind != ObservableKind.PHONE:
        return replace(link, shown=masked(link.shown))
    return replace(link, norm_value=masked_phone(link.norm_value), shown=masked_phone(link.shown))


class Tips:
    """Tips of the stations granted to `officer`; every method raises OutOfGrant for what is of another station, and
    for what complains about the officer, unless it is `unseen`: moved, and nothing of it shown."""

    def __init__(self, conn: Connection, officer: Officer, *, unseen: bool = False) -> None:
        self.conn = conn
        self.officer = officer
        self._unseen = unseen

    def one(self, station_id: int, tip_id: UUID) -> Tip:
        """With the beginning of its words when they are very long (`rows.BEGINNING`). Raises NotFound."""
        check_sees(self.officer, station_id, tip_id)
        row = self.conn.execute(_ONE, {"at": station_id, "tip": tip_id}).one_or_none()
        if row is None:
            raise no_such_tip()
        if station_id == OVERSIGHT_STATION_ID and not self._unseen and names(self.conn, self.officer, tip_id):
            raise OutOfGrant(no_such_tip().message, self.officer, station_id, tip_id)
        return tip_of(row, self.officer)

    def check_version(self, seen: Tip) -> None:
        """Raise TipMovedOn when somebody changed it since. Of PostgreSQL's rows it is locked from then on."""
        check_sees(self.officer, seen.station_id, seen.id)
        tip = t.tip.c
        mine = (tip.station_id == seen.station_id, tip.id == seen.id)
        if self.conn.scalar(select(tip.version).where(*mine).with_for_update()) != seen.version:
            raise self._moved_on(seen)

    def by_ref(self, ref: str) -> Tip:
        """The newest tip of that ref (refs repeat after a year), with all its words. Raises NotFound."""
        asked = ref.strip().upper().encode("utf-8", "replace").decode()  # half a character of a broken command line
        query = select_tip().where(t.tip.c.ref == asked, t.tip.c.station_id.in_(self.stations()))
        if OVERSIGHT_STATION_ID in self.officer.stations:
            query = query.where(not_named(self.officer))
        row = self.conn.execute(query.order_by(order_key(self.conn.dialect.name).desc()).limit(1)).one_or_none()
        if row is None:
            self._check_ref(asked)
            raise no_such_tip()
        return tip_of(row, self.officer)

    def _check_ref(self, ref: str) -> None:
        """Raises OutOfGrant when a tip of that ref is another station's, or would be by the code it begins with."""
        every = select(t.station.c.id)  # the index on refs begins with the station
        foreign = select(t.tip.c.station_id, t.tip.c.id).where(t.tip.c.station_id.in_(every), t.tip.c.ref == ref)
        for station_id, tip_id in self.conn.execute(
            foreign.order_by(order_key(self.conn.dialect.name).desc()).limit(1)
        ):
            check_sees(self.officer, station_id, tip_id)
        for station_id in self.conn.scalars(select(t.station.c.id).where(t.station.c.code == ref.partition("-")[0])):
            check_sees(self.officer, station_id)

    def stations(self) -> list[int]:
        return sorted(self.officer.seen_of(self.officer.stations))

    def file(self, tip: Tip) -> TipFile:
        """All that is readable of a tip."""
        check_sees(self.officer, tip.station_id, tip.id)
        mine = {"at": tip.station_id, "tip": tip.id}
        events = self.conn.execute(_HISTORY, mine).all()
        attachments = self.conn.execute(_ATTACHMENTS, mine)
        referrals = self.conn.execute(_REFERRALS, mine)
        return TipFile(
            tip,
            tuple(event_of(row) for row in reversed(events)),
            self._links(mine) if tip.station_id != OVERSIGHT_STATION_ID else (),
            tuple(Attachment(*row) for row in attachments),
            tuple(Referral(*row[:5], ReferralState(row.state), row.note, row.at) for row in referrals),
            self._duplicates(tip),
            (self.conn.scalar(_REVEALS, mine) or 0) if tip.has_reporter else 0,
            () if tip.held_until is None else holds_of(self.conn, tip),
        )

    def _duplicates(self, tip: Tip) -> tuple[str, ...]:
        """Refs of what doubles it; the lane's tips tell of no other one, as that may name who reads it."""
        if tip.station_id == OVERSIGHT_STATION_ID:
            return ()
        return tuple(self.conn.scalars(_duplicates(self.conn.dialect.name), {"at": tip.station_id, "ref": tip.ref}))

    def _links(self, mine: dict[str, Any]) -> tuple[Link, ...]:
        """Observables that other tips of the station hold too."""
        links = (
            Link(row.kind, row.norm_value, row.shown, row.tips, self._refs_with(mine, row.kind, row.norm_value))
            for row in self.conn.execute(_LINKS, mine)
        )
        return tuple(links if self.officer.sees_numbers else (_masked_link(one) for one in links))

    def _refs_with(self, mine: dict[str, Any], kind: str, norm_value: str) -> tuple[str, ...]:
        return tuple(self.conn.scalars(_REFS_WITH, {**mine, "kind": kind, "value": norm_value}))

    def move(self, seen: Tip, step: Step, now: datetime) -> Tip:
        """Take one step: row (version compared with the one seen), counter row, event, audit. Raises TipMovedOn,
        NotFound."""
        return self.move_on(seen, (step,), now)

    def move_on(self, seen: Tip, steps: Sequence[Step], now: datetime) -> Tip:
        """Take some steps, each from where the one before left the tip (`step.taken`): as many events and audit rows,
        but no more statements than one step has. Raises as `move`."""
        check_sees(self.officer, seen.station_id, seen.id)
        if any("status" in step.changes for step in steps):
            erase_after = self._erase_after(seen.station_id)
            steps = [clocked(step, erase_after, now) for step in steps]
        changes = {name: value for step in steps for name, value in step.changes.items()}
        tip = t.tip.c
        written = (
            update(t.tip)
            .where(tip.station_id == seen.station_id, tip.id == seen.id, tip.version == seen.version)
            .values(**changes, version=tip.version + len(steps))
        )
        with wiped(self.conn) if len(seen.text) > LONG else nullcontext():  # its row may leave pages behind
            done = self.conn.execute(written)
        if done.rowcount == 0:
            raise self._moved_on(seen)
        after = self.one(seen.station_id, seen.id)
        self._write_down(steps, seen, after, now)
        return after

    def _erase_after(self, station_id: int) -> EraseAfter:
        s = t.station.c
        days = select(s.erase_solved_days, s.erase_referred_days, s.erase_closed_days).where(s.id == station_id)
        return EraseAfter(*self.conn.execute(days).one())

    def _write_down(self, steps: Sequence[Step], seen: Tip, after: Tip, now: datetime) -> None:
        """The steps' events and their audit rows, numbered by the station's counter row."""
        event_seq, audit_seq, audit_head = self._count(seen, after, len(steps))
        events, entries, tip = [], [], seen
        for n, step in enumerate(steps, 1 - len(steps)):
            moved = taken(tip, step)
            events.append(
                {
                    "station_id": tip.station_id,
                    "tip_id": tip.id,
                    "at": now,
                    "officer_id": self.officer.id,
                    "seq": event_seq + n,
                    "kind": step.kind,
                    "from_status": tip.status,
                    "to_status": moved.status,
                    "version": moved.version,
                    "why": step.why,
                    "about": step.about,
                    "before": json.dumps(plain({name: getattr(tip, name) for name in step.changes})),
                    "undone": False,
                }
            )
            told = (self.officer.id, step.kind.value, tip.id, tip.version, moved.version)
            entries.append(AuditEntry(tip.station_id, audit_seq + n, now, *told))
            tip = moved
        self.conn.execute(insert(t.tip_event), events)
        add_entries(self.conn, entries, audit_head)

    def tell(
        self,
        station_id: int,
        tip_id: UUID,
        kind: EventKind,
        action: AuditAction,
        now: datetime,
        *,
        why: str | None = None,
        about: str | None = None,
        reveal: int | None = None,
    ) -> int:
        """An event and an audit entry that change nothing of the tip; returns the event's number. `reveal` is the
        number of the reveal it is about, None when it begins one. Raises NotFound."""
        tip = self.one(station_id, tip_id)
        seq, audit_seq, head = self._count(tip, tip)
        event = {"station_id": station_id, "seq": seq, "tip_id": tip_id, "kind": kind, "at": now, "why": why}
        stands = {"from_status": tip.status, "to_status": tip.status, "version": tip.version, "undone": False}
        self.conn.execute(
            insert(t.tip_event).values(**event, **stands, officer_id=self.officer.id, about=about, before=None)
        )
        said = about_of({"reveal": seq if reveal is None else reveal})
        told = (self.officer.id, action.value, tip_id, tip.version, tip.version, said)
        add_entry(self.conn, AuditEntry(station_id, audit_seq, now, *told), head)
        return seq

    def _count(self, before: Tip, after: Tip, steps: int = 1) -> tuple[int, int, bytes]:
        """Move the counter row on; the numbers of the last event and audit entry, and the hash before the first."""
        c = t.station_counter.c
        values: dict[str, Any] = {"event_seq": c.event_seq + steps, "audit_seq": c.audit_seq + steps}
        if before.status is not after.status:
            values[before.status.value] = c[before.status.value] - 1
            values[after.status.value] = c[after.status.value] + 1
        if before.rings is not after.rings:
            values["alarms"] = c.alarms + (1 if after.rings else -1)
        row = self.conn.execute(
            update(t.station_counter)
            .where(c.station_id == before.station_id)
            .values(values)
            .returning(c.event_seq, c.audit_seq, c.audit_head)
        ).one()
        return row.event_seq, row.audit_seq, row.audit_head

    def _moved_on(self, seen: Tip) -> TipMovedOn:
        now = self.one(seen.station_id, seen.id)
        e = t.tip_event.c
        row = self.conn.execute(
            select_event().where(e.station_id == seen.station_id, e.tip_id == seen.id).order_by(e.seq.desc()).limit(1)
        ).one_or_none()
        by = event_of(row) if row else None
        who = (by.officer_code if by else None) or "intake"
        if now.status is seen.status:
            what = f"{who} changed {seen.ref} meanwhile"
        else:
            what = f"{who} moved {seen.ref} from {seen.status} to {now.status} meanwhile"
        return TipMovedOn(f"{what}. Look at it again, then decide.", now, by)

    def add_referral(self, tip: Tip, agency_id: int, note: str, now: datetime) -> None:
        """A referral in the state `sent`; the agency is checked by `agency_name` before."""
        check_sees(self.officer, tip.station_id, tip.id)
        r = t.referral.c
        last = self.conn.scalar(select(func.max(r.n)).where(r.station_id == tip.station_id, r.tip_id == tip.id))
        self.conn.execute(
            insert(t.referral).values(
                station_id=tip.station_id,
                tip_id=tip.id,
                n=(last or 0) + 1,
                agency_id=agency_id,
                state=ReferralState.SENT,
                note=note,
                officer_id=self.officer.id,
                at=now,
            )
        )

    def agency_name(self, station_id: int, agency_id: int) -> str:
        """Raises NotFound when the agency is not on the station's list."""
        check_sees(self.officer, station_id)
        a = t.agency.c
        name: str | None = self.conn.scalar(select(a.name).where(a.station_id == station_id, a.id == agency_id))
        if name is None:
            raise NotFound("That agency is not on the station's list: choose one of the list.")
        return name

    def mark_seen(self, tips: Sequence[tuple[int, UUID]]) -> None:
        """Remember that this officer has read these tips; what is remembered already stays."""
        s = t.tip_seen.c
        for station_id, tip_id in tips:
            check_sees(self.officer, station_id, tip_id)
            row = {"station_id": station_id, "officer_id": self.officer.id, "tip_id": tip_id}
            known = select(s.tip_id).where(
                s.station_id == station_id, s.officer_id == self.officer.id, s.tip_id == tip_id
            )
            if self.conn.execute(known).one_or_none() is None:
                self.conn.execute(insert(t.tip_seen).values(row))
