"""The real terminal under the console: Textual's driver, made to outlive stalls, stops, bad bytes and a hang-up, and to
leave the terminal as it was found. The app names it as its driver; `run` gives the terminal back by force."""

from __future__ import annotations

import codecs
import os
import select
import signal
import threading
from contextlib import suppress
from typing import Any, Final

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from console.ui.outlet import Outlet, give_back

AS_FOUND: Final = (
    "\x1b[?2026l"
    "\x1b[?2004l\x1b[?7h\x1b[?2048l"
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)
"""Every mode that is switched on, switched off: frames shown whole; pasting, wrapping, size reports; the mouse; then
Kitty's keys, the second screen, the cursor, focus reports and colours."""

_NO_PIXELS: Final = "\x1b[?1016l"
"""The one mode that Textual switches on and leaves on."""

_LOOK_MS: Final = 100
"""How soon the thread that reads keys sees that it is to end."""
_MOST_READ: Final = 1 << 16


class DeskTerminal(LinuxDriver):
    """A terminal that may stall (nothing waits for it), be stopped and continued, send bytes that are no UTF-8, and
    hang up (the app is told once, by `hung_up`)."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: Any = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._outlet: Outlet | None = None
        self._frame: list[str] | None = None
        """What of a frame has been drawn so far; None between frames."""
        self._is_suspended = False
        self._has_hung_up = threading.Event()

    # ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def write(self, data: str) -> None:
        """Never waits, never fails: between two starts, and after the terminal is gone, nobody reads it. A frame goes
        out in one piece, so that who reads it is woken once."""
        if data == SYNC_START:
            self._frame = []
        if self._frame is not None:
            self._frame.append(data)
            if data != SYNC_END:
                return
            data, self._frame = "".join(self._frame), None
        if self._outlet is not None:
            self._outlet.write(data)

    def start_application_mode(self) -> None:
        """As Textual does, but written through our own outlet; in the background of a shell's job it stops again and
        starts when it is brought to the front."""
        thread_before, fresh = self._writer_thread, self._outlet is None
        if fresh:
            self._outlet = Outlet(self.fileno, caught_up=self._paint_anew, gone=self.hang_up)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not thread_before and self._writer_thread is not None:
            self._writer_thread.stop()
            self._is_suspended = False

    def stop_application_mode(self) -> None:
        self._frame = None  # a signal may come while one is drawn
        self.write(_NO_PIXELS)
        super().stop_application_mode()
        outlet, self._outlet = self._outlet, None
        if outlet is not None:
            outlet.close(AS_FOUND)

    def give_back(self) -> None:
        """When the event loop is stuck: from another thread, by force."""
        give_back(self.fileno, self.attrs_before, AS_FOUND)

    def _paint_anew(self) -> None:
        """In the outlet's thread: what was painted meanwhile never reached the terminal."""
        self._loop.call_soon_threadsafe(self.paint_all)

    def paint_all(self) -> None:
        """The whole screen once more."""
        self.write("\x1b[?2026l")
        if self._app.is_running and self._app.screen_stack:
            self._app.screen.refresh()

    # ── stopped and continued ────────────────────────────────────────────────────────────────────────────────────────
    def _sigtstp_application(self, *_signal: object) -> None:
        if self._auto_restart:
            self._is_suspended = True
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_signal: object) -> None:
        """After SIGTSTP the terminal is taken again. After a bare SIGSTOP it still is as we set it: only what stands on
        it may have been written over."""
        if self._is_suspended and self._auto_restart:
            self.resume_application_mode()
        self._loop.call_soon_threadsafe(self.paint_all)

    # ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    def hang_up(self) -> None:
        """The terminal is closed; from any thread, any number of times."""
        if not self._has_hung_up.is_set():
            self._has_hung_up.set()
            with suppress(RuntimeError):  # the event loop has ended before
                self._loop.call_soon_threadsafe(self._tell_hung_up)

    def _tell_hung_up(self) -> None:
        told = getattr(self._app, "hung_up", None)
        if told is not None:
            told()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the app's crash, told without words
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Keys until the end. Bytes that are no UTF-8 become U+FFFD; a closed terminal ends the thread."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        try:
            while not self.exit_event.is_set():
                if poll.poll(_LOOK_MS):
                    content = os.read(self.fileno, _MOST_READ)
                    if not content:
                        self.hang_up()
                        return
                    for event in parser.feed(decode(content)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        except OSError:
            self.hang_up()
        finally:
            with suppress(EOFError, ParseError):
                for _event in parser.feed(""):
                    pass
