"""Drawing of one tip as one line of the feed: which columns a width allows and what stands in them.
FeedPicture calls it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.model.tip import ENDED_STATUSES, OPEN_STATUSES, TipLine
from console.ui.text import fit
from console.ui.widgets.glyphs import (
    ANOTHERS,
    ATTACHED,
    CURSOR,
    DOUBLE,
    MARKED,
    MINE,
    NOT_HELD,
    WARNS,
    category_sign,
    status_sign,
    urgency_sign,
)
from console.words import gettext as _

HOURS_WITHOUT_DATE: Final = timedelta(hours=12)
"""At 00:10 a night shift reads 23:50 as the evening before: a date is shown once the clock's round is over."""

LINE_STYLES: Final = (
    "row",
    "cursor",
    "marked",
    "unseen",
    "ended",
    "overdue",
    "rings",
    "rings-sign",
    "time",
    "place",
    "claim",
    "mine",
    "category",
    "ref",
    "not-held",
    "status-new",
    "status-investigating",
    "status-referred",
    "status-solved",
    "status-closed",
    "urgency-routine",
    "urgency-priority",
    "urgency-alarm",
)
"""Names of the styles a line is drawn with; 'row' is the ground, the others lie on it."""

LEAD: Final = 3
"""Cells of the mark, the cursor and a gap."""

URGENCY: Final = 3
"""Cells of the urgency's letter, its warning and a gap."""

StyleOf = Callable[[str], Style]


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column that a width decides, with its gap to the next; 0 where there is no room for it."""

    time: int
    status: int
    category: int
    place: int
    claim: int
    words: int
    ref: int

    @classmethod
    @lru_cache(maxsize=64)
    def of_width(cls, width: int) -> "Columns":
        """The columns of a line that is `width` cells wide; from 40 up the words keep at least 14."""
        time = 7 if width < 132 else 14
        status = 2 if width < 116 else 16
        category = _first_reached(width, ((72, 13), (56, 10), (0, 7)))
        place = 0 if width < 72 else min(max(width // 5, 14), 32)
        claim = _first_reached(width, ((96, 11), (0, 2)))
        ref = 0 if width < 140 else 15
        taken = LEAD + time + status + URGENCY + category + place + claim + ref
        return cls(time, status, category, place, claim, max(width - taken, 0), ref)


def _first_reached(width: int, steps: tuple[tuple[int, int], ...]) -> int:
    return next(cells for least, cells in steps if width >= least)


@dataclass(frozen=True, slots=True)
class Look:
    """How a line looks beside what its tip says: where the cursor and the marks are, and what the clock says."""

    time: str = ""
    cursor: bool = False
    marked: bool = False
    overdue: bool = False
    mine: bool = False


def is_overdue(line: TipLine, now: datetime) -> bool:
    """An open tip without a first step whose respond-by clock has run out."""
    return line.status in OPEN_STATUSES and not line.responded and line.respond_by < now


def draw_line(line: TipLine, look: Look, width: int, style_of: StyleOf) -> Strip:
    """The line of exactly `width` cells."""
    columns = Columns.of_width(width)
    row = _row_style(look, style_of)
    cells = ((words, row + style) for words, style in _cells(line, look, columns, style_of) if words)
    return Strip([Segment(words, style) for words, style in _joined(cells)]).adjust_cell_length(width, row)


def _joined(cells: Iterable[tuple[str, Style]]) -> Iterator[tuple[str, Style]]:
    """The cells with neighbours that look the same as one: what a row costs to paint is its pieces. Spaces show nothing
    but their ground, which is the row's in every column that is not reversed."""
    words, style = "", Style.null()
    for more, other in cells:
        if not words or other == style or (more.isspace() and not style.reverse and not other.reverse):
            words, style = words + more, style if words else other
        else:
            yield words, style
            words, style = more, other
    if words:
        yield words, style


def draw_gap(number: int, cursor: bool, width: int, style_of: StyleOf) -> Strip:
    """What stands for line `number` while it is not held: dots about as long as words are, never the same twice."""
    style = style_of("row") + (style_of("cursor") if cursor else Style.null()) + style_of("not-held")
    lead = f" {CURSOR if cursor else ' '} "
    dots = NOT_HELD * 5 + "  " + NOT_HELD * min(12 + number * 7 % 23, max(width - LEAD - 8, 0))
    return Strip([Segment(lead + dots, style)]).adjust_cell_length(width, style)


def _row_style(look: Look, style_of: StyleOf) -> Style:
    style = style_of("row")
    if look.marked:
        style += style_of("marked")
    return style + style_of("cursor") if look.cursor else style


def _cells(line: TipLine, look: Look, columns: Columns, style_of: StyleOf) -> Iterator[tuple[str, Style]]:
    plain = Style.null()
    weight = style_of("unseen") if line.unseen else plain
    quiet = _full if look.cursor else style_of
    faded = quiet("ended") if line.status in ENDED_STATUSES else plain
    status = status_sign(line.status)
    urgency = urgency_sign(line.urgency)
    yield (MARKED if look.marked else " ") + (CURSOR if look.cursor else " ") + " ", plain
    yield _time(look, columns.time), style_of("overdue") if look.overdue else quiet("time")
    yield (
        _padded(status.glyph if columns.status < 8 else f"{status.glyph} {status.word}", columns.status),
        style_of(status.style),
    )
    yield from _urgency_cells(line, urgency.glyph, style_of(urgency.style), style_of)
    yield _padded(category_sign(line.category).word, columns.category), quiet("category") + weight + faded
    if columns.place:
        yield _padded(line.place or "", columns.place), quiet("place") + weight + faded
    yield (
        _padded(_claim_words(line, look, columns.claim), columns.claim),
        style_of("mine") if look.mine else quiet("claim"),
    )
    words = _("erased") if line.is_erased else _signs(line) + line.head
    yield fit(words, columns.words), (style_of("rings") if line.rings else faded) + weight
    if columns.ref:
        yield fit(f"  {line.ref}", columns.ref).rjust(columns.ref), quiet("ref")


def _full(_name: str) -> Style:
    """What is quiet elsewhere is not on the row being read."""
    return Style.null()


def _padded(words: str, cells: int) -> str:
    """`words` (raw) in `cells` cells of which the last is a gap."""
    return fit(words, cells - 1) + " " if cells else ""


def _time(look: Look, cells: int) -> str:
    """The time, flush right, with what warns of a clock that has run out, and a gap."""
    gap = 1 if cells < 8 else 2
    return look.time.rjust(cells - 1 - gap) + (WARNS if look.overdue else " ") + " " * gap


def time_words(at: datetime, now: datetime, zone: tzinfo, width: int) -> str:
    """`at` (aware) as 02:13 when it is of today or of the last hours, else its date: in five cells, or in eleven with
    the time where a line of `width` cells has room for it."""
    with_date = Columns.of_width(width).time > 8
    local, here = at.astimezone(zone), now.astimezone(zone)
    if local.date() == here.date() or timedelta() <= now - at < HOURS_WITHOUT_DATE:
        return f"{local:%H:%M}"
    if local.year != here.year:
        return f"{local:%Y-%m-%d}" if with_date else f"{local:%Y}"
    return f"{local:%m-%d %H:%M}" if with_date else f"{local:%m-%d}"


def _urgency_cells(line: TipLine, letter: str, style: Style, style_of: StyleOf) -> Iterator[tuple[str, Style]]:
    if line.rings:
        yield letter + WARNS, style_of("rings-sign")
        yield " ", Style.null()
    else:
        yield f"{letter}  ", style


def _claim_words(line: TipLine, look: Look, cells: int) -> str:
    if line.claimed_by is None:
        return ""
    if cells < 4:
        return MINE if look.mine else ANOTHERS
    return f"{MINE} {_('you')}" if look.mine else f"{ANOTHERS} {line.claimed_code or ''}"


def _signs(line: TipLine) -> str:
    signs = (DOUBLE if line.duplicate_of else "") + (ATTACHED if line.attachments else "")
    return f"{signs} " if signs else ""
