"""The rooms' filter by real keys: it narrows as one types, its answers come for its own letters, Esc gives the tree
back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from console import desk
from console.desk.setup import add_members, add_places
from console.model.officer import Officer
from console.model.room import Member, MemberKind, MemberState, Room
from console.model.view import Branch, BranchKind, Found
from console.store import Store
from console.ui.widgets.outline import Outline
from tests.ui.console_host import SIZES, Console, console
from tests.ui.hosts import HOSTILE
from tests.ui.small_station import NIGHT, settings_in
from tests.until import until

D = Branch(BranchKind.DISTRICT, 1, None, "Jing'an", count=2)
S1, S2 = (Branch(BranchKind.STATION, n, n, f"Station {n}", count=3, code=f"S{n}") for n in (1, 2))


def lines(one: Console) -> list[str]:
    tree = one.app.desk_screen.room_tree
    return [tree.render_line(y).text.rstrip() for y in range(tree.scrollable_content_region.height)]


def labels(one: Console) -> list[str]:
    """The lines' words without signs and counts."""
    return [" ".join(part for part in line.split() if part not in "›▸▾") for line in lines(one) if line.strip()]


def is_filtering(one: Console) -> bool:
    return one.app.desk_screen.room_pane.is_filtering


async def in_tree(one: Console) -> None:
    """Go to the rooms; Zhou's station has unfolded by itself."""
    await one.press("3")
    await one.until(lambda: any("Zhou Yaping" in line for line in lines(one)), "the tree")


async def filtered(one: Console, text: str) -> None:
    """Open the filter and type; wait for its answer."""
    await in_tree(one)
    await one.press("slash", *(("space" if letter == " " else letter) for letter in text))
    pane = one.app.desk_screen.room_pane
    await one.until(lambda: pane._answered == text and "found" in str(pane.border_subtitle), "an answer")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_typing_narrows_and_esc_gives_the_tree_back(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(settings_in(tmp_path), size) as one:
        await in_tree(one)
        await one.press("j", "j", "j", "right")
        await one.until(lambda: "Room 12" in "".join(lines(one)), "unfolded")
        before, branch = lines(one), one.app.desk_screen.room_tree.cursor_branch
        await filtered(one, "wolf 3")
        found = labels(one)
        assert [found[0], found[-1]] == ["Jing'an 1", "Wolf 3 · guard"]
        assert len(found) == 5, "a line a level"
        assert one.app.desk_screen.room_tree.cursor_branch is not None
        assert one.app.desk_screen.room_tree.cursor_branch.label == "Wolf 3"
        assert one.shows("/wolf 3")
        assert one.shows("1 found · Esc ends")
        await one.press("escape")
        await one.until(lambda: lines(one) == before, "as before")
        assert one.app.desk_screen.room_tree.cursor_branch == branch
        assert one.app.desk_screen.focused is one.app.desk_screen.room_tree
        assert not one.shows("found · Esc")


async def test_enter_lists_the_tips_of_what_a_pseudonym_belongs_to(wide: Console) -> None:
    await filtered(wide, "wolf 3")
    await wide.press("enter")
    await wide.sees("JNL-12")
    await wide.until(lambda: wide.app.desk_screen.sight.text == 'room:"JNL-12"', "the room's tips")
    assert wide.app.desk_screen.focused is wide.app.desk_screen.feed
    await wide.press("3")
    assert labels(wide)[-1] == "Wolf 3 · guard", "the filter stays, so that another can be chosen"
    await wide.press("escape")
    assert not is_filtering(wide)
    assert wide.app.desk_screen.sight.text == 'room:"JNL-12"', "Esc ends the filter alone"


async def test_enter_before_the_answer_waits_for_it(wide: Console) -> None:
    await in_tree(wide)
    await wide.press("slash")
    for key, letter in (("minus", "-"), ("7", "7"), ("enter", None)):
        wide.app.post_message(events.Key(key, letter))
    await wide.until(lambda: wide.app.desk_screen.sight.text == 'room:"JNL-7"', "the room's tips")


async def test_letters_typed_at_once_behind_the_slash_go_into_the_box(wide: Console) -> None:
    await in_tree(wide)
    for key, letter in (("slash", "/"), ("x", "x"), ("1", "1")):
        wide.app.post_message(events.Key(key, letter))
    await wide.until(lambda: wide.shows("/x1"), "typed at once")
    assert wide.app.desk_screen.focused_pane == "tree"


async def test_down_goes_to_the_lines_and_the_slash_back(wide: Console) -> None:
    await filtered(wide, "room")
    assert [label.split(" · ")[0] for label in labels(wide)[2:]][::2] == ["Zhou Yaping", "Li Na"]
    await wide.press("down", "j", "j")
    branch = wide.app.desk_screen.room_tree.cursor_branch
    assert branch is not None
    assert branch.label == "Room 7"
    await wide.press("right")
    await wide.until(lambda: "Wolf 2 · guard" in labels(wide), "a hit unfolds like any other line")
    await wide.press("slash", "space", "7")
    await wide.until(lambda: labels(wide)[-1].startswith("JNL-7 Room 7"), "typed on")
    await wide.press("enter")
    await wide.until(lambda: wide.app.desk_screen.sight.text == 'room:"JNL-7"', "the room's tips")


async def test_a_district_alone_gets_the_keyboard(wide: Console) -> None:
    await filtered(wide, "jing'")
    await wide.press("enter")
    assert wide.app.desk_screen.focused is wide.app.desk_screen.room_tree
    await wide.press("right")
    await wide.until(lambda: len(labels(wide)) > 1, "what is below it")


async def test_nothing_found_is_said_and_nothing_happens(wide: Console) -> None:
    before = wide.app.desk_screen.sight.text
    await filtered(wide, "zzz")
    assert lines(wide)[0] == "Nothing found."
    await wide.press("enter", "down", "j", "right", "left", "enter", "G")
    assert wide.app.desk_screen.sight.text == before
    await wide.press("escape")
    assert "Zhou Yaping" in "".join(lines(wide))


async def test_an_emptied_box_shows_the_whole_tree(wide: Console) -> None:
    await in_tree(wide)
    before = lines(wide)
    await filtered(wide, "zz")
    await wide.press("backspace", "backspace")
    await wide.until(lambda: lines(wide)[:4] == before[:4], "the tree")
    assert is_filtering(wide)


async def test_an_answer_to_other_letters_is_dropped(wide: Console) -> None:
    await filtered(wide, "wolf 3")
    before = lines(wide)
    pane = wide.app.desk_screen.room_pane
    pane.show_found("wolf", Found(((D,),)))
    assert lines(wide) == before
    await wide.press("escape")
    pane.show_found("wolf 3", Found(((D,),)))
    assert not pane.rooms.is_narrowed


async def test_ctrl_f_works_too_and_the_slash_elsewhere_searches_tips(wide: Console) -> None:
    await in_tree(wide)
    await wide.press("ctrl+f")
    assert is_filtering(wide)
    await wide.press("escape", "1", "slash")
    assert not is_filtering(wide)
    assert wide.app.desk_screen.search_box.display


async def test_new_rooms_come_into_the_tree_below_the_filter(wide: Console) -> None:
    await in_tree(wide)
    await wide.press("j", "j", "j", "right")
    await wide.until(lambda: "Room 12" in "".join(lines(wide)), "unfolded")
    await filtered(wide, "li na")
    room = Room(1, 30, 7, 30, "JNL-30", "Room 30", "bicycles")
    await add_places(wide.other, districts=[], stations=[], officers=[], agencies=[], rooms=[room])
    wide.app.desk_screen.action_refresh_all()
    await wide.press("escape")
    await wide.until(lambda: "Room 30" in "".join(lines(wide)), "the tree was read again")


async def test_a_hostile_pseudonym_is_found_and_does_nothing(wide: Console) -> None:
    await add_members(wide.other, [Member(1, 99, 12, HOSTILE, MemberKind.SHOP, MemberState.ACTIVE, NIGHT)])
    await filtered(wide, "[/] [@click")
    assert labels(wide)[-1].startswith("[/] [@click=app")
    assert "\x1b" not in "".join(wide.rows)


async def test_the_look_up_of_the_letter_before_is_broken_off(wide: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    ended: list[str] = []
    find = desk.find_branches

    async def slow(store: Store, officer: Officer, text: str) -> Found:
        begun.append(text)
        try:
            if text == "wo":
                await until(lambda: False, patience_s=60)
            return await find(store, officer, text)
        finally:
            ended.append(text)

    monkeypatch.setattr(desk, "find_branches", slow)
    await in_tree(wide)
    await wide.press("slash", "w", "o")
    await wide.until(lambda: begun[-1:] == ["wo"], "asked")
    await wide.press("l")
    await wide.until(lambda: "Wolf 1 · guard" in labels(wide), "answered")
    assert ended.index("wo") < ended.index("wol")


# ── the lines that were found ────────────────────────────────────────────────────────────────────────────────────────
def test_paths_share_what_is_above_them() -> None:
    outline = Outline.of([(D,), (D, S1), (D, S2)])
    assert [(outline.line(row).branch, outline.line(row).is_way) for row in range(outline.rows)] == [
        (D, False), (S1, False), (S2, False),
    ]  # fmt: skip
    assert list(outline.wanted(0, 10)) == []
    outline = Outline.of([(D, S2)])
    assert [outline.line(row).is_way for row in range(2)] == [True, False]
    assert outline.row_of_path((D, S2)) == 1


def test_what_leads_to_a_hit_shows_all_when_folded_and_unfolded() -> None:
    outline = Outline.of([(D, S2)])
    limb = outline.line(0).opened
    assert limb is not None
    outline.fold(limb)
    assert outline.rows == 1
    outline.unfold(outline.line(0))
    assert list(outline.wanted(0, 10)) == [(D, 0)]
