"""Reveals as rows, each step with its event and its audit entry in one transaction. `desk.reveals` calls it with the
acting officer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select, update

from console.errors import NotAllowed, NotFound
from console.model.audit import AuditAction
from console.model.change import EventKind
from console.model.officer import Officer
from console.model.reveal import ANSWER_WITHIN, Reveal, RevealState
from console.store import tables as t
from console.store.grant import check_sees, no_such_tip
from console.store.named import not_named
from console.store.tips import Tips
from console.words import gettext as _

_V = t.reveal.c


class Reveals:
    """Reveals of tips of the stations granted to `officer`; what is of another station raises OutOfGrant, what
    complains about the officer does not exist."""

    def __init__(self, conn: Connection, officer: Officer) -> None:
        self.conn = conn
        self.officer = officer
        self._tips = Tips(conn, officer)

    def one(self, station_id: int, n: int) -> Reveal:
        """Raises NotFound."""
        check_sees(self.officer, station_id)
        mine = (_V.station_id == station_id, _V.n == n, not_named(self.officer))
        row = self.conn.execute(_select().where(*mine)).one_or_none()
        if row is None:
            raise NotFound(_("There is no such request."))
        return _reveal(row)

    def open_at(self, now: datetime) -> list[Reveal]:
        """What others asked for and this officer may still answer, and what is approved for this officer to see."""
        since = now - ANSWER_WITHIN
        mine = and_(_V.officer_id == self.officer.id, _V.state.in_((RevealState.ASKED, RevealState.APPROVED)))
        rows = self.conn.execute(
            _select()
            .where(
                _V.station_id.in_(self._tips.stations()),
                or_(_V.asked_at > since, _V.answered_at > since),
                or_(mine, _V.state == RevealState.ASKED),
                not_named(self.officer),
            )
            .order_by(_V.asked_at)
        )
        found = [_reveal(row) for row in rows]
        return [one for one in found if one.is_waiting(now) or one.is_ready(now)]

    def ask(self, station_id: int, tip_id: UUID, reason: str, reference: str, now: datetime) -> Reveal:
        """Raises NotFound, NotAllowed when this officer has one of this tip waiting or ready."""
        self._tips.one(station_id, tip_id)
        if any(one.tip_id == tip_id and one.officer_id == self.officer.id for one in self.open_at(now)):
            raise NotAllowed(_("You have asked for it already."))
        n = self._tips.tell(
            station_id, tip_id, EventKind.REVEAL_ASKED, AuditAction.REVEAL_ASKED, now, why=reason, about=reference
        )
        row = {"station_id": station_id, "n": n, "tip_id": tip_id, "officer_id": self.officer.id}
        asked = {"reason": reason, "reference": reference, "asked_at": now, "state": RevealState.ASKED}
        self.conn.execute(insert(t.reveal).values(**row, **asked))
        return self.one(station_id, n)

    def answer(self, reveal: Reveal, *, approved: bool, now: datetime) -> Reveal:
        """As `officer`, who is not the one that asked. Raises NotAllowed."""
        found = self._held(reveal)
        why = found.why_not_answer(self.officer, now)
        if why is not None:
            raise NotAllowed(why)
        state = RevealState.APPROVED if approved else RevealState.REFUSED
        self._set(found, state=state, answered_by=self.officer.id, answered_at=now)
        kind, action = _ANSWERS[state]
        self._tell(found, kind, action, now)
        return self.one(found.station_id, found.n)

    def show(self, reveal: Reveal, now: datetime) -> tuple[Reveal, bytes]:
        """Write down that it is shown; then, and only then, the sealed reporter may be opened. Raises NotAllowed."""
        found = self._held(reveal)
        why = found.why_not_show(self.officer, now)
        if why is not None:
            raise NotAllowed(why)
        r = t.reporter.c
        sealed = self.conn.scalar(select(r.sealed).where(r.station_id == found.station_id, r.tip_id == found.tip_id))
        if sealed is None:
            raise no_such_tip()
        self._set(found, state=RevealState.SHOWN, shown_at=now)
        self._tell(found, EventKind.REVEAL_SHOWN, AuditAction.REVEAL_SHOWN, now)
        return self.one(found.station_id, found.n), sealed

    def _held(self, reveal: Reveal) -> Reveal:
        """As it stands, locked: of two who answer at once the second sees the first."""
        check_sees(self.officer, reveal.station_id, reveal.tip_id)
        _lock(self.conn, reveal.station_id)
        return self.one(reveal.station_id, reveal.n)

    def _set(self, reveal: Reveal, **values: Any) -> None:
        mine = (_V.station_id == reveal.station_id, _V.n == reveal.n)
        self.conn.execute(update(t.reveal).where(*mine).values(**values))

    def _tell(self, reveal: Reveal, kind: EventKind, action: AuditAction, now: datetime) -> None:
        self._tips.tell(reveal.station_id, reveal.tip_id, kind, action, now, about=reveal.officer_code, reveal=reveal.n)


def end_own(conn: Connection, officer: Officer, reveal: Reveal, now: datetime) -> None:
    """What was shown to this officer is sealed again, whatever is granted to them by now; what is ended already, and
    another's, stays as it is."""
    _lock(conn, reveal.station_id)
    mine = (_V.station_id == reveal.station_id, _V.n == reveal.n, _V.officer_id == officer.id)
    shown = update(t.reveal).where(*mine, _V.state == RevealState.SHOWN).values(state=RevealState.ENDED)
    tip_id = conn.scalar(shown.returning(_V.tip_id))
    if tip_id is not None:
        there = replace(officer, stations=officer.stations | {reveal.station_id})
        kind, action = EventKind.REVEAL_ENDED, AuditAction.REVEAL_ENDED
        tips = Tips(conn, there, unseen=True)
        tips.tell(reveal.station_id, tip_id, kind, action, now, about=officer.code, reveal=reveal.n)


def _lock(conn: Connection, station_id: int) -> None:
    """The station's counter row, which every step takes first."""
    c = t.station_counter.c
    conn.execute(update(t.station_counter).where(c.station_id == station_id).values(event_seq=c.event_seq))


_ANSWERS = {
    RevealState.APPROVED: (EventKind.REVEAL_APPROVED, AuditAction.REVEAL_APPROVED),
    RevealState.REFUSED: (EventKind.REVEAL_REFUSED, AuditAction.REVEAL_REFUSED),
}


def _select() -> Select[Any]:
    answering = t.officer.alias("answering")
    columns = (_V.station_id, _V.n, _V.tip_id, t.tip.c.ref, _V.officer_id, t.officer.c.code.label("officer_code"))
    rest = (_V.reason, _V.reference, _V.asked_at, _V.state, _V.answered_by, answering.c.code.label("answered_code"))
    return (
        select(*columns, *rest, _V.answered_at, _V.shown_at)
        .join(t.tip, (t.tip.c.station_id == _V.station_id) & (t.tip.c.id == _V.tip_id))
        .join(t.officer, t.officer.c.id == _V.officer_id)
        .outerjoin(answering, answering.c.id == _V.answered_by)
    )


def _reveal(row: Row[Any]) -> Reveal:
    values = dict(row._mapping)
    values["state"] = RevealState(values["state"])
    return Reveal(**values)
