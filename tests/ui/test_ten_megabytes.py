"""A tip of ten megabytes in the list of a real terminal: painted and scrolling as quickly as one of a kilobyte, as no
more of it is read, wrapped or kept than of a long one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import pytest
from sqlalchemy import Connection, Update, update

from console import desk
from console.model.incoming import NewTip
from console.settings import Settings
from console.store import Store
from console.store import tables as t
from console.ui.text import LIMIT
from tests.bench.terminal import Terminal, line_of, shows
from tests.hostile import TEXTS
from tests.ui.console_host import console
from tests.ui.small_station import ZHOU, Clock, fill, settings_in

SMALL: Final = "Somebody dumps rubble behind gate 3, a white van. 车牌沪A12345。\n" * 18
HUGE: Final = TEXTS["ten megabytes"]
PAIRS: Final = 4
ROUNDS: Final = 3
NOT_AT_ONCE: Final = 5.0
"""So many times a small tip's time would be felt; the ratio measured is printed."""
TIPS: Final = tuple(NewTip(SMALL, "x", f"{n}", room="JNL-12") for n in range(2 * PAIRS))


async def _make_huge(settings: Settings, numbers: range) -> None:
    """Another program has written ten megabytes into the words of these tips."""
    store = await Store.open(settings.database_url)
    try:
        for n in numbers:
            ref = f"JNL-1121-{n:04}"
            change = update(t.tip).where(t.tip.c.ref == ref).values(text=HUGE)
            await store.write(partial(_execute, change))
    finally:
        await store.close()


def _execute(change: Update, conn: Connection) -> None:
    conn.execute(change)


def _ms(terminal: Terminal, key: bytes, seen: Callable[[], bool]) -> float:
    began = terminal.send(key)
    painted = terminal.wait(lambda _screen: seen(), 30)
    terminal.settle(0.1)
    return (painted - began) * 1000


@pytest.mark.timeout(300)
def test_a_huge_tip_is_painted_and_scrolls_as_quickly_as_a_small_one(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    asyncio.run(fill(settings, Clock(), TIPS))
    asyncio.run(_make_huge(settings, range(1, 2 * PAIRS, 2)))
    command = [sys.executable, "-m", "console", "--data", str(tmp_path)]
    select: dict[bool, list[float]] = {True: [], False: []}
    scroll: dict[bool, list[float]] = {True: [], False: []}
    with Terminal(command, columns=120, rows=24) as terminal:
        terminal.wait(lambda screen: shows(screen, f"2 JNL-1121-{2 * PAIRS:04}"), 60)
        terminal.settle(1.0, 10)
        for _ in range(ROUNDS):
            for n in range(2 * PAIRS - 1, 0, -1):
                is_huge = n % 2 == 1
                title = f"2 JNL-1121-{n:04}"
                select[is_huge].append(_ms(terminal, b"j", lambda title=title: shows(terminal.screen, title)))  # type: ignore[misc]
                terminal.send(b"2")
                terminal.settle(0.2)
                before = _detail(terminal)
                scroll[is_huge].append(_ms(terminal, b"j", lambda before=before: _detail(terminal) != before))  # type: ignore[misc]
                terminal.send(b"1")
                terminal.settle(0.2)
            terminal.send(b"g")
            terminal.settle(0.5)
    for what, times in (("select", select), ("scroll", scroll)):
        ratio = median(times[True]) / median(times[False])
        print(f"{what}: 10 MB {median(times[True]):.0f} ms, 1 KB {median(times[False]):.0f} ms, {ratio:.2f} ×")
        assert ratio < NOT_AT_ONCE


def _detail(terminal: Terminal) -> str:
    return "\n".join(line_of(terminal.screen, y)[67:] for y in range(2, 20))


async def test_no_more_of_a_huge_tip_is_prepared_than_the_screen_shows(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with console(settings, (120, 24), TIPS[:2]) as one:
        await _make_huge(settings, range(1, 2))
        await one.press("f5", "j")
        await one.until(lambda: (file := one.app.desk_screen.detail.file) is not None and len(file.tip.text) > LIMIT)
        file = one.app.desk_screen.detail.file
        assert file is not None
        assert len(file.tip.text) < LIMIT + 20
        assert len(one.app.desk_screen.detail._lines) < LIMIT
        await one.press("2", "G")
        await one.sees("received")
        await one.press("g", "ctrl+d", "ctrl+u", "z", "z")
        await one.sees("赌博")
        for question in ("s", "x", "r", "e", "D", "f4", "A"):
            await one.press(question)
            await one.sees("Esc leaves")
            await one.press("escape")
        await one.press("1", "y")
        await one.sees("is in the clipboard")
        await one.press("s", "enter")
        await one.sees("is solved")
        whole = await desk.tip_file_by_ref(one.other, ZHOU, "JNL-1121-0001")
        assert whole.tip.text == HUGE, "a step changes no words"
