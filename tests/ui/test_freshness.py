"""When the desk screen reads anew: at once for a key, after a pause for what comes in."""

from __future__ import annotations

import asyncio

import pytest

from console.ui.screens import freshness
from console.ui.screens.freshness import Freshness, Part
from tests.until import until

HOUR_S = 3600.0


@pytest.mark.parametrize("pause, away", [("AWAY_PAUSE_S", True), ("QUIET_PAUSE_S", False)])
async def test_news_waits_for_the_pause_and_a_key_does_not(
    monkeypatch: pytest.MonkeyPatch, pause: str, away: bool
) -> None:
    monkeypatch.setattr(freshness, pause, HOUR_S)
    read: list[Part] = []

    async def note(parts: Part) -> None:
        read.append(parts)

    one = Freshness(note, lambda events: Part.WINDOW, lambda: away)
    keeping = asyncio.create_task(one.keep())
    one.ask(Part.COUNTS)
    await until(lambda: read == [Part.COUNTS])
    one.ask(Part.WINDOW)
    for _ in range(20):
        await asyncio.sleep(0)
    assert read == [Part.COUNTS]
    one.ask(Part.DETAIL, hurry=True)
    await until(lambda: len(read) == 2)
    assert read[1] == Part.WINDOW | Part.DETAIL
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
