"""The scroll bar of a list that is drawn line by line: painted when its thumb looks different, not whenever the list
moves."""

from __future__ import annotations

from typing import Self, cast

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

Look = tuple[Size, Style, list[Segment]]
"""A bar's size, its ground and its cells from the first row to the last."""


class ThinBar(ScrollBar):
    """Textual's bar, its lines made directly (0.1 ms instead of 1.3, of 6 that a key takes to be painted). Among
    112,000 tips the thumb looks the same after most keys."""

    _painted: Look | None = None
    _strips: list[Strip]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The bar's rows; what a sheet fades is left to Textual."""
        if self.opacity != 1 or self.styles.tint.a:
            self._painted = None
            return super().render_lines(crop)
        look = self._look()
        if look != self._painted:
            self._painted = look
            self._strips = self._drawn(*look)
        left, right = crop.column_span
        strips = self._strips[crop.y : crop.bottom]
        return strips if (left, right) == (0, look[0].width) else [strip.crop(left, right) for strip in strips]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint the bar anew unless it would look as it does."""
        is_same = repaint and not (layout or recompose) and self.is_attached and self._painted == self._look()
        return self if is_same else super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _look(self) -> Look:
        shown = cast(ScrollBarRender, self.render())
        style = self.app.console.get_style(shown.style)
        bar = shown.render_bar(
            self.size.height,
            shown.virtual_size,
            shown.window_size,
            shown.position,
            self.size.width,
            back_color=style.bgcolor or Color.default(),
            bar_color=style.color or Color.default(),
        )
        return self.size, self.visual_style.rich_style, bar.segments

    def _drawn(self, size: Size, ground: Style, cells: list[Segment]) -> list[Strip]:
        """A strip for each cell; the same one for each cell that is the same."""
        filters, behind = self.get_line_filters(), self.background_colors[1]
        kinds = {}
        for kind, cell in {id(cell): cell for cell in cells}.items():
            strip = Strip([Segment(cell.text, ground + cell.style)], size.width)
            for one in filters:
                strip = strip.apply_filter(one, behind)
            kinds[kind] = strip
        return [kinds[id(cell)] for cell in cells]


class ThinBarred(ScrollView):
    """A list with such a bar at its right."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """Made when it is first asked for, as Textual makes its own."""
        if self._vertical_scrollbar is None:
            bar = ThinBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar
