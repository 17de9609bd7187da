"""P9: the tree of 270,000 members, one room holding 5,000, against a tree of one officer with ten rooms."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from contextlib import ExitStack
from typing import Final

import pyte

from console.paths import DataFolder
from tests.bench.row import Row, below, median, within
from tests.bench.startup import console_command, newest_words
from tests.bench.stores import OFFICER, closing_store, copy_of
from tests.bench.terminal import DOWN, HOME, Terminal, line_of

RUNS: Final = 4
AGAIN: Final = 4
BIG_ROOM: Final = 5_000
ROOMS: Final = 10
MARK: Final = "›"
TREE: Final = 33
"""The tree's columns on a screen of 120."""
UNFOLD, FOLD, ESC = b"l", b"h", b"\x1b"
SIGNS: Final = "▸▾"
"""Of a line that is folded, and of one that is not."""
ALMOST: Final = "/白鹭 1"
LAST: Final = "4"
"""The filter key with a pseudonym but for its last letter, and that letter: every member is looked at."""
ANSWERED_MS: Final = 100
_FOUND: Final = re.compile(r"[\d,+]+ found")
LEVELS: Final = ("district", "station", "officer", "room")
_FIRST_ROOM: Final = (
    "SELECT r.station_id, r.id FROM district d JOIN station s ON s.district_id = d.id JOIN officer o ON o.station_id ="
    " s.id JOIN room r ON r.station_id = s.id AND r.officer_id = o.id WHERE d.id > 0 AND o.role = 'duty'"
    " ORDER BY d.code, s.code, o.code, r.number LIMIT 1"
)


def cursor_at(screen: pyte.Screen) -> int | None:
    return next((y for y in range(screen.lines) if MARK in line_of(screen, y)[:4]), None)


def _words(screen: pyte.Screen, y: int) -> str:
    return line_of(screen, y)[1:TREE]


def _is_told(words: str) -> bool:
    return any(one.isalnum() for one in words)


def _found(screen: pyte.Screen) -> str | None:
    """What the frame of the tree says of its filter."""
    rows = (_FOUND.search(line_of(screen, y)) for y in range(screen.lines))
    return next((row.group() for row in rows if row is not None), None)


def fill_room(conn: sqlite3.Connection) -> None:
    """Make the first room the tree leads to one of 5,000 members."""
    station, room = conn.execute(_FIRST_ROOM).fetchone()
    conn.execute(
        "WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < ?) INSERT INTO member"
        " SELECT ?, 1000000 + i, ?, 'member ' || i, 'resident', 'active', 1700000000000000 FROM k",
        (BIG_ROOM, station, room),
    )
    conn.execute("UPDATE room SET members = members + ? WHERE station_id = ? AND id = ?", (BIG_ROOM, station, room))


def gather_rooms(conn: sqlite3.Connection) -> None:
    """Give ten rooms to the officer of the first one: what the other tree is compared with."""
    station, room = conn.execute(_FIRST_ROOM).fetchone()
    conn.execute(
        "UPDATE room SET officer_id = (SELECT officer_id FROM room WHERE station_id = ? AND id = ?)"
        " WHERE station_id = ? AND id IN (SELECT id FROM room WHERE station_id = ? ORDER BY id LIMIT ?)",
        (station, room, station, station, ROOMS),
    )


class Walk:
    """One console, from opening its tree down to the members of a room."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.taken: dict[str, list[float]] = defaultdict(list)

    def go(self) -> None:
        self._open()
        for level in LEVELS:
            self._to(level)
            for _ in range(AGAIN):
                self._fold()
                self.taken[level].append(self._unfold())

    def narrow(self) -> None:
        """The last letter of a name in the tree's filter."""
        for _ in range(AGAIN):
            self._terminal.send(ALMOST.encode())
            self._terminal.wait(lambda screen: _found(screen) is not None)
            self._terminal.settle(0.3)
            before = _found(self._terminal.screen)
            sent = self._terminal.send(LAST.encode())
            painted = self._terminal.wait(lambda screen: _found(screen) not in (None, before))  # noqa: B023
            self.taken["narrow"].append((painted - sent) * 1000)
            self._terminal.send(ESC)
            self._terminal.wait(lambda screen: _found(screen) is None)

    def _open(self) -> None:
        sent = self._terminal.send(b"3")
        painted = self._terminal.wait(
            lambda screen: (y := cursor_at(screen)) is not None and _is_told(_words(screen, y))
        )
        self.taken["open"].append((painted - sent) * 1000)
        self._terminal.settle(0.3)

    def _here(self) -> str:
        y = cursor_at(self._terminal.screen)
        if y is None:
            raise RuntimeError(f"no cursor in the tree:\n{self._terminal.picture()}")
        return _words(self._terminal.screen, y)

    def _to(self, level: str) -> None:
        """The first line of that level that has something below: lines of one level stand behind those above."""
        self._terminal.send(HOME)
        self._terminal.settle()
        steps = 0
        for _ in range(LEVELS.index(level)):
            while steps == 0 or not any(sign in self._here() for sign in SIGNS):
                self._terminal.send(DOWN)
                self._terminal.settle(0.1)
                steps += 1
            steps = 0

    def _fold(self) -> None:
        if SIGNS[1] in self._here():
            self._terminal.send(FOLD)
            self._terminal.wait(lambda screen: (y := cursor_at(screen)) is not None and SIGNS[0] in _words(screen, y))
            self._terminal.settle()

    def _unfold(self) -> float:
        screen = self._terminal.screen
        if SIGNS[0] not in self._here():
            raise RuntimeError(f"not a folded line:\n{self._terminal.picture()}")
        y = cursor_at(screen) or 0
        before = _words(screen, y + 1)
        sent = self._terminal.send(UNFOLD)
        painted = self._terminal.wait(lambda screen: (below := _words(screen, y + 1)) != before and _is_told(below))
        self._terminal.settle()
        return (painted - sent) * 1000


def _walk(folder: DataFolder, *, narrows: bool = False) -> dict[str, list[float]]:
    with Terminal(console_command(folder, "--officer", OFFICER)) as terminal:
        terminal.wait_bytes(newest_words(folder))
        terminal.settle(1, 5)
        walk = Walk(terminal)
        walk.go()
        if narrows:
            walk.narrow()
    return walk.taken


def unfolds() -> list[Row]:
    """P9."""
    sums: tuple[dict[str, list[float]], ...] = (defaultdict(list), defaultdict(list))
    with ExitStack() as stack:
        big, small = (stack.enter_context(copy_of(name)) for name in ("city", "1k"))
        with closing_store(big) as conn:
            fill_room(conn)
        with closing_store(small) as conn:
            gather_rooms(conn)
        for _ in range(RUNS):
            for taken, folder in zip(sums, (big, small), strict=True):
                for level, values in _walk(folder, narrows=folder is big).items():
                    taken[level] += values
    city, ten = sums
    unfolding = median(ten["officer"])
    return (
        [within("P9", _what("open"), median(city["open"]), median(ten["open"]), "a tree of 10 rooms", 1.2)]
        + [within("P9", _what(level), median(city[level]), unfolding, "unfold 10 rooms", 1.2) for level in LEVELS]
        + [below("P9", "filter: last letter → hits among 270,000", median(city["narrow"]), ANSWERED_MS)]
    )


def _what(level: str) -> str:
    if level == "open":
        return "open the tree, 270,000 members"
    return f"unfold a {level}" + (f" of {BIG_ROOM:,}" if level == "room" else "")
