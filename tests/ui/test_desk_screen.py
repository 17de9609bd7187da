"""The desk screen on a real store: what it shows at each size, finding, help and palette, leaving, hostile words."""

from pathlib import Path

import pytest
from textual import events

from console import desk
from console.model.incoming import NewTip
from console.model.tip import Category, Status
from console.ui import keys
from tests.ui.console_host import Console, console, ref
from tests.ui.small_station import LI, settings_in


async def test_what_it_shows_at_first(at_desk: Console) -> None:
    await at_desk.sees("JNL Jiangning Road")
    assert at_desk.shows("Loud music until three")
    assert at_desk.shows("▶ 1 Tips")
    assert at_desk.shows("? help")
    assert at_desk.shows("4 of 4") or at_desk.shows("4 shown + 0 filtered + 0 closed = 4")


async def test_the_panes_of_each_width(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (200, 60)) as one:
        await one.sees("3 Rooms")
        await one.sees("2 JNL-1121-0004")
        await one.pilot.resize_terminal(120, 40)
        await one.until(lambda: not one.shows("3 Rooms"), "two panes")
        assert one.shows("1 Tips")
        assert one.shows("2 JNL-1121-0004")
        await one.press("3")
        await one.sees("▶ 3 Rooms")
        await one.press("escape")
        await one.pilot.resize_terminal(80, 24)
        await one.until(lambda: not one.shows("2 JNL-1121"), "one pane")
        await one.press("enter")
        await one.sees("▶ 2 JNL-1121-0004")
        await one.press("escape")
        await one.sees("▶ 1 Tips")
        await one.press("tab", "tab")
        await one.sees("▶ 3 Rooms")


async def test_zoom_gives_a_pane_the_screen(wide: Console) -> None:
    await wide.press("2", "z")
    await wide.until(lambda: not wide.shows("1 Tips"), "zoomed")
    await wide.press("z")
    await wide.sees("1 Tips")


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("words, found, absent", [("赌博", "聚众赌博", "Loud"), ("A1234", "The same car", "sofa")])
async def test_search(at_desk: Console, words: str, found: str, absent: str) -> None:
    await at_desk.press("slash", *words)
    await at_desk.until(lambda: at_desk.shows(found) and not at_desk.shows(absent), words)
    await at_desk.sees("1 tip" if words == "赌博" else "2 tips")
    await at_desk.press("enter")
    await at_desk.sees("Esc ends the search")
    await at_desk.press("escape")
    await at_desk.sees("4 open tips")


async def test_what_is_typed_ahead_of_the_search_box_goes_into_it(wide: Console) -> None:
    for character in "/sofa":
        wide.app.post_message(events.Key(keys.key_name(character), character))
    await wide.sees("/sofa")
    await wide.until(lambda: wide.shows("1 tip") and not wide.shows("Solve JNL"), "searched, not solved")
    assert (await wide.tip(4)).status is Status.NEW


async def test_a_wrong_term_is_underlined_and_explained(wide: Console) -> None:
    """Typed quickly: a frame between two letters left the sentence in the box of the one before, its end cut."""
    await wide.press("slash", *"status:opn")
    await wide.sees('did you mean "open"?')
    strip = wide.app.screen._compositor.render_strips()[-2]
    underlined = "".join(one.text for one in strip if one.style is not None and one.style.underline)
    assert underlined.strip() == "status:opn"


async def test_filter_menu_and_command_line(wide: Console) -> None:
    await wide.press("f")
    await wide.sees("Past respond-by")
    await wide.press("3")
    await wide.sees("/by:me   0 tips")
    await wide.press("colon", *"search sofa", "enter")
    await wide.sees("/sofa   1 tip")
    await wide.press("colon", *f"goto {ref(1)}", "enter")
    await wide.until(lambda: wide.line.ref == ref(1), "went there")
    await wide.press("colon", *"dance", "enter")
    await wide.sees("'dance' is no command")
    await wide.press("colon", *"theme contrast", "enter")
    await wide.until(lambda: wide.app.theme == "contrast", "theme")


async def test_the_sum_adds_up_whatever_is_searched_for(wide: Console) -> None:
    await desk.solve_tip(wide.other, LI, await wide.tip(3), "done")
    await wide.sees("3 shown + 0 filtered + 1 closed = 4")
    await desk.investigate_tip(wide.other, LI, await wide.tip(2))
    for query, words in (
        ("status:new", "2 shown + 1 filtered + 1 closed = 4"),
        ("status:solved", "1 shown + 3 filtered + 0 closed = 4"),
        ("status:all A12345", "2 shown + 2 filtered + 0 closed = 4"),
    ):
        await wide.press("colon", *f"search {query}", "enter")
        await wide.sees(words)


async def test_next_unseen_goes_down_and_around(wide: Console) -> None:
    await wide.until(lambda: not wide.line.unseen, "the first is seen by resting on it")
    for number in (3, 2, 1):
        await wide.press("n")
        await wide.until(lambda number=number: wide.line.ref == ref(number) and not wide.line.unseen, str(number))  # type: ignore[misc]
    await wide.press("n")
    await wide.sees("You have seen every tip in this list.")


async def test_a_supervisor_switches_stations(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path, officer="JNL-001"), (120, 40)) as one:
        await one.press("]")
        await one.sees("CJD Caojiadu")
        await one.sees("0 open")
        await desk.receive_tips(one.other, one.vault, [NewTip(text="Here", source="y", source_key="1", station="CJD")])
        await one.sees("Here")
        await one.press("[")
        await one.sees("Loud music")
        await one.press("t")
        await one.sees("F2 marks")
        await one.press(*"cjd", "enter")
        await one.sees("CJD Caojiadu")


async def test_the_tree_filters_by_room(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (200, 60)) as one:
        await one.sees("Zhou Yaping · duty")
        await one.press("3", "G", "l")
        await one.sees("Room 7")
        await one.press("j", "enter")
        await one.until(lambda: one.shows("sofa") and not one.shows("Loud music"), "room 7")


# ── help, palette, leaving ───────────────────────────────────────────────────────────────────────────────────────────
async def test_help_and_palette_come_from_the_registry(at_desk: Console) -> None:
    await at_desk.press("question_mark")
    await at_desk.sees("Mark or unmark this tip")
    await at_desk.press("escape", "ctrl+p")
    await at_desk.press(*"reopen")
    await at_desk.sees("not now: It is open.")
    await at_desk.press("escape")
    await at_desk.press("ctrl+p", *"investigate")
    await at_desk.sees("You look into it")
    await at_desk.press("enter")
    await at_desk.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)


async def test_leaving_asks(wide: Console) -> None:
    await wide.press("ctrl+c")
    await wide.sees("Leave the console?")
    await wide.press("n")
    await wide.until(lambda: not wide.shows("Leave the console?"), "stays")
    await wide.press("ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("y")
    await wide.until(lambda: not wide.app.is_running, "left")
    assert wide.app.return_code == 0


async def test_undo_key_stays_out_of_text_fields(wide: Console) -> None:
    await wide.press("i")
    await wide.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)
    await wide.press("slash", *"abc", "ctrl+z")
    await wide.sees("/abc")
    await wide.press("escape")
    await wide.sees("4 open tips")
    assert (await wide.tip(4)).status is Status.INVESTIGATING


async def test_hostile_words_are_shown_harmlessly(tmp_path: Path) -> None:
    words = "[/] [@click=app.quit]x[/] [bold \x1b]52;c;aGk=\x07 \u202eevil \x9b31m end"
    tip = NewTip(text=words, source="[/]", source_key="1", station="JNL", place="[/] \x1b[31m", category=Category.OTHER)
    async with console(settings_in(tmp_path), (200, 60), (tip,)) as one:
        await one.sees("[/] [@click=app.quit]x[/]")
        await one.press("enter", "escape", "s")
        await one.sees("Solve JNL")
        await one.press("escape", "f4", "escape", "ctrl+p")
        painted = "\n".join(one.rows)
        assert not set(painted) & {"\x1b", "\x07", "\x9b", "\u202e"}


async def test_it_works_the_same_on_postgresql(tmp_path: Path, postgres_store_url: str) -> None:
    async with console(settings_in(tmp_path, database=postgres_store_url), (120, 40)) as one:
        await one.press("i")
        await one.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)
        await one.sees("◐")
        await desk.solve_tip(one.other, LI, await one.tip(4), "done")
        await one.until(lambda: not one.shows("Loud music"), "gone")
