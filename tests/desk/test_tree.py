"""The tree as an officer reads it, in pieces and searched: totals, grants, pseudonyms only; on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.engine import Engine

from console import desk
from console.desk.setup import add_members, add_places
from console.model.officer import Officer, Role
from console.model.room import Member, MemberKind, MemberState, Room
from console.model.station import District, Station
from console.model.view import Branch, BranchKind, Found, Twigs
from console.store import tables as t
from console.store.tree_search import plain
from tests.desk.conftest import Desk

JOINED_AT = datetime(2026, 11, 1, tzinfo=UTC)
BIG, WIDE = 5_000, 1_000
"""Members of one room, rooms of one officer."""
ROOM = Branch(BranchKind.ROOM, 1, 1, "Lane 22", count=3, code="JNL-12")


@pytest.fixture
async def city(station: Desk) -> Desk:
    """Names that meet: a second district with a station and an officer, pseudonyms in Chinese and with signs."""
    hu = Officer(9, "JGL-001", "Zhou Ming", Role.DUTY, 3, frozenset({3}))
    await add_places(
        station.store,
        districts=[District(2, "HP", "Huangpu")],
        stations=[Station(3, 2, "JGL", "Jinggang Lane")],
        officers=[hu],
        agencies=[],
        rooms=[Room(3, 1, 9, 12, "JGL-12", "Zhoujia lanes", "night watch")],
    )
    names = ("白鹭 14", "Heron 100% sure", "heron_15", "沪 heron")
    await add_members(
        station.store,
        [
            Member(3, n, 1, name, MemberKind.GUARD, MemberState.ACTIVE, JOINED_AT)
            for n, name in enumerate(names, start=1)
        ]
        + [Member(3, 50, 1, "heron left", MemberKind.GUARD, MemberState.LEFT, JOINED_AT)],
    )
    granted = {"officer_id": station.chen.id, "station_id": 3, "ends_at": None}
    await station.store.write(lambda conn: conn.execute(insert(t.officer_grant), [granted]))
    return replace(station, chen=replace(station.chen, stations=frozenset({0, 1, 2, 3})))


def ways(found: Found) -> list[str]:
    return [" > ".join(branch.label for branch in path) for path in found.paths]


async def seek(city: Desk, text: str) -> list[str]:
    return ways(await desk.find_branches(city.store, city.chen, text))


FOUND = {
    "huang": ["Huangpu"],
    "JING": ["Huangpu > Jinggang Lane", "Jing'an"],
    "kdr-001": ["Jing'an > Kangding Road > Gao"],
    "zhou": [
        "Huangpu > Jinggang Lane > Zhou Ming",
        "Huangpu > Jinggang Lane > Zhou Ming > Zhoujia lanes",
        "Jing'an > Jiangning Road > Zhou",
    ],
    "jgl-12": ["Huangpu > Jinggang Lane > Zhou Ming > Zhoujia lanes"],
    "7": ["Jing'an > Jiangning Road > Lin > Gate 3"],
    "白鹭": ["Huangpu > Jinggang Lane > Zhou Ming > Zhoujia lanes > 白鹭 14"],
    "ＨＥＲＯＮ　１００％": ["Huangpu > Jinggang Lane > Zhou Ming > Zhoujia lanes > Heron 100% sure"],
    "n_1": ["Huangpu > Jinggang Lane > Zhou Ming > Zhoujia lanes > heron_15"],
    "%": ["Huangpu > Jinggang Lane > Zhou Ming > Zhoujia lanes > Heron 100% sure"],
    "heron left": [],
    "guard": [],
    "m4": [],
    "unrouted": ["Unrouted", "Unrouted > Unrouted"],
    "": [],
    "  \t ": [],
    "nobody": [],
    "a\x00\udc80\u202eb": [],
}


@pytest.mark.parametrize("text", FOUND)
async def test_names_codes_and_pseudonyms_are_found_below_all_that_is_above_them(city: Desk, text: str) -> None:
    assert await seek(city, text) == FOUND[text]


async def test_all_pseudonyms_that_match_come_in_the_trees_order(city: Desk) -> None:
    assert [way.rpartition("> ")[2] for way in await seek(city, "heron")] == ["Heron 100% sure", "heron_15", "沪 heron"]


async def test_nothing_is_found_out_of_grant(city: Desk) -> None:
    found = await desk.find_branches(city.store, city.zhou, "n")
    assert {branch.station_id for path in found.paths for branch in path} == {None, 1}
    assert ways(await desk.find_branches(city.store, city.zhou, "heron")) == []
    assert ways(await desk.find_branches(city.store, city.zhou, "huang")) == []
    nowhere = replace(city.zhou, stations=frozenset())
    assert ways(await desk.find_branches(city.store, nowhere, "n")) == []


async def test_a_found_line_is_the_trees_own(city: Desk) -> None:
    (path,) = (await desk.find_branches(city.store, city.chen, "heron_")).paths
    parent: Branch | None = None
    for branch in path:
        assert branch in (await desk.branches(city.store, city.chen, parent)).children
        parent = branch


@pytest.mark.parametrize("most", [1, 3, 4])
async def test_no_more_than_asked_for(city: Desk, most: int) -> None:
    found = await desk.find_branches(city.store, city.chen, "zhou", most)
    assert len(found.paths) == min(most, 3)
    assert found.is_capped == (most < 3)


async def test_upper_levels_come_first_when_there_is_too_much(city: Desk) -> None:
    found = await desk.find_branches(city.store, city.chen, "h", 2)
    assert [path[-1].kind for path in found.paths] == [BranchKind.DISTRICT, BranchKind.OFFICER]
    assert found.is_capped


def test_what_is_looked_for_has_single_spaces_and_no_hidden_signs() -> None:
    assert plain("  a\u3000 b\n\x1b[31m\u202e ") == "a b [31m"


# ── pieces ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async def crowd(station: Desk) -> None:
    """A room of 5,000 and an officer of 1,000 rooms."""
    await add_members(
        station.store,
        [Member(1, n, 1, f"m{n}", MemberKind.RESIDENT, MemberState.ACTIVE, JOINED_AT) for n in range(6, BIG + 3)],
    )
    await add_places(
        station.store,
        districts=[],
        stations=[],
        officers=[],
        agencies=[],
        rooms=[Room(2, n, 3, n, f"KDR-{n}", f"Block {n}", "night watch") for n in range(2, WIDE + 1)],
    )


async def twigs(station: Desk, parent: Branch | None, start: int = 0, limit: int = 500) -> Twigs:
    return await desk.branches(station.store, station.chen, parent, start, limit)


async def test_pieces_of_a_crowd_have_one_total(station: Desk) -> None:
    await crowd(station)
    for start in (0, 500, 2_750, 4_990, 5_000, 6_000):
        piece = await twigs(station, ROOM, start)
        assert piece.total == BIG
        assert len(piece.children) == max(0, min(500, BIG - start))
    gao = Branch(BranchKind.OFFICER, 3, 2, "Gao", code="KDR-001")
    assert [len((await twigs(station, gao, start)).children) for start in (0, 500, 1_000)] == [500, 500, 0]
    assert {(await twigs(station, gao, start)).total for start in (0, 500, 1_000)} == {WIDE}


async def test_no_crowd_is_counted_to_show_a_piece_of_it(station: Desk) -> None:
    await crowd(station)
    said: list[str] = []

    def listen(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement.lower())

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        assert (await twigs(station, ROOM)).total == BIG
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert any("from member" in one for one in said)
    assert not any("count(" in one for one in said)


@pytest.mark.parametrize("kept", [0, 2, 99_999])
async def test_a_wrong_number_in_the_rooms_row_hides_nobody(station: Desk, kept: int) -> None:
    await station.store.write(lambda conn: conn.execute(update(t.room).where(t.room.c.id == 1).values(members=kept)))
    assert (await twigs(station, ROOM)).total == 3
    assert (await twigs(station, ROOM, 2, 2)).total == 3
    assert (await twigs(station, ROOM, 400)).total == 3
    assert (await twigs(station, ROOM, 0, 3)).total == max(kept, 3)
