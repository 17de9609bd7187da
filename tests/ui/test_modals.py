"""The questions under real keys at 80×24: digits choose, Enter confirms, Esc leaves, limits and reasons are said,
nothing typed is lost, hostile words are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from console.model.incoming import NewReporter, NewTip
from console.model.officer import Officer, Role
from console.model.room import Room
from console.model.station import Agency, AgencyKind, Station
from console.model.tip import Category, CloseReason, Status, Urgency
from console.paths import STYLES_DIR
from console.ui.modals.assign_tip import AssignTip
from console.ui.modals.close_tip import CloseTip
from console.ui.modals.confirm import Confirm
from console.ui.modals.leave import Leave
from console.ui.modals.link_duplicate import LinkDuplicate
from console.ui.modals.new_tip import NewTipForm
from console.ui.modals.note_tip import NoteTip
from console.ui.modals.question import Question
from console.ui.modals.refer_tip import ReferTip
from console.ui.modals.reopen_tip import ReopenTip
from console.ui.modals.set_category import SetCategory
from console.ui.modals.set_urgency import SetUrgency
from console.ui.modals.solve_tip import SolveTip
from console.ui.modals.station_switch import StationSwitch
from console.ui.modals.status_menu import StatusMenu
from console.ui.modals.words_field import MOST_WORDS, WordsField
from tests.ui.hosts import HOSTILE, Host
from tests.ui.test_tip_detail import TIP

OPEN: Any = object()
"""Stands for: the question is still open."""
AGENCIES = [Agency(10, 31, AgencyKind.FIRE, "Fire brigade"), Agency(10, 32, AgencyKind.PROPERTY, "金茂物业")]
ROOMS = [Room(10, n, 7, n, f"JNL-{n}", f"Lane {n}", "safe lanes") for n in (7, 12, 120)]
STATIONS = [
    Station(n, 1, code, name) for n, code, name in ((1, "JNL", "Jiangning"), (2, "WHL", "Weihai"), (3, "KDL", "A"))
]


def officer(id_: int, name: str = "Zhou") -> Officer:
    return Officer(id_, f"JNL-{id_:03}", name, Role.DUTY, 10, frozenset({10}))


class ModalHost(Host):
    CSS_PATH = STYLES_DIR / "modals.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.answer: Any = OPEN

    def take(self, answer: Any) -> None:
        self.answer = answer


async def answer_of(question: ModalScreen[Any], *keys: str) -> Any:
    """What the question gives after these keys, OPEN when it still stands."""
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(question, app.take)
        await pilot.press(*keys)
        await pilot.pause()
        return app.answer


def why(app: ModalHost) -> str:
    line = app.screen.query_one(".why", Static)
    return str(line.content) if line.display else ""


def typed(words: str) -> tuple[str, ...]:
    return tuple(" ".join(words).replace("   ", " space ").split(" "))


@pytest.mark.parametrize(
    "make, keys, expected",
    [
        (lambda: SolveTip(TIP), typed("warned"), OPEN),
        (lambda: SolveTip(TIP), (*typed("warned them"), "enter"), "warned them"),
        (lambda: SolveTip(TIP), ("enter",), ""),
        (lambda: ReopenTip(TIP), (*typed("again"), "enter"), "again"),
        (lambda: NoteTip(TIP), (*typed("seen"), "enter"), "seen"),
        (lambda: CloseTip(TIP), ("4",), (CloseReason.NOT_POLICE_MATTER, "")),
        (lambda: CloseTip(TIP), ("j", "tab", *typed("same"), "enter"), (CloseReason.DUPLICATE, "same")),
        (lambda: CloseTip(TIP), ("３",), (CloseReason.UNFOUNDED, "")),
        (lambda: ReferTip(TIP, AGENCIES), ("2", *typed("look 1"), "enter"), (32, "look 1")),
        (lambda: ReferTip(TIP, AGENCIES), ("enter",), (31, "")),
        (lambda: AssignTip(TIP, [officer(7), officer(8)]), ("2",), 8),
        (lambda: SetUrgency(TIP), ("3",), Urgency.ALARM),
        (lambda: SetUrgency(TIP), ("k", "enter"), Urgency.ROUTINE),
        (lambda: SetCategory(TIP), ("1",), OPEN),
        (lambda: SetCategory(TIP), ("1", "2"), Category.GROUP_LEASE),
        (lambda: SetCategory(TIP), ("5",), Category.FRAUD),
        (lambda: SetCategory(TIP), ("G", "end", "enter"), Category.OTHER),
        (lambda: LinkDuplicate(TIP, ("JNL-1119-0007", "JNL-1101-0003")), ("2",), "JNL-1101-0003"),
        (lambda: LinkDuplicate(TIP, ("JNL-1119-0007",)), ("tab", *typed("jnl-9"), "enter"), "JNL-9"),
        (lambda: StatusMenu(TIP), ("3",), "tip.solve"),
        (lambda: StatusMenu(TIP), ("k",), "tip.category"),
        (lambda: StatusMenu(TIP), ("ｄ",), "tip.link"),
        (lambda: StatusMenu(TIP), ("down", "enter"), "tip.solve"),
        (lambda: StatusMenu(replace(TIP, status=Status.SOLVED)), ("5",), "tip.reopen"),
        (lambda: StationSwitch(STATIONS, (2,)), ("enter",), (2,)),
        (lambda: StationSwitch(STATIONS), (*typed("weih"), "enter"), (2,)),
        (lambda: StationSwitch(STATIONS, (1,)), ("f2", "down", "f2", "enter"), (1, 2)),
        (lambda: Confirm("Sure?"), ("y",), True),
        (lambda: Confirm("Sure?"), ("n",), None),
        (Leave, ("enter",), True),
        (Leave, ("ｎ",), None),
    ],
)
async def test_keys_give_the_answer(make: Callable[[], ModalScreen[Any]], keys: tuple[str, ...], expected: Any) -> None:
    answer = await answer_of(make(), *keys)
    assert answer is expected if expected is OPEN else answer == expected


def hostile_questions() -> list[Question[Any]]:
    tip = replace(TIP, ref=HOSTILE, text=HOSTILE, claimed_code=HOSTILE)
    return [
        SolveTip(tip),
        ReopenTip(tip),
        NoteTip(tip),
        CloseTip(tip),
        ReferTip(tip, [Agency(10, 1, AgencyKind.FIRE, HOSTILE)]),
        AssignTip(tip, [replace(officer(7, HOSTILE), code=HOSTILE), officer(8, HOSTILE)]),
        LinkDuplicate(tip, (HOSTILE + "2",)),
        SetUrgency(tip),
        SetCategory(tip),
        StatusMenu(tip, {"tip.solve": HOSTILE}),
        StationSwitch([Station(1, 1, HOSTILE, HOSTILE)]),
        NewTipForm([replace(ROOMS[0], code=HOSTILE, name=HOSTILE)], [Station(1, 1, HOSTILE + "2", HOSTILE)]),
        Confirm(HOSTILE, title=HOSTILE),
        Leave(HOSTILE),
    ]


@pytest.mark.parametrize("number", range(len(hostile_questions())))
async def test_hostile_words_are_shown_and_esc_leaves_with_none(number: int) -> None:
    app = ModalHost()
    question = hostile_questions()[number]
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(question, app.take)
        await pilot.pause()
        drawn = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "[@click=app.quit]" in drawn
        assert "\x1b" not in drawn
        assert "\u202e" not in drawn
        box = app.screen.query_one(".box").region
        for y in range(box.y, box.bottom):
            if line := next((x for x in range(10, 70) if drawn.split("\n")[y][x : x + 1] == "@"), None):
                await pilot.click(offset=(line, y))
        assert app.is_running
        if app.answer is OPEN:
            await pilot.press("escape")
            assert app.answer is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("number", range(len(hostile_questions())))
async def test_fits_the_screen_with_all_it_says(number: int, size: tuple[int, int]) -> None:
    app = ModalHost()
    async with app.run_test(size=size) as pilot:
        await app.push_screen(hostile_questions()[number], app.take)
        await pilot.pause()
        box = app.screen.query_one(".box")
        assert box.max_scroll_y == 0
        assert box.region.bottom <= size[1]
        keys = app.screen.query_one(".keys")
        assert keys.region.height == 1
        assert keys.region.bottom < box.region.bottom


async def say_after(pilot: Pilot[None], app: ModalHost, *keys: str) -> str:
    await pilot.press(*keys)
    await pilot.pause()
    assert app.answer is OPEN
    return why(app)


async def test_words_too_long_are_kept_and_the_excess_is_said() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(SolveTip(TIP), app.take)
        field = app.screen.query_one(WordsField)
        field.text = "x" * (MOST_WORDS + 1)
        assert await say_after(pilot, app, "enter") == "Shorten it by 1 character."
        assert len(field.text) == MOST_WORDS + 1
        await pilot.press("delete", "enter")
        assert app.answer == "x" * MOST_WORDS


async def test_an_absurd_paste_is_refused_whole() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NoteTip(TIP), app.take)
        await pilot.press("a")
        app.screen.query_one(WordsField).post_message(events.Paste("y" * 10_000_000))
        assert "10,000,000 characters; 2,000 fit" in await say_after(pilot, app)
        assert app.screen.query_one(TextArea).text == "a"


async def test_what_is_missing_is_said() -> None:
    for question, sentence in (
        (NoteTip(TIP), "Write the note first, or leave with Esc."),
        (ReferTip(TIP, []), "The station has no agencies on its list; an admin adds them. Esc leaves."),
        (AssignTip(TIP, []), "No other officer works this station's tips. Esc leaves."),
        (LinkDuplicate(TIP), "Type the ref of the first tip, such as JNL-1120-0042."),
        (SetUrgency(TIP), "It has that urgency already."),
    ):
        app = ModalHost()
        async with app.run_test(size=(80, 24)) as pilot:
            await app.push_screen(question, app.take)
            assert await say_after(pilot, app, "enter") == sentence


async def test_a_dead_line_of_the_menu_says_why() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(StatusMenu(TIP, {"tip.claim": "It is already yours."}), app.take)
        assert await say_after(pilot, app, "1") == "It is already being investigated."
        assert await say_after(pilot, app, "6") == "It is already yours."
        assert await say_after(pilot, app, "a") == "It is not an alarm."


async def test_a_tip_is_no_duplicate_of_itself_and_a_claimed_tip_is_not_assigned_to_its_officer() -> None:
    for question, keys, sentence in (
        (
            LinkDuplicate(TIP),
            (*typed(TIP.ref.lower()), "enter"),
            "A tip is not a duplicate of itself: type another ref.",
        ),
        (AssignTip(TIP, [officer(7)]), ("1",), "It is already theirs."),
    ):
        app = ModalHost()
        async with app.run_test(size=(80, 24)) as pilot:
            await app.push_screen(question, app.take)
            assert await say_after(pilot, app, *keys) == sentence


async def test_no_station_of_that_name_is_said() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(StationSwitch(STATIONS), app.take)
        sentence = await say_after(pilot, app, *typed("zzz"), "enter")
        assert sentence == "No station you may see is called that: type less of it."


async def test_new_tip_takes_everything_down() -> None:
    keys = (*typed("fire in"), "enter", *typed("lane 22"), "tab", *typed("jnl-12"), "tab", "2", "tab", "8", "tab")
    keys += (*typed("gate 3"), "tab", "right", "tab", *typed("Ms Lin"), "tab", *typed("139"), "enter")
    tip = await answer_of(NewTipForm(ROOMS, STATIONS), *keys)
    assert isinstance(tip, NewTip)
    assert tip == NewTip(
        text="fire in\nlane 22",
        source="desk",
        source_key=tip.source_key,
        room="JNL-12",
        category=Category.FIRE,
        urgency=Urgency.PRIORITY,
        place="gate 3",
        reporter=NewReporter("Ms Lin", "139", "counter"),
    )


async def test_new_tip_for_a_station_and_completion_by_the_right_arrow() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NewTipForm(ROOMS, STATIONS), app.take)
        await pilot.press("a", "tab", "w")
        await app.workers.wait_for_complete()
        await pilot.press("right", "f3")
        assert app.answer.station == "WHL"
        assert app.answer.room is None


async def test_new_tip_says_whose_name_and_contact_are_asked() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NewTipForm(ROOMS), app.take)
        await pilot.pause()
        rows = [strip.text for strip in app.screen._compositor.render_strips()]
        at = next(n for n, row in enumerate(rows) if "Who reports it (sealed: nobody sees it without a reveal):" in row)
        assert "Their name" in rows[at + 1]
        assert "Phone, mail" in rows[at + 2]


async def test_two_forms_are_two_tips() -> None:
    first = await answer_of(NewTipForm(ROOMS[:1]), "a", "f3")
    second = await answer_of(NewTipForm(ROOMS[:1]), "a", "f3")
    assert first.room == "JNL-7", "the only room there is needs no typing"
    assert first.source_key != second.source_key


async def test_new_tip_says_what_is_missing_and_goes_there() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NewTipForm(ROOMS), app.take)
        assert await say_after(pilot, app, "f3") == "Write down what was reported."
        sentence = await say_after(pilot, app, *typed("fire"), "f3")
        assert sentence == "Say which room it is for: type its code, → takes the one shown."
        sentence = await say_after(pilot, app, *typed("xyz"), "enter")
        assert sentence == "There is no room or station xyz: type another code."
        assert "no such room or station" in str(app.screen.query_one(".found", Static).content)


async def test_esc_throws_nothing_away_at_once() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NewTipForm(ROOMS), app.take)
        assert "Esc again throws away" in await say_after(pilot, app, "a", "escape")
        await say_after(pilot, app, "b", "escape")
        assert app.screen.query_one(WordsField).text == "ab"
        await pilot.press("escape")
        assert app.answer is None


async def test_a_paste_is_taken_once_and_half_a_character_of_it_is_nothing_a_store_would_refuse() -> None:
    app = ModalHost()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NoteTip(TIP), app.take)
        await pilot.pause()
        app.post_message(events.Paste("seen\ud800 twice"))
        await pilot.pause()
        await pilot.press("enter")
        assert app.answer == "seen? twice"
