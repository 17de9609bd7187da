"""Reveals by real keys: asked, approved at the same desk or from another console, shown, and sealed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from console import desk
from console.desk import reveals
from console.errors import StoreDown
from console.model.incoming import NewReporter, NewTip
from console.model.officer import MOST_CODE
from console.model.reveal import Reveal, RevealState
from console.store import tables as t
from console.store.reveals import Reveals
from console.ui.modals.reveal import RevealScreen
from console.ui.screens import revealing
from tests.passwords import CHEAP_HASH, PASSWORD
from tests.ui.console_host import Console, console, ref, unsigned_console
from tests.ui.small_station import CHEN, LI, ZHOU, settings_in
from tests.ui.test_presence import look
from tests.until import until

WHO = NewReporter("Person One", "13900000001", "guard", "heron-1")
TIPS = (
    NewTip("Nobody is named here", "test", "1", room="JNL-12"),
    NewTip("Threatened on the stairs, ring 13800138000", "test", "2", room="JNL-12", reporter=WHO),
)
SECRETS = ("Person One", "13900000001", "heron-1", "13800138000")


@pytest.fixture(params=[(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def at(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Console]:
    async with console(settings_in(tmp_path), request.param, TIPS) as made:
        await made.other.write(give_passwords)
        yield made


def give_passwords(conn: Connection) -> None:
    conn.execute(update(t.officer).values(password=CHEAP_HASH))


def secrets_on(at: Console) -> list[str]:
    return [one for one in SECRETS if at.shows(one)]


async def ask(at: Console) -> None:
    await at.press("R")
    await at.sees(f"Reveal who sent {ref(2)}")
    await at.press(*"threatened", "tab", *"A-77", "enter")
    await at.sees("Approve a reveal")


async def open_here(at: Console) -> None:
    """Asked by Zhou, approved by Li at the same desk."""
    await ask(at)
    await at.press(*LI.code, "tab", *PASSWORD, "enter")
    await at.sees("Person One")


async def ends(at: Console) -> None:
    """It is written down that it is over."""

    async def has_ended() -> bool:
        return await at.other.read(lambda conn: conn.scalar(select(t.reveal.c.state))) == RevealState.ENDED

    await until(has_ended, patience_s=15)


async def the_reveal(at: Console) -> Reveal:
    n = await at.other.read(lambda conn: conn.scalar(select(t.reveal.c.n)))
    return await at.other.read(lambda conn: Reveals(conn, LI).one(1, int(n or 0)))


async def test_two_officers_at_one_desk_open_it(at: Console) -> None:
    assert secrets_on(at) == []
    await open_here(at)
    assert secrets_on(at) == list(SECRETS)
    assert at.shows(f"{ZHOU.code} 2026-")
    assert at.shows("sealed again in 10:00")
    await at.press("y")
    assert at.app.clipboard == ""
    await at.press("escape")
    await at.sees("is sealed again")
    assert secrets_on(at) == []
    await ends(at)
    file = await desk.tip_file_by_ref(at.other, LI, ref(2))
    assert [one.kind.value for one in file.history][1:] == [
        "reveal.asked", "reveal.approved", "reveal.shown", "reveal.ended",
    ]  # fmt: skip


async def test_of_an_endless_name_every_part_can_be_read(at: Console, tmp_path: Path) -> None:
    """Five hundred cells of contact and name: j goes down to the last of them."""
    who = NewReporter("名" * 100, "连" * 199 + "尾", "guard", "heron-1")
    tip = NewTip("Another one", "test", "3", room="JNL-12", reporter=who)
    await desk.receive_tips(at.other, at.vault, [tip])
    await at.sees("Another one")
    await at.press("g")
    await at.until(lambda: at.line.head == "Another one", "cursor")
    await at.press("R")
    await at.sees("Reveal who sent")
    await at.press(*"threatened", "tab", *"A-77", "enter")
    await at.sees("Approve a reveal")
    await at.press(*LI.code, "tab", *PASSWORD, "enter")
    await at.sees("名名名")
    await at.press(*"j" * 6)
    await at.until(lambda: at.shows("尾") and at.shows("A-77"), "the end of it")


async def test_the_clock_ends_it(at: Console) -> None:
    await open_here(at)
    at.clock.move(minutes=9, seconds=58)
    await at.until(lambda: at.shows("sealed again in 0:0"), "clock")
    assert at.shows("Person One")
    at.clock.move(seconds=3)
    await at.sees("is sealed again")
    assert secrets_on(at) == []


@pytest.mark.parametrize("how", ["lock", "palette"])
async def test_whatever_covers_it_seals_it(at: Console, how: str) -> None:
    await open_here(at)
    screen = at.app.screen
    assert isinstance(screen, RevealScreen)
    await at.press("ctrl+l" if how == "lock" else "ctrl+p")
    await at.until(lambda: screen.is_sealed, "sealed")
    assert secrets_on(at) == []
    await at.press(*((*PASSWORD, "enter") if how == "lock" else ("escape",)))
    await at.until(lambda: at.app.screen is at.app.desk_screen, "the desk")
    await at.sees("is sealed again")
    assert secrets_on(at) == []
    await ends(at)


async def test_no_picture_of_the_screen_has_it(at: Console) -> None:
    await open_here(at)
    picture = at.app.export_screenshot().replace("&#160;", " ")
    for secret in SECRETS:
        assert secret not in picture
    assert "█" in picture
    assert at.shows("Person One")


async def test_a_wrong_password_is_asked_for_again(at: Console) -> None:
    await ask(at)
    await at.press(*LI.code, "tab", *"guess", "enter")
    await at.sees("do not go together")
    await at.press(*ZHOU.code, "tab", *PASSWORD, "enter")
    await at.sees("never the one who asks")
    assert secrets_on(at) == []
    await at.press("escape")
    await at.sees("can approve it within 10 minutes")
    assert (await the_reveal(at)).state is RevealState.ASKED


async def test_the_longest_code_approves(tmp_path: Path) -> None:
    code = "L" * MOST_CODE
    async with console(settings_in(tmp_path), (80, 24), TIPS) as one:
        await one.other.write(give_passwords)
        await one.other.write(
            lambda conn: conn.execute(update(t.officer).where(t.officer.c.id == LI.id).values(code=code)).close()
        )
        await ask(one)
        await one.press(*code, "tab", *PASSWORD, "enter")
        await one.sees("Person One")


async def test_approved_from_another_console(at: Console) -> None:
    await ask(at)
    await at.press("escape")
    await at.sees("can approve it within 10 minutes")
    await reveals.approve_reveal(at.other, LI, await the_reveal(at), LI.code, PASSWORD, "desk-2")
    await at.sees(f"{LI.code} approved your reveal")
    await at.press("p")
    await at.sees("look at it now")
    await at.press("1")
    await at.sees("Person One")


async def test_a_request_of_another_appears_here_and_is_answered(at: Console) -> None:
    tip = (await desk.tip_file_by_ref(at.other, LI, ref(2))).tip
    await reveals.ask_reveal(at.other, LI, tip, "threatened", "A-77")
    await at.sees(f"{LI.code} asks for a reveal of {ref(2)}: p answers.")
    await at.press("p", "1")
    await at.sees("Approve a reveal")
    await at.press(*PASSWORD, "enter")
    await at.sees("Approved")
    assert (await the_reveal(at)).answered_code == ZHOU.code
    assert secrets_on(at) == []


async def test_a_request_of_another_is_refused(at: Console) -> None:
    tip = (await desk.tip_file_by_ref(at.other, LI, ref(2))).tip
    await reveals.ask_reveal(at.other, LI, tip, "threatened", "A-77")
    await at.sees("asks for a reveal")
    await at.press("p", "1")
    await at.sees("Approve a reveal")
    await at.press("shift+tab", "2", "enter")
    await at.sees("Refused.")
    assert (await the_reveal(at)).state is RevealState.REFUSED


async def test_a_tip_without_a_reporter_has_none_to_reveal(at: Console) -> None:
    await at.press("j", "enter")
    await at.sees("Nobody is named here")
    await at.until(lambda: at.app.desk_screen.reading.file is not None, "read")  # type: ignore[union-attr]
    await at.press("R")
    await at.sees("R: Nobody is named in this tip.")


# ── when it is over without a key ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(settings_in(tmp_path), (80, 24), TIPS) as made:
        await made.other.write(give_passwords)
        yield made


async def test_the_end_of_the_console_is_the_end_of_the_reveal(
    narrow: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revealing, "_END_S", 60.0)
    await open_here(narrow)
    narrow.app.hung_up()
    await until(lambda: not narrow.app.is_running, patience_s=15)
    assert (await the_reveal(narrow)).state is RevealState.ENDED


async def test_a_lock_ends_it_before_the_desk_is_unlocked(narrow: Console) -> None:
    await open_here(narrow)
    await narrow.press("ctrl+l")
    await ends(narrow)
    assert narrow.shows("Locked")


async def test_its_end_is_written_down_once_the_store_answers(narrow: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    verb, tries = reveals.end_reveal, []

    async def end_reveal(*given: Any) -> None:
        tries.append(given)
        if len(tries) == 1:
            raise StoreDown("The database does not answer.")
        await verb(*given)

    monkeypatch.setattr(reveals, "end_reveal", end_reveal)
    monkeypatch.setattr(revealing, "RETRY_S", 0.01)
    await open_here(narrow)
    await narrow.press("escape")
    await ends(narrow)
    assert len(tries) == 2


async def test_a_question_over_it_stays_when_its_time_is_over(narrow: Console) -> None:
    """^Q, then ten minutes: only what is shown goes."""
    await open_here(narrow)
    await narrow.press("ctrl+q")
    await narrow.sees("Leave the console?")
    shown = next(one for one in narrow.app.screen_stack if isinstance(one, RevealScreen))
    narrow.clock.move(minutes=11)
    shown._tick()
    assert narrow.app.screen is not shown
    assert narrow.shows("Leave the console?")
    await narrow.press("n")
    await narrow.sees("is sealed again")


@asynccontextmanager
async def at_the_second_station(folder: Path) -> AsyncIterator[Console]:
    """Zhou, whose grant for it ends in five minutes, before a tip of it with a reporter."""
    tip = NewTip("Threatened at the gate", "test", "9", station="CJD", reporter=WHO)
    async with unsigned_console(settings_in(folder), (120, 40), (tip,), ends_in=timedelta(minutes=5)) as one:
        await one.sees("● live")
        await one.other.write(give_passwords)
        await one.press("right_square_bracket")
        await one.sees("Threatened at the gate")
        await one.until(lambda: one.app.desk_screen.feed.cursor_line is not None, "no tip")
        yield one


async def test_a_grant_that_ends_seals_what_is_shown_by_it(tmp_path: Path) -> None:
    async with at_the_second_station(tmp_path) as one:
        await one.press("R")
        await one.sees("Reveal who sent")
        await one.press(*"threatened", "tab", *"A-77", "enter")
        await one.sees("Approve a reveal")
        await one.press(*CHEN.code, "tab", *PASSWORD, "enter")
        await one.sees("Person One")
        one.clock.move(minutes=6)
        look(one)
        await one.sees("Your grant has ended: CJD.")
        await ends(one)
        assert secrets_on(one) == []
        assert one.app.screen is one.app.desk_screen


@pytest.mark.parametrize("is_locked", [False, True], ids=["open", "locked"])
async def test_a_grant_that_ends_closes_questions_about_its_tips(tmp_path: Path, *, is_locked: bool) -> None:
    async with at_the_second_station(tmp_path) as one:
        await one.press("e")
        await one.sees("Note to CJD")
        if is_locked:
            await one.press("ctrl+l")
        one.clock.move(minutes=6)
        if is_locked:
            await one.press(*PASSWORD, "enter")
        else:
            look(one)
        await one.until(lambda: one.app.screen is one.app.desk_screen, "the desk")
        await one.until(lambda: not one.shows("CJD-1121"), "closed")


async def test_a_grant_that_ends_leaves_questions_about_other_tips(tmp_path: Path) -> None:
    async with at_the_second_station(tmp_path) as one:
        tip = NewTip("Mine", "test", "10", station="JNL")
        await desk.receive_tips(one.other, one.vault, [tip])
        await one.press("left_square_bracket")
        await one.sees("Mine")
        await one.until(lambda: one.app.desk_screen.feed.cursor_line is not None, "no tip")
        await one.press("e", *"half a note")
        one.clock.move(minutes=6)
        look(one)
        desk_of = one.app.desk_screen
        await one.until(lambda: desk_of.desk is not None and 2 not in desk_of.desk.officer.stations, "grant")
        assert one.shows("half a note")
