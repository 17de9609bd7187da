"""The real console on a real pty with a real intake, seen from outside: what the bytes switched on and off, how the
terminal was left, the exit code, which tips are in the store. The tests of console faults drive it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pyte

from console.intake.heartbeat import IntakeState, read_heartbeat
from console.intake.lock import is_locked
from console.paths import DataFolder

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 60.0
"""A start takes two seconds on an idle machine and twenty on a busy one."""
CONSOLE: Final = (sys.executable, "-m", "console")
_MODE: Final = re.compile(rb"\x1b\[\?(\d+)([hl])")
HARMLESS: Final = frozenset({7, 25, 2026})
"""Modes that are on in a terminal as it is found (wrapping, the cursor), or last for one frame."""


class NotSeen(Exception):
    """What was waited for did not come; the message has the screen."""


class Pty:
    """A terminal: its window's size, its state, every byte that came out of it. Reading can be held up, and the whole
    closed, as a line that stalls or breaks."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.master, self.slave = pty.openpty()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.resize(columns, rows)
        self.found = termios.tcgetattr(self.slave)
        self.bytes = bytearray()
        self._drawn = 0
        self._reading = threading.Lock()
        """Held while what is read is on its way to `bytes`."""
        self._reads = threading.Event()
        self._reads.set()
        self._ends = threading.Event()
        self.pause_s = 0.0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def resize(self, columns: int, rows: int) -> None:
        """As a window's border is drawn; the process in front gets SIGWINCH. What comes is drawn at this size."""
        with self._lock:
            self._screen.resize(max(1, rows), max(1, columns))
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def stall(self) -> None:
        self._reads.clear()

    def flow(self) -> None:
        self._reads.set()

    def send(self, keys: bytes) -> None:
        """Type, as fast as the terminal takes it."""
        left = memoryview(keys)
        while left:
            left = left[os.write(self.master, left[:1024]) :]

    def close_line(self) -> None:
        """The window is closed, the connection lost."""
        self.stall()
        self._ends.set()
        self._thread.join()
        os.close(self.master)
        self.master = -1

    def _read(self) -> None:
        os.set_blocking(self.master, True)
        while not self._ends.is_set():
            if not self._reads.wait(0.05):
                continue
            if not _is_readable(self.master, 0.05):
                continue
            with self._reading:
                try:
                    chunk = os.read(self.master, 256 if self.pause_s else 1 << 16)
                except OSError:
                    return
                self.bytes += chunk
            with self._lock:
                self._drawn += len(chunk)
                with suppress(Exception):  # pyte knows fewer sequences than terminals; what it misses is not looked at
                    self._stream.feed(chunk)
            if self.pause_s:
                time.sleep(self.pause_s)

    @property
    def picture(self) -> str:
        with self._lock:
            rows = (self._screen.buffer[y] for y in range(self._screen.lines))
            return "\n".join("".join(row[x].data for x in range(self._screen.columns)).rstrip() for row in rows)

    def drain(self) -> None:
        """Until nothing has come for a moment, and all that came is read and drawn."""
        length = -1
        while length != len(self.bytes) or not self._has_all():
            length = len(self.bytes)
            time.sleep(0.15 + 5 * self.pause_s)

    def _has_all(self) -> bool:
        if not (self._reads.is_set() and self._thread.is_alive()):
            return True
        with self._reading, self._lock:
            return self._drawn == len(self.bytes) and not _is_readable(self.master, 0)

    def wipe(self) -> None:
        """Forget what stands on the screen, as a shell that wrote over it."""
        with self._lock:
            self._screen.reset()

    def colours(self) -> set[bytes]:
        """All colours of words and grounds that are none of the greys."""
        with self._lock:
            found = re.findall(rb"[34]8;2;(\d+;\d+;\d+)", bytes(self.bytes))
        return {colour for colour in found if len(set(colour.split(b";"))) > 1}

    def modes_left_on(self) -> set[int]:
        """Private modes that were switched on and not off again."""
        on: set[int] = set()
        with self._lock:
            switched = _MODE.findall(bytes(self.bytes))
        for number, how in switched:
            (on.add if how == b"h" else on.discard)(int(number))
        return on - HARMLESS

    def cursor_is_shown(self) -> bool:
        return self.bytes.rfind(b"\x1b[?25h") >= self.bytes.rfind(b"\x1b[?25l")

    def is_as_found(self) -> bool:
        return termios.tcgetattr(self.slave) == self.found

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)


def _is_readable(fd: int, within_s: float) -> bool:
    import select

    return bool(select.select([fd], [], [], within_s)[0])


class Console:
    """One console on one data folder; what it started is ended with the test."""

    def __init__(
        self,
        folder: DataFolder,
        tty: Pty,
        *,
        env: Mapping[str, str | None],
        command: tuple[str, ...],
        controlling: bool,
    ) -> None:
        self.folder = folder
        self.tty = tty
        self.process = subprocess.Popen(
            command,
            stdin=tty.slave, stdout=tty.slave, stderr=tty.slave,
            env=environment(folder, env), cwd=ROOT, start_new_session=True,
            preexec_fn=_own_terminal if controlling else None,  # noqa: PLW1509 - one ioctl between fork and exec
        )  # fmt: skip

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────────────────────
    def shows(self, words: str) -> bool:
        """Whether the words stand on the screen; the second cell of a wide character is not counted."""
        return words in self.tty.picture

    def sees(self, words: str, patience_s: float = PATIENCE_S) -> None:
        self.until(lambda: self.shows(words), words, patience_s)

    def until(self, is_so: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Until the fact holds. Raises NotSeen, with the screen, when it does not or the console has ended."""
        deadline = time.monotonic() + patience_s
        while not is_so():
            if time.monotonic() > deadline:
                raise NotSeen(f"{what} within {patience_s:.0f} s\n{self.tty.picture}")
            if self.process.poll() is not None and not is_so():
                raise NotSeen(f"{what}: the console ended with {self.process.returncode}\n{self.tty.picture}")
            time.sleep(0.02)

    def is_at_work(self) -> None:
        """Until the tips stand there and an intake takes new ones."""
        self.sees("● live")
        self.until(lambda: intake_of(self.folder) is not None, "an intake at work")

    # ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────
    def press(self, keys: bytes | str) -> None:
        self.tty.send(keys.encode() if isinstance(keys, str) else keys)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def leave(self) -> int:
        """As an officer does; the exit code."""
        self.press(b"\x11")
        self.sees("n or Esc stays")
        self.press(b"y")
        return self.ends(30.0)

    def ends(self, within_s: float = 20.0) -> int:
        """The exit code, when it ends within that time; -N when signal N killed it."""
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise NotSeen(f"it still runs after {within_s:.0f} s\n{self.tty.picture}") from None

    def state(self) -> str:
        """'T' while it is stopped."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def _own_terminal() -> None:
    """Makes the pty the program's controlling terminal: when it is closed, the program gets SIGHUP."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def environment(folder: DataFolder, more: Mapping[str, str | None]) -> dict[str, str]:
    """A user's, with a quick intake; None takes a variable out."""
    env: dict[str, str | None] = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TASKROOM_")},
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
        "TASKROOM_DATA": str(folder.root),
        "TASKROOM_INTAKE__SCAN_EVERY_S": "0.5", "TASKROOM_INTAKE__HEARTBEAT_S": "0.2", "PYTHONPATH": str(ROOT), **more,
    }  # fmt: skip
    return {name: value for name, value in env.items() if value is not None}


@contextmanager
def console_on(
    folder: DataFolder, *, size: tuple[int, int] = (80, 24), tty: Pty | None = None,
    env: Mapping[str, str | None] | None = None, command: tuple[str, ...] = CONSOLE, controlling: bool = True,
) -> Iterator[Console]:  # fmt: skip
    """A console on this folder; at the end it and every intake of the folder are gone."""
    own = Pty(*size) if tty is None else tty
    one = Console(folder, own, env=env or {}, command=command, controlling=controlling)
    try:
        yield one
    finally:
        one.close()
        end_intake(folder)
        if tty is None:
            own.close()


# ── the intake and the store ─────────────────────────────────────────────────────────────────────────────────────────
def intake_of(folder: DataFolder) -> int | None:
    """The process id of the intake that is at work, or None."""
    beat = read_heartbeat(folder.heartbeat)
    if beat is None or beat.state in (IntakeState.STARTING, IntakeState.STOPPED) or not is_locked(folder.intake_lock):
        return None
    return beat.pid


def end_intake(folder: DataFolder) -> None:
    """Kill every intake of this folder, also one that a killed console had only just started."""
    told = f"TASKROOM_DATA={folder.root}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (
                told in (process / "environ").read_bytes().split(b"\0")
                and b"intake" in (process / "cmdline").read_bytes()
            ):
                os.kill(int(process.name), signal.SIGKILL)


def send_tip(folder: DataFolder, words: str) -> None:
    """As a sender does: written in tmp/, then renamed into new/."""
    name = f"{abs(hash(words))}.json"
    draft = folder.intake / "tmp" / name
    draft.write_text(json.dumps({"text": words, "room": "JNL-12", "source_key": words}))
    os.utime(draft, (time.time() - 0.1, time.time() - 0.1))
    draft.rename(folder.intake / "new" / name)


def is_stored(store: Path, words: str) -> bool:
    return _count(store, "SELECT count(*) FROM tip WHERE text = ?", words) == 1


def status_of(store: Path, words: str) -> str:
    with _opened(store) as connection:
        found = connection.execute("SELECT status FROM tip WHERE text = ?", (words,)).fetchone()
    return str(found[0])


def _count(store: Path, statement: str, *values: Any) -> int:
    with _opened(store) as connection:
        return int(connection.execute(statement, values).fetchone()[0])


@contextmanager
def _opened(store: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def wait_stored(folder: DataFolder, words: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_stored(folder.store, words):
        whys = [why.read_text() for why in (folder.intake / "rejected").glob("*.why.json")]
        if time.monotonic() > deadline or whys:
            raise NotSeen(f"{words!r} is not in the store; rejected: {whys}; at work: {intake_of(folder)}")
        time.sleep(0.05)


# ── what every case ends with ────────────────────────────────────────────────────────────────────────────────────────
def takes(folder: DataFolder, words: str) -> None:
    """The intake is there: what is sent is stored."""
    send_tip(folder, words)
    wait_stored(folder, words)


def ended(console: Console, code: int, within_s: float = 15.0) -> None:
    """It has ended in time, with this code and the terminal as it was found."""
    assert console.ends(within_s) == code
    assert console.tty.is_as_found()
    console.tty.drain()
    assert console.tty.modes_left_on() == set()
    assert console.tty.cursor_is_shown()


def left(console: Console) -> None:
    """It still does what it is told, and ends well."""
    console.leave()
    ended(console, 0)
