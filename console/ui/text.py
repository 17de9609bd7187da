"""The only door for words from outside (tip texts, names, file names, error texts) onto the screen.
Every screen, modal and widget passes such words through here; `ConsoleApp.get_line_filters` returns `LastDoor`."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

from rich.cells import cell_len, get_character_cell_size, set_cell_size
from rich.segment import Segment
from rich.text import Text
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from console.ui.breaks import may_break
from console.words import ngettext

LIMIT: Final = 20_000
# Characters of one text that are shown: Textual needs seconds to paint more.
MOST_MARKS: Final = 3
# Combining marks kept in a row; Vietnamese and pointed Hebrew need two or three, a flood has hundreds.
TAB: Final = "    "

_REMEMBERED_CHARACTERS: Final = 20_000
# Entries a character table may hold: Chinese prose uses some 7,000 characters, hostile words all of Unicode.
_REMEMBERED_WORDS: Final = 512
# Longest text, in characters, that a cache may keep hold of.
_REMEMBERED_LINES: Final = 512
# Texts a cache keeps: five screens full of them.
_MEASURING_SLACK: Final = 32
# Cells by which a window on a long text must overflow before its end can be ignored: the length of "⟨+12345 marks⟩".

_ELLIPSIS: Final = "…"
_REPLACEMENT: Final = "\ufffd"
_WIDE_SPACE: Final = "\u3000"
_SPACES: Final = f" {_WIDE_SPACE}"

_PLAIN_RANGES: Final = (
    r" -~\xa1-\xac\xae-\u02ff\u038e-\u03a1\u03a3-\u0482\u048a-\u052f\u1e00-\u1eff"  # Latin, Greek, Cyrillic
    r"\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2100-\u2125\u2127-\u2129\u212c-\u218b"  # punctuation, money, letterlike
    r"\u2190-\u2328\u232b-\u2426\u2440-\u244a\u2460-\u27ff\u2801-\u2adb\u2add-\u2b73"  # arrows, boxes, dingbats
    r"\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff\u3105-\u312f\u3131-\u3163"  # CJK signs, kana, bopomofo
    r"\u3190-\u31e3\u31f0-\u321e\u3220-\ua48c\uac00-\ud7a3\ufe30-\ufe52\uff01-\uff9f"  # hanzi, hangul, full width
    r"\ufffc\ufffd\U0001f300-\U0001f3fa\U0001f400-\U0001f6d8\U0001f900-\U0001fa53"  # emoji but for skin tones
    r"\U00020000-\U0002a6df\U0002a700-\U0002ebe0\U00030000-\U0003134a"  # rare hanzi
)
# Characters that need nothing done to them, alone or side by side: visible, one or two cells wide, fixed under NFC.
_is_plain = re.compile(f"[{_PLAIN_RANGES}]*").fullmatch

_PICTOGRAPH: Final = (
    r"[\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u2328\u232b-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935"
    r"\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
)
_TONE: Final = r"[\U0001f3fb-\U0001f3ff]"
_EMOJI_GLUE: Final = re.compile(
    rf"(?<={_PICTOGRAPH})(?:[\ufe0e\ufe0f]{_TONE}?|{_TONE}\ufe0f?)?\u200d(?={_PICTOGRAPH})"
    rf"|(?<={_PICTOGRAPH})(?:[\ufe0e\ufe0f]{_TONE}?|{_TONE})"
    r"|(?<=[#*0-9])\ufe0f(?=\u20e3)"
)
# What joins emoji into one picture or colours it. Terminals disagree about the width of the joined picture and agree
# about its parts, so the parts are shown side by side.

_CUT_SIGN: Final = re.compile(r"…\[\+([0-9]{1,12})\]\Z")
_CUT_SIGN_LENGTH: Final = 17
_ZERO_CELLS: Final = re.compile(rb"\x00+")
_JOINED: Final = re.compile("\u200d.?", re.DOTALL)

_spaces = re.compile(f"[{_SPACES}]*").match

_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})
_INVISIBLE: Final = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0)
) | frozenset((*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0100, 0xE01F0)))
# Letters and marks by category that leave no ink: fillers, joiners, variation selectors; skin tones without an emoji.


def _is_newer_letter(code: int) -> bool:
    """Whether an unassigned `code` is a hanzi or an emoji younger than Python's tables, which terminals draw wide."""
    in_growing_block = 0x1F300 <= code <= 0x1FAFF or 0x20000 <= code <= 0x3FFFD
    return in_growing_block and get_character_cell_size(chr(code)) == 2


def _is_invisible(code: int) -> bool:
    category = unicodedata.category(chr(code))
    if category == "Cn":
        return not _is_newer_letter(code)
    return category in _INVISIBLE_CATEGORIES or code in _INVISIBLE


def _visible(code: int) -> str:
    """What is shown for the character `code`: itself, its picture, spaces, or its number as ⟨202E⟩."""
    character = chr(code)
    if character == "\t":
        return TAB
    if code < 0x20:
        return character if character == "\n" else chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return _REPLACEMENT
    if unicodedata.category(character) == "Zs":
        return character if character == _WIDE_SPACE else " "
    return f"⟨{code:04X}⟩" if _is_invisible(code) else character


def _harmless(code: int) -> str:
    """What the last door lets pass for `code`: itself, or something as wide as Rich believes `code` to be."""
    character = chr(code)
    if character != "\n" and _SHOWN[code] == character:
        return character
    stand_in = " " if unicodedata.category(character) == "Zs" else _REPLACEMENT
    return stand_in * get_character_cell_size(character)


class _Shown(dict[int, str]):
    """Code point → what is shown for it, worked out when first met; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _REMEMBERED_CHARACTERS:
            self.clear()
        self[code] = shown = _visible(code)
        return shown


class _Passed(dict[int, str]):
    """Code point → what passes the last door for it; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _REMEMBERED_CHARACTERS:
            self.clear()
        self[code] = passed = _harmless(code)
        return passed


class _Cells(dict[int, int]):
    """Code point → terminal cells (0, 1, 2); a newline counts 1, so that 0 always means a combining mark."""

    def __missing__(self, code: int) -> int:
        if len(self) >= _REMEMBERED_CHARACTERS:
            self.clear()
        self[code] = cells = 1 if code == 0x0A else get_character_cell_size(chr(code))
        return cells


_SHOWN: Final = _Shown()
_PASSED: Final = _Passed()
_CELLS: Final = _Cells()


def _cells(text: str) -> bytes:
    """The cells of each character of a displayable `text`; `str.translate` looks up three times faster than map."""
    return text.translate(_CELLS).encode("latin-1")


def displayable(words: str, *, limit: int = LIMIT) -> str:
    """`words` (raw, of any length) as what may be drawn: newlines kept, everything a terminal could obey or hide made
    visible, NFC, at most `limit` characters of `words` and then `…[+n]`, n being the characters left out.

    Passing its own result through again changes nothing. Raises nothing."""
    kept, left_out = _cut(words, limit)
    if not all(map(_is_plain, kept.split("\n"))):
        kept = _made_visible(kept)
    return f"{kept}{_ELLIPSIS}[+{left_out}]" if left_out else kept


def one_line(words: str, width: int | None = None) -> str:
    """`words` (raw) displayable on one line: each run of white space one space, none at the ends; cut to `width` cells
    with `…` at the end, never through a wide character."""
    if len(words) <= _REMEMBERED_WORDS:
        return _short_line(words, width)
    return _line(words, width)


def fit(words: str, width: int) -> str:
    """`one_line` of `words` (raw), padded with spaces to exactly `width` cells."""
    line = one_line(words, width)
    return line + " " * (width - cell_len(line))


def end_of(words: str, width: int) -> str:
    """The end of `words` (raw) displayable on one line, at most `width` cells: what was typed last, blanks and all."""
    line = displayable(words).replace("\n", " ")
    room, at = width, len(line)
    for cells in reversed(_cells(line)):
        if cells > room:
            break
        room, at = room - cells, at - 1
    return line[at:]


def as_text(words: str, style: str = "") -> Text:
    """`words` (raw) as a Rich text in one `style`, never read as markup; for cells of a DataTable."""
    return Text(displayable(words), style=style)


def as_content(words: str, style: str = "") -> Content:
    """`words` (raw) as Textual content in one `style`, never read as markup; for every other widget."""
    return Content.styled(displayable(words), style)


def wrap(words: str, width: int) -> list[str]:
    """Displayable lines of `words` (raw), none wider than `width` cells: broken at spaces and between Chinese
    characters, long tokens anywhere. Spaces at a break are dropped. No line at all when `width` < 1; in one cell `…`
    stands for a wide character."""
    if width < 1:
        return []
    lines: list[str] = []
    for paragraph in displayable(words).split("\n"):
        lines += _wrap_paragraph(paragraph, width)
    return lines


class LastDoor(LineFilter):
    """Stops control, bidi, invisible and flooding characters, and links that hold any, in lines about to be painted,
    for words that came around the functions above. Keeps the width of every segment; leaves control segments alone.

    `before` are the app's other filters, applied first: as filters of their own each of them would copy every line that
    is painted."""

    def __init__(self, before: Sequence[LineFilter] = ()) -> None:
        super().__init__()
        self.before = tuple(before)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments as they may be sent to the terminal; `background` is for the filters before."""
        for one in self.before:
            segments = one.apply(segments, background)
        if all(_may_pass(segment) for segment in segments):
            return segments
        return [segment if _may_pass(segment) else _disarmed(segment) for segment in segments]


def _cut(words: str, limit: int) -> tuple[str, int]:
    """The first `limit` characters and how many are left out, counting those an earlier cut has left out."""
    if len(words) <= limit:
        return words, 0
    limit = max(limit, 0)
    sign = _CUT_SIGN.search(words, max(len(words) - _CUT_SIGN_LENGTH, 0))
    if sign is None:
        return words[:limit], len(words) - limit
    return words[: min(limit, sign.start())], max(sign.start() - limit, 0) + int(sign[1])


def _made_visible(words: str) -> str:
    shown = _EMOJI_GLUE.sub("", words.replace("\r\n", "\n")).translate(_SHOWN)
    few = _with_few_marks(shown)
    # Floods are cut first: putting n marks in canonical order takes n² steps.
    normal = unicodedata.normalize("NFC", few)
    return normal if normal == few else _with_few_marks(normal)


def _mark_runs(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each run of combining marks."""
    return (run.span() for run in _ZERO_CELLS.finditer(_cells(text)))


def _with_few_marks(text: str) -> str:
    """`text` with at most `MOST_MARKS` combining marks in a row, the rest counted; a mark that would sit on what stands
    before the text, or on a space, gets a dotted circle to sit on."""
    pieces: list[str] = []
    done = 0
    for start, end in _mark_runs(text):
        pieces.append(text[done:start])
        if start == 0 or text[start - 1] in " \n\u3000":
            pieces.append("◌")
        pieces.append(text[start : min(end, start + MOST_MARKS)])
        if (more := end - start - MOST_MARKS) > 0:
            pieces.append(_more_marks(more))
        done = end
    return "".join(pieces) + text[done:]


@lru_cache(maxsize=256)
def _more_marks(count: int) -> str:
    return ngettext("⟨+{count} mark⟩", "⟨+{count} marks⟩", count).format(count=count)


@lru_cache(maxsize=_REMEMBERED_LINES)
def _short_line(words: str, width: int | None) -> str:
    return _line(words, width)


def _line(words: str, width: int | None) -> str:
    if width is None:
        return _joined(words)
    window = 8 * width + 256
    if len(words) > window:
        line = _joined(words[:window])
        if cell_len(line) > width + _MEASURING_SLACK:
            return _clipped(line, width)
    return _clipped(_joined(words), width)


def _joined(words: str) -> str:
    """`words` displayable, with single spaces; only spaces and newlines are white space once they are displayable."""
    return " ".join(displayable(words).split())


def _clipped(line: str, width: int) -> str:
    if 2 * len(line) <= width:
        return line
    if width < 1:
        return ""
    cells = _cells(line[: width + 1])
    if 0 in cells or len(cells) <= width:
        cells = _cells(line)
    reach = list(accumulate(cells))
    if reach[-1] <= width:
        return line
    return line[: bisect_right(reach, width - 1)] + _ELLIPSIS


def _wrap_paragraph(text: str, width: int) -> list[str]:
    """Lines of one displayable paragraph; one empty line for an empty one."""
    if width == 1:
        text = "".join(_ELLIPSIS if _CELLS[ord(character)] > 1 else character for character in text)
    cells = _cells(text)
    reach = [0, *accumulate(cells)]
    lines: list[str] = []
    start = 0
    while reach[-1] - reach[start] > width:
        furthest = bisect_right(reach, reach[start] + width) - 1
        end = _last_break(text, cells, start, furthest)
        lines.append(text[start:end].rstrip(_SPACES))
        start = _after_spaces(text, end)
    if start < len(text) or not lines:
        lines.append(text[start:])
    return lines


def _last_break(text: str, cells: bytes, start: int, end: int) -> int:
    """The last place after `start`, up to `end`, where a line may be broken; `end` when there is none."""
    for place in range(end, start, -1):
        if cells[place] and may_break(text, place):
            return place
    return end


def _after_spaces(text: str, place: int) -> int:
    spaces = _spaces(text, place)
    return spaces.end() if spaces else place


def _may_pass(segment: Segment) -> bool:
    text, style, control = segment
    if control:
        return True
    if style is not None and style.link is not None and not _is_plain(style.link):
        return False
    return bool(_is_plain(text)) or _without_danger(text) == text


def _disarmed(segment: Segment) -> Segment:
    text, style, _ = segment
    if style is not None and style.link is not None and not _is_plain(style.link):
        style = style.update_link(None)
    return Segment(_without_danger(text), style)


def _without_danger(text: str) -> str:
    if len(text) <= _REMEMBERED_WORDS:
        return _short_without_danger(text)
    return _passed(text)


@lru_cache(maxsize=_REMEMBERED_LINES)
def _short_without_danger(text: str) -> str:
    return _passed(text)


def _passed(text: str) -> str:
    """`text` without what a terminal obeys or hides, exactly as many cells wide as Rich measures `text` itself."""
    passed = _JOINED.sub("", text).translate(_PASSED)
    kept: list[str] = []
    done = 0
    for start, end in _mark_runs(passed):
        kept.append(passed[done : min(end, start + MOST_MARKS)])
        done = end
    return set_cell_size("".join(kept) + passed[done:], cell_len(text))
