"""Tips coming in: exactly once, to the right station, numbered without gaps, sealed, searchable at once; on both
engines."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Select, select

from console import desk
from console.desk.receiving import make_ready, receive_arrivals
from console.model.incoming import NewAttachment, NewReporter, NewTip
from console.model.query import parse_query
from console.model.view import View
from console.store import tables as t
from tests.desk.conftest import Desk
from tests.desk.test_tips import counters_hold

TIP = NewTip("楼道里有人聚众赌博，车牌沪A12345", "folder", "1", room="JNL-12")


async def found(station: Desk, words: str) -> list[str]:
    query = parse_query(words, now=station.store.now(), tz=UTC)
    view = View((0, 1, 2), query, ended_too=True)
    return [line.ref for line in (await desk.tip_window(station.store, station.chen, view)).lines]


async def test_one_tip_is_searchable_and_counted(station: Desk) -> None:
    (receipt,) = await station.take(TIP)
    assert (receipt.station_id, receipt.duplicate, receipt.unrouted) == (1, False, False)
    tip = await station.tip(receipt)
    assert (tip.text, tip.room_code, tip.version) == (TIP.text, "JNL-12", 1)
    for words in ("赌博", "A1234", "沪A·12345", "plate:12345", receipt.ref, "room:12", "room:jnl-12"):
        assert await found(station, words) == [receipt.ref], words
    for words in ("博赌", "A54321", "plate:99", "-赌博", "room:7"):
        assert await found(station, words) == [], words
    await counters_hold(station.store)


async def test_delivered_twice_is_one_tip(station: Desk) -> None:
    (first,) = await station.take(TIP)
    again, other_station = await station.take(TIP, replace(TIP, room=None, station="KDR"))
    assert (again.ref, again.duplicate) == (first.ref, True)
    assert (other_station.id, other_station.duplicate) == (first.id, True)
    twins = await station.take(replace(TIP, source_key="2"), replace(TIP, source_key="2"))
    assert [twin.duplicate for twin in twins] == [False, True]
    assert twins[0].ref == twins[1].ref
    await counters_hold(station.store)


RICH = NewTip(
    'Zoë said "C:\\\\temp\\n{}" \t%s\n车牌沪A12345 🚲 \u2028 \\x00 ?',
    "folder",
    "rich",
    room="JNL-12",
    reported_at=datetime(2026, 11, 20, 8, 30, 0, 123456, tzinfo=UTC),
    place="Weihai Rd 118",
    latitude=31.230400000000003,
    longitude=-0.1,
    reporter=NewReporter("张某", "13900001234", "guard"),
    answers="B-1",
    attachments=(NewAttachment('a "b".jpg', "image/jpeg", 2**40, "0" * 64),),
    encoding_guessed=True,
)


def _rows_of(queries: list[Select[Any]], conn: Connection) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in conn.execute(query)] for query in queries]


async def test_a_tip_among_many_is_kept_as_one_that_came_alone(station: Desk) -> None:
    """PostgreSQL gets many rows in another form than few."""
    (alone,) = await station.take(RICH)
    receipts = await station.take(*(replace(RICH, source_key=str(n)) for n in range(12)))
    tip_ids = [receipt.id for receipt in (alone, *receipts)]
    own = {"n", "id", "tip_id", "ref", "source_key", "folded", "received_at", "respond_by", "seq", "at"}
    for table in (t.tip, t.tip_event, t.observable, t.attachment):
        of = table.c.id if table is t.tip else table.c.tip_id
        columns = [column for column in table.c if column.name not in own]
        rows = await station.store.read(
            partial(_rows_of, [select(*columns).where(of == one).order_by(*columns) for one in tip_ids])
        )
        assert rows[0], table.name
        assert rows.count(rows[0]) == 13, table.name
    sealed = await station.store.read(lambda conn: conn.execute(select(t.reporter)).all())
    opened = [station.vault.open_reporter(row.tip_id, row.station_id, row.sealed) for row in sealed]
    assert [(one.name, one.contact) for one in opened] == [("张某", "13900001234")] * 13
    assert len({row.contact_index for row in sealed}) == 1
    await counters_hold(station.store)


async def test_two_intakes_at_once_make_one_tip(station: Desk) -> None:
    batches = [[replace(TIP, source_key=str(n)) for n in range(20)] for _ in range(4)]
    answers = await asyncio.gather(*(station.take(*batch) for batch in batches))
    assert len({receipt.id for receipts in answers for receipt in receipts}) == 20
    assert sum(not receipt.duplicate for receipts in answers for receipt in receipts) == 20
    await counters_hold(station.store)


@pytest.mark.parametrize(
    "room, where, named",
    [
        ("nowhere", None, "nowhere"),
        (None, "XXX", "XXX"),
        ("JNL-12", "KDR", "KDR/JNL-12"),
        ("UNR-1", "UNR", "UNR/UNR-1"),
        (None, "UNR", "UNR"),
    ],
)
async def test_unknown_places_go_to_the_unrouted_lane(
    station: Desk, room: str | None, where: str | None, named: str
) -> None:
    (receipt,) = await station.take(replace(TIP, room=room, station=where))
    assert (receipt.station_id, receipt.unrouted) == (0, True)
    assert (await station.tip(receipt)).unrouted_name == named
    assert (await desk.counts(station.store, station.chen, [0]))[0].new == 1
    assert await desk.counts(station.store, station.zhou, [0]) == {}


async def test_refs_are_the_days_numbers_of_the_station(station: Desk) -> None:
    """Local midnight in Shanghai is 16:00 UTC; a clock set back goes on with the newer day's numbers."""
    times = ["2026-11-20T15:59:00", "2026-11-20T16:01:00", "2026-11-20T16:02:00", "2026-11-20T15:00:00"]
    refs = []
    for n, time in enumerate(times):
        at = datetime.fromisoformat(time).replace(tzinfo=UTC)
        arrival = make_ready(replace(TIP, source_key=str(n)), at)
        (receipt,) = await receive_arrivals(station.store, station.vault, [arrival])
        refs.append(receipt.ref)
    assert refs == ["JNL-1120-0001", "JNL-1121-0001", "JNL-1121-0002", "JNL-1121-0003"]


async def test_a_batch_over_stations_and_days_keeps_its_order(station: Desk) -> None:
    rooms = ["JNL-12", "KDR-1", "nowhere"]
    tips = [replace(TIP, source_key=str(n), room=rooms[n % 3]) for n in range(30)]
    receipts = await station.take(*tips)
    assert [receipt.station_id for receipt in receipts] == [1, 2, 0] * 10
    for station_id, code in ((1, "JNL"), (2, "KDR"), (0, "UNR")):
        mine = [receipt.ref for receipt in receipts if receipt.station_id == station_id]
        assert mine == sorted(mine)
        assert {ref.split("-")[0] for ref in mine} == {code}
    await counters_hold(station.store)


async def test_the_reporter_is_sealed(station: Desk) -> None:
    reporter = NewReporter("Planted Name", "13900001234", "guard")
    (receipt,) = await station.take(replace(TIP, reporter=reporter))
    rows = await station.store.read(lambda conn: conn.execute(select(t.reporter)).all())
    assert len(rows) == 1
    sealed = bytes(rows[0].sealed)
    assert b"Planted" not in sealed
    opened = station.vault.open_reporter(receipt.id, 1, sealed)
    assert (opened.name, opened.contact) == ("Planted Name", "13900001234")
    tip = await station.tip(receipt)
    assert (tip.has_reporter, tip.reporter_kind) == (True, "guard")
    assert "Planted" not in repr(tip)


async def test_attachments_are_listed(station: Desk) -> None:
    photo = NewAttachment("楼道.jpg", "image/jpeg", 1234, "a" * 64)
    (receipt,) = await station.take(replace(TIP, attachments=(photo,)))
    file = await desk.tip_file(station.store, station.chen, 1, receipt.id)
    assert [(one.label, one.size, one.sha256) for one in file.attachments] == [("楼道.jpg", 1234, "a" * 64)]
    assert file.tip.attachments == 1


async def test_links_say_why(station: Desk) -> None:
    first, second, other = await station.take(
        TIP, replace(TIP, text="沪A·12345 又来了", source_key="2"), replace(TIP, room="KDR-1", source_key="3")
    )
    file = await desk.tip_file(station.store, station.zhou, 1, first.id)
    plates = [link for link in file.links if link.kind == "plate"]
    assert [(link.tips, link.refs) for link in plates] == [(2, (second.ref,))]
    assert other.ref not in plates[0].refs


async def test_a_long_tip_without_spaces_is_taken_quickly_enough(station: Desk) -> None:
    (receipt,) = await station.take(replace(TIP, text="赌" * 19_990 + "博车牌沪A12345"))
    assert await found(station, "赌博") == [receipt.ref]


async def test_one_feed_over_stations_is_in_the_order_of_arrival(station: Desk) -> None:
    rooms = ["KDR-1", "JNL-12", "nowhere"]
    receipts = await station.take(*(replace(TIP, source_key=str(n), room=rooms[n % 3]) for n in range(12)))
    assert await found(station, "赌博") == [receipt.ref for receipt in reversed(receipts)]
    assert await found(station, "") == [receipt.ref for receipt in reversed(receipts)]
