"""The console on a terminal that is much too small: nothing breaks, and health and alarms are the last to go."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from rich.cells import cell_len

from console.ui.widgets.desk_header import DeskState, Health, Intake, parts_of
from console.ui.widgets.part_line import Part, words_for
from tests.ui.console_host import Console
from tests.ui.feed_host import NOW

FULL = DeskState(
    station_code="JNL",
    station_name="江宁路派出所",
    shift="night 20:00–08:00",
    officer="Zhou Yaping (duty)",
    since=NOW - timedelta(minutes=14),
    intake_per_minute=1200,
    rejected=1234,
    alarms=12,
    open_tips=1138,
    banner="DEMO",
)


@pytest.mark.parametrize("health, intake", list(product(Health, Intake)))
def test_the_header_fits_every_width(health: Health, intake: Intake) -> None:
    state = replace(FULL, health=health, intake=intake)
    left, right = parts_of(state, NOW)
    for width in range(-2, 301):
        shown = [one for one in words_for((*left, *right), width) if one]
        assert sum(map(cell_len, shown)) + 2 * max(len(shown) - 1, 0) <= max(width, 0)


def test_what_is_wanted_most_goes_last() -> None:
    parts = (Part(("first", ""), 1), Part(("second",), 2), Part(("third",), 3))
    assert words_for(parts, 20) == ["first", "second", "third"]
    assert words_for(parts, 19) == ["", "second", "third"]
    assert words_for(parts, 10) == ["", "se…", "third"]
    assert words_for(parts, 5) == ["", "", "third"]
    assert words_for(parts, 3) == ["", "", "th…"]
    assert words_for(parts, 0) == ["", "", ""]


async def test_the_console_outlives_any_size(wide: Console) -> None:
    for size in ((58, 24), (20, 6), (10, 3), (1, 1), (2, 50), (300, 1)):
        await wide.pilot.resize_terminal(*size)
        await wide.pilot.pause()
        await wide.press("j", "enter", "slash", "a", "escape", "question_mark", "j", "escape", "s", "escape", "3", "1")
    await wide.pilot.resize_terminal(120, 40)
    await wide.sees("● live")
    await wide.sees("Loud music")
