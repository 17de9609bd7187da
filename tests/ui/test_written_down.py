"""What an officer looks at is written down: searches with hashed terms, other stations, tips of other stations; once
each, and never in the way of what is shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from console.desk import audit
from console.model.audit_log import Asked, AuditLine
from console.model.incoming import NewTip
from tests.ui.console_host import Console, console
from tests.ui.small_station import TIPS, settings_in
from tests.until import until

FOREIGN = NewTip(text="Somebody paints over the door plates.", source="x", source_key="9", station="CJD")


@pytest.fixture
async def chen(tmp_path: Path) -> AsyncIterator[Console]:
    """A supervisor of both stations, whose home is JNL."""
    async with console(settings_in(tmp_path, officer="JNL-001"), (200, 60), (FOREIGN, *TIPS)) as one:
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
    assert len(told["terms"]) == 16
    assert "12345" not in line.about  # type: ignore[operator]
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
