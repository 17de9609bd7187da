"""Taking an officer's own last step back: the values before it return, an event says so. The desk's `undo` calls it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, false, func, select, update

from console.errors import NotAllowed
from console.model.change import TOLD_ONLY, Event, EventKind
from console.model.referral import ReferralState
from console.model.station import OVERSIGHT_STATION_ID
from console.model.step import Step
from console.model.tip import Status, Tip
from console.store import holds
from console.store import tables as t
from console.store.named import naming
from console.store.rows import event_of_values, select_event, unplain
from console.store.tips import Tips

UNDO_WITHIN = timedelta(hours=1)
"""What was done longer ago is part of the tip's history: it is reopened or released, not taken back by one key."""


def undo(tips: Tips, now: datetime) -> tuple[Event, Tip]:
    """Take the officer's newest step back, unless somebody came after; what was undone and the tip after.

    Steps of one tip at the same instant came from one key (a new tip solved) and go together.
    Raises NotAllowed, TipMovedOn.
    """
    event, before = _last_step(tips)
    if now - event.at > UNDO_WITHIN:
        raise NotAllowed("Your last step is more than an hour old: use reopen or release instead.")
    tip = _take_back(tips, event, before, now)
    while (row := _newest_own(tips, event.station_id)) is not None:
        if (row.tip_id, row.at) != (event.tip_id, event.at):
            break
        tip = _take_back(tips, *_read(row), now)
    return event, tip


def _take_back(tips: Tips, event: Event, before: dict[str, Any], now: datetime) -> Tip:
    tip = tips.one(event.station_id, event.tip_id)
    if event.kind is EventKind.TO_OVERSIGHT:
        raise NotAllowed(f"You passed {tip.ref} to oversight: that is not taken back.")
    _check_nobody_since(tips, event, tip)
    e = t.tip_event.c
    tips.conn.execute(
        update(t.tip_event).where(e.station_id == event.station_id, e.seq == event.seq).values(undone=True)
    )
    if event.kind is EventKind.REFERRED:
        _withdraw(tips, tip, event.at)
    elif event.kind is EventKind.HELD:
        holds.take_back_put(tips.conn, tips.officer, tip, event.at, now)
    elif event.kind is EventKind.HOLD_ENDED:
        holds.take_back_ended(tips.conn, tips.officer, tip, event.at, event.about)
    status = Status(before.get("status", tip.status))
    return tips.move(tip, Step(EventKind.UNDONE, status, before, about=event.kind.value), now)


def _last_step(tips: Tips) -> tuple[Event, dict[str, Any]]:
    """The officer's newest step that is not undone, and the values before it."""
    rows = [row for station_id in tips.stations() if (row := _newest_own(tips, station_id)) is not None]
    if not rows:
        raise NotAllowed("There is no step of yours to undo.")
    return _read(max(rows, key=lambda one: one.at))


def _read(row: Row[Any]) -> tuple[Event, dict[str, Any]]:
    values = dict(row._mapping)
    before = unplain(json.loads(values.pop("before") or "{}"))
    return event_of_values(values), before


def _newest_own(tips: Tips, station_id: int) -> Row[Any] | None:
    e = t.tip_event.c
    return tips.conn.execute(
        select_event()
        .add_columns(e.before)
        .where(
            e.station_id == station_id,
            e.officer_id == tips.officer.id,
            e.undone.is_(false()),
            e.kind.not_in((EventKind.UNDONE, EventKind.RECEIVED, *TOLD_ONLY)),
            *((e.tip_id.not_in(naming(tips.officer)),) if station_id == OVERSIGHT_STATION_ID else ()),
        )
        .order_by(e.seq.desc())
        .limit(1)
    ).one_or_none()


def _check_nobody_since(tips: Tips, event: Event, tip: Tip) -> None:
    e = t.tip_event.c
    later = tips.conn.execute(
        select_event()
        .where(
            e.station_id == event.station_id,
            e.tip_id == event.tip_id,
            e.seq > event.seq,
            e.undone.is_(false()),
            e.kind.not_in((EventKind.UNDONE, *TOLD_ONLY)),
        )
        .limit(1)
    ).one_or_none()
    if later is not None and later.kind == EventKind.ERASED:
        raise NotAllowed(f"The words of {tip.ref} were erased since: it cannot be undone.")
    if later is not None:
        raise NotAllowed(f"{later.officer_code} has worked on {tip.ref} since: it cannot be undone.")


def _withdraw(tips: Tips, tip: Tip, sent_at: datetime) -> None:
    """The referral the officer made at that time; of several the newest, as steps are taken back in that order."""
    r = t.referral.c
    mine = (r.station_id == tip.station_id, r.tip_id == tip.id, r.at == sent_at, r.officer_id == tips.officer.id)
    standing = (*mine, r.state != ReferralState.WITHDRAWN)
    last = select(func.max(r.n)).where(*standing).scalar_subquery()
    tips.conn.execute(update(t.referral).where(*standing, r.n == last).values(state=ReferralState.WITHDRAWN))
