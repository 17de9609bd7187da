"""The auditor's screen by real keys: a list that goes on under the cursor, filters, an entry as a whole, verifying."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import delete
from textual import events
from textual.pilot import Pilot

from console.desk import audit
from console.desk.setup import add_places
from console.model.chain import Verdict
from console.settings import Settings
from console.store import Store
from console.store import tables as t
from console.store.driver import plain_sqlite
from console.ui.app import ConsoleApp
from console.ui.screens import audit_screen
from console.ui.screens.help import HelpScreen
from console.ui.screens.locked import LockScreen
from console.ui.widgets.audit_list import AuditList
from tests.passwords import CHEAP_HASH, PASSWORD
from tests.ui.audit_host import WANG, AuditHost, made
from tests.ui.reading import rows_on
from tests.ui.small_station import Clock, fill, settings_in
from tests.ui.test_presence import Late
from tests.until import until


@dataclass
class Auditor:
    """The screen under test."""

    app: AuditHost
    pilot: Pilot[None]

    @property
    def rows(self) -> list[str]:
        return rows_on(self.app)

    @property
    def list(self) -> AuditList:
        return self.app.screen.query_one(AuditList)

    async def sees(self, words: str) -> None:
        await self.until(lambda: any(words in row for row in self.rows), words)

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        try:
            await until(is_so, patience_s=20)
        except TimeoutError:
            raise AssertionError(what + "\n" + "\n".join(self.rows)) from None

    def number(self) -> tuple[str, int]:
        line = self.list.cursor_line
        assert line is not None
        return line.station, line.seq


@asynccontextmanager
async def auditor(folder: Path, entries: int = 0, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Auditor]:
    settings = settings_in(folder)
    await made(settings, entries)
    app = AuditHost(settings)
    async with app.run_test(size=size) as pilot:
        one = Auditor(app, pilot)
        await one.sees(f"{entries + 6:,} entries")
        await one.until(lambda: one.list.cursor_line is not None, "an entry")
        yield one


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_entries_and_the_whole_of_one(tmp_path: Path, size: tuple[int, int]) -> None:
    async with auditor(tmp_path, size=size) as one:
        await one.sees("JNL-008  tip.noted")
        await one.sees("2026-11-21 02:14:27.000+08:00")
        assert not any("no part of the audit" in row for row in one.rows)
        await one.pilot.press("j")
        await one.sees("JNL-007 · tip.claimed · JNL-1121-0004 · version 1 → 2")
        await one.pilot.press("down", "G")
        await one.sees("the program itself · tip.received")
        assert one.number() == ("JNL", 1)


async def test_filters_and_what_is_wrong_with_one(tmp_path: Path) -> None:
    async with auditor(tmp_path, 3) as one:
        await one.pilot.press("slash", *"station:cjd", "enter")
        await one.sees("/station:cjd")
        await one.until(lambda: one.number() == ("CJD", 3), "the other station's")
        await one.sees('"why":"[/] idle"')
        await one.pilot.press("slash", *" action:revel", "enter")
        await one.sees("did you mean")
        await one.pilot.press("escape", "slash", *" officer:JNL-999", "enter")
        await one.sees("There is no officer JNL-999.")
        await one.pilot.press("escape")
        await one.until(lambda: one.list.cursor_line is not None and one.number() == ("JNL", 6), "everything again")
        await one.pilot.press("slash", *"until:3d", "enter")
        await one.sees("Nothing of that is written down.")
        await one.pilot.press("escape", "slash", *"tip")
        await one.pilot.click(AuditList, offset=(3, 1))
        await one.pilot.press("escape")
        await one.sees("All entries of the stations you read")


async def test_the_list_goes_on_from_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_screen, "PAGE", 30)
    async with auditor(tmp_path, 200) as one:
        await one.pilot.press("slash", *"station:cjd", "enter")
        await one.until(lambda: one.list.cursor_line is not None and one.number() == ("CJD", 200), "the newest")
        for _page in range(4):
            await one.pilot.press("pagedown")
            await one.pilot.pause()
        assert one.number()[1] < 200
        before = one.number()[1]
        await one.pilot.press("G")
        await one.until(lambda: one.number() == ("CJD", 1), f"the oldest, from {before}")
        await one.pilot.press("k", "k")
        assert one.number() == ("CJD", 3)
        for _page in range(3):
            at = one.number()[1]
            await one.pilot.press("pageup")
            await one.pilot.pause()
            assert one.number()[1] > at
        await one.pilot.press("g")
        await one.until(lambda: one.number() == ("CJD", 200), "the newest again")


async def test_a_page_that_comes_after_the_list_was_read_anew_is_not_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_screen, "PAGE", 30)
    async with auditor(tmp_path, 200) as one:
        await one.pilot.press("slash", *"station:cjd", "enter")
        await one.until(lambda: one.list.cursor_line is not None and one.number() == ("CJD", 200), "the newest")
        while not one.list.row_count > 60:
            await one.pilot.press("pagedown")
        late = Late(monkeypatch, "read", audit)
        while not late.answered.is_set():
            await one.pilot.press("pagedown")
        await one.pilot.press("f5")
        await one.until(lambda: one.number() == ("CJD", 200), "the newest again")
        late.go.set()
        await one.pilot.pause()
        for number in range(199, 130, -1):
            await one.pilot.press("j")
            await one.until(lambda: one.number() == ("CJD", number), f"{number}")  # noqa: B023 - awaited in its turn


async def test_verifying_from_the_screen(tmp_path: Path) -> None:
    async with auditor(tmp_path, 3) as one:
        await one.pilot.press("V")
        await one.sees("The record is whole: 9 entries, 0 anchors.")
        with closing(plain_sqlite(one.app.settings.folder.store)) as connection:
            connection.execute("DROP TRIGGER audit_is_not_changed")
            connection.execute("UPDATE audit SET officer_id = 8 WHERE station_id = 1 AND seq = 5")
        await one.pilot.press("V")
        await one.sees("not whole: entry 5 of JNL")
        await one.sees("First bad entry: JNL 5.")


async def test_one_that_was_stopped_does_not_stop_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun, stopped and begun again at once: it is the second one that the next key stops."""
    ended, verify = asyncio.Event(), audit.verify

    async def held_up(*args: Any) -> Verdict:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return await verify(*args)

    monkeypatch.setattr(audit, "verify", held_up)
    async with auditor(tmp_path) as one:
        await one.pilot.press("V")
        await one.sees("Verifying")
        for _ in range(2):
            one.app.post_message(events.Key("V", "V"))
        await one.until(ended.is_set, "the first one has ended")
        await one.pilot.pause()
        await one.pilot.press("V")
        await one.sees("Stopped: it is not known whether the record is whole.")


async def test_help_tells_the_auditor_s_keys(tmp_path: Path) -> None:
    async with auditor(tmp_path, size=(120, 40)) as one:
        await one.pilot.press("question_mark")
        await one.until(lambda: isinstance(one.app.screen, HelpScreen), "help")
        await one.sees("See whether the record is whole")
        assert not any("Hand it to an agency" in row for row in one.rows)


async def end_grant(one: Auditor, settings: Settings, clock: Clock) -> None:
    """For the second station; the console looks."""
    store = await Store.open(settings.database_url, now=clock)
    gone = delete(t.officer_grant).where(t.officer_grant.c.station_id == 2)
    await store.write(lambda conn: conn.execute(gone).close())
    await store.close()
    clock.move(seconds=2)
    cast(ConsoleApp, one.app).presence.look()


async def test_a_grant_that_ends_opens_no_locked_screen(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, officer=WANG.code)
    clock = Clock()
    await made(settings, 3)
    app = ConsoleApp(settings, now=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        one = Auditor(cast(AuditHost, app), pilot)
        await one.sees("CJD")
        await pilot.press("ctrl+l")
        await one.sees("Locked")
        await end_grant(one, settings, clock)
        await one.until(lambda: all(each.is_finished for each in app.workers if each.group == "presence"), "looked")
        await pilot.pause()
        assert isinstance(app.screen, LockScreen)
        assert not any("desk.locked" in row for row in one.rows)
        await pilot.press(*PASSWORD, "enter")
        await one.until(lambda: not isinstance(app.screen, LockScreen), "unlocked")
        await one.sees("JNL")
        assert not any("CJD" in row for row in one.rows)


async def test_an_auditor_s_ended_grant_takes_its_entries_off_the_screen(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, officer=WANG.code)
    clock = Clock()
    await made(settings, 3)
    app = ConsoleApp(settings, now=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        one = Auditor(cast(AuditHost, app), pilot)
        await one.sees("CJD")
        await end_grant(one, settings, clock)
        await one.until(lambda: not any("CJD" in row for row in one.rows), "gone")
        await one.sees("JNL")


async def test_an_auditor_who_signs_in_has_it_instead_of_the_desk(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, officer=WANG.code)
    clock = Clock()
    await fill(settings, clock)
    store = await Store.open(settings.database_url, now=clock)
    await add_places(store, officers=[WANG], password=CHEAP_HASH)
    await store.close()
    app = ConsoleApp(settings, now=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: any("officer.signed-in" in row for row in rows_on(app)), patience_s=20)
        assert any("Wang Fang (auditor)" in row for row in rows_on(app))
        await pilot.press("V")
        await until(lambda: any("The record is whole: 5 entries" in row for row in rows_on(app)), patience_s=20)
        await pilot.press("colon", "i", "question_mark")
        await until(lambda: isinstance(app.screen, HelpScreen), patience_s=20)
        await pilot.press("escape", "ctrl+l")
        await until(lambda: not any("officer.signed-in" in row for row in rows_on(app)), patience_s=20)
