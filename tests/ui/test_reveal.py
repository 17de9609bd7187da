"""Reveals by real keys: asked, approved at the same desk or from another console, shown, and sealed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from console import desk
from console.desk import reveals
from console.model.incoming import NewReporter, NewTip
from console.model.reveal import Reveal, RevealState
from console.store import tables as t
from console.store.reveals import Reveals
from console.ui.modals.reveal import RevealScreen
from tests.passwords import CHEAP_HASH, PASSWORD
from tests.ui.console_host import Console, console, ref
from tests.ui.small_station import LI, ZHOU, settings_in

WHO = NewReporter("Person One", "13900000001", "guard", "heron-1")
TIPS = (
    NewTip("Nobody is named here", "test", "1", room="JNL-12"),
    NewTip("Threatened on the stairs, ring 13800138000", "test", "2", room="JNL-12", reporter=WHO),
)
SECRETS = ("Person One", "13900000001", "heron-1", "13800138000")


@pytest.fixture(params=[(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def at(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Console]:
    async with console(settings_in(tmp_path), request.param, TIPS) as made:
        await made.other.write(_give_passwords)
        yield made


def _give_passwords(conn: Connection) -> None:
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
    assert (await the_reveal(at)).state is RevealState.ENDED
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
    assert (await the_reveal(at)).state is RevealState.ENDED


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
