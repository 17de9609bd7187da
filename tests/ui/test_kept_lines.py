"""Lines that are kept from frame to frame: they change when the widget does, and are drawn once when it does not."""

from __future__ import annotations

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from console.ui.widgets.kept_lines import KeptLines


class Lines(KeptLines):
    """Draws its words on every line and counts what it was asked for."""

    words = "first"
    drawn = 0
    asked = 0

    def before_lines(self) -> None:
        self.asked += 1

    def render_line(self, y: int) -> Strip:
        self.drawn += 1
        return Strip([Segment(f"{self.words} {y}")]).adjust_cell_length(self.size.width)


class Host(App[None]):
    CSS = "Lines { height: 4; border: round red; }"

    def compose(self) -> ComposeResult:
        yield Lines()


def words_of(lines: Lines) -> list[str]:
    return [strip.text for strip in lines.render_lines(Region(0, 0, lines.outer_size.width, lines.outer_size.height))]


async def test_lines_are_drawn_once_while_nothing_changes() -> None:
    async with Host().run_test(size=(20, 8)) as pilot:
        lines = pilot.app.screen.query_one(Lines)
        before = words_of(lines)
        drawn, asked = lines.drawn, lines.asked
        assert words_of(lines) == before
        assert (lines.drawn, lines.asked) == (drawn, asked)
        assert "first 1" in before[2]


async def test_a_refresh_of_one_line_and_of_all_is_seen() -> None:
    async with Host().run_test(size=(20, 8)) as pilot:
        lines = pilot.app.screen.query_one(Lines)
        words_of(lines)
        lines.words = "second"
        lines.refresh(Region(0, 1, lines.size.width, 1))
        seen = words_of(lines)
        assert "second 1" in seen[2]
        assert "first 0" in seen[1]
        lines.refresh()
        assert "second 0" in words_of(lines)[1]


async def test_a_title_and_a_size_are_seen() -> None:
    async with Host().run_test(size=(20, 8)) as pilot:
        lines = pilot.app.screen.query_one(Lines)
        words_of(lines)
        lines.border_title = "Tips"
        assert "Tips" in words_of(lines)[0]
        lines.styles.height = 6
        await pilot.pause()
        assert len(words_of(lines)) == 6
        lines.styles.border = ("round", "blue")
        await pilot.pause()
        strip = lines.render_lines(Region(0, 0, lines.outer_size.width, lines.outer_size.height))[0]
        colours = {segment.style.color.triplet for segment in strip if segment.style and segment.style.color}
        assert any(colour is not None and colour.blue == 255 for colour in colours)


class Rows(KeptLines):
    """Two lines, one above the other, that change places."""

    LINES_MOVE = True
    first = Strip([Segment("first    ")])
    second = Strip([Segment("second   ")])

    def render_line(self, y: int) -> Strip:
        return (self.first, self.second)[y % 2]


class RowsHost(App[None]):
    CSS = "Rows { height: 4; width: 11; border: round red; }"

    def compose(self) -> ComposeResult:
        yield Rows()


def strips_of(widget: KeptLines) -> list[Strip]:
    return widget.render_lines(Region(0, 0, widget.outer_size.width, widget.outer_size.height))


async def test_a_line_that_moves_to_another_row_is_the_same_with_its_frame() -> None:
    async with RowsHost().run_test(size=(20, 8)) as pilot:
        rows = pilot.app.screen.query_one(Rows)
        before = strips_of(rows)
        assert [strip.text for strip in before] == ["╭─────────╮", "│first    │", "│second   │", "╰─────────╯"]
        rows.first, rows.second = rows.second, rows.first
        rows.refresh()
        after = strips_of(rows)
        assert after[1] is before[2]
        assert after[2] is before[1]


async def test_another_border_colour_or_an_outline_is_seen_on_lines_that_were_kept() -> None:
    async with RowsHost().run_test(size=(20, 8)) as pilot:
        rows = pilot.app.screen.query_one(Rows)
        before = strips_of(rows)
        rows.styles.border = ("heavy", "blue")
        await pilot.pause()
        assert [strip.text for strip in strips_of(rows)][1:3] == ["┃first    ┃", "┃second   ┃"]
        rows.styles.border = ("round", "red")
        await pilot.pause()
        assert [strip.text for strip in strips_of(rows)] == [strip.text for strip in before]
        rows.styles.border = ("none", "red")
        rows.styles.outline = ("round", "blue")
        await pilot.pause()
        assert [strip.text[0] for strip in strips_of(rows)] == ["╭", "│", "│", "╰"]
