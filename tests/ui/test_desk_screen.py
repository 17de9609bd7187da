"""The desk screen on a real store, by real key presses: each verb changes the tip in the store and the screen
follows."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from console import desk
from console.model.incoming import NewTip
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.settings import Settings
from console.store import Store
from console.ui import keys
from console.ui.app import ConsoleApp
from console.vault import Vault
from tests.ui.reading import rows_on
from tests.ui.small_station import CHEN, LI, TIPS, ZHOU, Clock, fill, settings_in
from tests.until import until

SIZES = ((80, 24), (120, 40), (200, 60))


@dataclass
class Console:
    """A console under test, and a second store on the same data: what another officer's console has."""

    app: ConsoleApp
    pilot: Pilot[None]
    other: Store
    vault: Vault
    clock: Clock

    @property
    def rows(self) -> list[str]:
        return rows_on(self.app)

    def shows(self, words: str) -> bool:
        return any(words in row for row in self.rows)

    async def sees(self, words: str) -> None:
        """Wait until the words stand on the screen."""
        await self.until(lambda: self.shows(words), words)

    async def until(self, is_so: Callable[[], bool], what: str = "") -> None:
        try:
            await until(is_so, patience_s=15)
        except TimeoutError:
            raise AssertionError(what + "\n" + "\n".join(self.rows)) from None

    async def press(self, *pressed: str) -> None:
        await self.pilot.press(*pressed)

    async def tip(self, n: int) -> Tip:
        """The tip of that number as it stands in the store."""
        return (await desk.tip_file_by_ref(self.other, CHEN, ref(n))).tip

    async def becomes(self, n: int, is_so: Callable[[Tip], bool]) -> Tip:
        async def now() -> bool:
            return is_so(await self.tip(n))

        await until(now, patience_s=15)
        return await self.tip(n)


def ref(n: int) -> str:
    return f"JNL-1121-{n:04}"


@asynccontextmanager
async def console(settings: Settings, size: tuple[int, int], tips: tuple[NewTip, ...] = TIPS) -> AsyncIterator[Console]:
    clock = Clock()
    await fill(settings, clock, tips)
    app = ConsoleApp(settings, now=clock)
    async with AsyncExitStack() as stack:
        other = await Store.open(settings.database_url, now=clock)
        stack.push_async_callback(other.close)
        pilot = await stack.enter_async_context(app.run_test(size=size, notifications=True))
        vault = Vault.open(settings.vault_key_file, create=False)
        one = Console(app, pilot, other, vault, clock)
        await one.sees("● live")
        await one.until(lambda: app.desk_screen.feed.cursor_line is not None, "no tip")
        yield one


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def at_desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Console]:
    """Zhou's console at each of the three sizes; the cursor is on tip 4, the newest."""
    async with console(settings_in(tmp_path), request.param) as one:
        yield one


@pytest.fixture
async def wide(tmp_path: Path) -> AsyncIterator[Console]:
    """Zhou's console at 120×40."""
    async with console(settings_in(tmp_path), (120, 40)) as one:
        yield one


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


# ── verbs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_investigate_and_undo(at_desk: Console) -> None:
    await at_desk.press("i")
    tip = await at_desk.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)
    assert tip.claimed_by == ZHOU.id
    await at_desk.sees("You investigate JNL-1121-0004")
    await at_desk.sees("◐")
    await at_desk.press("u")
    await at_desk.becomes(4, lambda tip: tip.status is Status.NEW)
    await at_desk.sees("Undone")
    await at_desk.until(lambda: not at_desk.shows("◐"), "new again")


async def test_solve_takes_it_out_of_the_list(at_desk: Console) -> None:
    await at_desk.press("s")
    await at_desk.sees("Solve JNL-1121-0004")
    await at_desk.press(*"quiet now", "enter")
    tip = await at_desk.becomes(4, lambda tip: tip.status is Status.SOLVED)
    assert tip.outcome == "quiet now"
    await at_desk.until(lambda: not at_desk.shows("Loud music"), "gone")
    await at_desk.until(lambda: at_desk.shows("3 of 4") or at_desk.shows("3 shown + 0 filtered + 1 closed = 4"), "sum")


async def test_refer(at_desk: Console) -> None:
    await at_desk.press("r")
    await at_desk.sees("Fire brigade")
    await at_desk.press("2")
    await at_desk.press(*"sofa", "enter")
    await at_desk.becomes(4, lambda tip: tip.status is Status.REFERRED)
    await at_desk.sees("◌")
    file = await desk.tip_file_by_ref(at_desk.other, CHEN, ref(4))
    assert [(one.agency, one.note) for one in file.referrals] == [("Property firm", "sofa")]


async def test_close_and_reopen(at_desk: Console) -> None:
    await at_desk.press("x")
    await at_desk.sees("Close JNL-1121-0004")
    await at_desk.press("3")
    tip = await at_desk.becomes(4, lambda tip: tip.status is Status.CLOSED)
    assert tip.close_reason is CloseReason.UNFOUNDED
    await at_desk.press("slash", *"status:closed", "enter")
    await at_desk.until(
        lambda: at_desk.app.desk_screen.reading is not None and at_desk.shows("Loud music"), "closed one"
    )
    await at_desk.press("X")
    await at_desk.sees("Reopen JNL-1121-0004")
    await at_desk.press("enter")
    await at_desk.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)


async def test_claim_and_release_by_letter_and_by_f2(wide: Console) -> None:
    await wide.press("c")
    await wide.becomes(4, lambda tip: tip.claimed_by == ZHOU.id)
    await wide.until(lambda: _line(wide).claimed_by == ZHOU.id, "claimed")
    await wide.press("C")
    await wide.becomes(4, lambda tip: tip.claimed_by is None)
    await wide.until(lambda: _line(wide).claimed_by is None, "released")
    await wide.press("f2")
    await wide.becomes(4, lambda tip: tip.claimed_by == ZHOU.id)
    await wide.until(lambda: _line(wide).claimed_by == ZHOU.id, "claimed")
    await wide.press("f2")
    await wide.becomes(4, lambda tip: tip.claimed_by is None)


async def test_note_assign_urgency_category_link(wide: Console) -> None:
    await wide.press("e")
    await wide.sees("Note to JNL-1121-0004")
    await wide.press(*"second call", "enter")
    await wide.sees("second call")
    await wide.press("A")
    await wide.sees("Assign JNL-1121-0004")
    await wide.press("2")
    await wide.becomes(4, lambda tip: tip.claimed_by is not None)
    await wide.sees("is assigned")
    await wide.press("f4")
    await wide.sees("Set urgency")
    await wide.press("u")
    await wide.sees("Urgency of JNL-1121-0004")
    await wide.press("2")
    await wide.becomes(4, lambda tip: tip.urgency is Urgency.PRIORITY)
    await wide.sees("urgency of JNL-1121-0004 is set")
    await wide.press("D")
    await wide.sees("is a duplicate of")
    await wide.press(*ref(2), "enter")
    await wide.becomes(4, lambda tip: tip.duplicate_of == ref(2))


async def test_f4_works_while_an_input_method_is_on(wide: Console) -> None:
    await wide.press("f4")
    await wide.sees("Hand it to an agency")
    await wide.press("1")
    await wide.becomes(4, lambda tip: tip.status is Status.INVESTIGATING)
    await wide.press("赌")
    await wide.sees("Input method is on: use F-keys or digits.")


async def test_a_dead_key_says_why(at_desk: Console) -> None:
    await at_desk.press("i")
    await at_desk.sees("(i investigate)")
    await at_desk.press("i")
    await at_desk.sees("i: It is already being investigated.")
    await at_desk.press("X")
    await at_desk.sees("X: It is open.")
    await at_desk.press("C", "C")
    await at_desk.sees("C: Nobody has claimed it.")


async def test_marked_tips_are_done_together(wide: Console) -> None:
    await wide.press("space", "space", "space")
    await wide.sees("◆ 3 marked")
    other = await wide.tip(2)
    await desk.investigate_tip(wide.other, LI, other)
    await wide.until(
        lambda: any(line.status is Status.INVESTIGATING for line in wide.app.desk_screen.feed.marked_lines), ""
    )
    await wide.press("i")
    await wide.sees("do it to the 3 marked tips?")
    await wide.press("y")
    await wide.sees("Investigate: 2 tips done. Still marked, not done: JNL-1121-0002")
    assert (await wide.tip(3)).status is Status.INVESTIGATING
    assert (await wide.tip(4)).status is Status.INVESTIGATING
    await wide.press("escape")
    await wide.until(lambda: not wide.app.desk_screen.feed.marked, "unmarked")


async def test_a_new_tip_by_hand(wide: Console) -> None:
    await wide.press("a")
    await wide.sees("New tip by phone")
    await wide.press(*"A man climbs", "tab", *"JNL-12", "f3")
    await wide.sees("JNL-1121-0005 is on file")
    tip = await wide.tip(5)
    assert (tip.text, tip.source, tip.room_code) == ("A man climbs", "desk", "JNL-12")
    await wide.sees("JNL-1121-0005 is on file")
    await wide.until(lambda: _line(wide).ref == ref(5), "cursor on it")


# ── the other console ────────────────────────────────────────────────────────────────────────────────────────────────
async def test_another_consoles_step_is_seen_without_a_key(at_desk: Console) -> None:
    await desk.solve_tip(at_desk.other, LI, await at_desk.tip(3), "done")
    await at_desk.until(lambda: not at_desk.shows("The same car"), "gone")
    await desk.receive_tips(
        at_desk.other, at_desk.vault, [NewTip(text="Smoke", source="y", source_key="9", station="JNL")]
    )
    await at_desk.sees("+1 new ↑")
    assert _line(at_desk).ref == ref(4)
    await at_desk.press("g")
    await at_desk.sees("Smoke")


async def test_second_officer_is_told(wide: Console) -> None:
    await wide.press("s")
    await wide.sees("Solve JNL-1121-0004")
    await desk.set_urgency(wide.other, LI, await wide.tip(4), Urgency.PRIORITY)
    await desk.claim_tip(wide.other, LI, await wide.tip(4))
    await wide.press("enter")
    await wide.sees("JNL-008 changed JNL-1121-0004 meanwhile")
    assert wide.shows("claimed by nobody → JNL-008")
    assert wide.shows("urgency routine → priority")
    assert (await wide.tip(4)).status is Status.NEW


async def test_an_alarm_rings_until_acknowledged(wide: Console) -> None:
    rung: list[int] = []
    wide.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
    alarm = NewTip(text="A knife", source="y", source_key="k", station="JNL", urgency=Urgency.ALARM)
    await desk.receive_tips(wide.other, wide.vault, [alarm])
    await wide.sees("1 ALARM")
    await wide.until(lambda: bool(rung), "bell")
    await wide.press("!")
    await wide.sees("is an alarm: read it")
    await wide.until(lambda: _line(wide).ref == ref(5), "on the alarm")
    await wide.press("!")
    await wide.becomes(5, lambda tip: tip.acknowledged_by == ZHOU.id)
    await wide.sees("alarm 0")


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
    await wide.until(lambda: _line(wide).ref == ref(1), "went there")
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
    await wide.until(lambda: not _line(wide).unseen, "the first is seen by resting on it")
    for number in (3, 2, 1):
        await wide.press("n")
        await wide.until(lambda number=number: _line(wide).ref == ref(number) and not _line(wide).unseen, str(number))  # type: ignore[misc]
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
        await one.sees("F2 marks several")
        await one.press(*"cjd", "enter")
        await one.sees("CJD Caojiadu")


async def test_the_tree_filters_by_room(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (200, 60)) as one:
        await one.sees("Zhou Yaping duty")
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


def _line(one: Console):  # type: ignore[no-untyped-def]
    line = one.app.desk_screen.feed.cursor_line
    assert line is not None
    return line
