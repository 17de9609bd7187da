"""The detail pane under real keys: everything of a tip in words, its place kept, links chosen, hostile words shown."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from textual.app import ComposeResult

from console.model.change import Attachment, Event, EventKind, Link
from console.model.referral import Referral, ReferralState
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.model.view import TipFile
from console.paths import STYLES_DIR
from console.ui.widgets.tip_detail import TipDetail
from tests.ui.hosts import HOSTILE, SEEN, Host

ME, ANOTHER = 7, 8
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 18, 32, tzinfo=UTC)
ARRIVED = NOW - timedelta(minutes=19)

TIP = Tip(
    id=UUID(int=1),
    station_id=10,
    ref="JNL-1120-0042",
    source="room",
    source_key="1",
    status=Status.INVESTIGATING,
    urgency=Urgency.PRIORITY,
    category=Category.GAMBLING,
    text="楼道里有人聚众赌博，车牌沪A12345。They come every night after eleven.",
    received_at=ARRIVED,
    respond_by=ARRIVED + timedelta(hours=1),
    version=3,
    room_code="JNL-12",
    place="Weihai Rd 118",
    latitude=31.2304,
    longitude=121.4737,
    claimed_by=ME,
    claimed_code="JNL-007",
    has_reporter=True,
    reporter_kind="guard",
)


def event(kind: EventKind, to: Status, **more: Any) -> Event:
    before: dict[str, Any] = {"from_status": Status.NEW, "officer_code": "JNL-007", "officer_id": ME} | more
    return Event(10, 1, TIP.id, kind, ARRIVED, to_status=to, version=1, **before)


FILE = TipFile(
    tip=TIP,
    history=(
        event(EventKind.RECEIVED, Status.NEW, from_status=None, officer_code=None, officer_id=None),
        event(EventKind.INVESTIGATING, Status.INVESTIGATING, why="looks like last week's"),
        event(EventKind.REFERRED, Status.REFERRED, about="Fire brigade", undone=True),
    ),
    links=(Link("plate", "沪A12345", "沪A12345", 3, ("JNL-1119-0007", "JNL-1101-0003")),),
    attachments=(Attachment(1, "stairs.jpg", "image/jpeg", 319_488, "0" * 64),),
    referrals=(Referral(10, TIP.id, 1, 5, "Fire brigade", ReferralState.WITHDRAWN, "please look", ARRIVED),),
    duplicates=("JNL-1120-0050",),
)


class DetailHost(Host):
    CSS_PATH = STYLES_DIR / "tip_detail.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.time = NOW
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield TipDetail()

    @property
    def pane(self) -> TipDetail:
        return self.query_one(TipDetail)

    def show(self, file: TipFile | None) -> None:
        self.pane.show(file, me=ME, zone=ZONE, now=lambda: self.time)

    def on_tip_detail_link_chosen(self, message: TipDetail.LinkChosen) -> None:
        self.chosen.append(message.ref)


def shown(pane: TipDetail) -> list[str]:
    return [pane.render_line(y).text.rstrip() for y in range(pane.scrollable_content_region.height)]


async def lines_of(file: TipFile, size: tuple[int, int] = (80, 40)) -> list[str]:
    app = DetailHost()
    async with app.run_test(size=size) as pilot:
        app.show(file)
        await pilot.pause()
        return shown(app.pane)


@pytest.mark.parametrize("size", [(80, 40), (120, 40)])
async def test_says_all_about_the_tip_in_words(size: tuple[int, int]) -> None:
    lines = await lines_of(FILE, size)
    assert lines[:6] == [
        "◐ investigating · claimed by you",
        "02:13 2026-11-21 · 19 min ago · room JNL-12 · guard (sealed)",
        "respond by 03:13 (41 min)",
        "P priority · gambling · Weihai Rd 118",
        "31.23040, 121.47370 as told",
        "1 duplicate:  JNL-1120-0050",
    ]
    assert "stairs.jpg · image/jpeg · 312 KiB · sealed file" in lines
    assert "plate 沪A12345 in 3 tips:  JNL-1119-0007  JNL-1101-0003" in lines
    assert "Fire brigade · withdrawn · 02:13" in lines
    assert "02:13 · intake · received" in lines
    assert "02:13 · JNL-007 · new → investigating" in lines
    assert "  looks like last week's" in lines
    assert "02:13 · JNL-007 · new → referred to Fire brigade (taken back)" in lines


async def test_says_what_only_some_tips_have() -> None:
    tip = replace(
        TIP,
        claimed_by=ANOTHER,
        claimed_code="JNL-008",
        urgency=Urgency.ALARM,
        encoding_guessed=True,
        unrouted_name="XYZ",
        duplicate_of="JNL-1120-0001",
        reported_at=ARRIVED - timedelta(hours=3),
        answers="B-7",
        respond_by=NOW - timedelta(minutes=12),
    )
    lines = await lines_of(replace(FILE, tip=tip))
    assert lines[0] == "◐ investigating · claimed by JNL-008 · alarm, not acknowledged"
    assert lines[2] == "respond by 02:20: overdue by 12 min"
    for sentence in (
        "encoding guessed: some words may be wrong",
        "named an unknown room or station: XYZ",
        "duplicate of  JNL-1120-0001",
        "sent 2026-11-20 23:13 by the sender's clock",
        "answers bulletin B-7",
    ):
        assert sentence in lines


async def test_an_ended_tip_has_no_clock_but_an_end() -> None:
    tip = replace(TIP, status=Status.CLOSED, close_reason=CloseReason.NOT_POLICE_MATTER, outcome="told them")
    lines = await lines_of(replace(FILE, tip=tip))
    assert lines[0].startswith("× closed")
    assert not any("respond by" in line for line in lines)
    assert "closed: not a police matter" in lines
    assert "outcome: told them" in lines


async def test_a_first_step_taken_late_says_so() -> None:
    tip = replace(TIP, responded_at=TIP.respond_by + timedelta(minutes=5))
    assert "responded 03:18, 5 min late" in await lines_of(replace(FILE, tip=tip))


async def test_no_tip_says_what_to_press() -> None:
    app = DetailHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "l", "enter", "G")
        assert shown(app.pane)[0] == "No tip chosen. j/k moves in the list."
        app.show(FILE)
        app.show(None)
        await pilot.pause()
        assert shown(app.pane)[0] == "No tip chosen. j/k moves in the list."
        assert app.chosen == []


async def test_the_same_tip_keeps_its_place_and_another_starts_at_the_top() -> None:
    app = DetailHost()
    long = replace(FILE, tip=replace(TIP, text="\n".join(f"line {n}" for n in range(300))))
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(long)
        await pilot.pause()
        await pilot.press("j", "pagedown", "ctrl+d")
        top = shown(app.pane)[0]
        assert top == f"line {1 + 22 + 11 - 7}", "seven lines stand above the words"
        app.show(replace(long, tip=replace(long.tip, version=4, place="Weihai Rd 120")))
        await pilot.pause()
        assert shown(app.pane)[0] == top
        app.show(replace(long, tip=replace(long.tip, id=UUID(int=2))))
        await pilot.pause()
        assert shown(app.pane)[0].startswith("◐ investigating")
        await pilot.press("G")
        assert shown(app.pane)[-1].startswith("02:13 · JNL-007 · new → referred")
        await pilot.press("g")
        assert shown(app.pane)[0].startswith("◐ investigating")


async def test_a_long_page_is_as_wide_as_a_short_one() -> None:
    """A bar that comes and goes would lay out the screen and wrap the words twice (8 ms) at a step in the list."""
    app = DetailHost()
    async with app.run_test(size=(80, 40)) as pilot:
        app.show(FILE)
        await pilot.pause()
        width, no_bar = app.pane.scrollable_content_region.width, app.pane.max_scroll_y
        app.show(replace(FILE, tip=replace(TIP, text="\n".join(f"line {n}" for n in range(300)))))
        await pilot.pause()
        assert (app.pane.scrollable_content_region.width, no_bar) == (width, 0)
        assert app.pane.max_scroll_y > 200


@pytest.mark.parametrize("lines", [1, 60])
async def test_a_page_that_gets_shorter_below_the_reader_still_shows_words(lines: int) -> None:
    """A tip is erased, or its words are hidden, while somebody reads far down in it."""
    app = DetailHost()
    async with app.run_test(size=(80, 40)) as pilot:
        app.show(replace(FILE, tip=replace(TIP, text="\n".join(f"line {n}" for n in range(300)))))
        await pilot.pause()
        await pilot.press("G")
        app.show(replace(FILE, tip=replace(TIP, text="\n".join(f"line {n}" for n in range(lines)))))
        await pilot.pause()
        assert app.pane.scroll_offset.y == app.pane.max_scroll_y
        assert shown(app.pane)[-1].strip() or lines == 1
        assert any(f"line {lines - 1}" in row for row in shown(app.pane))


async def test_links_are_walked_and_chosen() -> None:
    app = DetailHost()
    async with app.run_test(size=(80, 40)) as pilot:
        app.show(FILE)
        await pilot.press("enter")
        assert app.chosen == []
        await pilot.press("l", "enter", "right", "enter", "l", "l", "enter", "h", "enter")
        assert app.chosen == ["JNL-1120-0050", "JNL-1119-0007", "JNL-1101-0003", "JNL-1119-0007"]


async def test_a_link_out_of_view_is_not_opened() -> None:
    app = DetailHost()
    long = replace(FILE, tip=replace(TIP, text="\n" * 100))
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(long)
        await pilot.press("l")
        assert app.pane.link == "JNL-1120-0050"
        await pilot.press("pagedown", "enter")
        assert app.chosen == []
        await pilot.press("l", "enter")
        assert app.chosen == ["JNL-1119-0007"]


async def test_a_click_opens_the_link_under_it() -> None:
    app = DetailHost()
    async with app.run_test(size=(80, 40)) as pilot:
        app.show(FILE)
        await pilot.pause()
        await pilot.click(TipDetail, offset=(18, 6))
        assert app.chosen == ["JNL-1120-0050"]


async def test_the_minutes_go_on_and_only_their_lines_change() -> None:
    app = DetailHost()
    async with app.run_test(size=(80, 40)) as pilot:
        app.show(FILE)
        await pilot.pause()
        before = shown(app.pane)
        app.time += timedelta(minutes=42)
        app.pane._lay_out()
        after = shown(app.pane)
        assert [y for y, line in enumerate(after) if line != before[y]] == [1, 2]
        assert after[1].startswith("02:13 2026-11-21 · 1 h 1 min ago")
        assert after[2] == "respond by 03:13: overdue by 1 min"


async def test_ten_megabytes_paint_at_once_and_scroll() -> None:
    app = DetailHost()
    huge = replace(FILE, tip=replace(TIP, text="赌博 " * 2_500_000))
    async with app.run_test(size=(80, 24)) as pilot:
        started = time.process_time()
        app.show(huge)
        await pilot.pause()
        assert "赌博" in shown(app.pane)[8]
        assert time.process_time() - started < 2
        await pilot.press("G")
        assert "taken back" in shown(app.pane)[-1]


HOSTILE_FILE = TipFile(
    tip=replace(
        TIP,
        ref=HOSTILE,
        text=HOSTILE,
        place=HOSTILE,
        room_code=HOSTILE,
        claimed_by=ANOTHER,
        claimed_code=HOSTILE,
        reporter_kind=HOSTILE,
        unrouted_name=HOSTILE,
        answers=HOSTILE,
        outcome=HOSTILE,
        duplicate_of=HOSTILE,
    ),
    history=(
        event(EventKind.REFERRED, Status.REFERRED, about=HOSTILE, why=HOSTILE, officer_code=HOSTILE),
        *(event(kind, Status.NEW, about=HOSTILE) for kind in EventKind),
    ),
    links=(Link(HOSTILE, HOSTILE, HOSTILE, 2, (HOSTILE,)), Link("plate", HOSTILE, HOSTILE, 2, (HOSTILE,))),
    attachments=(Attachment(1, HOSTILE, HOSTILE, 1, "0"),),
    referrals=(Referral(10, TIP.id, 1, 5, HOSTILE, ReferralState.SENT, HOSTILE, ARRIVED),),
    duplicates=(HOSTILE,),
)
"""Hostile words in every place of a file where outside words can stand."""


@pytest.mark.parametrize("size", [(80, 60), (120, 40), (24, 120)])
async def test_hostile_words_anywhere_are_shown_and_do_nothing(size: tuple[int, int]) -> None:
    app = DetailHost()
    async with app.run_test(size=size) as pilot:
        app.show(HOSTILE_FILE)
        await pilot.pause()
        lines = shown(app.pane)
        everything = "\n".join(lines)
        assert "\x1b" not in everything
        assert "\u202e" not in everything
        assert all(cell_len(line) <= app.pane.scrollable_content_region.width for line in lines)
        if size[0] >= 80:
            assert everything.count(SEEN) > 15
        for y in range(1, 16):
            app.pane.scroll_to(y=0, animate=False)
            await pilot.click(TipDetail, offset=(6, y))
        assert app.is_running
        assert all(ref == HOSTILE for ref in app.chosen)
