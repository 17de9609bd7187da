"""The door for words from outside: nothing a terminal obeys or hides comes through, and everything lines up."""

import re
import time
import unicodedata
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widgets import DataTable, Static

from console.ui import text as door
from console.ui.text import LastDoor, as_content, as_text, displayable, end_of, fit, one_line, wrap

BLACK = Color(0, 0, 0)
HOSTILE = "\x1b]52;c;cm0=\x07\x9b31m\x00\u202egnp\u2066\u200b\ud800\x7fa" + "\u0301" * 40 + "[/][@click=app.quit]x[/]"

NASTY = (
    "\x00\t\n\r\x1b\x7f\x85\x9b\xa0\xad\u034f\u0301\u0323\u0338\u0344\u0f73\u1100\u1161\u11a8\u115f\u1160\u2028\u200b\u200d"
    "\u202e\u2066\u2800\u3000\u3099\u3164\ufe0e\ufe0f\uffa0\ufffe\ud83d\ude00\ue000\U0001f3fd\U0001f1e8\U000e0061\U000e0100"
)
CHARACTERS = st.one_of(
    st.characters(categories=None),
    st.sampled_from(NASTY),
    st.sampled_from("赌博，。（）《》「」沪A12345 ab[]/@⟨⟩…+👍❤👨👩🏳🌈#1\u20e3Åé한ไทยहि"),
)
WORDS = st.text(CHARACTERS, max_size=60)
WIDTHS = st.integers(min_value=2, max_value=40)


def is_raw(character: str) -> bool:
    """Whether a terminal would obey this character or show nothing for it; written apart from the code under test."""
    return character != "\n" and (
        unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
        or character in "\u115f\u1160\u2800\u3164\uffa0\u034f"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0000" <= character <= "\U000e0fff"
    )


def without_spaces(words: str) -> str:
    return re.sub(r"\s", "", words)


@pytest.mark.parametrize(
    "words, shown",
    [
        ("", ""),
        ("楼道里有人聚众赌博，车牌沪A12345", "楼道里有人聚众赌博，车牌沪A12345"),
        ("two\nlines\r\nthree", "two\nlines\nthree"),
        ("over\rwritten", "over␍written"),
        ("\x00\x1b[2J\x07\x7f", "␀␛[2J␇␡"),
        ("a\tb\xa0c\u2003d\u3000e", "a    b c d\u3000e"),
        ("\x9b31m\x85", "⟨009B⟩31m⟨0085⟩"),
        ("\u202etxt.exe\u2066", "⟨202E⟩txt.exe⟨2066⟩"),
        ("a\u200bb\u2060c\ufeffd\xade", "a⟨200B⟩b⟨2060⟩c⟨FEFF⟩d⟨00AD⟩e"),
        ("a\u2028b", "a⟨2028⟩b"),
        ("x\U000e0061\ue000\U0010fffd\ufffe", "x⟨E0061⟩⟨E000⟩⟨10FFFD⟩⟨FFFE⟩"),
        ("\u3164\u115f\uffa0\u2800\u034f", "⟨3164⟩⟨115F⟩⟨FFA0⟩⟨2800⟩⟨034F⟩"),
        ("\ud83d lone \udc00", "\ufffd lone \ufffd"),
        ("e\u0301 Vie\u0323\u0302t \u1112\u1161\u11ab", "é Việt 한"),
        ("Z" + "\u0336" * 4, "Z" + "\u0336" * 3 + "⟨+1 mark⟩"),
        ("Z" + "\u0336" * 15, "Z" + "\u0336" * 3 + "⟨+12 marks⟩"),
        ("\u0336a \u0336", "◌\u0336a ◌\u0336"),
        ("❤\ufe0f ☎\ufe0e 1\ufe0f\u20e3", "❤ ☎ 1\u20e3"),
        ("👨\u200d👩\u200d👧 👍🏽 🕵🏽\ufe0f\u200d♀\ufe0f", "👨👩👧 👍 🕵♀"),
        ("🇨🇳", "🇨🇳"),
        ("沪A1\u200d2 a\ufe0f b🏽", "沪A1⟨200D⟩2 a⟨FE0F⟩ b⟨1F3FD⟩"),
        ("\U0001fae8 \U00031350", "\U0001fae8 \U00031350"),
        ("\u212b\uf900", "Å豈"),
    ],
)
def test_words_become_displayable(words: str, shown: str) -> None:
    assert displayable(words) == shown


@pytest.mark.parametrize(
    "words, limit, shown",
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "abcd…[+2]"),
        ("abcdef", 0, "…[+6]"),
        ("abcdef", -1, "…[+6]"),
        ("abcdef…[+100]", 6, "abcdef…[+100]"),
        ("abcdef…[+100]", 4, "abcd…[+102]"),
        ("a…[+9]bcdef", 4, "a…[+…[+7]"),
    ],
)
def test_long_words_are_cut_and_the_rest_is_counted(words: str, limit: int, shown: str) -> None:
    assert displayable(words, limit=limit) == shown


def test_the_default_limit_is_that_of_the_design() -> None:
    assert displayable("字" * 20_007) == "字" * 20_000 + "…[+7]"


@pytest.mark.parametrize(
    "words, width, line",
    [
        ("  a\n\n b\t\tc\u3000\u3000d\r\n", None, "a b c d"),
        ("a\rb", None, "a␍b"),
        ("sofa blocks the gate", 8, "sofa bl…"),
        ("sofa", 4, "sofa"),
        ("聚众赌博", 8, "聚众赌博"),
        ("聚众赌博", 7, "聚众赌…"),
        ("聚众赌博", 6, "聚众…"),
        ("聚众赌博", 2, "…"),
        ("聚众赌博", 1, "…"),
        ("聚众赌博", 0, ""),
        ("o" + "\u0336" * 2 + "pq", 2, "o" + "\u0336" * 2 + "…"),
        (" " * 9_000 + "late", 10, "late"),
        ("x" + "\u0336" * 9_000, 99, "x" + "\u0336" * 3 + "⟨+8997 marks⟩"),
        ("赌" * 9_000, 7, "赌赌赌…"),
    ],
)
def test_one_line(words: str, width: int | None, line: str) -> None:
    assert one_line(words, width) == line


@pytest.mark.parametrize(
    "words, width, lines",
    [
        ("", 9, [""]),
        ("a\n\nb", 9, ["a", "", "b"]),
        ("camera on the stairs", 9, ["camera on", "the", "stairs"]),
        ("camera  on", 6, ["camera", "on"]),
        ("  indented words", 10, ["  indented", "words"]),
        ("https://example/abcdef", 10, ["https://ex", "ample/abcd", "ef"]),
        ("楼道里有人聚众赌博", 7, ["楼道里", "有人聚", "众赌博"]),
        ("有人赌博，报警", 8, ["有人赌", "博，报警"]),
        ("看见（两人）了", 7, ["看见", "（两", "人）了"]),
        ("车牌沪A12345在", 8, ["车牌沪", "A12345在"]),
        ("ab 赌博 cd", 7, ["ab 赌博", "cd"]),
        ("か\u3099か\u309aか", 4, ["がか\u309a", "か"]),
        ("あか\u309a。", 4, ["あ", "か\u309a。"]),
        ("\u202e\u202e\u202e", 10, ["⟨202E⟩", "⟨202E⟩", "⟨202E⟩"]),
        ("a赌b", 1, ["a", "…", "b"]),
        ("words", 0, []),
    ],
)
def test_wrap(words: str, width: int, lines: list[str]) -> None:
    assert wrap(words, width) == lines


@given(WORDS)
@example(HOSTILE)
def test_nothing_raw_is_displayable(words: str) -> None:
    shown = displayable(words)
    assert not [hex(ord(character)) for character in shown if is_raw(character)]
    assert unicodedata.is_normalized("NFC", shown)
    shown.encode("utf-8")


@given(WORDS, st.sampled_from(NASTY), st.integers(min_value=4, max_value=300))
def test_a_flood_is_three_marks_and_a_count(words: str, flood: str, times: int) -> None:
    shown = displayable(words + flood * times)
    marks = "".join(
        "m" if get_character_cell_size(character) == 0 and character != "\n" else "." for character in shown
    )
    assert "mmmm" not in marks
    assert not re.search("(?:^|[ \n\u3000])(?=m)", marks)


@given(WORDS)
@example("❤\ufe0f\ufe0f")
@example("a\u0344\u0344\u0344")
@example("\u0344" * 3)
def test_displaying_twice_changes_nothing(words: str) -> None:
    shown = displayable(words)
    assert displayable(shown) == shown
    line = one_line(words)
    assert one_line(line) == line


@pytest.mark.parametrize("words, end", [("0123456789", "456789"), ("x值班室的", "班室的"), ("\x1b\n\u202e", "⟨202E⟩")])
def test_the_end_of_a_line_that_is_typed(words: str, end: str) -> None:
    assert end_of(words, 6) == end
    assert end_of("ab  ", 6) == "ab  "


@given(WORDS, st.integers(min_value=0, max_value=80))
def test_cutting_twice_changes_nothing(words: str, limit: int) -> None:
    shown = displayable(words, limit=limit)
    again = displayable(shown, limit=limit)
    assert displayable(again, limit=limit) == again


@given(WORDS, st.integers(min_value=0, max_value=50))
def test_fit_is_exactly_as_wide_as_asked(words: str, width: int) -> None:
    assert cell_len(fit(words, width)) == width
    assert "\n" not in fit(words, width)
    line = one_line(words, width)
    assert one_line(line, width) == line


@given(WORDS, WIDTHS)
def test_wrapped_lines_fit_and_lose_nothing_that_shows(words: str, width: int) -> None:
    lines = wrap(words, width)
    assert not [line for line in lines if cell_len(line) > width]
    assert without_spaces("".join(lines)) == without_spaces(displayable(words))


@given(WORDS)
def test_width_is_the_sum_of_its_characters(words: str) -> None:
    """Rich has rules for joined emoji; no such emoji may remain, or columns measured elsewhere would not line up."""
    shown = displayable(words).replace("\n", "")
    assert cell_len(shown) == sum(map(get_character_cell_size, shown))


def test_every_character_taken_for_plain_is_plain() -> None:
    plain = [character for character in map(chr, range(0x110000)) if door._is_plain(character)]
    assert len(plain) > 90_000
    assert not [character for character in plain if is_raw(character) or door._visible(ord(character)) != character]
    assert {get_character_cell_size(character) for character in plain} == {1, 2}
    assert [unicodedata.is_normalized("NFC", character) for character in plain] == [True] * len(plain)
    assert not [character for character in plain if unicodedata.combining(character)]


def test_every_character_alone_passes_the_door_safely() -> None:
    """All of the planes that hold characters, and the ends of the empty and the private ones."""
    codes = [*range(0x20, 0x40000), *range(0xE0000, 0xE1000)]
    codes += [code for plane in range(4, 17) for code in (plane << 16, (plane << 16) + 0xFFFF)]
    for start in range(0, len(codes), 5_000):
        block = codes[start : start + 5_000]
        shown = displayable("\n".join(map(chr, block)), limit=10_000)
        assert not [hex(ord(character)) for character in set(shown) if is_raw(character)]
        lines = shown.split("\n")
        assert len(lines) == len(block)
        assert not [hex(code) for code, line in zip(block, lines, strict=True) if cell_len(line) < 1]


@pytest.mark.parametrize(
    "words",
    ["\u202e", "a" + "\u0301\u0323", "\x00", " ", "\n", "\u0344", "赌博", "👨\u200d", "\u1100\u1161\u11a8", "x", "… "],
)
def test_ten_megabytes_cost_no_more_than_the_part_that_is_shown(words: str) -> None:
    long = words * (10_000_000 // len(words))

    def seconds(act: Callable[[], object]) -> float:
        began = time.thread_time()
        act()
        return time.thread_time() - began

    assert seconds(lambda: displayable(long)) < 1
    assert seconds(lambda: one_line(long, 80)) < 1
    assert seconds(lambda: wrap(long, 40)) < 2
    assert len(displayable(long)) < 200_000


def test_no_cache_keeps_hold_of_long_words() -> None:
    door._short_line.cache_clear()
    one_line("short", 9)
    one_line("long" * 1_000, 9)
    assert door._short_line.cache_info().currsize == 1


def test_a_character_table_does_not_grow_without_end() -> None:
    for start in range(0, 60_000, 5_000):
        words = "".join(map(chr, range(start, start + 5_000)))
        assert wrap(words, 80)
        LastDoor().apply([Segment(words)], BLACK)
    tables: Sequence[dict[int, object]] = (door._SHOWN, door._PASSED, door._CELLS)  # type: ignore[assignment]
    assert max(map(len, tables)) <= 20_000


def test_markup_stays_words() -> None:
    text = as_text("[b]x[/] [/]\x1b", "bold")
    assert isinstance(text, Text)
    assert text.plain == "[b]x[/] [/]␛"
    assert (text.style, text.spans) == ("bold", [])
    content = as_content("[@click=app.quit]x[/] [/]\x1b", "bold")
    assert isinstance(content, Content)
    assert content.plain == "[@click=app.quit]x[/] [/]␛"
    assert [(span.start, span.end, span.style) for span in content.spans] == [(0, 26, "bold")]
    assert as_content("plain").spans == []


@given(WORDS)
@example("👨\u200d👩 hello")
@example("❤\ufe0fx\u202e")
@example(HOSTILE)
def test_the_last_door_stops_what_slipped_through_and_keeps_the_width(words: str) -> None:
    style = Style(bold=True)
    (segment,) = LastDoor().apply([Segment(words, style)], BLACK)
    assert not [hex(ord(character)) for character in segment.text if is_raw(character) or character == "\n"]
    assert cell_len(segment.text) == cell_len(words)
    assert segment.style == style
    assert LastDoor().apply([segment], BLACK) == [segment]


def test_the_last_door_lets_the_interface_through_untouched() -> None:
    segments = [Segment(" ╭─ 3 Rooms ▸ ● live ⣿▁█ "), Segment("赌博 ❤ 한 é"), Segment("हि ไทย"), Control.bell().segment]
    assert LastDoor().apply(segments, BLACK) is segments


def test_the_last_door_keeps_control_segments_beside_hostile_ones() -> None:
    bell = Control.bell().segment
    assert LastDoor().apply([bell, Segment("a\x1bb")], BLACK) == [bell, Segment("ab")]


def test_the_last_door_loses_no_words_behind_a_joined_emoji() -> None:
    (segment,) = LastDoor().apply([Segment("👨\u200d👩 hello\u202e")], BLACK)
    assert segment.text == "👨 hello"


def test_the_last_door_cuts_floods() -> None:
    (segment,) = LastDoor().apply([Segment("a" + "\u0336" * 9_000 + "b")], BLACK)
    assert segment.text == "a" + "\u0336" * 3 + "b"


def test_a_link_cannot_smuggle_an_escape() -> None:
    good = Segment("x", Style(link="https://example.org/赌博"))
    bad = Segment("x", Style(bold=True, link="https://example.org\x1b\\\x1b]52;c;cm0=\x07"))
    kept, stripped = LastDoor().apply([good, bad], BLACK)
    assert kept is good
    assert stripped.style is not None
    assert stripped.style.link is None
    assert stripped.style.bold


class HostileApp(App[None]):
    """Words that went around `displayable` in every kind of place, and some that went through it."""

    CSS = "Static { border: round white; height: auto; }"

    def __init__(self, last_door: LineFilter | None) -> None:
        super().__init__()
        self.last_door = last_door

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return filters if self.last_door is None else [*filters, self.last_door]

    def compose(self) -> ComposeResult:
        yield Static(Content(HOSTILE), id="content")
        yield Static(Text(HOSTILE))
        yield Static(as_content(HOSTILE), id="displayable")
        table: DataTable[Text] = DataTable()
        table.add_column(Text("words\x1b"))
        table.add_row(Text(HOSTILE))
        table.add_row(as_text(HOSTILE))
        yield table

    def on_mount(self) -> None:
        static = self.query_one("#content", Static)
        static.border_title = Content(HOSTILE)
        static.border_subtitle = Content("\x1b]0;x\x07")


def painted(app: App[None]) -> list[Strip]:
    return app.screen._compositor.render_strips()


def raw_on(strips: list[Strip]) -> set[str]:
    return {c for strip in strips for segment in strip if not segment.control for c in segment.text if is_raw(c)}


async def test_no_raw_control_reaches_the_painted_screen() -> None:
    app = HostileApp(LastDoor())
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.pause()
        strips = painted(app)
        lines = [strip.text for strip in strips]
        assert raw_on(strips) == set()
        assert not [line for line in lines if cell_len(line) != 80]
        assert any("␛]52;c;cm0=␇⟨009B⟩31m␀⟨202E⟩gnp" in line for line in lines)
        sent = "".join(strip.render(app.console) for strip in strips)
        assert not re.search("\x1b(?!\\[[0-9;]*m)", sent)


async def test_without_the_last_door_they_do_reach_it() -> None:
    app = HostileApp(None)
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.pause()
        assert {"\x1b", "\x9b", "\u202e", "\x00"} <= raw_on(painted(app))
