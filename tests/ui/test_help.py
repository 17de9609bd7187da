"""Help at 80×24: nothing is cut, and the menu's keys are written as in README."""

from pathlib import Path

from console.ui import keys
from tests.ui.console_host import console
from tests.ui.small_station import settings_in


async def test_no_line_of_help_is_cut(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (80, 24)) as one:
        await one.press("question_mark")
        await one.sees("Mark or unmark")
        seen: list[str] = []
        page = one.app.screen.query_one("VerticalScroll")
        while True:
            seen += one.rows
            if page.scroll_y >= page.max_scroll_y:
                break
            at = page.scroll_y
            await one.press("space")
            await one.until(lambda at=at: page.scroll_y > at, "scrolled")  # type: ignore[misc]
        assert not [row for row in seen if "…" in row]
        assert any("i F4 then 1 " in row and "Investigate" in row for row in seen)
        words = " ".join(" ".join(seen).split())
        assert all(action.words.split()[0] in words for action in keys.actions_in("tip"))
