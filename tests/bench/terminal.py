"""A process on a real pty, seen from outside: keys go in, bytes come out with the moment they were read."""

from __future__ import annotations

import fcntl
import os
import pty
import queue
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pyte

COLUMNS, ROWS = 120, 36
DOWN, UP, PAGE_DOWN, PAGE_UP, HOME, END = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[5~", b"\x1b[H", b"\x1b[F"
ENTER, ESCAPE, F2, CTRL_Q = b"\r", b"\x1b", b"\x1bOQ", b"\x11"
_ASKS_FOR_SYNC: Final = b"\x1b[?2026$p"
_HAS_SYNC: Final = b"\x1b[?2026;2$y"

Seen = Callable[[pyte.Screen], bool]
"""Whether what was waited for stands on the screen."""


class NotSeen(Exception):
    """What was waited for did not come; the message has the screen."""


class Terminal:
    """One program on a pty of 120 × 36 (or as told); answers, as good terminals do, that it draws whole frames."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        columns: int = COLUMNS,
        rows: int = ROWS,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes_read = 0
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._fd = master
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment() if env is None else env,
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509 - between fork and exec it does one ioctl; no thread of ours minds
        )
        os.close(slave)
        self._read: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._keep_reading, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    def send(self, keys: bytes) -> float:
        """Type; returns the moment before."""
        now = time.perf_counter()
        os.write(self._fd, keys)
        return now

    # ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _keep_reading(self) -> None:
        """In a thread: the program never waits for us, and the moments are right whatever we do meanwhile."""
        while True:
            try:
                chunk = os.read(self._fd, 1 << 16)
            except OSError:
                chunk = b""
            self._read.put((time.perf_counter(), chunk))
            if not chunk:
                return
            if _ASKS_FOR_SYNC in chunk:
                os.write(self._fd, _HAS_SYNC)

    def read(self, timeout_s: float) -> tuple[float, bytes]:
        """The next piece of what came and when it was read; b"" when nothing came within that time."""
        try:
            now, chunk = self._read.get(timeout=max(timeout_s, 0.0001))
        except queue.Empty:
            return time.perf_counter(), b""
        self.bytes_read += len(chunk)
        return now, chunk

    def wait_bytes(self, wanted: bytes, timeout_s: float = 30.0) -> float:
        """The moment these bytes were read; they are drawn on the screen before this returns. Raises NotSeen."""
        deadline = time.perf_counter() + timeout_s
        chunks, tail = [], b""
        while (left := deadline - time.perf_counter()) > 0:
            now, chunk = self.read(left)
            chunks.append(chunk)
            tail = (tail + chunk)[-(len(chunk) + len(wanted)) :]
            if wanted in tail:
                self._draw(chunks)
                return now
            if not chunk and self.process.poll() is not None:
                break
        self._draw(chunks)
        raise NotSeen(f"{wanted!r} did not come:\n{self.picture()}")

    def wait(self, seen: Seen, timeout_s: float = 30.0) -> float:
        """The moment of the bytes after which `seen` first held; what came after them is drawn by the next wait.

        Raises NotSeen.
        """
        deadline = time.perf_counter() + timeout_s
        while (left := deadline - time.perf_counter()) > 0:
            now, chunk = self.read(left)
            self._draw([chunk])
            if seen(self.screen):
                return now
            if not chunk and self.process.poll() is not None:
                break
        raise NotSeen(f"It did not come in {timeout_s:.0f} s:\n{self.picture()}")

    def settle(self, quiet_s: float = 0.15, timeout_s: float = 3.0) -> None:
        """Draw what comes until nothing has come for `quiet_s`."""
        deadline = time.perf_counter() + timeout_s
        self._draw([chunk for _now, chunk in self._burst(deadline, quiet_s)])

    def _burst(self, deadline: float, quiet_s: float) -> list[tuple[float, bytes]]:
        chunks = []
        while (left := deadline - time.perf_counter()) > 0:
            now, chunk = self.read(min(left, quiet_s))
            if not chunk:
                break
            chunks.append((now, chunk))
        return chunks

    def _draw(self, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            self._stream.feed(chunk)

    # ── the screen ───────────────────────────────────────────────────────────────────────────────────────────────────
    def picture(self) -> str:
        return "\n".join(line_of(self.screen, y).rstrip() for y in range(self.screen.lines))

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def close(self) -> None:
        """End the process as a closed terminal does, and its pty; what it started ends with it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        deadline = time.perf_counter() + 15
        while self.process.poll() is None and time.perf_counter() < deadline:
            time.sleep(0.01)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(2)
        os.close(self._fd)


def _own_terminal() -> None:
    """Makes the pty the program's controlling terminal: when the bench is killed, the program is hung up."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def line_of(screen: pyte.Screen, y: int) -> str:
    """One row's words; the second cell of a wide character is left out."""
    row = screen.buffer[y]
    return "".join(row[x].data for x in range(screen.columns))


def row_of(screen: pyte.Screen, words: str) -> int | None:
    return next((y for y in range(screen.lines) if words in line_of(screen, y)), None)


def shows(screen: pyte.Screen, words: str) -> bool:
    return row_of(screen, words) is not None


def environment(**more: str) -> dict[str, str]:
    """A user's environment: colours, UTF-8, compiled modules kept, nothing of Taskroom's set. Without the daily
    backup: a copy of ten million tips would be measured too; and without the idle lock."""
    strangers = ("TASKROOM_", "PYTHONDONTWRITE", "COLUMNS", "LINES")
    # The last two would tell the program another size than its terminal has; other tests set them.
    env = {name: value for name, value in os.environ.items() if not name.startswith(strangers)}
    env["TASKROOM_BACKUP__DAILY"] = "false"
    env["TASKROOM_ERASE__NIGHTLY"] = "false"
    env["TASKROOM_DESK__IDLE_LOCK_S"] = "0"
    return {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **more}
