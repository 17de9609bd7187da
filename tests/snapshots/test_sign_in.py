"""Sign-in and lock as pictures; the clock stands at 02:14:07."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.store import Store
from console.ui.app import ConsoleApp
from console.ui.screens.presence import LOOK_EVERY_S
from tests.passwords import PASSWORD
from tests.ui.console_host import grant_zhou
from tests.ui.reading import rows_on
from tests.ui.small_station import Clock, fill, settings_in
from tests.ui.test_admin_screen import hire
from tests.ui.test_sign_in import disable_zhou
from tests.until import until

Compare = Callable[..., bool]


def app_in(
    folder: Path, *, signs_in: bool, ends_in: timedelta | None = None, disabled: bool = False, admin: bool = False
) -> ConsoleApp:
    clock = Clock()
    nobody: dict[str, Any] = {} if signs_in else {"officer": None, "password_file": None}
    settings = settings_in(folder, **nobody)

    async def prepare() -> None:
        await fill(settings, clock)
        if ends_in is not None:
            await grant_zhou(settings, clock() + ends_in)
        if disabled or admin:
            store = await Store.open(settings.database_url)
            await (disable_zhou(store) if disabled else hire(store, "admin"))
            await store.close()

    asyncio.run(prepare())
    return ConsoleApp(settings, now=clock, banner="DEMO")


async def sees(pilot: Pilot[None], words: str) -> None:
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    await until(lambda: any(words in row for row in rows_on(app)))
    await pilot.pause()


async def type_in(pilot: Pilot[None], *lines: str) -> None:
    for line in lines:
        await pilot.press(*["space" if letter == " " else letter for letter in line], "enter")


def at_sign_in(*lines: str, shows: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def ready(pilot: Pilot[None]) -> None:
        await sees(pilot, "Sign in")
        await type_in(pilot, *lines)
        await sees(pilot, shows)

    return ready


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_sign_in(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    ready = at_sign_in(shows="Sign in")
    assert snap_compare(app_in(tmp_path, signs_in=False), terminal_size=size, run_before=ready)


def test_a_wrong_password(snap_compare: Compare, tmp_path: Path) -> None:
    ready = at_sign_in("jnl-007", "not this one", shows="4 more tries")
    assert snap_compare(app_in(tmp_path, signs_in=False), terminal_size=(80, 24), run_before=ready)


def test_waiting(snap_compare: Compare, tmp_path: Path) -> None:
    async def ready(pilot: Pilot[None]) -> None:
        await sees(pilot, "Sign in")
        await type_in(pilot, "jnl-007")
        for shown in ("4 more", "3 more", "2 more", "1 more", "wait 30 s"):
            await type_in(pilot, "not this one")
            await sees(pilot, shown)

    assert snap_compare(app_in(tmp_path, signs_in=False), terminal_size=(80, 24), run_before=ready)


def test_a_disabled_officer(snap_compare: Compare, tmp_path: Path) -> None:
    ready = at_sign_in("jnl-007", PASSWORD, shows="is disabled")
    app = app_in(tmp_path, signs_in=False, disabled=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=ready)


def locked(*keys: str, then: tuple[str, ...] = (), shows: str = "4 open") -> Callable[[Pilot[None]], Awaitable[None]]:
    async def ready(pilot: Pilot[None]) -> None:
        await sees(pilot, "Loud music")
        await pilot.press(*keys, "ctrl+l")
        await sees(pilot, "Locked")
        await pilot.press(*then)
        await sees(pilot, shows)

    return ready


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_locked_over_a_question(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(app_in(tmp_path, signs_in=True), terminal_size=size, run_before=locked("e", "x"))


def test_a_take_over(snap_compare: Compare, tmp_path: Path) -> None:
    other = ("shift+tab", "ctrl+u", *"jnl-001", "enter", "2")
    ready = locked(then=other, shows="taken ill")
    assert snap_compare(app_in(tmp_path, signs_in=True), terminal_size=(120, 40), run_before=ready)


def test_an_idle_lock(snap_compare: Compare, tmp_path: Path) -> None:
    async def ready(pilot: Pilot[None]) -> None:
        await sees(pilot, "Loud music")
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        later = app.presence.awake_s() + 300
        app.presence.awake_s = lambda: later
        app.presence.tick()
        await sees(pilot, "4 open")

    assert snap_compare(app_in(tmp_path, signs_in=True), terminal_size=(80, 24), run_before=ready)


def test_a_grant_that_has_ended(snap_compare: Compare, tmp_path: Path) -> None:
    async def ready(pilot: Pilot[None]) -> None:
        await sees(pilot, "Loud music")
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        app.now.move(minutes=6)  # type: ignore[attr-defined]  # the test's own clock
        later = app.presence.awake_s() + LOOK_EVERY_S
        app.presence.awake_s = lambda: later
        app.presence.tick()
        await sees(pilot, "Your grant has ended: CJD.")
        await sees(pilot, "Loud music")

    app = app_in(tmp_path, signs_in=True, ends_in=timedelta(minutes=5))
    assert snap_compare(app, terminal_size=(80, 24), run_before=ready)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_admins_screen(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_in(tmp_path, signs_in=False, admin=True)

    async def ready(pilot: Pilot[None]) -> None:
        await sees(pilot, "Sign in")
        await type_in(pilot, "xxx-1", PASSWORD)
        await sees(pilot, "4 officers")

    assert snap_compare(app, terminal_size=size, run_before=ready)
