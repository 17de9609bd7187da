"""A line of parts that gives up the least wanted first when it is too narrow, and repaints only the cells that changed.
The header and the sum line are such lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import takewhile
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from console.ui.text import one_line
from console.ui.widgets.framed_lines import blank_line
from console.ui.widgets.ink import Inks, ink
from console.ui.widgets.kept_lines import KeptLines

GAP: Final = 2
"""Cells between two parts at least."""


@dataclass(frozen=True, slots=True)
class Part:
    """`forms` are its words (raw) from the longest to the shortest; a last "" lets it go. The part with the lowest
    `keep` is shortened first. `style` names a component class of the line."""

    forms: tuple[str, ...]
    keep: int
    style: str = "quiet"


def words_for(parts: Sequence[Part], width: int) -> list[str]:
    """The displayable words of each part so that all fit into `width` cells; "" for a part that had to go. When nothing
    more can be given up, the least wanted is cut with `…`, down to nothing; any `width` will do."""
    forms = [[one_line(form) for form in part.forms] for part in parts]
    by_keep = sorted(range(len(parts)), key=lambda index: parts[index].keep)
    while (over := _cells_of([left[0] for left in forms]) - width) > 0:
        index = next((index for index in by_keep if len(forms[index]) > 1), None)
        if index is None:
            least = next((forms[index] for index in by_keep if forms[index][0]), None)
            if least is None:
                break
            least[0] = _cut(least[0], cell_len(least[0]) - over)
        else:
            forms[index].pop(0)
    return [left[0] for left in forms]


def _cut(words: str, cells: int) -> str:
    """The beginning of `words` with `…`, or "" where a lone `…` would be all that is left."""
    return one_line(words, cells) if cells > 1 else ""


def _cells_of(words: Sequence[str]) -> int:
    shown = [one for one in words if one]
    return sum(map(cell_len, shown)) + GAP * max(len(shown) - 1, 0)


class PartLine(KeptLines):
    """One row: some parts from the left, the others from the right. A subclass names its `PREFIX` and component
    classes, among them `<PREFIX>--ground`."""

    PREFIX = ""
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._style = Inks(partial(ink, self, self.PREFIX))
        super().__init__(id=id, classes=classes)
        self._left: tuple[Part, ...] = ()
        self._right: tuple[Part, ...] = ()
        self._painted: tuple[tuple[str, str], ...] = ()

    def set_parts(self, left: Sequence[Part], right: Sequence[Part]) -> None:
        """Show these parts; only cells that look different are painted."""
        self._left, self._right = tuple(left), tuple(right)
        if not self.is_mounted or not self.size.width:
            return
        before, now = self._painted, self._arranged()
        if before == now:
            return
        first = _same_cells(before, now)
        last = _same_cells(before[::-1], now[::-1])
        self.refresh(Region(first, 0, max(self.size.width - first - last, 1), 1))

    def render_line(self, y: int) -> Strip:
        """Row 0: the parts; the rows below it, if there are any: nothing."""
        ground = self._style("ground")
        if y:
            return blank_line(self.size.width, ground)
        self._painted = self._arranged()
        segments = [Segment(words, ground + self._style(style)) for words, style in self._painted if words]
        return Strip(segments).adjust_cell_length(self.size.width, ground)

    def notify_style_update(self) -> None:
        """Another theme: colours are asked for again."""
        super().notify_style_update()
        self._style.forget()

    def _arranged(self) -> tuple[tuple[str, str], ...]:
        return _spread(self._left, self._right, self.size.width)


@lru_cache(maxsize=16)
def _spread(left: tuple[Part, ...], right: tuple[Part, ...], width: int) -> tuple[tuple[str, str], ...]:
    """(words, style) from the first to the last cell, gaps included, with a cell free at either end."""
    words = words_for((*left, *right), width - 2)
    begin = _with_gaps(words[: len(left)], left)
    end = _with_gaps(words[len(left) :], right)
    between = width - 2 - sum(cell_len(words) for words, _ in (*begin, *end))
    return ((" ", "ground"), *begin, (" " * max(between, 0), "ground"), *end, (" ", "ground"))


def _with_gaps(words: Sequence[str], parts: Sequence[Part]) -> list[tuple[str, str]]:
    line: list[tuple[str, str]] = []
    for one, part in zip(words, parts, strict=True):
        if one:
            line += [(" " * GAP, "ground")] if line else []
            line.append((one, part.style))
    return line


def _same_cells(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> int:
    """Cells of the parts that both begin with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(cell_len(words) for (words, _style), _ in same)
