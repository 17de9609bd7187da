"""The console in windows, terminals, locales and shells that are not as they should be: it draws, or says in one line
why it does not."""

from __future__ import annotations

import os
import random
import sys
import time

import pytest

from console.paths import DataFolder
from tests.faults.pty_console import console_on, ended, intake_of, left, takes

pytestmark = pytest.mark.timeout(240)
SEED = int(os.environ.get("FAULT_SEED", "20261121"))


# ── the window ───────────────────────────────────────────────────────────────────────────────────────────────────────
SIZES = ((1, 1), (2, 1), (1, 40), (300, 2), (0, 0), (1000, 1000))


def test_impossible_sizes(folder: DataFolder) -> None:
    """One after the other in one console: after each it draws as before, and what came meanwhile."""
    with console_on(folder) as console:
        console.is_at_work()
        for size in SIZES:
            console.tty.resize(*size)
            takes(folder, f"at size {size}")
            console.press("j")
            console.press("z")
            console.press("z")
            console.tty.drain()
            console.tty.wipe()
            console.tty.resize(80, 24)
            console.sees(f"at size {size}")
        left(console)


def test_a_storm_of_sizes(folder: DataFolder) -> None:
    print("seed", SEED)
    chance = random.Random(SEED)
    with console_on(folder) as console:
        console.is_at_work()
        for _ in range(300):
            console.tty.resize(chance.randint(1, 250), chance.randint(1, 80))
            time.sleep(chance.random() / 200)
        takes(folder, "after the storm")
        console.tty.drain()
        console.tty.wipe()
        console.tty.resize(80, 24)
        console.sees("after the storm")
        left(console)


# ── what the terminal is called, and what it is not ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("term", ["dumb", "unknown", "", None])
def test_a_terminal_that_cannot_draw(folder: DataFolder, term: str | None) -> None:
    with console_on(folder, env={"TERM": term}) as console:
        ended(console, 78, 60.0)
        assert console.tty.bytes.count(b"\n") == 1
        assert b"this terminal cannot draw" in console.tty.bytes
        assert intake_of(folder) is None


@pytest.mark.parametrize(
    "env",
    [
        {"TERM": "no-such-terminal"},
        {"LC_ALL": "C", "LANG": None},
        {"LC_ALL": None, "LANG": "C.UTF-8"},
        {"LC_ALL": "xx_YY.ISO-8859-1", "LANG": None},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"COLORTERM": None, "TERM": "linux"},
    ],
    ids=["TERM=no-such", "LC_ALL=C", "LANG=C.UTF-8", "LC_ALL=latin-1", "no-UTF-8-mode", "ascii-streams", "TERM=linux"],
)
def test_another_terminal_or_locale(folder: DataFolder, env: dict[str, str | None]) -> None:
    """Chinese words are UTF-8 on the line, whatever the locale is called."""
    with console_on(folder, env=env) as console:
        console.is_at_work()
        takes(folder, "三单元有人堵门")
        console.until(lambda: "三单元有人堵门".encode() in console.tty.bytes, "Chinese words")
        left(console)


def test_no_color(folder: DataFolder) -> None:
    with console_on(folder, env={"NO_COLOR": "1"}) as console:
        console.is_at_work()
        left(console)
        assert console.tty.colours() == set()


REDIRECTIONS = {
    "stdin": "< /dev/null", "stdout": "> {out}", "stderr": "2> {out}",
    "stdin closed": "<&-", "stdout closed": ">&-", "stderr closed": "2>&-",
}  # fmt: skip


@pytest.mark.parametrize("what", REDIRECTIONS)
def test_no_terminal(folder: DataFolder, what: str) -> None:
    out = folder.root / "out"
    line = f"{sys.executable} -m console {REDIRECTIONS[what].format(out=out)}"
    with console_on(folder, command=("/bin/sh", "-c", line)) as console:
        ended(console, 78, 60.0)
        said = bytes(console.tty.bytes) + (out.read_bytes() if out.exists() else b"")
        assert b"needs a terminal" in said or what == "stderr closed"
        assert b"\x1b" not in said


@pytest.mark.parametrize("words", ["theme = 3\n", "this is no TOML", "[keys]\n'tip.solv' = 'w'\n", "\udcff\udcfe"])
def test_a_broken_config_file(folder: DataFolder, words: str) -> None:
    folder.config.write_bytes(words.encode("utf-8", "surrogateescape"))
    with console_on(folder) as console:
        ended(console, 78, 60.0)
        assert console.tty.bytes.count(b"\n") == 1
        assert b"config.toml" in console.tty.bytes
        assert b"\x1b" not in console.tty.bytes
