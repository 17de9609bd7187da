"""One branch of the room tree on its line: cursor sign, indent, fold sign, label and note, count at the right edge.
`RoomTree` draws its lines by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.model.view import Branch, BranchKind
from console.ui.text import one_line
from console.ui.widgets.outline import OutlineLine
from console.ui.widgets.tip_words import kind_word

CURSOR: Final = "›"
FOLDED: Final = "▸"
UNFOLDED: Final = "▾"
INDENT: Final = "  "
PLACEHOLDER: Final = "…"
BETWEEN: Final = " · "


def branch_strip(line: OutlineLine, width: int, style: Callable[[str], Style], *, is_cursor: bool) -> Strip:
    """The line in exactly `width` cells; `style` gives the look of 'branch', 'way' (it only
    leads to what was found), 'note', 'count' and 'waiting'."""
    branch = line.branch
    lead = (CURSOR if is_cursor else " ") + INDENT * line.depth + _fold_sign(line) + " "
    if branch is None:
        return Strip([Segment(_fit(lead + PLACEHOLDER, width), style("waiting"))], width)
    count = f" {branch.count:,}" if branch.kind is not BranchKind.MEMBER and branch.count else ""
    room = max(width - cell_len(lead) - len(count), 0)
    label = one_line(_label(branch), room)
    note = one_line(_note(branch), max(room - cell_len(label) - len(BETWEEN), 0))
    note = f"{BETWEEN}{note}" if note else ""
    gap = " " * (room - cell_len(label) - cell_len(note))
    parts = ((lead + label, "way" if line.is_way else "branch"), (note, "note"), (gap + count, "count"))
    segments = [Segment(words, style(part)) for words, part in parts if words]
    return Strip(segments).adjust_cell_length(width, style("branch"))


def is_on_sign(line: OutlineLine, x: int) -> bool:
    """Whether cell `x` of the line is its fold sign or left of it."""
    return x <= len(CURSOR) + len(INDENT) * line.depth + 1


def _fit(words: str, width: int) -> str:
    """Our own words, leading spaces kept, exactly `width` cells."""
    return words[:width] + " " * (width - cell_len(words[:width]))


def _fold_sign(line: OutlineLine) -> str:
    if line.branch is None or not line.branch.has_children:
        return " "
    return FOLDED if line.opened is None else UNFOLDED


def _label(branch: Branch) -> str:
    """A station's or room's code stands before its name, as search and forms know it; else the label is enough."""
    is_coded = branch.kind in (BranchKind.STATION, BranchKind.ROOM) and branch.code
    if is_coded and not branch.label.startswith(branch.code):
        return f"{branch.code} {branch.label}"
    return branch.label


def _note(branch: Branch) -> str:
    """A member's kind, an officer's role, a room's purpose."""
    return branch.note if branch.kind is BranchKind.ROOM else kind_word(branch.note)
