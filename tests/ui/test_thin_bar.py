"""The scroll bar of lists: it looks as Textual's own, and is painted only when it looks different."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region, Size
from textual.pilot import Pilot
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from console.ui.widgets.thin_bar import ThinBar, ThinBarred


class Ours(ThinBarred):
    def render_line(self, y: int) -> Strip:
        return Strip.blank(self.size.width)


class Textuals(ScrollView):
    def render_line(self, y: int) -> Strip:
        return Strip.blank(self.size.width)


class Host(App[None]):
    CSS = "Ours, Textuals { height: 12; scrollbar-size-vertical: 1; }"

    def compose(self) -> ComposeResult:
        yield Ours()
        yield Textuals()


def whole(bar: ScrollBar) -> Region:
    return Region(0, 0, bar.size.width, bar.size.height)


@asynccontextmanager
async def drawn(rows: int) -> AsyncIterator[tuple[Pilot[None], ScrollBar, list[Strip]]]:
    """Our bar of a list of so many rows, and its lines, which have been painted."""
    app = Host()
    async with app.run_test(size=(30, 24)) as pilot:
        one = app.screen.query_one(Ours)
        one.virtual_size = Size(20, rows)
        await pilot.pause()
        bar = one.vertical_scrollbar
        lines = bar.render_lines(whole(bar))
        bar._exchange_repaint_regions()
        yield pilot, bar, lines


@pytest.mark.parametrize("rows", [13, 40, 112_000])
async def test_it_looks_as_textuals_own_wherever_the_list_stands(rows: int) -> None:
    async with Host().run_test(size=(30, 24)) as pilot:
        lists = pilot.app.screen.query_one(Ours), pilot.app.screen.query_one(Textuals)
        for one in lists:
            one.virtual_size = Size(20, rows)
        await pilot.pause()
        ours, textuals = (one.vertical_scrollbar for one in lists)
        assert isinstance(ours, ThinBar)
        assert not isinstance(textuals, ThinBar)
        for position in {0, 1, rows // 3, rows // 2, rows - 13, rows - 12}:
            for bar in (ours, textuals):
                bar.position = position
            assert [list(strip) for strip in ours.render_lines(whole(ours))] == [
                list(strip) for strip in textuals.render_lines(whole(textuals))
            ]


async def test_it_is_painted_when_its_thumb_moves_and_not_when_only_the_list_does() -> None:
    async with drawn(112_000) as (_pilot, bar, before):
        bar.position = 1
        assert not bar._exchange_repaint_regions(), "a step among 112,000 lines is less than an eighth of a cell"
        bar.position = 60_000
        assert bar._exchange_repaint_regions()
        assert bar.render_lines(whole(bar)) != before


async def test_another_colour_and_the_mouse_over_it_are_seen() -> None:
    async with drawn(40) as (pilot, bar, before):
        pilot.app.screen.query_one(Ours).styles.scrollbar_color = "red"
        bar.refresh()
        assert bar._exchange_repaint_regions()
        red = bar.render_lines(whole(bar))
        assert red != before
        bar.mouse_over = True
        assert bar._exchange_repaint_regions()
        assert bar.render_lines(whole(bar)) != red


async def test_a_part_of_it_and_a_faded_one_are_drawn() -> None:
    async with drawn(40) as (pilot, bar, before):
        assert bar.render_lines(Region(0, 2, 1, 3)) == before[2:5]
        bar.styles.opacity = 0.5
        await pilot.pause()
        assert bar.render_lines(whole(bar)) != before
