"""What an officer looks at is written down: searches with hashed terms, other stations, tips of other stations; once
each, and never in the way of what is shown."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from console import desk
from console.desk import audit
from console.errors import OutOfGrant
from console.model.audit_log import Asked, AuditLine
from console.model.incoming import NewTip
from console.model.officer import Officer
from console.store import Store
from console.ui.screens import written
from tests.passwords import PASSWORD
from tests.ui.console_host import Console, console
from tests.ui.small_station import CHEN, TIPS, settings_in
from tests.ui.test_presence import Late, take_over
from tests.until import until

FOREIGN = NewTip(text="Somebody paints over the door plates.", source="x", source_key="9", station="CJD")


@pytest.fixture
async def chen(tmp_path: Path) -> AsyncIterator[Console]:
    """A supervisor of both stations, whose home is JNL."""
    async with console(settings_in(tmp_path, officer="JNL-001"), (200, 60), (FOREIGN, *TIPS)) as one:
        yield one


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(settings_in(tmp_path), (80, 24)) as one:
        yield one


async def entries(one: Console, action: str) -> list[AuditLine]:
    page = await audit.read(one.other, await audit.operator(one.other), Asked(action=action))
    return list(page.lines)


async def has(one: Console, action: str, many: int) -> list[AuditLine]:
    async def is_there() -> bool:
        return len(await entries(one, action)) >= many

    await until(is_there, patience_s=15)
    found = await entries(one, action)
    assert len(found) == many
    return found


async def test_a_finished_search_is_one_entry_with_hashed_terms(chen: Console) -> None:
    await chen.press("slash", *"沪A12345 status:new", "enter")
    await chen.sees("2 tips")
    (line,) = await has(chen, "desk.searched", 1)
    told = json.loads(line.about or "")
    assert (line.station, line.officer) == ("JNL", "JNL-001")
    assert told["asked"] == "status:new"
    assert re.fullmatch("[0-9a-f]{16}", told.pop("terms"))
    assert "12345" not in json.dumps(told)
    await chen.press("slash", "enter")
    await chen.press("slash", *[" "], *"sofa", "escape")
    found = await has(chen, "desk.searched", 2)
    plate = chen.vault.contact_index("search\0沪a12345").hex()[:16]
    terms = [json.loads(one.about or "")["terms"].split() for one in found]
    assert [len(one) for one in terms] == [2, 1]
    assert all(plate in one for one in terms)


async def test_another_station_and_its_tips_are_entries(chen: Console) -> None:
    await chen.press("right_square_bracket")
    await chen.sees("paints over")
    (switch,) = await has(chen, "desk.station-switched", 1)
    assert (switch.station, json.loads(switch.about or "")) == ("JNL", {"stations": "CJD"})
    (opened,) = await has(chen, "tip.read", 1)
    assert (opened.station, opened.officer, opened.tip) == ("CJD", "JNL-001", "CJD-1121-0001")
    assert opened.version_before == opened.version_after == 1
    await chen.press("f5")
    await chen.press("left_square_bracket")
    await chen.sees("Loud music")
    await has(chen, "desk.station-switched", 2)
    assert len(await entries(chen, "tip.read")) == 1


async def test_one_s_own_station_is_no_entry(wide: Console) -> None:
    await wide.press("down", "down", "up")
    await wide.sees("sofa blocks")
    await wide.press("slash", *"sofa", "enter")
    await has(wide, "desk.searched", 1)
    assert await entries(wide, "tip.read") == []


# ── searches that nobody finishes ────────────────────────────────────────────────────────────────────────────────────
async def terms(one: Console, many: int = 1) -> list[int]:
    """How many words each search had that is written down, the last one first, when these many are."""
    return [len(json.loads(line.about or "")["terms"].split()) for line in await has(one, "desk.searched", many)]


async def test_a_search_taken_back_letter_by_letter_is_one_entry(narrow: Console) -> None:
    await narrow.press("slash", *"sofa")
    await narrow.sees("1 tip")
    for _ in range(4):
        await narrow.press("backspace")
        await narrow.until(lambda: narrow.app.desk_screen.found is not None, "answered")
    await narrow.press("escape")
    await narrow.sees("Loud music")
    assert await terms(narrow) == [1]


async def test_another_search_after_it_is_another_entry(narrow: Console) -> None:
    """And what stood there for a while, though it is typed on."""
    await narrow.press("slash", *"sofa")
    await narrow.sees("1 tip")
    narrow.clock.move(seconds=2)
    await narrow.press("space", *"fire")
    await narrow.until(lambda: narrow.app.desk_screen.found == (1, False), "both words")
    await narrow.press("enter")
    assert await terms(narrow, 2) == [2, 1]


async def test_a_search_that_is_left_by_leaving_is_an_entry(narrow: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "_END_S", 60.0)
    await narrow.press("slash", *"sofa")
    await narrow.sees("1 tip")
    await narrow.press("ctrl+q", "y")
    await until(lambda: not narrow.app.is_running, patience_s=15)
    assert await terms(narrow) == [1]


async def test_a_search_that_is_locked_and_taken_over_is_an_entry_of_who_searched(narrow: Console) -> None:
    await narrow.press("slash", *"sofa")
    await narrow.sees("1 tip")
    await narrow.press("ctrl+l")
    assert await terms(narrow) == [1]
    await take_over(narrow)
    await narrow.sees("● live")
    (line,) = await has(narrow, "desk.searched", 1)
    assert line.officer == "JNL-007"


# ── a locked desk ────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_locked_desk_reads_no_tip_by_itself(tmp_path: Path) -> None:
    """Somebody ends the tip under the cursor, and another one comes to lie there."""
    more = NewTip(text="Somebody paints over the gate too.", source="x", source_key="10", station="CJD")
    async with console(settings_in(tmp_path, officer="JNL-001"), (120, 40), (FOREIGN, more, *TIPS)) as one:
        await one.press("right_square_bracket")
        await one.sees("paints over the gate")
        await has(one, "tip.read", 1)
        await one.press("ctrl+l")
        await one.sees("Locked")
        tip = (await desk.tip_file_by_ref(one.other, CHEN, "CJD-1121-0002")).tip
        await desk.solve_tip(one.other, CHEN, tip, "done")
        await one.sees("1 open")
        await one.until(lambda: one.line.head.startswith("Somebody paints over the door"), "the other tip")
        assert one.line.unseen
        assert len(await entries(one, "tip.read")) == 1
        await one.press(*PASSWORD, "enter")
        await one.sees("paints over the door plates")
        await has(one, "tip.read", 2)
        await one.until(lambda: not one.line.unseen, "seen")


async def test_a_file_that_comes_when_another_list_is_wanted_is_neither_shown_nor_read(
    narrow: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not seen stays unread."""
    late = Late(monkeypatch, "tip_file", desk)
    seen: list[tuple[int, UUID]] = []

    async def mark_seen(store: Store, officer: Officer, tips: Sequence[tuple[int, UUID]]) -> None:
        seen.extend(tips)

    await narrow.press("enter", "j")
    await late.answered.wait()
    monkeypatch.setattr(desk, "mark_seen", mark_seen)
    narrow.app.desk_screen.list_anew()
    late.go.set()
    await narrow.sees("● live")
    await narrow.until(lambda: bool(seen), "a tip is read")
    assert seen == [(narrow.line.station_id, narrow.line.id)]


async def test_a_grant_that_ends_before_a_tip_is_marked_read_ends_no_console(
    narrow: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def refused(store: Store, officer: Officer, tips: Sequence[tuple[int, UUID]]) -> None:
        asked.set()
        raise OutOfGrant("There is no such tip.", officer, tips[0][0], tips[0][1])

    monkeypatch.setattr(desk, "mark_seen", refused)
    await narrow.press("j", "enter")
    await asked.wait()
    await narrow.press("escape", "k")
    assert narrow.app.is_running
