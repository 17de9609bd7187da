"""What comes in and where the cursor goes changes words, not places: the screen is not laid out anew for it."""

from __future__ import annotations

from typing import Any

import pytest
from textual.screen import Screen

from tests.ui.console_host import Console


async def test_moving_on_lays_nothing_out(wide: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    await wide.press("j", "k")
    await wide.until(lambda: wide.app.desk_screen.detail.file is not None, "a tip is read")
    await wide.pilot.pause()
    laid_out: list[str] = []
    lay_out = Screen._refresh_layout

    def noted(screen: Screen[object], *given: Any, **named: Any) -> None:
        laid_out.append(type(screen).__name__)
        lay_out(screen, *given, **named)

    monkeypatch.setattr(Screen, "_refresh_layout", noted)
    status = wide.app.desk_screen.status_line
    for number in range(3):
        status.standing = f"{number} open tips"
        await wide.pilot.pause()
        assert wide.shows(f"{number} open tips")
    assert laid_out == []
    detail = wide.app.desk_screen.detail
    before = detail.file
    await wide.press("j")
    await wide.until(lambda: detail.file is not before, "another tip is read")
    await wide.pilot.pause()
    assert laid_out == []
