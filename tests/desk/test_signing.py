"""Signing in and off, locking and taking over, on both engines: who gets in, who waits and for how long, and what is
written down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, func, insert, select, text, update

from console import desk
from console.desk import signing
from console.errors import MustWait, NotAllowed, OutOfGrant
from console.model import step as steps
from console.model.audit import AuditAction
from console.model.incoming import NewTip
from console.model.officer import Officer, TakeOverReason
from console.model.password import FREE_TRIES
from console.model.step import Step
from console.model.tip import Tip
from console.store import Store
from console.store import tables as t
from console.store.tips import Tips
from tests.desk.conftest import Desk
from tests.passwords import CHEAP_HASH, PASSWORD
from tests.until import until

T = TypeVar("T")

WRONG = "nobody's password"
CONSOLE = "desk-1"


async def written(store: Store, station_id: int = 1) -> list[tuple[str, int | None, str | None]]:
    """Action, officer and about of the station's audit, oldest first, without steps of tips."""

    def read(conn: Connection) -> list[Any]:
        a = t.audit.c
        return list(
            conn.execute(
                select(a.action, a.officer_id, a.about)
                .where(a.station_id == station_id, a.tip_id.is_(None))
                .order_by(a.seq)
            )
        )

    return [tuple(row) for row in await store.read(read)]


async def guess(station: Desk, times: int, code: str = "JNL-001", console: str = CONSOLE) -> list[str]:
    said = []
    for _ in range(times):
        with pytest.raises(NotAllowed) as refused:
            await signing.sign_in(station.store, code, WRONG, console)
        said.append(refused.value.message)
    return said


class Later:
    """A clock the test moves."""

    def __init__(self, store: Store) -> None:
        self._now, self._gone = store.now, timedelta()
        store.now = self

    def __call__(self) -> Any:
        return self._now() + self._gone

    def move(self, **span: float) -> None:
        self._gone += timedelta(**span)


async def test_the_right_password_signs_in_and_is_written_down(station: Desk) -> None:
    assert await signing.sign_in(station.store, " jnl-001 ", PASSWORD, CONSOLE) == station.zhou
    assert await written(station.store) == [(AuditAction.SIGNED_IN, 1, '{"console":"desk-1"}')]


async def test_what_was_tried_ahead_is_not_tried_again(station: Desk) -> None:
    """It is asked with the hash of the officer who signs in; where it knows nothing of that, the password is tried."""
    asked: list[tuple[str | None, str]] = []

    def ahead(hashed: str | None, password: str) -> bool | None:
        asked.append((hashed, password))
        return password == "tried" or None

    assert await signing.sign_in(station.store, "JNL-001", "tried", CONSOLE, ahead) == station.zhou
    assert asked == [(CHEAP_HASH, "tried")]
    with pytest.raises(NotAllowed):
        await signing.sign_in(station.store, "JNL-001", WRONG, CONSOLE, ahead)
    assert await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE, ahead) == station.zhou


async def test_what_was_tried_ahead_does_not_end_a_wait(station: Desk) -> None:
    await guess(station, FREE_TRIES)
    with pytest.raises(MustWait):
        await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE, lambda _hashed, _password: True)


async def test_checking_a_password_signs_nobody_in(station: Desk) -> None:
    assert await signing.check_password(station.store, "JA-S1", PASSWORD, CONSOLE) == station.chen
    assert await written(station.store) == []


async def test_a_wrong_password_says_how_many_tries_are_left(station: Desk) -> None:
    assert "4 more tries" in (await guess(station, 1))[0]
    assert await written(station.store) == [
        (AuditAction.SIGN_IN_FAILED, 1, '{"console":"desk-1","tries":1,"why":"password"}')
    ]


@pytest.mark.parametrize("code", ["JNL-001", "NOBODY-1"])
async def test_after_five_tries_there_is_a_wait_and_it_doubles(station: Desk, code: str) -> None:
    """The same for a code nobody has, which tells nobody that it is none."""
    later = Later(station.store)
    said = await guess(station, FREE_TRIES, code)
    assert "1 more try" in said[-2]
    assert "wait 30 s" in said[-1]
    for wait_s in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        with pytest.raises(MustWait) as waits:
            await signing.sign_in(station.store, code, PASSWORD, CONSOLE)
        left = waits.value.until - station.store.now()
        assert timedelta(seconds=wait_s - 20) < left <= timedelta(seconds=wait_s)
        later.move(seconds=wait_s + 1)
        with pytest.raises(MustWait):
            await signing.sign_in(station.store, code, WRONG, CONSOLE)


async def test_a_wait_is_of_the_officer_at_any_console(station: Desk) -> None:
    await guess(station, FREE_TRIES)
    with pytest.raises(MustWait):
        await signing.sign_in(station.store, "JNL-001", PASSWORD, "desk-2")
    assert (await signing.sign_in(station.store, "JNL-002", PASSWORD, "desk-2")).code == "JNL-002"


async def test_a_wait_is_of_the_console_for_any_officer(station: Desk) -> None:
    for n in range(FREE_TRIES):
        await guess(station, 1, f"JNL-10{n}")
    with pytest.raises(MustWait):
        await signing.sign_in(station.store, "JNL-002", PASSWORD, CONSOLE)


async def test_after_the_wait_the_right_password_ends_it(station: Desk) -> None:
    later = Later(station.store)
    await guess(station, FREE_TRIES)
    later.move(seconds=31)
    await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE)
    assert await station.store.read(lambda conn: conn.scalar(select(func.count()).select_from(t.sign_in_wait))) == 0
    assert "4 more tries" in (await guess(station, 1))[0]


async def test_of_many_guesses_at_once_only_the_first_five_count(station: Desk) -> None:
    tries = [signing.sign_in(station.store, "JNL-001", WRONG, f"desk-{n}") for n in range(20)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(one, NotAllowed) for one in found)
    assert sum(not isinstance(one, MustWait) for one in found) == FREE_TRIES - 1
    actions = await written(station.store)
    assert len(actions) == 20
    assert sum('"why":"waiting"' in str(about) for _, _, about in actions) == 20 - FREE_TRIES


async def test_a_code_nobody_has_goes_to_the_unrouted_lane_without_what_was_typed(station: Desk) -> None:
    await guess(station, 1, "my password by mistake")
    assert await written(station.store, 0) == [
        (AuditAction.SIGN_IN_FAILED, None, '{"console":"desk-1","tries":1,"why":"password"}')
    ]


async def who_waits(store: Store) -> set[str]:
    return set(await store.read(lambda conn: conn.scalars(select(t.sign_in_wait.c.who)).all()))


async def test_what_was_typed_as_a_code_is_kept_nowhere(station: Desk) -> None:
    """A password typed into the wrong field; one that an older version kept goes with the next try."""
    kept = insert(t.sign_in_wait).values(who="officer MY PASSWORD", tries=1)
    await station.store.write(lambda conn: conn.execute(kept))
    await guess(station, 1, "correct horse battery")
    await guess(station, 1, "jnl-002")
    assert await who_waits(station.store) == {"console desk-1", "officer JNL-002"}


async def test_a_wait_that_was_over_for_a_day_is_forgotten(station: Desk) -> None:
    later = Later(station.store)
    await guess(station, FREE_TRIES, "JNL-001", "desk-9")
    later.move(hours=23)
    await guess(station, 1, "JNL-002")
    assert "console desk-9" in await who_waits(station.store)
    later.move(hours=2)
    await guess(station, 1, "JNL-002")
    assert await who_waits(station.store) == {"console desk-1", "officer JNL-002"}


async def test_a_disabled_officer_is_told_so_only_with_the_right_password(station: Desk) -> None:
    await disable(station, station.zhou)
    assert "disabled" not in (await guess(station, 1))[0]
    with pytest.raises(NotAllowed, match="JNL-001 is disabled: ask an admin"):
        await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE)
    assert await signing.officer_now(station.store, station.zhou) is None


async def test_an_officer_without_a_password_does_not_sign_in(station: Desk) -> None:
    def no_password(conn: Connection) -> None:
        conn.execute(update(t.officer).where(t.officer.c.id == 1).values(password=None))

    await station.store.write(no_password)
    with pytest.raises(NotAllowed, match="do not go together"):
        await signing.sign_in(station.store, "JNL-001", "", CONSOLE)


async def test_a_grant_counts_until_it_ends(station: Desk) -> None:
    later = Later(station.store)
    ends_at = station.store.now() + timedelta(hours=1)

    def grant(conn: Connection) -> None:
        conn.execute(insert(t.officer_grant).values(officer_id=1, station_id=2, ends_at=ends_at))

    await station.store.write(grant)
    assert (await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE)).stations == {1, 2}
    later.move(hours=2)
    assert (await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE)).stations == {1}
    found = await signing.officer_now(station.store, station.zhou)
    assert found is not None
    assert found.stations == {1}


async def test_signing_off_releases_what_was_claimed_as_steps_of_the_officer(station: Desk) -> None:
    mine = await desk.claim_tip(station.store, station.zhou, await station.new_tip(key="1"))
    other = await desk.claim_tip(station.store, station.lin, await station.new_tip(key="2"))
    ended = await desk.claim_tip(station.store, station.zhou, await station.new_tip(key="3"))
    ended = await desk.solve_tip(station.store, station.zhou, ended, "done")
    assert await signing.sign_off(station.store, station.zhou, CONSOLE) == 1
    assert (await station.tip_again(mine)).claimed_by is None
    assert (await station.tip_again(other)).claimed_by == station.lin.id
    assert (await station.tip_again(ended)).claimed_by == station.zhou.id
    file = await desk.tip_file(station.store, station.zhou, 1, mine.id)
    assert (file.history[-1].kind, file.history[-1].officer_code) == ("tip.released", "JNL-001")
    assert (await written(station.store))[-1] == (AuditAction.SIGNED_OFF, 1, '{"console":"desk-1","released":1}')


STEPS: dict[str, tuple[Callable[[Tip], Step], int, int | None]] = {
    "noted": (lambda tip: steps.note(tip, "I was there"), 3, None),
    "assigned": (lambda tip: steps.assign(tip, 2, "JNL-002", tip.received_at), 2, 2),
    "solved": (lambda tip: steps.solve(tip, tip.received_at, "settled"), 2, 1),
}
"""A colleague's step on the first of three claims: how many claims are left to release, and who has that tip then."""


async def somebody_waits(store: Store) -> bool:
    """Whether a transaction waits for a lock in this database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await store.read(lambda conn: conn.scalar(text(waiting))))


async def three_claims(station: Desk) -> list[Tip]:
    tips = [await station.new_tip(key=str(n)) for n in range(3)]
    return [await desk.claim_tip(station.store, station.zhou, one) for one in tips]


async def during_a_step(station: Desk, tip: Tip, step: Step, go: Callable[[], Awaitable[T]]) -> T:
    """What `go` came to, begun while a colleague's step on the tip is written and not committed yet."""
    written, let_go = threading.Event(), threading.Event()

    def write(conn: Connection) -> None:
        Tips(conn, station.lin).move(tip, step, station.store.now())
        written.set()
        assert let_go.wait(30)

    colleague = asyncio.ensure_future(station.store.write(write))
    try:
        assert await asyncio.to_thread(written.wait, 30)
        going = asyncio.ensure_future(go())
        await until(lambda: somebody_waits(station.store))
    finally:
        let_go.set()
    await colleague
    return await going


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", STEPS)
async def test_signing_off_waits_for_a_colleagues_step(station: Desk, name: str) -> None:
    """Else all claims stayed, and that the officer had gone was not written down. On SQLite one writer waits anyway."""
    step_of, released, has_it = STEPS[name]
    first, second, third = await three_claims(station)
    gone = partial(signing.sign_off, station.store, station.zhou, CONSOLE)
    assert await during_a_step(station, first, step_of(first), gone) == released
    claimed_by = [(await station.tip_again(one)).claimed_by for one in (first, second, third)]
    assert claimed_by == [has_it, None, None]
    about = f'{{"console":"desk-1","released":{released}}}'
    assert (await written(station.store))[-1] == (AuditAction.SIGNED_OFF, 1, about)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_taking_over_waits_for_a_colleagues_step(station: Desk) -> None:
    tips = await three_claims(station)
    reason = TakeOverReason.WENT_HOME
    over = partial(signing.take_over, station.store, station.zhou, "JA-S1", PASSWORD, reason, CONSOLE)
    assert await during_a_step(station, tips[0], steps.note(tips[0], "I was there"), over) == station.chen
    assert [(await station.tip_again(one)).claimed_by for one in tips] == [None] * 3


async def test_a_claim_at_a_station_whose_grant_has_ended_is_released_too(station: Desk) -> None:
    (receipt,) = await station.take(_tip("KDR-1"))
    later = Later(station.store)
    ends_at = station.store.now() + timedelta(hours=1)

    def grant(conn: Connection) -> None:
        conn.execute(insert(t.officer_grant).values(officer_id=1, station_id=2, ends_at=ends_at))

    await station.store.write(grant)
    granted = Officer(1, "JNL-001", "Zhou", station.zhou.role, 1, frozenset({1, 2}))
    tip = await desk.claim_tip(station.store, granted, await station.tip(receipt))
    later.move(hours=2)
    with pytest.raises(OutOfGrant):
        await desk.tip_file(station.store, granted, tip.station_id, tip.id)
    assert await signing.sign_off(station.store, station.zhou, CONSOLE) == 1
    assert (await station.tip_again(tip)).claimed_by is None


async def test_a_lock_is_written_down_and_the_same_officer_unlocks(station: Desk) -> None:
    await signing.lock(station.store, station.zhou, CONSOLE, at=station.store.now(), idle=True)
    with pytest.raises(NotAllowed, match="4 more tries"):
        await signing.unlock(station.store, station.zhou, WRONG, CONSOLE)
    assert await signing.unlock(station.store, station.zhou, PASSWORD, CONSOLE) == station.zhou
    assert [action for action, _, _ in await written(station.store)] == [
        AuditAction.LOCKED,
        AuditAction.UNLOCK_FAILED,
        AuditAction.UNLOCKED,
    ]


async def test_a_supervisor_takes_over_and_the_claims_of_who_went_home_are_released(station: Desk) -> None:
    tip = await desk.claim_tip(station.store, station.zhou, await station.new_tip())
    reason = TakeOverReason.WENT_HOME
    now_at = await signing.take_over(station.store, station.zhou, "JA-S1", PASSWORD, reason, CONSOLE)
    assert now_at == station.chen
    file = await desk.tip_file(station.store, station.chen, 1, tip.id)
    assert file.tip.claimed_by is None
    assert file.history[-1].officer_code == "JA-S1"
    assert file.history[-1].why == "JA-S1 took over the desk: went home"
    assert (await written(station.store))[-1] == (
        AuditAction.TAKEN_OVER,
        4,
        '{"console":"desk-1","from":1,"reason":"went home","released":1}',
    )


@pytest.mark.parametrize(
    "at_desk, code, why", [("zhou", "JNL-002", "Only a supervisor"), ("gao", "JA-S2", "no grant for that station")]
)
async def test_others_do_not_take_over(station: Desk, at_desk: str, code: str, why: str) -> None:
    await add_supervisor_of_station_1(station)
    tip = await desk.claim_tip(station.store, station.zhou, await station.new_tip())
    locked: Officer = getattr(station, at_desk)
    with pytest.raises(NotAllowed, match=why):
        await signing.take_over(station.store, locked, code, PASSWORD, TakeOverReason.EMERGENCY, CONSOLE)
    assert (await station.tip_again(tip)).claimed_by == station.zhou.id
    assert (await written(station.store))[-1][:1] == (AuditAction.UNLOCK_FAILED,)


def _tip(room: str) -> NewTip:
    return NewTip("Sofa", "test", room, room=room)


async def disable(station: Desk, officer: Officer) -> None:
    def write(conn: Connection) -> None:
        conn.execute(update(t.officer).where(t.officer.c.id == officer.id).values(disabled_at=station.store.now()))

    await station.store.write(write)


async def add_supervisor_of_station_1(station: Desk) -> None:
    """JA-S2, without a grant for station 2."""

    def write(conn: Connection) -> None:
        like = conn.execute(select(t.officer.c.password).where(t.officer.c.id == 4)).scalar_one()
        row = {"id": 9, "station_id": 1, "code": "JA-S2", "name": "Wu", "role": "supervisor", "rooms": 0}
        conn.execute(insert(t.officer).values(**row, password=like))

    await station.store.write(write)
