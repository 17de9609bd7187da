"""The admin's and the auditor's consoles: signing in leads there, officers are set up by keys alone, no tip is to be
seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert
from textual import events

from console.desk import signing
from console.errors import NotAllowed
from console.store import Store
from console.store import tables as t
from console.ui.screens.admin import AdminScreen
from console.ui.screens.audit_screen import AuditScreen
from console.ui.screens.locked import LockScreen
from tests.passwords import CHEAP_HASH, PASSWORD
from tests.ui.console_host import Console, unsigned_console
from tests.ui.test_sign_in import asked, nothing_of_the_tips, type_in

NEW = "a few words together"


async def hire(store: Store, role: str) -> None:
    """An officer of that role: XXX-1."""

    def write(conn: Connection) -> None:
        row = {"id": 90, "station_id": 1, "code": "XXX-1", "name": "Ma Li", "role": role, "rooms": 0}
        conn.execute(insert(t.officer).values(**row, password=CHEAP_HASH))

    await store.write(write)


@asynccontextmanager
async def signed_in(folder: Path, role: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Console]:
    async with unsigned_console(asked(folder), size) as one:
        await one.sees("Sign in")
        await hire(one.other, role)
        await type_in(one, "xxx-1", PASSWORD)
        await one.until(lambda: isinstance(one.app.screen, AdminScreen | AuditScreen), "nothing opens")
        yield one


async def write(one: Console, *fields: str) -> None:
    """Each field, then Tab."""
    for field in fields:
        await one.press(*["space" if letter == " " else letter for letter in field], "tab")


async def test_an_admin_sees_officers_and_no_tips(tmp_path: Path) -> None:
    async with signed_in(tmp_path, "admin") as one:
        await one.sees("JNL-007")
        await one.sees("4 officers")
        nothing_of_the_tips(one)
        for key in ("ctrl+p", "question_mark", "colon"):
            await one.press(key)
            assert isinstance(one.app.screen, AdminScreen)


async def test_an_officer_is_added_granted_reset_and_disabled_by_keys(tmp_path: Path) -> None:
    async with signed_in(tmp_path, "admin") as one:
        await one.sees("4 officers")
        await one.press("a")
        await one.sees("Add an officer")
        await write(one, "jnl-020", "Wu", "")
        await one.press("tab")
        await write(one, NEW)
        await type_in(one, NEW)
        await one.sees("JNL-020 is added.")
        assert (await signing.check_password(one.other, "JNL-020", NEW, "x")).stations == {1}
        await one.press("slash", *"wu", "enter", "t")
        await one.sees("Stations of JNL-020")
        await write(one, "cjd")
        await type_in(one, "2099-12-31")
        await one.sees("CJD → 2099-12-31")
        await one.press("t")
        await one.sees("Stations of JNL-020")
        await write(one, "cjd")
        await type_in(one, "9999-12-31")
        await one.sees("That day is too far off")
        await one.press("w")
        await one.sees("Another password")
        await write(one, "words of another day")
        await type_in(one, "words of another day")
        await one.sees("JNL-020 has another password.")
        found = await signing.check_password(one.other, "JNL-020", "words of another day", "x")
        assert found.stations == {1, 2}
        await one.press("x", "y")
        await one.sees("JNL-020 is disabled.")
        assert one.shows(" disabled    CJD → 2099-12-31")
        with pytest.raises(NotAllowed, match="is disabled"):
            await signing.check_password(one.other, "JNL-020", "words of another day", "x")
        await one.press("x")
        await one.sees("JNL-020 may sign in.")


async def test_what_is_wrong_is_said_in_place(tmp_path: Path) -> None:
    async with signed_in(tmp_path, "admin") as one:
        await one.sees("4 officers")
        await one.press("a", *"jnl-007", "tab", *"Wu")
        await type_in(one, "")
        await one.sees("Take at least 12 characters")
        await one.press("tab")
        one.app.post_message(events.Paste("值班"))
        await one.sees("Input method is on")
        await one.press("escape", "slash", *"xxx", "enter", "x", "y")
        await one.sees("Another admin must disable you")


@pytest.mark.parametrize("role", ["admin", "auditor"])
async def test_their_consoles_lock_too(tmp_path: Path, role: str) -> None:
    async with signed_in(tmp_path, role) as one:
        screen = one.app.screen
        await one.press("ctrl+l")
        assert isinstance(one.app.screen, LockScreen)
        await one.sees("XXX-1")
        await type_in(one, PASSWORD)
        await one.until(lambda: one.app.screen is screen, "it stays locked")


async def test_an_auditor_reads_the_audit(tmp_path: Path) -> None:
    async with signed_in(tmp_path, "auditor", (120, 40)) as one:
        await one.sees("officer.signed-in")
        nothing_of_words(one)


def nothing_of_words(one: Console) -> None:
    for words in ("赌博", "sofa", "Loud music", "Weihai"):
        assert not one.shows(words)
