"""A reveal as pictures: asked for, waiting for a second officer, shown, which a picture does not have, and locked
meanwhile."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.store import Store
from console.ui.app import ConsoleApp
from tests.passwords import PASSWORD
from tests.snapshots.test_desk import Compare
from tests.ui.reading import rows_on
from tests.ui.small_station import LI, Clock, fill, settings_in
from tests.ui.test_reveal import TIPS, give_passwords
from tests.until import until

ASKED = ("R",)
WAITING = (*ASKED, *"threatened on the stairs", "tab", *"A-2026-77", "enter")
SHOWN = (*WAITING, *LI.code, "tab", *PASSWORD, "enter")
LOCKED = (*SHOWN, "ctrl+l")


def console_in(folder: Path) -> ConsoleApp:
    clock = Clock()
    settings = settings_in(folder)

    async def make() -> None:
        await fill(settings, clock, TIPS)
        store = await Store.open(settings.database_url)
        await store.write(give_passwords)
        await store.close()

    asyncio.run(make())
    return ConsoleApp(settings, now=clock, banner="DEMO")


def after(keys: tuple[str, ...], shows: str) -> Callable[[Pilot[None]], Any]:
    async def ready(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        screen = app.desk_screen
        await until(
            lambda: screen.feed.cursor_line is not None and any("of 2" in r or "= 2" in r for r in rows_on(app))
        )
        await until(lambda: not screen.detail_is_visible or any("received" in row for row in rows_on(app)))
        await until(
            lambda: not screen.detail_is_visible or ((at := screen.feed.cursor_line) is not None and not at.unseen)
        )
        for key in keys:
            await pilot.press(key)
            if key == "R":
                await until(lambda: any("Reveal who sent" in row for row in rows_on(app)))
            if key == "enter" and keys is not WAITING:
                await until(lambda: any("Approve" in row or "Name" in row for row in rows_on(app)))
        await until(lambda: any(shows in row for row in rows_on(app)))
        await pilot.pause()

    return ready


@pytest.mark.parametrize(
    "size,keys,shows",
    [
        ((80, 24), ASKED, "Reference  "),
        ((120, 40), ASKED, "Reference  "),
        ((80, 24), WAITING, "Password"),
        ((80, 24), SHOWN, "sealed again in 10:00"),
        ((80, 24), LOCKED, "Locked"),
    ],
    ids=["asked-80x24", "asked-120x40", "waiting-80x24", "shown-80x24", "locked-while-shown-80x24"],
)
def test_reveal(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int], keys: tuple[str, ...], shows: str
) -> None:
    assert snap_compare(console_in(tmp_path), terminal_size=size, run_before=after(keys, shows))
