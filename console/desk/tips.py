"""The verbs of a tip's life. Each takes the acting officer and the tip *as seen*: grant, rule, version compare, one
transaction, one event.

All raise NotAllowed (a rule, with the sentence to show), TipMovedOn (somebody was first), NotFound (out of grant too,
which the guard writes down), StoreDown; all return the tip after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from console.desk import guard
from console.errors import NotAllowed
from console.model import step as steps
from console.model.change import Event
from console.model.officer import Officer
from console.model.step import Step
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.store import Store
from console.store.grant import check_sees
from console.store.named import names
from console.store.places import Places
from console.store.tips import Tips
from console.store.undo import undo as undo_last_step
from console.store.unit import Unit

WORDS = 2000
"""The longest note, outcome or reason an officer writes, in characters: two screens at 80×24."""


@guard.one
async def claim_tip(store: Store, officer: Officer, tip: Tip) -> Tip:
    """Say 'this one is mine'; soft, it changes no status."""
    return await _take(store, officer, tip, tip.why_not_claim(officer.id), steps.claim(tip, officer.id, store.now()))


@guard.one
async def release_tip(store: Store, officer: Officer, tip: Tip) -> Tip:
    """Give one's claim back."""
    return await _take(store, officer, tip, tip.why_not_release(officer.id), steps.release(tip))


@guard.one
async def investigate_tip(store: Store, officer: Officer, tip: Tip, note: str = "") -> Tip:
    """Start work on it, or take it back from an agency; claims it when nobody has."""
    step = steps.investigate(tip, officer.id, store.now(), words_of(note))
    return await _take(store, officer, tip, tip.why_not_investigate(), step)


@guard.one
async def refer_tip(store: Store, officer: Officer, tip: Tip, agency_id: int, note: str = "") -> Tip:
    """Hand it to an agency of the station's list, with the officer's words."""
    now, words = store.now(), words_of(note)
    check(officer, tip, tip.why_not_refer(), now)

    def write(conn: Unit) -> Tip:
        tips = Tips(conn, officer)
        agency = tips.agency_name(tip.station_id, agency_id)
        after = tips.move(tip, steps.refer(tip, officer.id, now, agency, words), now)
        tips.add_referral(tip, agency_id, words, now)
        return after

    return await store.write(write)


@guard.one
async def solve_tip(store: Store, officer: Officer, tip: Tip, outcome: str = "") -> Tip:
    """Say how it ended. A new tip is investigated and solved in one transaction, as two steps."""
    now, words = store.now(), words_of(outcome)
    check(officer, tip, tip.why_not_end(officer.station_id) or tip.why_not_solve(), now)

    before = [steps.investigate(tip, officer.id, now)] if tip.status is Status.NEW else []
    last = steps.solve(steps.taken(tip, before[0]) if before else tip, now, words)
    return await store.write(lambda conn: Tips(conn, officer).move_on(tip, [*before, last], now))


@guard.one
async def close_tip(store: Store, officer: Officer, tip: Tip, reason: CloseReason, note: str = "") -> Tip:
    """End it without police work."""
    step = steps.close(tip, store.now(), reason, words_of(note))
    return await _take(store, officer, tip, tip.why_not_end(officer.station_id) or tip.why_not_close(), step)


@guard.one
async def reopen_tip(store: Store, officer: Officer, tip: Tip, why: str = "") -> Tip:
    """Investigate an ended tip again; it is the officer's own then."""
    step = steps.reopen(tip, officer.id, store.now(), words_of(why))
    return await _take(store, officer, tip, tip.why_not_reopen(), step)


@guard.one
async def note_tip(store: Store, officer: Officer, tip: Tip, words: str) -> Tip:
    """Write a note into its history; an empty one is refused."""
    note = words_of(words)
    why_not = tip.why_not_change() or (None if note else "A note needs words.")
    return await _take(store, officer, tip, why_not, steps.note(tip, note))


@guard.one
async def assign_tip(store: Store, officer: Officer, tip: Tip, to_officer_id: int) -> Tip:
    """Hand the claim to an officer who works the tip's station."""
    now = store.now()
    check(officer, tip, officer.why_not_assign(to_officer_id) or tip.why_not_assign(to_officer_id), now)

    def write(conn: Unit) -> Tip:
        colleagues = {one.id: one for one in Places(conn, officer).colleagues(tip.station_id, now)}
        if to_officer_id not in colleagues or names(conn, colleagues[to_officer_id], tip.id):
            raise NotAllowed("That officer does not work this station's tips.")
        step = steps.assign(tip, to_officer_id, colleagues[to_officer_id].code, now)
        return Tips(conn, officer).move(tip, step, now)

    return await store.write(write)


@guard.one
async def set_urgency(store: Store, officer: Officer, tip: Tip, urgency: Urgency) -> Tip:
    """Change how fast it wants a first step; the respond-by clock counts from the tip's arrival."""
    now = store.now()
    why_not = "It has that urgency already." if tip.urgency is urgency else None
    check(officer, tip, tip.why_not_change() or why_not, now)

    def write(conn: Unit) -> Tip:
        station = Places(conn, officer).station(tip.station_id)
        respond_by = tip.received_at + station.respond_within.within(urgency)
        return Tips(conn, officer).move(tip, steps.set_urgency(tip, urgency, respond_by), now)

    return await store.write(write)


@guard.one
async def set_category(store: Store, officer: Officer, tip: Tip, category: Category) -> Tip:
    """Say what it is about."""
    why_not = tip.why_not_set_category(category)
    return await _take(store, officer, tip, why_not, steps.set_category(tip, category))


@guard.one
async def link_duplicate(store: Store, officer: Officer, tip: Tip, to_ref: str) -> Tip:
    """Say it reports the same as the tip `to_ref` of its station."""
    now = store.now()
    check(officer, tip, None, now)

    def write(conn: Unit) -> Tip:
        tips = Tips(conn, officer)
        to = tips.by_ref(to_ref)
        check(officer, tip, tip.why_not_link(to), now)
        return tips.move(tip, steps.link(tip, to), now)

    return await store.write(write)


@guard.one
async def unlink_duplicate(store: Store, officer: Officer, tip: Tip) -> Tip:
    """Take the link back."""
    return await _take(store, officer, tip, tip.why_not_unlink(), steps.unlink(tip))


@guard.one
async def acknowledge_alarm(store: Store, officer: Officer, tip: Tip) -> Tip:
    """Stop an alarm ringing."""
    step = steps.acknowledge(tip, officer.id, store.now())
    return await _take(store, officer, tip, tip.why_not_acknowledge(), step)


@guard.one
async def undo(store: Store, officer: Officer) -> tuple[Event, Tip]:
    """Take back the officer's own last step, unless somebody worked on that tip since; returns what was undone and the
    tip after."""
    now = store.now()
    return await store.write(lambda conn: undo_last_step(Tips(conn, officer), now))


@guard.one
async def mark_seen(store: Store, officer: Officer, tips: Sequence[tuple[int, UUID]]) -> None:
    """Remember that the officer has read these tips, given as (station id, tip id). No step, no event."""
    await store.write(lambda conn: Tips(conn, officer).mark_seen(tips))


async def _take(store: Store, officer: Officer, tip: Tip, why_not: str | None, step: Step) -> Tip:
    now = store.now()
    check(officer, tip, why_not, now)
    return await store.write(lambda conn: Tips(conn, officer).move(tip, step, now))


def check(officer: Officer, tip: Tip, why_not: str | None, now: datetime) -> None:
    """What is out of grant does not exist, and so has no rule; of what is hidden by `now` nothing is changed, whatever
    the verb's own rule says. Raises OutOfGrant, NotAllowed."""
    check_sees(officer, tip.station_id, tip.id)
    why_not = tip.why_not_read(now) or why_not
    if why_not is not None:
        raise NotAllowed(why_not)


def words_of(words: str) -> str:
    """An officer's words, trimmed. Raises NotAllowed when they are too long for a note."""
    trimmed = words.strip()
    if len(trimmed) > WORDS:
        raise NotAllowed(f"That is {len(trimmed)} characters: a note holds {WORDS}. Shorten it.")
    return trimmed
