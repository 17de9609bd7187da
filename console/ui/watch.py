"""Sees to it that a console which is told to end does end: signals and a terminal that hangs up come to a thread of
their own, which ends the process by force when the event loop does not. `run` starts it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

from console.ui.ending import Cause, Ending
from console.ui.terminal import DeskTerminal

SIGNALS: Final = {
    signal.SIGHUP: Cause.HUNG_UP,
    signal.SIGINT: Cause.INTERRUPTED,
    signal.SIGQUIT: Cause.QUIT,
    signal.SIGTERM: Cause.TERMINATED,
}
HUNG_UP_GRACE_S: Final = 10.0
"""Well under the 15 s in which the screen ends after its terminal is gone."""
GRACE_S: Final = 14.0
"""A little longer than `ConsoleApp.end` gives store and intake."""


class Ends(Protocol):
    """What is watched: `ConsoleApp`."""

    ending: Ending

    def exit(self) -> None: ...

    @property
    def terminal(self) -> object: ...


class Watch:
    """Of one app, from before its event loop until after it."""

    def __init__(self, app: Ends) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = threading.Event()

    @contextmanager
    def signals(self) -> Iterator[None]:
        """While it lasts, the signals end the app; afterwards a hang-up changes nothing and the others kill."""
        told, self._tell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        before = {number: signal.signal(number, _wake) for number in SIGNALS}
        signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
        thread = threading.Thread(target=self._watch, args=(told,), name="taskroom-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            signal.set_wakeup_fd(-1)
            os.write(self._tell, b"\0")
            thread.join()
            os.close(told)
            os.close(self._tell)
            for number, action in before.items():
                signal.signal(number, signal.SIG_IGN if number == signal.SIGHUP else action)

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """The app runs on this loop from now on."""
        self._loop = loop
        if self._app.ending.cause is not None:
            self._app.exit()

    # ── in the thread ────────────────────────────────────────────────────────────────────────────────────────────────
    def _watch(self, told: int) -> None:
        cause = self._wait(told)
        if cause is None:
            return
        self._app.ending.because(cause)
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended just now
                self._loop.call_soon_threadsafe(self._app.exit)
        if not self._ended.wait(HUNG_UP_GRACE_S if cause is Cause.HUNG_UP else GRACE_S):
            self._end_by_force()

    def _wait(self, told: int) -> Cause | None:
        """Until the console is to end; None when it has ended by itself."""
        poll = select.poll()
        poll.register(told, select.POLLIN)
        if sys.__stdin__ is not None:
            poll.register(sys.__stdin__.fileno(), 0)  # closed is told without being asked for
        while not self._ended.is_set():
            for fd, _event in poll.poll():
                if fd != told:
                    return Cause.HUNG_UP
                for number in os.read(told, 64):
                    if number in SIGNALS:
                        return SIGNALS[signal.Signals(number)]
        return None

    def _end_by_force(self) -> None:
        """The event loop is stuck: what is not stored stays unstored, but the terminal is given back."""
        terminal = self._app.terminal
        if isinstance(terminal, DeskTerminal):
            terminal.give_back()
        os._exit(self._app.ending.exit_code)


def _wake(_number: int, _frame: object) -> None:
    """The signal's number is written to the pipe before this is called, whatever the event loop is doing."""
