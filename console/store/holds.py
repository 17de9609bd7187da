"""Holds of tips: put, ended, listed. The desk's verbs and `tips` call it inside their transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from console.errors import NotFound
from console.model.hold import Hold, HoldKind, NewHold
from console.model.officer import Officer
from console.model.tip import Tip
from console.store import tables as t
from console.store.grant import check_sees
from console.words import gettext as _

_H = t.hold.c


def holds_of(conn: Connection, tip: Tip) -> tuple[Hold, ...]:
    """All holds that were ever put on the tip, oldest first."""
    columns = (_H.n, _H.kind, _H.reason, _H.reference, _H.at, t.officer.c.code, _H.ends_at, _H.ended_at)
    rows = conn.execute(
        select(*columns).join(t.officer, t.officer.c.id == _H.officer_id).where(*_mine(tip)).order_by(_H.n)
    )
    return tuple(Hold(row.n, HoldKind(row.kind), *row[2:]) for row in rows)


def add_hold(conn: Connection, officer: Officer, tip: Tip, new: NewHold, now: datetime) -> None:
    """Raises OutOfGrant."""
    check_sees(officer, tip.station_id, tip.id)
    last: int = conn.scalar(select(func.max(_H.n)).where(*_mine(tip))) or 0
    conn.execute(
        insert(t.hold).values(
            station_id=tip.station_id,
            tip_id=tip.id,
            n=last + 1,
            kind=new.kind,
            reason=new.reason.strip(),
            reference=new.reference.strip(),
            at=now,
            officer_id=officer.id,
            ends_at=new.ends_at,
        )
    )


def end_hold(conn: Connection, officer: Officer, tip: Tip, n: int, now: datetime) -> Hold:
    """The hold that was ended. Raises NotFound when number `n` is not in force, OutOfGrant."""
    check_sees(officer, tip.station_id, tip.id)
    hold = next((one for one in holds_of(conn, tip) if one.n == n and one.is_in_force(now)), None)
    if hold is None:
        raise NotFound(_("That hold is not in force."))
    conn.execute(update(t.hold).where(*_mine(tip), _H.n == n).values(ended_at=now, ended_by=officer.id))
    return hold


def held_until(conn: Connection, tip: Tip, now: datetime) -> datetime | None:
    """The end of the longest hold in force."""
    return max((one.ends_at for one in holds_of(conn, tip) if one.is_in_force(now)), default=None)


def take_back_put(conn: Connection, officer: Officer, tip: Tip, put_at: datetime, now: datetime) -> None:
    """Undo of a hold that the officer put at that time: it ends now. Raises OutOfGrant."""
    check_sees(officer, tip.station_id, tip.id)
    mine = (*_mine(tip), _H.at == put_at, _H.officer_id == officer.id, _H.ended_at.is_(None))
    _set_newest(conn, mine, ended_at=now, ended_by=officer.id)


def take_back_ended(conn: Connection, officer: Officer, tip: Tip, ended_at: datetime, reference: str | None) -> None:
    """Undo of the end that the officer gave the hold of that number at that time: it is in force again. Raises
    OutOfGrant."""
    check_sees(officer, tip.station_id, tip.id)
    mine = (*_mine(tip), _H.ended_at == ended_at, _H.ended_by == officer.id, _H.reference == reference)
    _set_newest(conn, mine, ended_at=None, ended_by=None)


def _set_newest(conn: Connection, mine: Sequence[ColumnElement[bool]], **values: Any) -> None:
    """Of several of one instant the newest: steps are taken back in that order."""
    n = select(func.max(_H.n)).where(*mine).scalar_subquery()
    conn.execute(update(t.hold).where(*mine, _H.n == n).values(**values))


def _mine(tip: Tip) -> tuple[Any, ...]:
    return _H.station_id == tip.station_id, _H.tip_id == tip.id
