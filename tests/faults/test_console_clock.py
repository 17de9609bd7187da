"""The console while the machine's clock jumps, forth and back, by minutes and by years: headless, as its clock is
handed to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from console import desk
from console.model.incoming import NewTip
from tests.ui.console_host import console
from tests.ui.small_station import settings_in

JUMPS_S = (3600.0, -7200.0, 86_400.0 * 400, -86_400.0 * 800, 0.5, -0.5)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_the_clock_jumps(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(settings_in(tmp_path), size) as one:
        for number, jump_s in enumerate(JUMPS_S):
            one.clock.move(seconds=jump_s)
            words = f"after jump {number}"
            await desk.receive_tips(one.other, one.vault, [NewTip(words, "x", f"jump {number}", room="JNL-12")])
            await one.sees(words)
            local = one.clock.at.astimezone(one.app.desk_screen.sight.zone)
            await one.sees(f"{local:%H:%M}")
            await one.sees("● live")
            await one.press("j", "2", "1", "f5", "g")
        await one.press("i")
        await one.sees("◐")
