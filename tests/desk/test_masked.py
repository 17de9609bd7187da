"""Numbers in a tip's words on both engines: masked in lists, files, links and exports, and found whole."""

from __future__ import annotations

from dataclasses import replace

from console import desk
from console.model.incoming import NewTip
from console.model.officer import Officer
from console.model.query import parse_query
from console.model.tip import Tip
from console.model.view import View
from console.store import listing
from tests.desk.conftest import Desk
from tests.everybody import everything

PHONE, IDENTITY = "13800138000", "11010519491231002X"
WORDS = f"ring {PHONE}, id {IDENTITY}"


async def found(station: Desk, officer: Officer, words: str) -> list[str]:
    query = parse_query(words, now=station.store.now(), tz=station.store.now().tzinfo)  # type: ignore[arg-type]
    window = await desk.tip_window(station.store, officer, View((1,), query))
    return [f"{line.place}: {line.head}" for line in window.lines]


async def sent(station: Desk) -> Tip:
    tips = [NewTip(WORDS, "test", str(n), room="JNL-12", place=f"shop, {PHONE}") for n in (1, 2)]
    receipt = (await station.take(*tips))[-1]
    return (await desk.tip_file(station.store, station.zhou, receipt.station_id, receipt.id)).tip


async def test_a_full_number_finds_the_tip_and_is_not_shown(station: Desk) -> None:
    await sent(station)
    for words in (PHONE, IDENTITY, f"phone:{PHONE}", ""):
        lines = await found(station, station.zhou, words)
        assert lines == ["shop, •••••••8000: ring •••••••8000, id ••••••••••••••••2X"] * 2, words


async def test_the_file_and_its_links_are_masked(station: Desk) -> None:
    tip = await sent(station)
    file = await desk.tip_file(station.store, station.zhou, tip.station_id, tip.id)
    by_ref = await desk.tip_file_by_ref(station.store, station.zhou, tip.ref)
    for one in (file, by_ref):
        assert PHONE not in repr(one)
        assert IDENTITY not in repr(one)
        assert [(link.kind, link.shown, link.tips) for link in one.links] == [("phone", "•••••••8000", 2)]


async def test_what_a_script_reads_is_masked_too(station: Desk) -> None:
    await sent(station)
    reader = await everything(station.store)
    query = parse_query("", now=station.store.now(), tz=station.store.now().tzinfo)  # type: ignore[arg-type]
    now = station.store.now()
    tips, _ = await station.store.read(lambda conn: listing.page(conn, reader, View((1,), query), now, None, 10))
    assert len(tips) == 2
    assert PHONE not in repr(tips)


async def test_who_sees_numbers_sees_them_and_the_next_one_does_not(station: Desk) -> None:
    """Both read the same remembered lines."""
    tip = await sent(station)
    seeing = replace(station.zhou, sees_numbers=True)
    assert (await found(station, seeing, ""))[0].endswith(WORDS)
    assert PHONE not in (await found(station, station.zhou, ""))[0]
    assert (await found(station, seeing, ""))[0].endswith(WORDS)
    assert (await desk.tip_file(station.store, seeing, tip.station_id, tip.id)).tip.text == WORDS


async def test_a_step_keeps_the_words_whole(station: Desk) -> None:
    """The tip as it was seen, masked, is what a step is taken with."""
    tip = await sent(station)
    await desk.solve_tip(station.store, station.zhou, tip, "done")
    await desk.undo(station.store, station.zhou)
    seeing = replace(station.zhou, sees_numbers=True)
    after = (await desk.tip_file(station.store, seeing, tip.station_id, tip.id)).tip
    assert (after.text, after.place) == (WORDS, f"shop, {PHONE}")
