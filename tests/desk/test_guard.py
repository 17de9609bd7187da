"""What is out of grant does not exist, and whoever asked for it is written down."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from console import desk
from console.desk.guard import AGAIN_AFTER, FRESH
from console.errors import NotAllowed, NotFound
from console.model.audit import AuditAction
from console.model.ids import new_id
from console.model.incoming import NewTip
from console.model.query import Query
from console.model.view import View
from console.store import Store
from console.store import tables as t
from console.store.unit import Unit
from tests.desk.conftest import Desk

Refusal = tuple[int, int | None, UUID | None, str, str]
"""Chain, officer, tip, verb, station."""


async def refusals(store: Store) -> list[Refusal]:
    """What the audit holds of attempts, in the order of the chain's numbers."""
    a = t.audit.c

    def read(conn: Unit) -> list[Refusal]:
        rows = conn.execute(
            select(a.station_id, a.officer_id, a.tip_id, a.about)
            .where(a.action == AuditAction.REFUSED)
            .order_by(a.station_id, a.seq)
        )
        return [(*row[:3], *(json.loads(row.about)[name] for name in ("verb", "station"))) for row in rows]

    return await store.read(read)


async def test_a_foreign_tip_is_not_there_and_the_attempt_is_written_down(station: Desk) -> None:
    tip = await station.new_tip()
    with pytest.raises(NotFound) as seen:
        await desk.tip_file(station.store, station.gao, tip.station_id, tip.id)
    with pytest.raises(NotFound):
        await desk.solve_tip(station.store, station.gao, tip)
    by = (2, station.gao.id, tip.id)
    assert await refusals(station.store) == [(*by, "tip_file", "JNL"), (*by, "solve_tip", "JNL")]
    with pytest.raises(NotFound) as nowhere:
        await desk.tip_file(station.store, station.gao, 2, new_id(station.store.now()))
    assert seen.value.message == nowhere.value.message, "the sentence tells which tips there are"


async def test_a_foreign_ref_is_written_down_whether_it_exists_or_not(station: Desk) -> None:
    tip = await station.new_tip()
    for ref in (tip.ref, "JNL-0101-9999", "XXX-0101-0001", "KDR-0101-9999"):
        with pytest.raises(NotFound):
            await desk.tip_file_by_ref(station.store, station.gao, ref)
    assert [one[2:] for one in await refusals(station.store)] == [
        (tip.id, "tip_file_by_ref", "JNL"),
        (None, "tip_file_by_ref", "JNL"),
    ]


async def test_a_station_that_does_not_exist_is_out_of_grant(station: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.agencies(station.store, station.zhou, 77)
    assert await refusals(station.store) == [(1, station.zhou.id, None, "agencies", "77")]


async def test_a_list_leaves_out_foreign_stations_and_says_so_once_in_a_while(station: Desk) -> None:
    await station.new_tip()
    store, now = station.store, station.store.now()
    store.now = lambda: now  # the clock, moved by hand
    for _ in range(3):
        window = await desk.tip_window(store, station.gao, View((1, 2), Query()))
        assert (window.total, window.lines) == (0, ())
    assert await refusals(store) == [(2, station.gao.id, None, "tip_window", "JNL")]
    now += AGAIN_AFTER - timedelta(seconds=1)
    await desk.tip_window(store, station.gao, View((1, 2), Query()))
    assert len(await refusals(store)) == 1
    now += timedelta(seconds=1)
    await desk.tip_window(store, station.gao, View((1, 2), Query()))
    assert len(await refusals(store)) == 2


async def test_what_is_granted_leaves_no_such_entry(station: Desk) -> None:
    tip = await station.new_tip()
    await desk.tip_file(station.store, station.chen, tip.station_id, tip.id)
    await desk.tip_window(station.store, station.chen, View((0, 1, 2), Query()))
    await desk.counts(station.store, station.zhou, [1])
    assert await refusals(station.store) == []


async def test_a_tip_under_another_stations_number_is_not_moved(station: Desk) -> None:
    """An officer's own station with a foreign tip's id: there is no such tip there."""
    tip = await station.new_tip()
    with pytest.raises(NotFound):
        await desk.claim_tip(station.store, station.gao, replace(tip, station_id=2))
    assert (await station.tip_again(tip)).version == tip.version


async def test_no_total_of_a_foreign_branch_by_asking_for_nothing(station: Desk) -> None:
    """Zero children of a station or room that is out of grant: how many there are is not told either."""
    top = await desk.branches(station.store, station.chen, None)
    (jnl,) = [
        one
        for district in top.children
        for one in (await desk.branches(station.store, station.chen, district)).children
        if one.code == "JNL"
    ]
    assert (await desk.branches(station.store, station.gao, jnl, limit=0)).total == 0
    assert (await desk.branches(station.store, station.gao, jnl)).total == 0


async def test_who_lost_the_station_is_no_colleague(station: Desk) -> None:
    """A tip is not handed to somebody whose grant has ended, nor to one who is disabled."""
    store, now = station.store, station.store.now()

    def change(conn: Unit) -> None:
        g, o = t.officer_grant.c, t.officer.c
        conn.execute(update(t.officer_grant).where(g.station_id == 2).values(ends_at=now))
        conn.execute(update(t.officer).where(o.id == station.lin.id).values(disabled_at=now))

    codes = [one.code for one in await desk.colleagues(store, station.chen, 2)]
    assert codes == ["JA-S1", "KDR-001"]
    await store.write(change)
    assert [one.code for one in await desk.colleagues(store, station.gao, 2)] == ["KDR-001"]
    assert [one.code for one in await desk.colleagues(store, station.zhou, 1)] == ["JA-S1", "JNL-001"]


async def test_an_ended_grant_counts_while_the_officer_is_signed_in(station: Desk) -> None:
    store, now = station.store, station.store.now()
    store.now = lambda: now  # the clock, moved by hand
    (receipt,) = await station.take(NewTip("Two men at the bicycle shed", "test", "7", room="KDR-1"))
    tip = await station.tip(receipt)

    def end(conn: Unit) -> None:
        g = t.officer_grant.c
        conn.execute(
            update(t.officer_grant).where(g.officer_id == station.chen.id, g.station_id == 2).values(ends_at=now)
        )

    await store.write(end)
    now += FRESH
    with pytest.raises(NotFound):
        await desk.claim_tip(store, station.chen, tip)
    assert await refusals(store) == [(1, station.chen.id, tip.id, "claim_tip", "KDR")]
    assert [one.code for one in await desk.stations(store, station.chen)] == ["JNL", "UNR"]


async def test_a_disabled_officer_does_nothing_more(station: Desk) -> None:
    tip = await station.new_tip()
    store, now = station.store, station.store.now()
    store.now = lambda: now  # the clock, moved by hand

    def disable(conn: Unit) -> None:
        conn.execute(update(t.officer).where(t.officer.c.id == station.zhou.id).values(disabled_at=now))

    await store.write(disable)
    now += FRESH
    for attempt in (
        desk.claim_tip(store, station.zhou, tip),
        desk.tip_window(store, station.zhou, View((1,), Query())),
        desk.receive_tips(store, station.vault, [NewTip("x", "desk", "1", room="JNL-12")], officer=station.zhou),
    ):
        with pytest.raises(NotAllowed, match="JNL-001 is disabled"):
            await attempt
