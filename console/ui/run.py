"""Start and end of the console's screen: refuses a terminal it cannot draw on, ends cleanly on signals and when the
terminal is gone, and says by exit code how it went. Called by the command line."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from console.errors import BadSettings
from console.words import gettext as _

if TYPE_CHECKING:
    from console.settings import Settings
    from console.ui.app import ConsoleApp, Heartbeat, KeepIntake

EX_CONFIG = 78
"""sysexits.h: something in the surroundings is not as it must be."""

_START_S = 3.0
"""Imports and the first painting make objects by the hundred thousand and hardly any garbage; looking for it takes a
quarter of the start's time, so that waits."""
_LOOK_EVERY_S = 2.0
_GRACE_S = 8.0
"""Together well under the 15 s in which the screen ends after its terminal is gone."""


def run_console(
    settings: Settings,
    *,
    banner: str = "",
    keep_intake: KeepIntake | None = None,
    heartbeat: Heartbeat | None = None,
) -> int:
    """Show the console until the officer leaves; returns the exit code (0 left, 1 crashed, 78 no usable terminal or
    wrong settings). `keep_intake` runs beside it and sees to the intake, `heartbeat` reads its last sign of life."""
    why = why_not_draw()
    if why is not None:
        return _refuse(why)
    gc.disable()
    from console.ui.app import ConsoleApp, no_heartbeat

    try:
        settings.folder.make()
        app = ConsoleApp(settings, banner=banner, keep_intake=keep_intake, heartbeat=heartbeat or no_heartbeat)
    except BadSettings as error:
        return _refuse(error.message)
    try:
        asyncio.run(_run(app))
    except (OSError, RuntimeError) as error:
        from console.ui.crash import write_crash_report

        write_crash_report(error, settings.folder.log, datetime.now(UTC))
        return 1
    return app.return_code or 0


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - the one line a refused start says
    return EX_CONFIG


def why_not_draw() -> str | None:
    """Why the screen cannot be drawn here, or None. Textual draws on stderr and reads stdin, so all three must be the
    terminal."""
    if os.environ.get("TERM", "") in ("", "dumb"):
        return _("taskroom: this terminal cannot draw (TERM=dumb); use a real one, or `taskroom tips` for a list.")
    if not all(_is_terminal(stream) for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)):
        return _("taskroom: the console needs a terminal; in a script use `taskroom tips --json`.")
    return None


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


async def _run(app: ConsoleApp) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(_START_S, _collect_from_now_on)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.exit)
    with _watched_terminal(app, loop):
        await app.run_async()


def _collect_from_now_on() -> None:
    """Modules and styles stay until the end: nobody needs to look through them for garbage again and again, which holds
    up a key by a tenth of a second."""
    gc.freeze()
    gc.enable()


@contextmanager
def _watched_terminal(app: ConsoleApp, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """A thread that ends the console when its terminal hangs up, by force when the event loop is stuck in writing to
    it."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_EVERY_S):
            if _has_hung_up():
                loop.call_soon_threadsafe(app.exit)
                if not done.wait(_GRACE_S):
                    os._exit(1)
                return

    thread = threading.Thread(target=watch, name="terminal-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()


def _has_hung_up() -> bool:
    """Whether the other end of the terminal is closed."""
    stream = sys.__stdin__
    if stream is None or stream.closed:
        return True
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _fd, event in poll.poll(0))
