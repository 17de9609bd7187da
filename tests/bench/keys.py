"""P3: from a key to the row it moves to, painted; the console on every tip of the store against a bare virtual list."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pyte

from tests.bench.row import Row, median, missing, percentile
from tests.bench.startup import console_command, newest_words
from tests.bench.stores import OFFICER, WORDS, NoStore, closing_store, store_of
from tests.bench.terminal import DOWN, END, ENTER, F2, HOME, PAGE_DOWN, Terminal, line_of, shows

PRESSES: Final = {"down": 80, "page down": 60, "end": 30}
KEYS: Final = {"down": DOWN, "page down": PAGE_DOWN, "end": END}
MARK: Final = "▸"
FRAME_MS: Final = 1000 / 60
ROUNDS: Final = 4
LIST: Final = 67
"""The list's columns on a screen of 120; beyond is the detail."""


@dataclass(slots=True)
class Taken:
    """Milliseconds of one kind of key, and what it wrote."""

    row: list[float] = field(default_factory=list)
    detail: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)


def cursor_row(screen: pyte.Screen) -> tuple[int, str] | None:
    """Number and words of the row the cursor mark stands on, with the words of the rows above: two tips may say the
    same."""
    for y in range(screen.lines):
        if MARK in line_of(screen, y)[:4]:
            return y, "\n".join(line_of(screen, above)[:LIST] for above in range(y, max(y - 6, -1), -1))
    return None


def _is_told(found: tuple[int, str] | None) -> bool:
    """Whether the row has words by now and is not a waiting one."""
    return found is not None and any(one.isalnum() for one in found[1].partition("\n")[0][4:])


def press(terminal: Terminal, keys: bytes, *, has_detail: bool) -> tuple[float, float | None, int]:
    """ms until the cursor stands on another told row, until the detail is another tip's, and bytes written."""
    before, title, wrote = cursor_row(terminal.screen), _title(terminal.screen), terminal.bytes_read
    sent = terminal.send(keys)
    painted = terminal.wait(lambda screen: (found := cursor_row(screen)) != before and _is_told(found), 10)
    detail = None
    if has_detail:
        is_there = _title(terminal.screen) != title
        shown = painted if is_there else terminal.wait(lambda screen: _title(screen) != title, 10)
        detail = (shown - sent) * 1000
    terminal.settle(0.06)
    return (painted - sent) * 1000, detail, terminal.bytes_read - wrote


def _title(screen: pyte.Screen) -> str:
    return line_of(screen, 1)[LIST:]


def show_everything(terminal: Terminal, stations: int) -> None:
    """Every tip of every station, by the keys an officer would press."""
    terminal.settle(0.3)
    terminal.send(b":")
    terminal.settle()
    terminal.send(b"search status:all" + ENTER)
    terminal.wait(lambda screen: shows(screen, "/status:all"))
    terminal.send(b"t")
    terminal.settle(0.3)
    for _ in range(stations):
        terminal.send(F2 + DOWN)
        time.sleep(0.01)
    terminal.settle(0.5, 20)
    terminal.send(ENTER)
    terminal.wait(lambda screen: shows(screen, f"{stations} stations"), 60)
    terminal.wait(lambda screen: _is_told(cursor_row(screen)), 60)
    terminal.settle(0.5, 10)


def measure(name: str) -> dict[str, tuple[Taken, Taken]]:
    """Ours and the bare list's figures by kind of key, in turn on two ptys."""
    folder = store_of(name)
    with closing_store(folder) as conn:
        stations, tips = conn.execute("SELECT (SELECT count(*) FROM station), (SELECT max(n) FROM tip)").fetchone()
    with (
        Terminal(console_command(folder, "--officer", OFFICER)) as ours,
        Terminal([sys.executable, "-m", "tests.bench.apps.lines", str(tips)]) as bare,
    ):
        ours.wait_bytes(newest_words(folder))
        if stations > 2:
            show_everything(ours, stations)
        bare.wait(lambda screen: cursor_row(screen) is not None)
        bare.settle()
        return {kind: _alternate(kind, ours, bare) for kind in KEYS}


def _alternate(kind: str, ours: Terminal, bare: Terminal) -> tuple[Taken, Taken]:
    taken = Taken(), Taken()
    _home(ours, bare)
    for _ in range(ROUNDS):
        for terminal, figures in zip((ours, bare), taken, strict=True):
            for _ in range(PRESSES[kind] // ROUNDS):
                row, detail, wrote = press(terminal, KEYS[kind], has_detail=terminal is ours)
                figures.row.append(row)
                figures.bytes.append(wrote)
                if detail is not None:
                    figures.detail.append(detail - row)
                if kind == "end":
                    press(terminal, HOME, has_detail=terminal is ours)
    return taken


def _home(*terminals: Terminal) -> None:
    for terminal in terminals:
        terminal.send(HOME)
        terminal.settle(0.3)


def moves() -> list[Row]:
    """P3."""
    rows: list[Row] = []
    for name in ("city", "10m"):
        try:
            taken = measure(name)
        except NoStore as error:
            rows.append(missing("P3", f"key → painted, {WORDS[name]} tips", str(error)))
            continue
        for kind, (ours, bare) in taken.items():
            rows += _rows(f"{kind}, {WORDS[name]}", ours, bare)
    return rows


def _rows(what: str, ours: Taken, bare: Taken) -> list[Row]:
    note = f"{median(ours.bytes):,.0f} bytes a key, the bare list {median(bare.bytes):,.0f}"
    figures: tuple[tuple[str, Callable[[list[float]], float], float], ...] = (
        ("p50", median, 2),
        ("p99", lambda values: percentile(values, 99), 4),
    )
    rows = []
    for name, of, most in figures:
        mine, limit = of(ours.row), of(bare.row)
        head = note if name == "p50" else ""
        rows.append(
            Row("P3", f"{what} {name}", mine, limit, "bare list", f"≤ {most} ×", mine <= most * limit, note=head)
        )
    after = median(ours.detail)
    rows.append(Row("P3", f"{what}, detail after row", after, FRAME_MS, "one frame", "≤ 1 frame", after <= FRAME_MS))
    return rows
