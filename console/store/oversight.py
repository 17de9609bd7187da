"""How a tip is passed from its station into the oversight lane. The desk's oversight calls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from console.errors import NotAllowed
from console.model import step as steps
from console.model.change import TOLD_ONLY, EventKind
from console.model.incoming import NewAttachment, NewReporter, NewTip, Receipt
from console.model.officer import Officer, code_named
from console.model.tip import Category, Tip
from console.store import tables as t
from console.store.arrivals import Arrivals, Delivery
from console.store.erasing import Erasure
from console.store.grant import check_sees
from console.store.lot import Arrival, PastStep, Seal
from console.store.rows import select_tip, tip_of
from console.store.wiping import wiped
from console.words import gettext as _

Unseal = Callable[[UUID, int, bytes], NewReporter]
"""Given tip id, station id and what is sealed: the reporter, to be sealed again for the lane's tip."""


class Passing:
    """One tip on its way from its station into the lane, in the transaction of `conn`. Making it raises OutOfGrant."""

    def __init__(self, conn: Connection, officer: Officer, seen: Tip, now: datetime) -> None:
        check_sees(officer, seen.station_id, seen.id)
        self._conn = conn
        self._officer = officer
        self._seen = seen
        self._now = now

    def check_codes(self, named: Sequence[str]) -> None:
        """Raises NotAllowed for a code that no officer has: whom it is meant for would see the complaint."""
        asked = dict.fromkeys(code_named(one) for one in named)
        known = set(self._conn.scalars(select(t.officer.c.code).where(t.officer.c.code.in_(asked))))
        if unknown := [code for code in asked if code not in known]:
            raise NotAllowed(
                _("There is no officer {code}: see how the code is written, or leave it out.").format(
                    code=", ".join(unknown)
                )
            )

    def whole(self, unseal: Unseal, named: Sequence[str]) -> NewTip:
        """The tip as the lane receives it, with all its words."""
        seen = self._seen
        row = self._conn.execute(select_tip().where(t.tip.c.station_id == seen.station_id, t.tip.c.id == seen.id)).one()
        tip = tip_of(row, replace(self._officer, sees_numbers=True))  # the lane has the words as they came
        station: str = self._conn.execute(
            select(t.station.c.code).where(t.station.c.id == seen.station_id)
        ).scalar_one()
        return NewTip(
            tip.text,
            tip.source,
            tip.source_key,
            station=station,
            reported_at=tip.reported_at or tip.received_at,
            category=Category.POLICE,
            urgency=tip.urgency,
            place=tip.place,
            latitude=tip.latitude,
            longitude=tip.longitude,
            reporter=self._reporter(unseal),
            answers=tip.answers,
            attachments=self._attachments(),
            encoding_guessed=tip.encoding_guessed,
            names_officers=tuple(named),
        )

    def _reporter(self, unseal: Unseal) -> NewReporter | None:
        r, seen = t.reporter.c, self._seen
        sealed = self._conn.scalar(select(r.sealed).where(r.station_id == seen.station_id, r.tip_id == seen.id))
        return None if sealed is None else unseal(seen.id, seen.station_id, sealed)

    def _attachments(self) -> tuple[NewAttachment, ...]:
        a, seen = t.attachment.c, self._seen
        mine = (a.station_id == seen.station_id, a.tip_id == seen.id)
        rows = self._conn.execute(select(a.label, a.media_type, a.size, a.sha256).where(*mine).order_by(a.n))
        return tuple(NewAttachment(*row) for row in rows)

    def life(self, why: str) -> Callable[[Tip], list[PastStep]]:
        """What goes with it, as the lane's first steps: the holds in force, what officers wrote about it, and why it is
        passed on."""
        e, seen = t.tip_event.c, self._seen
        mine = (e.station_id == seen.station_id, e.tip_id == seen.id, e.why.is_not(None), e.kind.not_in(TOLD_ONLY))
        rows = self._conn.execute(select(e.kind, e.why, e.officer_id, e.at).where(*mine).order_by(e.seq)).all()
        held = self._held()
        put = {one.at for one in held}
        written = [(row.why, row.officer_id, row.at) for row in rows if row.kind != EventKind.HELD or row.at not in put]
        written.append((why, self._officer.id, self._now))
        until = max((one.ends_at for one in held), default=None)

        def steps_of(tip: Tip) -> list[PastStep]:
            holds = [
                PastStep(steps.hold(tip, until, one.reason, one.reference), one.officer_id, one.at) for one in held
            ]
            return [*holds, *(PastStep(steps.note(tip, words), by, at) for words, by, at in written if words)]

        return steps_of

    def admit(self, arrivals: Arrivals, arrival: Arrival, seal: Seal) -> Receipt:
        """Leave a tombstone at the station, and file the tip in the lane, with its holds: what a court wants kept is
        kept there."""
        seen, held = self._seen, self._held()
        with wiped(self._conn):
            Erasure(self._conn, self._now, self._officer.id, EventKind.TO_OVERSIGHT).erase([(seen.station_id, seen.id)])
        receipt = arrivals.admit(self._conn, Delivery([arrival], seal, self._officer.id))
        h = t.hold.c
        for n, row in enumerate(held, 1):
            here = {"station_id": receipt.station_id, "tip_id": receipt.id, "n": n}
            self._conn.execute(insert(t.hold).values(**{**row._mapping, **here}))
            there = (h.station_id == seen.station_id, h.tip_id == seen.id, h.n == row.n)
            self._conn.execute(update(t.hold).where(*there).values(ended_at=self._now, ended_by=self._officer.id))
        return receipt

    def _held(self) -> Sequence[Row[Any]]:
        """Its holds in force, oldest first."""
        h, seen = t.hold.c, self._seen
        mine = (h.station_id == seen.station_id, h.tip_id == seen.id, h.ended_at.is_(None), h.ends_at > self._now)
        return self._conn.execute(select(t.hold).where(*mine).order_by(h.n)).all()
