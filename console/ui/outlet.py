"""The way of every byte to the terminal: at once while it takes them; a thread waits for a slow, stalled or closed
one, so that the event loop never does. `terminal` writes into it."""

from __future__ import annotations

import errno
import os
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

MOST_WAITING: Final = 2 << 20
"""Bytes that wait for a terminal which takes nothing; beyond them what waits is dropped and the whole screen is
painted anew later. A screen of 300 × 100 with colours is some 400,000."""
LOOK_EVERY_S: Final = 0.25
_PIECE: Final = 1 << 14
_LAST_WORDS_S: Final = 1.0
"""How long a terminal that takes nothing is tried at the end: a slow line takes a screen's rest in that time."""


class Outlet:
    """Writes in order to the terminal of descriptor `fd`. `caught_up` is called (in the thread) when something was
    dropped and the terminal takes bytes again, `gone` when it is closed.

    What the terminal takes at once is written by whoever calls: a thread that must first be woken, and given the
    interpreter by an event loop that goes on working, showed a frame up to 5 ms later.
    """

    def __init__(self, fd: int, *, caught_up: Callable[[], None], gone: Callable[[], None]) -> None:
        self._out, self._is_at_once = _opened(fd)
        self._caught_up = caught_up
        self._gone = gone
        self._begun = b""
        """The rest of what the terminal has taken the beginning of: never dropped."""
        self._is_sending = False
        self._waiting: deque[bytes] = deque()
        self._waiting_length = 0
        self._has_dropped = False
        self._ends = False
        self._gives_way = False
        self._is_gone = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="taskroom-terminal", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Write what the terminal takes and queue the rest; returns at once."""
        content = text.encode("utf-8", "replace")
        with self._news:
            if self._is_gone or self._ends:
                return
            if self._is_at_once and not (self._is_sending or self._begun or self._waiting):
                self._is_sending = True  # a signal's own words must not come between
                self._begun = self._unsent(content)
                self._is_sending = False
            else:
                self._queue(content)
            if self._begun or self._waiting:
                self._news.notify()

    def _unsent(self, content: bytes) -> bytes:
        """What of it the terminal does not take now. That it is closed is for the thread to find out."""
        left = memoryview(content)
        try:
            while left:
                left = left[os.write(self._out, left[:_PIECE]) :]
        except OSError:
            pass
        return bytes(left)

    def _queue(self, content: bytes) -> None:
        if self._waiting_length + len(content) > MOST_WAITING and self._waiting:
            self._drop()
        self._waiting.append(content)
        self._waiting_length += len(content)

    def _drop(self) -> None:
        self._waiting.clear()
        self._waiting_length = 0
        self._has_dropped = True

    def close(self, last_words: str) -> None:
        """Write what waits. When the terminal does not take it, what waits (here and in the kernel) gives way to
        `last_words`."""
        with self._news:
            self._ends = True
            self._news.notify()
        self._thread.join(_LAST_WORDS_S)
        if self._thread.is_alive():
            with self._news:
                self._gives_way = True
                self._drop()
            with suppress(termios.error):
                termios.tcflush(self._out, termios.TCOFLUSH)
            self._thread.join(_LAST_WORDS_S)
        if self._gives_way and not self._is_gone:
            write_at_once(self._out, last_words)
        if not self._thread.is_alive():
            os.close(self._out)

    # ── in the thread ────────────────────────────────────────────────────────────────────────────────────────────────
    def _serve(self) -> None:
        while (content := self._next()) is not None:
            try:
                self._send(content)
            except OSError:
                with self._news:
                    self._is_gone = True
                    self._drop()
                self._gone()
                return
            self._repaint_if_dropped()

    def _next(self) -> bytes | None:
        """All that waits, as one piece; None at the end."""
        with self._news:
            self._is_sending = False
            while not (self._begun or self._waiting):
                if self._ends:
                    return None
                self._news.wait()
            content = self._begun + b"".join(self._waiting)
            self._begun = b""
            self._waiting.clear()
            self._waiting_length = 0
            self._is_sending = True
            return content

    def _send(self, content: bytes) -> None:
        """Raises OSError when the terminal is closed."""
        left = memoryview(content)
        while left:
            try:
                left = left[os.write(self._out, left[:_PIECE]) :]
            except BlockingIOError:
                if self._gives_way:
                    return
                _wait_for(self._out)

    def _repaint_if_dropped(self) -> None:
        with self._news:
            dropped, self._has_dropped = self._has_dropped, False
        if dropped and not self._ends:
            self._caught_up()


def _opened(fd: int) -> tuple[int, bool]:
    """The terminal once more, and whether writing to it never waits. That mode belongs to an open file, and the shell's
    must not get it; where the terminal has no name here, writing waits, in the thread."""
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC), True
    except OSError:
        return os.dup(fd), False


def _wait_for(fd: int) -> None:
    """Until the terminal takes bytes, or a moment. Raises OSError when it is closed."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    for _fd, event in poll.poll(LOOK_EVERY_S * 1000):
        if event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
            raise OSError(errno.EIO, "the terminal is closed")


def write_at_once(fd: int, words: str) -> bool:
    """Bring these few bytes to a terminal that may be stalled: what the kernel holds for it is dropped, if need be.
    False when they could not be written."""
    deadline = time.monotonic() + _LAST_WORDS_S
    left = words.encode()
    while left and time.monotonic() < deadline:
        try:
            left = left[os.write(fd, left) :]
        except BlockingIOError:
            with suppress(termios.error):
                termios.tcflush(fd, termios.TCOFLUSH)
            time.sleep(0.01)
        except OSError:
            return False
    return not left


def give_back(fd: int, attributes: list[object] | None, last_words: str) -> None:
    """The terminal's own state again, from any thread, when the event loop cannot do it; never waits long."""
    with suppress(OSError, termios.error):
        if attributes is not None:
            termios.tcsetattr(fd, termios.TCSANOW, attributes)  # type: ignore[arg-type]
    with suppress(OSError):
        out, _is_at_once = _opened(fd)
        write_at_once(out, last_words)
