"""Who is at the console when something else happens meanwhile: a look, an outage, the end of a grant."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from console.desk import signing
from console.errors import StoreDown
from console.model.audit import AuditAction
from console.model.officer import Officer
from console.store import Store
from console.ui.screens import presence
from console.ui.screens.locked import LockScreen
from tests.passwords import PASSWORD
from tests.ui.console_host import Console, console, grant_zhou, unsigned_console
from tests.ui.small_station import settings_in
from tests.ui.test_sign_in import disable, type_in, until_written


def look(one: Console) -> None:
    """The console looks whether the officer may still be here."""
    gone = one.app.presence.awake_s() + presence.LOOK_EVERY_S
    one.app.presence.awake_s = lambda: gone
    one.app.presence.tick()


async def looked(one: Console) -> None:
    workers = one.app.workers
    await one.until(lambda: all(each.is_finished for each in workers if each.group == "presence"), "looking")


async def take_over(one: Console) -> None:
    """By Chen, at a locked desk of Zhou."""
    await one.press("shift+tab", *["backspace"] * 7)
    await type_in(one, "jnl-001", "", PASSWORD)


class Late:
    """A verb of the desk whose first answer comes when it is let `go`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, module: ModuleType = signing) -> None:
        self._verb = getattr(module, name)
        self._is_first = True
        self.go, self.answered = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(module, name, self)

    async def __call__(self, *given: Any, **named: Any) -> Any:
        is_first, self._is_first = self._is_first, False
        answer = await self._verb(*given, **named)
        if is_first:
            self.answered.set()
            await self.go.wait()
        return answer


async def test_a_look_that_comes_late_does_not_bring_the_one_before_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(settings_in(tmp_path), (120, 40)) as one:
        late = Late(monkeypatch, "officer_now")
        await one.press("ctrl+l")
        look(one)
        await late.answered.wait()
        await take_over(one)
        await one.sees("Chen Wei")
        late.go.set()
        await looked(one)
        desk, officer = one.app.desk_screen.desk, one.app.presence.officer
        assert desk is not None
        assert officer is not None
        assert (officer.code, desk.officer.code) == ("JNL-001", "JNL-001")
        assert one.shows("Chen Wei")


async def test_who_was_signed_off_meanwhile_does_not_unlock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(settings_in(tmp_path), (120, 40)) as one:
        late = Late(monkeypatch, "unlock")
        await one.press("ctrl+l")
        await type_in(one, PASSWORD)
        await late.answered.wait()
        await disable(one)
        look(one)
        await one.sees("JNL-007 was disabled meanwhile.")
        late.go.set()
        workers = one.app.workers
        await one.until(lambda: all(each.is_finished for each in workers if each.group == "sign-in"), "unlocking")
        assert one.app.presence.officer is None
        assert one.shows("Sign in")


async def test_a_grant_that_ended_while_the_store_was_down_is_seen_by_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with unsigned_console(settings_in(tmp_path), (120, 40), ends_in=timedelta(minutes=5)) as one:
        await one.sees("● live")
        one.clock.move(minutes=6)
        with monkeypatch.context() as outage:
            outage.setattr(presence, "open_desk", no_answer)
            look(one)
            await looked(one)
        look(one)
        await one.sees("Your grant has ended: CJD.")
        assert [station.code for station in one.app.desk_screen.sight.stations] == ["JNL"]


async def test_a_new_grant_is_named_and_not_lost_when_it_has_only_just_come(tmp_path: Path) -> None:
    """The guard looks again after a second."""
    settings = settings_in(tmp_path)
    async with console(settings, (80, 24)) as one:
        await grant_zhou(settings, one.clock() + timedelta(days=1))
        look(one)
        await looked(one)
        one.clock.move(seconds=2)
        look(one)
        await one.sees("You have another grant: CJD.")


async def test_who_takes_over_while_the_store_stops_answering_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(settings_in(tmp_path), (80, 24)) as one:
        await one.press("ctrl+l")
        with monkeypatch.context() as outage:
            outage.setattr(presence, "open_desk", no_answer)
            await take_over(one)
            await one.sees("The database does not answer.")
        await one.sees("Sign in")
        await type_in(one, PASSWORD)
        await one.sees("● live")


async def test_a_lock_while_the_store_is_down_is_written_down_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "RETRY_S", 0.01)
    verb, tries = signing.lock, []

    async def lock(store: Store, officer: Officer, console: str, **named: Any) -> None:
        tries.append(officer.code)
        if len(tries) == 1:
            raise StoreDown("The database does not answer.")
        await verb(store, officer, console, **named)

    monkeypatch.setattr(signing, "lock", lock)
    async with console(settings_in(tmp_path), (80, 24)) as one:
        await one.press("ctrl+l")
        assert isinstance(one.app.screen, LockScreen)
        await until_written(one, AuditAction.LOCKED)
        assert tries == ["JNL-007"] * 2


async def no_answer(*_given: object) -> None:
    raise StoreDown("The database does not answer.")
