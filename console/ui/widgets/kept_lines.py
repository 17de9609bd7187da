"""Lines that are handed out again as they are while nothing of the widget has changed. The widgets that draw line by
line are such."""

from typing import ClassVar

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.ui.widgets.framed_lines import FramedLines


class KeptLines(Widget):
    """A frame asks every widget between its first and last changed row for all its lines. Textual keeps each line, but
    filters and copies it anew: with a clock above and a sum below, that was a third of the CPU of an arrival."""

    LINES_MOVE: ClassVar[bool] = False
    """Whether the very same strips come again on other rows: then they are kept with their frames."""

    _lines_kept: tuple[Region, int, list[Strip]] | None = None

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        if self.LINES_MOVE:
            self._styles_cache = FramedLines()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of `crop`; those of last time when none of them was marked as changed since."""
        kept, cache = self._lines_kept, self._styles_cache
        if kept is not None and kept[0] == crop and not cache._dirty_lines and len(cache._cache) == kept[1]:
            return kept[2]
        self.before_lines()
        if isinstance(cache, FramedLines):
            cache.frame_for(self)
        strips = super().render_lines(crop)
        # Only a drawing of every line leaves Textual's cache whole, so that its length tells that it was not cleared.
        is_whole = not cache._dirty_lines and len(cache._cache) == self.outer_size.height
        self._lines_kept = (crop, len(cache._cache), strips) if is_whole else None
        return strips

    def before_lines(self) -> None:
        """Called before lines are drawn: what is the same for all of them is asked for here."""
