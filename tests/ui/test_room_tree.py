"""The tree of rooms under real keys: pieces asked for, cursor on its branch, any size at once, hostile names shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

from console.model.view import Branch, BranchKind, Twigs
from console.paths import STYLES_DIR
from console.ui.theme import THEMES
from console.ui.widgets.outline import MOST_HELD, PIECE
from console.ui.widgets.room_tree import RoomTree
from tests.ui.hosts import HOSTILE, SEEN, Host
from tests.ui.reading import rows_of
from tests.until import until

DISTRICT = Branch(BranchKind.DISTRICT, 1, None, "Jing'an", count=1)
STATION = Branch(BranchKind.STATION, 10, 10, "Jiangning Road", count=2, code="JNL")
ZHOU = Branch(BranchKind.OFFICER, 100, 10, "Zhou Yaping", "duty", count=1_000, code="JNL-007")
LIN = Branch(BranchKind.OFFICER, 101, 10, HOSTILE, "duty", count=0)


def room(number: int, members: int = 5_000) -> Branch:
    return Branch(BranchKind.ROOM, number, 10, f"Room {number}", "safe lanes", members, f"JNL-{number}")


def member(number: int) -> Branch:
    return Branch(BranchKind.MEMBER, number, 10, f"晨风{number}", "guard")


def city(parent: Branch | None) -> tuple[int, Callable[[int], Branch]]:
    """How many children the branch has, and each of them by number."""
    if parent is None:
        return 1, lambda n: DISTRICT
    if parent == DISTRICT:
        return 1, lambda n: STATION
    if parent == STATION:
        return 2, lambda n: (ZHOU, LIN)[n]
    if parent.kind is BranchKind.OFFICER:
        return parent.count, room
    return parent.count, member


class TreeHost(Host):
    CSS_PATH = STYLES_DIR / "room_tree.tcss"

    def __init__(self, answering: bool = True) -> None:
        super().__init__()
        self.answering = answering
        self.asked: list[tuple[str | None, int]] = []
        self.chosen: list[Branch] = []
        self.rested: list[Branch | None] = []

    def compose(self) -> ComposeResult:
        yield RoomTree()

    @property
    def rooms(self) -> RoomTree:
        return self.query_one(RoomTree)

    def on_room_tree_children_wanted(self, message: RoomTree.ChildrenWanted) -> None:
        self.asked.append((None if message.branch is None else message.branch.label, message.start))
        if self.answering:
            total, child = city(message.branch)
            numbers = range(message.start, min(message.start + message.limit, total))
            self.rooms.fill(message.branch, Twigs(message.start, tuple(map(child, numbers)), total))

    def on_room_tree_branch_chosen(self, message: RoomTree.BranchChosen) -> None:
        self.chosen.append(message.branch)

    def on_room_tree_rested(self, message: RoomTree.Rested) -> None:
        self.rested.append(message.branch)


def shown(tree: RoomTree) -> list[str]:
    return [tree.render_line(y).text.rstrip() for y in range(tree.scrollable_content_region.height)]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_unfolds_down_to_members_with_pseudonym_and_kind(size: tuple[int, int]) -> None:
    app = TreeHost()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert [line.split()[0] for line in shown(app.rooms)[:4]] == ["›▾", "▾", "▸", "[/]"]
        await press(pilot, "j", "j", "right", "right", "l")
        lines = shown(app.rooms)
        assert lines[2].split() == ["▾", "Zhou", "Yaping", "·", "duty", "1,000"]
        assert lines[3].startswith("›      ▾ ")
        assert lines[4].split() == ["晨风0", "·", "guard"]
        assert app.rested[-1] == room(0)


async def test_enter_chooses_and_a_member_cannot_be_chosen() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter")
        assert "▸" in shown(app.rooms)[0], "Enter folds a district"
        await press(pilot, "enter", "j", "enter", "j", "enter")
        assert app.chosen == [STATION, ZHOU]
        await press(pilot, "right", "right", "enter", "right", "right")
        assert app.rooms.cursor_branch == member(0)
        await press(pilot, "enter")
        assert app.chosen == [STATION, ZHOU, room(0)]


async def test_left_folds_then_goes_to_the_parent() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "right", "right", "j")
        assert app.rooms.cursor_branch == room(1)
        await press(pilot, "left")
        assert app.rooms.cursor_branch == ZHOU
        await press(pilot, "left")
        assert shown(app.rooms)[2].split()[0] == "›"
        assert "Room" not in "".join(shown(app.rooms))
        await press(pilot, "h")
        assert app.rooms.cursor_branch == STATION


async def test_a_room_of_5000_is_asked_for_in_pieces_around_the_view() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "right", "right", "right")
        app.asked.clear()
        await press(pilot, "G")
        assert app.rooms.cursor_branch == LIN
        assert app.asked == [("Zhou Yaping", 1_000 - PIECE)], "the members passed over were never asked for"
        await press(pilot, "g", *["pagedown"] * 3)
        assert "晨风50 · guard" in [line.strip() for line in shown(app.rooms)]
        assert app.rooms.virtual_size.height == 2 + 2 + 1_000 + 5_000


async def test_rows_that_have_not_come_are_placeholders() -> None:
    app = TreeHost(answering=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert shown(app.rooms)[0] == "Loading the rooms…"
        app.rooms.fill(None, Twigs(0, (DISTRICT,), 1))
        app.rooms.fill(DISTRICT, Twigs(0, (STATION,), 1))
        await press(pilot, "j")
        assert shown(app.rooms)[2].strip() == "…"
        await press(pilot, "right")
        assert app.asked.count(("Jiangning Road", 0)) == 1
        assert app.rooms.cursor_branch is None
        assert app.rested[-1] is None
        app.rooms.fill(STATION, Twigs(0, (ZHOU, LIN), 2))
        await pilot.pause()
        assert app.rooms.cursor_branch == ZHOU


async def test_what_is_late_is_said_to_be_on_its_way() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j")
        app.answering = False
        height = app.rooms.virtual_size.height
        await press(pilot, "right")
        assert app.asked[-1] == ("Zhou Yaping", 0)
        await until(lambda: app.rooms.virtual_size.height == height + 1)
        assert rows_of(app.rooms)[3].strip() == "…"
        app.rooms.fill(ZHOU, Twigs(0, (room(0), room(1)), 2))
        await pilot.pause()
        assert [row.split()[1] for row in rows_of(app.rooms)[3:5]] == ["JNL-0", "JNL-1"]


async def test_what_is_unfolded_on_the_last_line_is_asked_for_and_shown() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "right", *["j"] * 21)
        assert app.rooms.cursor_row - app.rooms.scroll_offset.y == app.rooms.size.height - 1
        await press(pilot, "right")
        assert app.asked[-1] == (f"Room {app.rooms.cursor_row - 3}", 0)
        assert any("晨风0" in row for row in rows_of(app.rooms))


async def test_another_theme_and_another_name_are_drawn_anew() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j")
        before = app.rooms.render_line(3)
        app.theme = THEMES[1].name
        await pilot.pause()
        after = app.rooms.render_line(3)
        assert (after.text, list(after)) != (before.text, list(before))
        assert after.text == before.text
        app.rooms.fill(STATION, Twigs(0, (ZHOU, replace(LIN, label="Lin Wei")), 2))
        await pilot.pause()
        assert "Lin Wei" in shown(app.rooms)[3]


async def test_no_rooms_is_said() -> None:
    app = TreeHost(answering=False)
    async with app.run_test(size=(80, 24)) as pilot:
        app.rooms.fill(None, Twigs(0, (), 0))
        await press(pilot, "j", "k", "G", "g", "right", "left", "enter", "pagedown")
        assert shown(app.rooms)[0] == "No rooms yet."


async def test_cursor_stays_on_its_branch_when_rooms_are_added_above() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "right", *["j"] * 40, "right")
        assert app.rooms.cursor_branch == room(39)
        line_before = app.rooms.cursor_row - app.rooms.scroll_offset.y
        app.rooms.fill(ZHOU, Twigs(0, (room(7_777), *map(room, range(PIECE - 1))), 1_001))
        await pilot.pause()
        assert app.rooms.cursor_branch == room(39)
        assert app.rooms.cursor_row - app.rooms.scroll_offset.y == line_before
        assert shown(app.rooms)[line_before + 1].split() == ["晨风0", "·", "guard"], "what was unfolded stays so"


async def test_a_removed_room_takes_its_members_with_it() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "right", "j", "right")
        app.rooms.fill(ZHOU, Twigs(0, tuple(map(room, range(1, 4))), 3))
        await pilot.pause()
        assert app.rooms.virtual_size.height == 2 + 2 + 3
        assert app.rooms.cursor_branch == room(1)


async def test_asking_again_keeps_what_is_drawn() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "right")
        before = shown(app.rooms)
        app.asked.clear()
        app.answering = False
        app.rooms.ask_again()
        await pilot.pause()
        assert set(app.asked) == {(None, 0), ("Jing'an", 0), ("Jiangning Road", 0), ("Zhou Yaping", 0)}
        assert shown(app.rooms) == before


async def test_hostile_names_are_shown_and_do_nothing() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "j")
        line = shown(app.rooms)[3]
        assert SEEN in line
        await pilot.click(RoomTree, offset=(20, 3))
        assert app.is_running
        assert app.rooms.cursor_branch == LIN


async def test_wide_names_never_push_the_count_out() -> None:
    app = TreeHost(answering=False)
    wide = Branch(BranchKind.DISTRICT, 2, None, "静安区" * 40, count=12)
    async with app.run_test(size=(80, 24)) as pilot:
        app.rooms.fill(None, Twigs(0, (wide, DISTRICT), 2))
        await pilot.pause()
        strip = app.rooms.render_line(0)
        label, _gap, count = strip.text.rpartition(" ")
        assert (label.rstrip()[-1], count) == ("…", "12")
        assert strip.cell_length == app.rooms.scrollable_content_region.width


async def test_a_mouse_click_on_the_sign_folds() -> None:
    app = TreeHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.click(RoomTree, offset=(1, 0))
        assert "▸ Jing'an" in shown(app.rooms)[0]
        assert app.rooms.virtual_size.height == 1


async def test_what_is_far_away_is_let_go() -> None:
    app = TreeHost(answering=False)
    async with app.run_test(size=(80, 24)) as pilot:
        districts = [Branch(BranchKind.DISTRICT, n, None, f"D{n}", count=1) for n in range(MOST_HELD + PIECE)]
        total = len(districts)
        for start in range(0, total, PIECE):
            app.rooms.fill(None, Twigs(start, tuple(districts[start : start + PIECE]), total))
        assert shown(app.rooms)[3].split()[1] == "D3"
        await press(pilot, "G")
        assert app.rooms.cursor_branch is None or app.rooms.cursor_branch.label == f"D{total - 1}"
        held = sum(app.rooms._outline.line(row).branch is not None for row in range(total))
        assert held <= MOST_HELD
