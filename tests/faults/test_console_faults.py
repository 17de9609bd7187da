"""The console under what terminals and shells do to it: signals, stops, stalls, hang-ups, sizes, names, bad bytes. Each
on a real pty: how the terminal is left, the exit code, and that tips sent meanwhile are in the store."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time

import pytest

from console.paths import DataFolder
from tests.faults.pty_console import (
    CONSOLE,
    Console,
    NotSeen,
    Pty,
    console_on,
    ended,
    environment,
    intake_of,
    left,
    send_tip,
    takes,
    wait_stored,
)

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]
STALLS_S = (3.0, pytest.param(60.0, marks=pytest.mark.slow))


# ── signals ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGQUIT"])
def test_a_signal_ends_console_and_intake(folder: DataFolder, name: str) -> None:
    number = getattr(signal, name)
    with console_on(folder) as console:
        console.is_at_work()
        takes(folder, "before")
        console.signal(number)
        ended(console, 128 + number)
        assert intake_of(folder) is None
        send_tip(folder, "after")
        once = (*CONSOLE, "intake", "--once")
        subprocess.run(once, env=environment(folder, {}), check=True, timeout=60)
        wait_stored(folder, "after")


def test_a_hang_up_ends_the_console_and_the_intake_goes_on(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        intake = intake_of(folder)
        console.signal(signal.SIGHUP)
        ended(console, 129)
        takes(folder, "after")
        assert intake_of(folder) == intake


def test_a_signal_in_the_middle_of_the_start(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.until(lambda: b"\x1b[?1049h" in console.tty.bytes, "the second screen")
        console.signal(signal.SIGTERM)
        ended(console, 143)


def test_many_signals_at_once_end_it_once(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        for _ in range(20):
            for number in (signal.SIGTERM, signal.SIGWINCH, signal.SIGTERM):
                console.signal(number)
        ended(console, 143)


# ── stopped and continued ────────────────────────────────────────────────────────────────────────────────────────────
def test_stopped_the_terminal_is_the_shells_and_continued_it_is_painted_anew(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        for round_ in range(2):
            console.signal(signal.SIGTSTP)
            console.until(lambda: console.state() == "T", "it is stopped")
            assert console.tty.is_as_found()
            console.tty.drain()
            assert console.tty.modes_left_on() == set()
            assert console.tty.cursor_is_shown()
            takes(folder, f"while it was stopped {round_}")
            console.tty.wipe()
            console.signal(signal.SIGCONT)
            console.sees(f"while it was stopped {round_}")
            console.sees("Loud music")
        left(console)


def test_stopped_without_being_asked_it_goes_on_as_it_was(folder: DataFolder) -> None:
    """SIGSTOP cannot be prepared for: the terminal stays as it is, and is given back right at the end."""
    with console_on(folder) as console:
        console.is_at_work()
        console.signal(signal.SIGSTOP)
        console.until(lambda: console.state() == "T", "it is stopped")
        takes(folder, "while it was stopped")
        console.tty.wipe()
        console.signal(signal.SIGCONT)
        console.sees("while it was stopped")
        console.sees("Loud music")
        left(console)


def test_continued_without_having_been_stopped(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        for _ in range(3):
            console.signal(signal.SIGCONT)
        console.tty.wipe()
        console.signal(signal.SIGCONT)
        console.sees("Loud music")
        left(console)


# ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("controlling", [True, False], ids=["with-hang-up", "without-signal"])
def test_its_terminal_is_closed(folder: DataFolder, controlling: bool) -> None:
    with console_on(folder, controlling=controlling) as console:
        console.is_at_work()
        intake = intake_of(folder)
        console.tty.close_line()
        assert console.ends(15.0) == 129
        takes(folder, "after")
        assert intake_of(folder) == intake


@pytest.mark.parametrize("stall_s", STALLS_S)
def test_its_terminal_stalls_and_goes_on(folder: DataFolder, stall_s: float) -> None:
    """The console lives meanwhile: it starts an intake that was killed."""
    with console_on(folder) as console:
        console.is_at_work()
        console.tty.stall()
        until = time.monotonic() + stall_s
        intake = intake_of(folder)
        assert intake is not None
        os.kill(intake, signal.SIGKILL)
        console.until(lambda: intake_of(folder) not in (None, intake), "another intake")
        takes(folder, "during the stall")
        width = 80
        while time.monotonic() < until:
            width = 200 - width
            console.tty.resize(width, 40)
            time.sleep(0.05)
        console.tty.resize(80, 24)
        console.tty.flow()
        console.sees("during the stall")
        left(console)


def test_after_a_stall_in_which_much_was_painted_the_screen_is_whole(folder: DataFolder) -> None:
    with console_on(folder, size=(200, 60)) as console:
        console.is_at_work()
        console.tty.stall()
        for number in range(250):
            console.tty.resize(200 - number % 7, 60 - number % 5)
            time.sleep(0.02)
        takes(folder, "during the stall")
        console.tty.resize(200, 60)
        read_before = len(console.tty.bytes)
        console.tty.flow()
        console.sees("during the stall")
        console.sees("Loud music")
        console.tty.drain()
        assert len(console.tty.bytes) - read_before < 4 << 20
        left(console)


def test_told_to_end_while_its_terminal_stalls(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        fill_line(console)
        console.signal(signal.SIGTERM)
        assert console.ends(15.0) == 143
        assert console.tty.is_as_found()
        console.tty.flow()
        console.tty.drain()
        assert console.tty.modes_left_on() == set()


def test_its_terminal_stalls_and_is_closed(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        fill_line(console)
        console.tty.close_line()
        assert console.ends(15.0) == 129
        takes(folder, "after")


def fill_line(console: Console) -> None:
    """Stalled until nothing more goes in: the kernel keeps some KiB for a reader that does not come."""
    console.tty.stall()
    for number in range(60):
        console.tty.resize(120 - number % 7, 40)
        time.sleep(0.02)


def test_a_very_slow_line(folder: DataFolder) -> None:
    """Some 6 KB/s: the screen comes, a key is answered, the end is clean."""
    with console_on(folder) as console:
        console.tty.pause_s = 0.04
        console.is_at_work()
        takes(folder, "on a slow line")
        console.sees("on a slow line")
        console.press("?")
        console.sees("Esc closes")
        console.press(b"\x1b")
        left(console)


# ── what comes in by the keyboard ────────────────────────────────────────────────────────────────────────────────────
def test_bytes_that_are_no_words(folder: DataFolder) -> None:
    """Half characters, a terminal that speaks Latin-1, NUL, replies nobody asked for."""
    with console_on(folder) as console:
        console.is_at_work()
        console.press("/")
        console.press(b"\xff\xfe\xe4\xb8\xc3\x28\xed\xa0\x80 caf\xe9 \x00\x1b[?1;2;3R\x1b]11;rgb:0/0/0\x07")
        console.press(b"\x1b[<999999;-5;99999999M\x1b[200~")
        console.press(b"half a paste \xe6\x1b[201~")
        takes(folder, "after the noise")
        console.press(b"\x1b")
        console.press(b"\x1b")
        console.sees("after the noise")
        left(console)


@pytest.mark.parametrize("where", ["search", "modal", "list"])
def test_a_megabyte_is_pasted(folder: DataFolder, where: str) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("Loud music")
        console.press({"search": "/", "modal": "e", "list": ""}[where])
        if where == "modal":
            console.sees("Enter keeps the note")
        console.press(b"\x1b[200~" + "沪A12345 x ".encode() * (1 << 16) + b"\x1b[201~")
        takes(folder, "during the paste")
        if where == "modal":
            console.sees("Paste less of it.")
        console.press(b"\x1b")
        console.press(b"\x1b")
        console.sees("during the paste")
        left(console)


# ── two, and none ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_two_consoles_at_one_desk_and_one_is_killed(folder: DataFolder) -> None:
    """`kill -9` lets nobody tidy up: the terminal stays as it was set, `reset` mends it, the intake goes on."""
    other_tty = Pty()
    with console_on(folder) as console, console_on(folder, tty=other_tty) as other:
        console.is_at_work()
        other.is_at_work()
        intake = intake_of(folder)
        takes(folder, "for both")
        console.sees("for both")
        other.sees("for both")
        console.signal(signal.SIGKILL)
        assert console.ends() == -signal.SIGKILL
        assert not console.tty.is_as_found()
        console.tty.drain()
        assert console.tty.modes_left_on() != set()
        takes(folder, "after the kill")
        assert intake_of(folder) == intake
        other.sees("after the kill")
        left(other)
    other_tty.close()


@pytest.mark.skipif(shutil.which("reset") is None, reason="no `reset` here")
def test_reset_mends_the_terminal_of_a_killed_console(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        console.signal(signal.SIGKILL)
        console.ends()
        tty = console.tty.slave
        subprocess.run(
            ["reset"], stdin=tty, stdout=tty, stderr=tty, env=environment(folder, {}), timeout=30, check=True
        )
        console.tty.drain()
        assert b"\x1bc" in console.tty.bytes  # a full reset, which switches every mode off
        subprocess.run(["stty", "-a"], stdin=tty, stdout=tty, check=True, timeout=10)
        console.tty.drain()
        assert b" icanon" in console.tty.bytes
        assert b" echo " in console.tty.bytes


def test_what_does_not_come_is_told_with_the_screen(folder: DataFolder) -> None:
    """The harness itself: a fact that does not hold fails the test."""
    with console_on(folder) as console:
        console.is_at_work()
        with pytest.raises(NotSeen, match="Loud music"):
            console.sees("no such words", 0.2)
