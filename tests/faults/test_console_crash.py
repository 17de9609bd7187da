"""A console that crashes: what is left on the terminal and in files, and how the next one offers to go on. Names,
phones and words of tips are planted wherever a report might look."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from console.paths import DataFolder
from tests.faults.pty_console import Console, console_on, intake_of, send_tip, wait_stored

pytestmark = pytest.mark.timeout(240)

NAME, PHONE, WORDS = "植园丁甲", "13800138007", "zebra crossing words"
CRASHING = f"""
import sys, threading, asyncio
from pathlib import Path
import console.ui.screens.live as live
from console.settings import load_settings

tick = live.LiveScreen._tick
wanted = load_settings().data / "crash"

def breaks(reporter_name, phone="{PHONE}"):
    words = ["{NAME}", reporter_name]
    try:
        raise LookupError("no reporter {NAME} with " + phone)
    except LookupError as error:
        raise ValueError(f"tip '{WORDS}' of {{words}}") from error

def in_task():
    async def task():
        breaks("{NAME}")
    asyncio.get_running_loop().create_task(task())

def in_thread():
    threading.Thread(target=breaks, args=("{NAME}",)).start()

def as_it_ticks(self):
    tick(self)
    if wanted.exists():
        how = wanted.read_text()
        wanted.unlink()
        {{"tick": lambda: breaks("{NAME}"), "task": in_task, "thread": in_thread}}[how]()

live.LiveScreen._tick = as_it_ticks
sys.argv = ["taskroom"]
from console.cli import main
main()
"""
"""The console as it is, but that it breaks when told to, with everything planted in locals, messages and causes."""

COMMAND = (sys.executable, "-c", CRASHING)


def crash(console: Console, how: str = "tick") -> None:
    draft = console.folder.root / "crash.draft"
    draft.write_text(how)
    draft.rename(console.folder.root / "crash")


def files_of(folder: DataFolder) -> list[Path]:
    """What consoles write: reports, logs, what is kept for the next one."""
    return [file for place in (folder.log, folder.state) for file in place.rglob("*") if file.is_file()]


def assert_wordless(folder: DataFolder, console: Console, screen_from: int) -> None:
    seen = {str(file): file.read_bytes() for file in files_of(folder)}
    seen["terminal"] = bytes(console.tty.bytes[screen_from:])
    for where, content in seen.items():
        for planted in (NAME, PHONE, WORDS, "no reporter"):
            assert planted.encode() not in content, where
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files_of(folder))


def broken_off_at(folder: DataFolder, words: str) -> None:
    """A console at a tip in a search with a name, its detail in front, that crashed there."""
    send_tip(folder, f"{WORDS}: {NAME} {PHONE}")
    send_tip(folder, words)
    with console_on(folder, command=COMMAND) as console:
        console.is_at_work()
        wait_stored(folder, f"{WORDS}: {NAME} {PHONE}")
        console.sees(words[:20])
        console.press(f"/{NAME}\r")
        console.sees("1 tip · Esc ends the search")
        console.press("2")
        console.sees("▶ 2 JNL")
        console.until(lambda: '"pane": "detail"' in state_of(folder), "its place is written down")
        before = len(console.tty.bytes)
        crash(console)
        assert console.ends() == 1
        assert console.tty.is_as_found()
        console.tty.drain()
        assert console.tty.modes_left_on() == set()
        shown = bytes(console.tty.bytes)
        assert_wordless(folder, console, shown.rindex(b"\x1b[?1049l", before))
        assert b"Taskroom has crashed; the report" in shown
        send_tip(folder, "after the crash")
        wait_stored(folder, "after the crash")
        assert intake_of(folder) is not None


def state_of(folder: DataFolder) -> str:
    return "".join(file.read_text() for file in folder.state.glob("*.where.json"))


def test_a_crash_says_nothing_and_the_next_start_goes_on(folder: DataFolder) -> None:
    broken_off_at(folder, "some other tip")
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("A console broke off. o: back to where you were at")
        console.sees("after the crash")
        console.press("o")
        console.sees("▶ 2 JNL")
        console.sees(WORDS)
        console.press("1")
        console.sees("1 tip · Esc ends the search")
        assert not console.shows("broke off")
        assert console.leave() == 0
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("open tips, newest first")
        assert not console.shows("broke off")
    assert state_of(folder).count("officer") <= 1  # the one that was killed just now


def test_the_offer_can_be_left_alone_and_is_made_again_until_it_is_decided_about(folder: DataFolder) -> None:
    broken_off_at(folder, "some other tip")
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("A console broke off.")
        console.press("j")
        console.sees("A console broke off.")
        console.signal(signal.SIGKILL)
        console.ends()
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("A console broke off.")
        console.press(b"\x1b")
        console.sees("open tips, newest first")
        console.press("o")
        console.sees("o: No console broke off before this one")


@pytest.mark.parametrize("how", ["task", "thread"])
def test_what_breaks_beside_the_screen_is_written_down_without_words(folder: DataFolder, how: str) -> None:
    with console_on(folder, command=COMMAND) as console:
        console.is_at_work()
        crash(console, how)
        console.until(lambda: any(folder.log.glob("fault-*.txt")), "a report")
        assert console.leave() == 0
        console.tty.drain()
        assert_wordless(folder, console, 0)
        (report,) = folder.log.glob("fault-*.txt")
        assert "builtins.ValueError" in report.read_text()
        assert "builtins.LookupError" in report.read_text()


def test_a_hang_up_is_offered_too_and_a_running_console_is_left_alone(folder: DataFolder) -> None:
    with console_on(folder) as first:
        first.is_at_work()
        first.until(lambda: state_of(folder) != "", "its place is written down")
        with console_on(folder) as second:
            second.sees("● live")
            second.sees("open tips, newest first")
            assert not second.shows("broke off")
            second.until(lambda: len([*folder.state.glob("*.where.json")]) == 2, "both are written down")
            assert second.leave() == 0
        first.tty.close_line()
        assert first.ends() == 129
    with console_on(folder) as third:
        third.sees("A console broke off.")


def test_a_report_that_cannot_be_written(folder: DataFolder) -> None:
    with console_on(folder, command=COMMAND) as console:
        console.is_at_work()
        before = len(console.tty.bytes)
        for file in folder.log.iterdir():
            file.unlink()
        folder.log.rmdir()
        folder.log.write_text("no folder")
        crash(console)
        assert console.ends() == 1
        console.tty.drain()
        assert b"no report could be written" in console.tty.bytes[before:]
        assert console.tty.is_as_found()


def test_broken_places_are_no_places(folder: DataFolder) -> None:
    """Each lies there as a console's that broke off; one start looks at all of them."""
    folder.state.mkdir(mode=0o700)
    broken = [b"", b"{", b"[]", b'{"officer": 7}', b"\xff" * 900, b"[" * 9000]
    places = [folder.state / f"{n}-x.where.json" for n in range(len(broken))]
    for place, content in zip(places, broken, strict=True):
        place.write_bytes(content)
    os.symlink("/etc/hostname", folder.state / "9-x.where.json")
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("open tips, newest first")
        assert not console.shows("broke off")
        assert console.leave() == 0
    assert [place.name for place in places if place.exists()] == []
