"""P1, P2 and P13: from the start of the process to its first words on the pty."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from console.paths import DataFolder
from tests.bench.import_times import heaviest
from tests.bench.row import Row, median, missing, within
from tests.bench.stores import WORDS, NoStore, closing_store, signing, store_of
from tests.bench.terminal import Terminal, environment, line_of, shows

TASKROOM: Final = str(Path(sys.executable).parent / "taskroom")
RUNS: Final = 7
LIVE: Final = "● live"
"""What the header says when it is whole."""


def console_command(folder: DataFolder, *options: str) -> list[str]:
    """The officer of the store signs in by the password file, which costs a start what it costs a user's; nobody is
    locked out by a long run without keys."""
    return [TASKROOM, "--data", str(folder.root), *signing(folder), *options]


def newest_words(folder: DataFolder) -> bytes:
    """How the first duty officer's newest open tip begins: on the screen it stands on the first line."""
    with closing_store(folder) as conn:
        text = conn.execute(
            "SELECT text FROM tip WHERE station_id = (SELECT station_id FROM officer WHERE role = 'duty' ORDER BY id"
            " LIMIT 1) AND status IN ('new', 'investigating', 'referred') ORDER BY n DESC LIMIT 1"
        ).fetchone()[0]
    return str(text)[:8].strip().encode()


def to_words(command: Sequence[str], words: bytes) -> float:
    """ms from the start of the process until these words are on the pty."""
    with Terminal(command) as terminal:
        return (terminal.wait_bytes(words) - terminal.started) * 1000


def _console_start(folder: DataFolder) -> Callable[[], float]:
    words = newest_words(folder).decode()
    return lambda: _to_desk(console_command(folder), words)


def _to_desk(command: Sequence[str], words: str) -> float:
    """ms from the start of the process until its header is live and these words stand below."""
    with Terminal(command) as terminal:
        whole = terminal.wait(lambda screen: LIVE in line_of(screen, 0) and shows(screen, words))
        return (whole - terminal.started) * 1000


def _empty_start() -> float:
    return to_words([sys.executable, "-m", "tests.bench.apps.empty"], b"first paint")


def interleaved(runs: int, *takes: Callable[[], float]) -> list[list[float]]:
    """Each figure `runs` times, in turn, after one turn that is not counted; sorted by figure."""
    for take in takes:
        take()
    turns = [[take() for take in takes] for _ in range(runs)]
    return [[turn[n] for turn in turns] for n in range(len(takes))]


def first_tips() -> list[Row]:
    """P1."""
    city = store_of("city")
    ours, empty = interleaved(RUNS, _console_start(city), _empty_start)
    what = "start → header and first tips, city"
    imports = heaviest(city, newest_words(city))
    return [within("P1", what, median(ours), median(empty), "empty app to first paint", 2.5, note=imports)]


def any_size() -> list[Row]:
    """P2."""
    what = "start, {} tips"
    rows = []
    for name in ("city", "10m"):
        try:
            ours, small = interleaved(RUNS, _console_start(store_of(name)), _console_start(store_of("1k")))
        except NoStore as error:
            rows.append(missing("P2", what.format(WORDS[name]), str(error)))
        else:
            rows.append(within("P2", what.format(WORDS[name]), median(ours), median(small), "1,000 tips", 1.2))
    return rows


def _run(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())
    return (time.perf_counter() - began) * 1000


def words_at_once() -> list[Row]:
    """P13."""
    version, page, bare = interleaved(
        15,
        lambda: _run([TASKROOM, "--version"]),
        lambda: _run([TASKROOM, "--help"]),
        lambda: _run([sys.executable, "-c", "pass"]),
    )
    limit = median(bare)
    return [
        within("P13", f"taskroom {option}", median(ours), limit, "python -c pass", 6)
        for option, ours in (("--version", version), ("--help", page))
    ]
