"""P4 and P5: from a file renamed into new/, or a line on the socket, to its words on the pty."""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from console.paths import DataFolder
from console.store.driver import plain_sqlite
from tests.bench.row import Row, below, median, percentile, within
from tests.bench.startup import console_command, newest_words
from tests.bench.stores import copy_of, first_desk
from tests.bench.terminal import Terminal, environment

PROBES: Final = 60
FRAME_MS: Final = 1000 / 60
COMMIT_IS: Final = "one FULL commit"


class Commits:
    """One raw row, one FULL commit, on the disk of `folder`: what durability costs here."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "commits.db"
        self._conn: sqlite3.Connection = plain_sqlite(self._file)
        self._conn.execute("PRAGMA journal_mode = WAL")
        self._conn.execute("PRAGMA synchronous = FULL")
        self._conn.execute("CREATE TABLE row (n INTEGER PRIMARY KEY, words TEXT)")
        self.taken: list[float] = []

    def take(self) -> None:
        began = time.perf_counter()
        self._conn.execute("INSERT INTO row (words) VALUES ('a tip of a hundred letters')")
        self.taken.append((time.perf_counter() - began) * 1000)

    def close(self) -> None:
        self._conn.close()


@contextmanager
def running_desk(folder: DataFolder, command: Sequence[str] = (), **env: str) -> Iterator[Terminal]:
    """A console (or what `command` starts) with its intake, both at work: a first tip has gone the whole way."""
    station, _room = first_desk(folder)
    with Terminal(command or console_command(folder), env={**environment(), **env}) as terminal:
        terminal.wait_bytes(newest_words(folder))
        rename_in(folder, "warm-up", station)
        terminal.wait_bytes(b"warm-up", 60)
        terminal.settle(1, 5)
        yield terminal


def native(marker: str, station: str) -> bytes:
    tip = {
        "text": f"{marker} 楼道里有人聚众赌博，请来看看。",
        "source": "bench",
        "source_key": marker,
        "station": station,
    }
    return json.dumps(tip, ensure_ascii=False).encode()


def rename_in(folder: DataFolder, marker: str, station: str) -> float:
    """Send one tip as a file; the moment before the rename."""
    draft = folder.intake / "tmp" / f"{marker}.json"
    draft.write_bytes(native(marker, station))
    now = time.perf_counter()
    draft.rename(folder.intake / "new" / draft.name)
    return now


def seen_by_polling(folder: Path) -> float:
    """ms from a rename until a reader that does nothing but `stat` sees it."""
    draft, place = folder / "polled.tmp", folder / "polled"
    draft.touch()
    seen = threading.Event()
    moment = [0.0]

    def poll() -> None:
        while not place.exists():
            pass
        moment[0] = time.perf_counter()
        seen.set()

    threading.Thread(target=poll, daemon=True).start()
    time.sleep(0.01)
    began = time.perf_counter()
    draft.rename(place)
    seen.wait()
    place.unlink()
    return (moment[0] - began) * 1000


def files() -> list[Row]:
    """P4."""
    painted: list[float] = []
    polled: list[float] = []
    with copy_of("city") as folder, running_desk(folder) as terminal:
        commits = Commits(folder.root)
        station, _room = first_desk(folder)
        for n in range(PROBES):
            marker = f"f{n:03}{random.randrange(1 << 24):06x}"
            began = rename_in(folder, marker, station)
            painted.append((terminal.wait_bytes(marker.encode()) - began) * 1000)
            terminal.settle(0.1)
            commits.take()
            polled.append(seen_by_polling(folder.root))
            time.sleep(random.uniform(0, 0.2))
        commits.close()
    limit = median(polled) + median(commits.taken) + FRAME_MS
    what = "file renamed in → words on the pty"
    return [
        within("P4", f"{what}, p50", median(painted), limit, "stat + FULL commit + frame", 3),
        below("P4", f"{what}, p50", median(painted), 60),
        below("P4", f"{what}, p99", percentile(painted, 99), 200),
    ]


@contextmanager
def line_to(folder: DataFolder) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(os.fspath(folder.socket))
        yield line


def lines() -> list[Row]:
    """P5."""
    replied: list[float] = []
    painted: list[float] = []
    with copy_of("city") as folder, running_desk(folder) as terminal, line_to(folder) as line:
        commits = Commits(folder.root)
        station, _room = first_desk(folder)
        for n in range(PROBES):
            marker = f"s{n:03}{random.randrange(1 << 24):06x}"
            content = native(marker, station) + b"\n"
            began = time.perf_counter()
            line.sendall(content)
            reply = line.recv(65536)
            answered = time.perf_counter()
            if b'"ref"' not in reply:
                raise RuntimeError(reply.decode())
            replied.append((answered - began) * 1000)
            painted.append((terminal.wait_bytes(marker.encode()) - answered) * 1000)
            terminal.settle(0.1)
            commits.take()
            time.sleep(random.uniform(0, 0.2))
        commits.close()
    limit = median(commits.taken)
    p99 = f"p99 {percentile(replied, 99):.1f} ms; one commit p99 {percentile(commits.taken, 99):.1f} ms"
    return [
        within("P5", "socket line → durable reply", median(replied), limit, COMMIT_IS, 2, note=p99),
        below("P5", "socket reply → words on the pty", median(painted), 2 * FRAME_MS, limit_is="two frames"),
    ]
