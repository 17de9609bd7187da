"""What an officer sees: windows by key and by number, filters, the tree; nothing out of grant; on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console import desk
from console.errors import NotFound
from console.model.incoming import NewTip
from console.model.query import Query, parse_query
from console.model.tip import Category, CloseReason, Status, Urgency
from console.model.view import BranchKind, View
from tests.desk.conftest import Desk

ALL = Query(statuses=frozenset(Status))


def number(ref: str) -> int:
    return int(ref.rsplit("-", 1)[1])


async def hundred(station: Desk) -> None:
    await station.take(*(NewTip(f"tip {n}", "test", str(n), room="JNL-12") for n in range(1, 101)))


async def test_windows_by_key_and_by_number_agree(station: Desk) -> None:
    await hundred(station)
    view = View((1,), Query())
    top = await desk.tip_window(station.store, station.zhou, view, older=10)
    assert (top.start, top.total, top.total_is_capped) == (0, 100, False)
    assert [number(line.ref) for line in top.lines] == list(range(100, 90, -1))
    around = await desk.tip_window(station.store, station.zhou, view, at=top.lines[5].key, newer=3, older=4)
    assert around.start == 2
    assert [number(line.ref) for line in around.lines] == [98, 97, 96, 95, 94, 93, 92]
    for offset in (0, 37, 95, 100, 1000):
        by_number = await desk.tip_window_at(station.store, station.zhou, view, offset, 10)
        assert [number(line.ref) for line in by_number.lines] == [
            100 - n for n in range(by_number.start, by_number.start + len(by_number.lines))
        ]
        assert by_number.lines
        assert by_number.start == min(offset, 90)


@pytest.mark.parametrize("query", [Query(), Query(words=("tip",)), Query(categories=frozenset({Category.FIRE}))])
async def test_where_nothing_is_granted_any_more_a_list_is_empty_from_any_line(station: Desk, query: Query) -> None:
    """A grant ends while its station's list stands: the console crashed when it read on from a line of it."""
    await hundred(station)
    view = View((1,), query)
    key = (await desk.tip_window(station.store, station.zhou, View((1,), Query()))).lines[50].key
    nothing = replace(station.zhou, stations=frozenset())
    for window in (
        await desk.tip_window(station.store, nothing, view, at=key, newer=3, older=4),
        await desk.tip_window(station.store, nothing, view, at=key, newer=3, older=4, stood=(50, 100)),
        await desk.tip_window_at(station.store, nothing, view, 50, 10),
    ):
        assert (window.start, window.lines, window.total) == (0, (), 0)
    assert await desk.next_unseen(station.store, nothing, view, key, newer=True) is None


async def test_a_number_past_the_end_of_a_filtered_list_gives_the_last_ones(station: Desk) -> None:
    await hundred(station)
    found = await desk.tip_window_at(station.store, station.zhou, View((1,), Query(words=("tip",))), 1000, 10)
    assert (found.start, [number(line.ref) for line in found.lines]) == (90, [*range(10, 0, -1)])


async def test_windows_stay_right_over_several_statuses(station: Desk) -> None:
    await hundred(station)
    top = await desk.tip_window(station.store, station.zhou, View((1,), Query()))
    for line in top.lines[::3]:
        tip = (await desk.tip_file(station.store, station.zhou, 1, line.id)).tip
        await desk.investigate_tip(station.store, station.zhou, tip)
    for line in top.lines[1::3]:
        tip = (await desk.tip_file(station.store, station.zhou, 1, line.id)).tip
        await desk.close_tip(station.store, station.zhou, tip, CloseReason.NO_ACTION)
    opened = await desk.tip_window(station.store, station.zhou, View((1,), Query()))
    assert [line.id for line in opened.lines] == [line.id for n, line in enumerate(top.lines) if n % 3 != 1]
    assert opened.total == 67
    everything = await desk.tip_window(station.store, station.zhou, View((1,), ALL))
    assert [line.id for line in everything.lines] == [line.id for line in top.lines]
    closed = await desk.tip_window_at(
        station.store, station.zhou, View((1,), Query(statuses=frozenset({Status.CLOSED}))), 30, 10
    )
    assert (closed.start, len(closed.lines), closed.total) == (23, 10, 33)


QUERIES = {
    "category:fire": {2},
    "urgency:alarm": {3},
    "urgency:alarm,priority": {3, 4},
    "by:me": {5},
    "by:JNL-002": {6},
    "is:claimed": {5, 6},
    "is:unclaimed -tip": set(),
    "is:unclaimed category:fire": {2},
    "is:unseen": {1, 2, 3, 4, 5, 6},
    "since:1h": {1, 2, 3, 4, 5, 6},
    "until:2001-01-01": set(),
    "source:other": {7},
    "status:closed": {7},
    "status:all": {1, 2, 3, 4, 5, 6, 7},
    '"tip 4"': {4},
    "TIP": {1, 2, 3, 4, 5, 6},
    "phone:13900": {1},
    "ref:0002": {2},
    "ref:-0002": {2},
    'room:１２ "tip 3"': {3},
    "by:ｍｅ": {5},
    "is:overdue": set(),
}


@pytest.mark.parametrize("words", QUERIES)
async def test_every_term_filters(station: Desk, words: str) -> None:
    base = NewTip("tip 0", "test", "0", room="JNL-12")
    receipts = await station.take(
        replace(base, text="tip 1, call 139 0000 1234", source_key="1"),
        replace(base, text="tip 2", source_key="2", category=Category.FIRE),
        replace(base, text="tip 3", source_key="3", urgency=Urgency.ALARM),
        replace(base, text="tip 4", source_key="4", urgency=Urgency.PRIORITY),
        replace(base, text="tip 5", source_key="5"),
        replace(base, text="tip 6", source_key="6"),
        replace(base, text="tip 7", source_key="7", source="other"),
    )
    tips = [await station.tip(receipt) for receipt in receipts]
    await desk.claim_tip(station.store, station.zhou, tips[4])
    await desk.claim_tip(station.store, station.lin, tips[5])
    await desk.close_tip(station.store, station.zhou, tips[6], CloseReason.UNFOUNDED)
    query = parse_query(words, now=station.store.now(), tz=UTC)
    view = View((1,), query, ended_too=query.source is not None)
    window = await desk.tip_window(station.store, station.zhou, view)
    assert {number(line.ref) for line in window.lines} == QUERIES[words]
    assert window.total == len(window.lines)


async def test_seen_tips_are_no_longer_unseen(station: Desk) -> None:
    await hundred(station)
    view = View((1,), Query())
    top = await desk.tip_window(station.store, station.zhou, view, older=10)
    await desk.mark_seen(station.store, station.zhou, [(1, line.id) for line in top.lines[:3]])
    await desk.mark_seen(station.store, station.zhou, [(1, top.lines[0].id)])
    again = await desk.tip_window(station.store, station.zhou, view, older=10)
    assert [line.unseen for line in again.lines] == [False] * 3 + [True] * 7
    older = await desk.next_unseen(station.store, station.zhou, view, top.lines[0].key, newer=False)
    assert older is not None
    assert older.id == top.lines[3].id
    assert await desk.next_unseen(station.store, station.zhou, view, top.lines[0].key, newer=True) is None
    lins = await desk.tip_window(station.store, station.lin, view, older=10)
    assert all(line.unseen for line in lins.lines)


async def test_a_capped_count_says_at_least(station: Desk) -> None:
    await station.take(*(NewTip(f"noise {n}", "test", str(n), room="JNL-12") for n in range(510)))
    view = View((1,), Query(words=("noise",)))
    window = await desk.tip_window(station.store, station.zhou, view, older=10)
    assert (window.total, window.total_is_capped) == (500, True)
    last = await desk.tip_window_at(station.store, station.zhou, view, 505, 20)
    assert (last.start, len(last.lines)) == (505, 5)


async def test_nothing_out_of_grant_is_seen(station: Desk) -> None:
    (receipt,) = await station.take(NewTip("elsewhere", "test", "1", room="KDR-1"))
    for view in (View((1, 2), Query()), View((2,), Query())):
        window = await desk.tip_window(station.store, station.zhou, view)
        assert (window.lines, window.total) == ((), 0)
    with pytest.raises(NotFound):
        await desk.tip_file_by_ref(station.store, station.zhou, receipt.ref)
    with pytest.raises(NotFound):
        await desk.agencies(station.store, station.zhou, 2)
    assert [one.code for one in await desk.stations(station.store, station.zhou)] == ["JNL"]
    assert [one.code for one in await desk.stations(station.store, station.chen)] == ["JNL", "KDR", "UNR"]


async def test_the_tree_is_read_branch_by_branch(station: Desk) -> None:
    store, zhou = station.store, station.zhou
    (district,) = (await desk.branches(store, zhou, None)).children
    assert (district.kind, district.count, district.code) == (BranchKind.DISTRICT, 1, "JA")
    (home,) = (await desk.branches(store, zhou, district)).children
    assert (home.kind, home.code, home.count) == (BranchKind.STATION, "JNL", 4)
    officers = (await desk.branches(store, zhou, home)).children
    assert [(one.code, one.count) for one in officers] == [("JA-A1", 0), ("JA-S1", 0), ("JNL-001", 1), ("JNL-002", 1)]
    (room,) = (await desk.branches(store, zhou, officers[2])).children
    assert (room.code, room.count, room.note) == ("JNL-12", 3, "night watch")
    members = await desk.branches(store, zhou, room, 1, 1)
    assert (members.start, members.total, [one.label for one in members.children]) == (1, 3, ["m2"])
    assert not members.children[0].has_children
    districts = (await desk.branches(store, station.chen, None)).children
    assert [one.code for one in districts] == ["JA", "UNR"]


async def test_overdue_tips_are_found_by_the_clock(station: Desk) -> None:
    from console.desk.receiving import make_ready, receive_arrivals

    at = datetime(2026, 11, 1, tzinfo=UTC)
    await receive_arrivals(station.store, station.vault, [make_ready(NewTip("old", "t", "1", room="JNL-12"), at)])
    window = await desk.tip_window(station.store, station.zhou, View((1,), Query(overdue=True)))
    assert [line.head for line in window.lines] == ["old"]
