"""How long a tip's words are kept: closing what is not a police matter, holds and their ends.

Errors and results as in `desk.tips`.
"""

from __future__ import annotations

from console.desk import guard
from console.desk.tips import check, close_tip
from console.model import step as steps
from console.model.hold import NewHold, why_not_end
from console.model.officer import Officer
from console.model.tip import CloseReason, Tip
from console.store import Store, holds
from console.store.tips import Tips
from console.store.unit import Unit


@guard.one
async def close_not_police(store: Store, officer: Officer, tip: Tip) -> Tip:
    """It is not a police matter: counted only, its words are erased in 24 hours. Asks for no note."""
    return await close_tip(store, officer, tip, CloseReason.NOT_POLICE_MATTER)


@guard.one
async def hold_tip(store: Store, officer: Officer, tip: Tip, new: NewHold) -> Tip:
    """Keep it for a court or the oversight body, whatever its erase clock says. Once its words are hidden it is too
    late, whether or not the run that erases them has come: a hold would bring them back."""
    now = store.now()
    check(officer, tip, tip.why_not_hold() or new.why_not(now), now)

    def write(conn: Unit) -> Tip:
        holds.add_hold(conn, officer, tip, new, now)
        step = steps.hold(tip, holds.held_until(conn, tip, now), new.reason.strip(), new.reference.strip())
        return Tips(conn, officer).move(tip, step, now)

    return await store.write(write)


@guard.one
async def end_hold(store: Store, officer: Officer, tip: Tip, n: int) -> Tip:
    """End hold number `n` before its time; the erase clock goes on when no other is in force."""
    now = store.now()
    check(officer, tip, why_not_end(officer), now)

    def write(conn: Unit) -> Tip:
        ended = holds.end_hold(conn, officer, tip, n, now)
        step = steps.end_hold(tip, holds.held_until(conn, tip, now), ended.reference)
        return Tips(conn, officer).move(tip, step, now)

    return await store.write(write)
