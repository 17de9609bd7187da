"""Lists too long to be counted or passed over line by line, with the limits of `tip_list` brought down to a hundred
tips; on both engines."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from console import desk
from console.model.fold import bigrams, fold
from console.model.incoming import NewTip
from console.model.query import Query
from console.model.tip import CloseReason, Status
from console.model.view import View, Window
from console.store import Store, scans, tip_list, walk
from console.store.scans import Bound, Scope, keys_statement
from tests.desk.conftest import Desk

EVERY = Query(statuses=frozenset(Status))


@pytest.fixture(params=["one scan a status", "one scan for all", "walked"])
def short(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is long for a list is more than ten tips."""
    monkeypatch.setattr(tip_list, "NEAR", 10)
    monkeypatch.setattr(tip_list, "SKIPPED_TO", 10)
    monkeypatch.setattr(tip_list, "LOOKED_THROUGH", 0)
    monkeypatch.setattr(tip_list, "COUNTED_TO", 20)
    if request.param != "one scan a status":
        monkeypatch.setattr(scans, "SCANS", 0)
    if request.param == "walked":
        monkeypatch.setattr(walk, "AT_ONCE", 0)
    for cached in (scans.plain_keys, scans.plain_count):
        cached.cache_clear()


def numbers(window: Window) -> list[int]:
    return [int(line.ref.rsplit("-", 1)[1]) for line in window.lines]


async def hundred(station: Desk) -> None:
    """Tips 1 to 100, every third one closed."""
    await station.take(
        *(NewTip(f"tip {n} of the hundred, 第{n}号", "test", str(n), room="JNL-12") for n in range(1, 101))
    )
    top = await desk.tip_window(station.store, station.zhou, View((1,), EVERY))
    for line in top.lines[::3]:
        tip = (await desk.tip_file(station.store, station.zhou, 1, line.id)).tip
        await desk.close_tip(station.store, station.zhou, tip, CloseReason.NO_ACTION)


@pytest.mark.usefixtures("short")
async def test_both_ends_are_counted_and_the_midst_follows_the_line(station: Desk) -> None:
    await hundred(station)
    view = View((1,), EVERY)
    every = (await desk.tip_window(station.store, station.zhou, view, older=200)).lines
    for start, stood, expected in ((3, None, 3), (3, (77, 100), 3), (95, (1, 100), 95), (50, (50, 100), 50)):
        key = every[start].key
        window = await desk.tip_window(station.store, station.zhou, view, at=key, newer=2, older=3, stood=stood)
        assert (window.start, window.total) == (expected - 2, 100)
        assert [line.id for line in window.lines] == [line.id for line in every[start - 2 : start + 3]]
    await station.take(*(NewTip("one more", "test", f"more {n}", room="JNL-12") for n in range(5)))
    moved = await desk.tip_window(station.store, station.zhou, view, at=every[50].key, older=3, stood=(50, 100))
    assert (moved.start, moved.total) == (55, 105)
    counted = await desk.tip_window(station.store, station.zhou, view, at=every[50].key, older=3)
    assert counted.start == 55


@pytest.mark.usefixtures("short")
async def test_a_jump_into_the_midst_lands_where_the_keys_say(station: Desk) -> None:
    await hundred(station)
    view = View((1,), EVERY)
    for offset in (0, 8, 85, 90, 100, 500):
        window = await desk.tip_window_at(station.store, station.zhou, view, offset, 10)
        assert window.start == min(offset, 90)
        assert numbers(window) == [100 - n for n in range(window.start, window.start + 10)]
    window = await desk.tip_window_at(station.store, station.zhou, view, 50, 10)
    assert window.start == 50
    assert numbers(window) == list(range(numbers(window)[0], numbers(window)[0] - 10, -1))


@pytest.mark.usefixtures("short")
async def test_open_tips_of_many_stations_are_met_in_order(station: Desk) -> None:
    await hundred(station)
    await station.take(NewTip("elsewhere", "test", "k", room="KDR-1"))
    both = await desk.tip_window(station.store, station.chen, View((1, 2), Query()), older=200)
    assert numbers(both) == [1, *(n for n in range(100, 0, -1) if (100 - n) % 3)]
    last = await desk.tip_window_at(station.store, station.chen, View((1, 2), Query()), 62, 5)
    assert numbers(last) == numbers(both)[-5:]


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("query", [Query(words=("hundred",)), Query(words=("第",)), Query(words=("tip", "of the"))])
async def test_words_are_found_in_order_and_counted_no_further_than_needed(station: Desk, query: Query) -> None:
    await hundred(station)
    view = View((1,), Query(words=query.words, statuses=frozenset(Status)))
    top = await desk.tip_window(station.store, station.zhou, view, older=30)
    assert (numbers(top), top.total, top.total_is_capped) == (list(range(100, 70, -1)), 30, True)
    few = await desk.tip_window(station.store, station.zhou, view, older=5)
    assert (numbers(few), few.total, few.total_is_capped) == (list(range(100, 95, -1)), 20, True)
    deep = await desk.tip_window(station.store, station.zhou, view, at=top.lines[19].key, newer=5, older=10)
    assert (deep.start, numbers(deep)) == (14, list(range(86, 71, -1)))
    still = await desk.tip_window(station.store, station.zhou, View((1,), query), older=200)
    assert numbers(still)[:4] == [99, 98, 96, 95]


async def test_sqlite_walks_the_index_of_open_tips(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)

    def plan(connection: Connection) -> str:
        scope = Scope("sqlite", tuple(range(30)), (Status.NEW, Status.REFERRED, Status.INVESTIGATING))
        sql = keys_statement(scope, Bound.NONE, newest_first=False).compile(
            connection, compile_kwargs={"literal_binds": True, "render_postcompile": True},
        )  # fmt: skip
        words = str(sql).replace(":reach", "10").replace(":most", "10").replace(":skip", "0")
        return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}"))

    try:
        told = await store.read(plan)
    finally:
        await store.close()
    assert told.count("ix_tip_open") == 3
    assert "SCAN tip" not in told


async def test_postgresql_splits_words_as_we_do(postgres_store_url: str) -> None:
    store = await Store.open(postgres_store_url)
    texts = [
        "聚众赌博 沪A12345",
        "a",
        "ab",
        "abc 1",
        "Karaoke, night after night!",
        "车牌沪a·1b2 é1é ab中cd123",
        uuid4().hex,
    ]

    def grams(connection: Connection) -> list[set[str]]:
        asked = text("SELECT taskroom_grams(:folded, 7)")
        return [set(connection.execute(asked, {"folded": fold(one)}).scalar_one()) for one in texts]

    try:
        found = await store.read(grams)
    finally:
        await store.close()
    assert found == [{*bigrams(fold(one)), "=7"} for one in texts]
