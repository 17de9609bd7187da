"""Start and end of the console's screen: refuses a terminal it cannot draw on, ends cleanly on signals and when the
terminal is gone, and says by exit code how it went. Called by the command line."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from console.errors import BadSettings
from console.words import gettext as _

if TYPE_CHECKING:
    from console.desk.signing import Ahead
    from console.settings import Settings
    from console.ui.app import ConsoleApp, Heartbeat, KeepIntake
    from console.ui.crash import Reporter
    from console.ui.watch import Watch

EX_CONFIG = 78
"""sysexits.h: something in the surroundings is not as it must be."""

_START_S = 3.0
"""Imports and the first painting make objects by the hundred thousand and hardly any garbage; looking for it takes a
quarter of the start's time, so that waits."""

CANNOT_DRAW = ("", "dumb", "unknown")
"""Values of TERM that promise no cursor addressing; Rich draws nothing on them either."""


def run_console(
    settings: Settings,
    *,
    banner: str = "",
    keep_intake: KeepIntake | None = None,
    heartbeat: Heartbeat | None = None,
    ahead: Ahead | None = None,
) -> int:
    """Show the console until the officer leaves; returns the exit code: 0 left, 1 crashed, 78 no usable terminal or
    wrong settings, else 128 + the number of the signal that ended it (129 also when the terminal was closed).

    `keep_intake` runs beside it and sees to the intake, `heartbeat` reads its last sign of life.
    `ahead` knows of a password that is being tried already.
    """
    why = why_not_draw()
    if why is not None:
        return _refuse(why)
    gc.disable()
    from console.ui.app import ConsoleApp, no_heartbeat

    try:
        settings.folder.make()
        beat = heartbeat or no_heartbeat
        app = ConsoleApp(settings, banner=banner, keep_intake=keep_intake, heartbeat=beat, ahead=ahead)
    except BadSettings as error:
        return _refuse(error.message)
    return _show(app)


def _show(app: ConsoleApp) -> int:
    from console.ui.crash import Reporter
    from console.ui.ending import Cause
    from console.ui.watch import Watch

    reporter = Reporter(app.settings.folder.log)
    reporter.take_hooks()
    watch = Watch(app)
    try:
        with watch.signals():
            asyncio.run(_run(app, watch, reporter))
    except Exception as error:  # noqa: BLE001 - whatever ends it outside Textual is told by a report without words
        app.ending.because(Cause.CRASHED)
        print(reporter.crashed(error, datetime.now(UTC)), file=sys.__stderr__)
    return app.ending.exit_code or app.return_code or 0


def _refuse(sentence: str) -> int:
    if not (sentence.isascii() and sentence.isprintable()):
        from console.ui.text import displayable

        sentence = displayable(sentence)
    print(sentence, file=sys.stderr)  # noqa: T201 - the one line a refused start says
    return EX_CONFIG


def why_not_draw() -> str | None:
    """Why the screen cannot be drawn here, or None. Textual draws on stderr and reads stdin, so all three must be the
    terminal."""
    term = os.environ.get("TERM", "")
    if term in CANNOT_DRAW:
        return _(
            "taskroom: this terminal cannot draw (TERM={term}); use a real one, or `taskroom tips` for a list."
        ).format(term=term)
    if not all(_is_terminal(stream) for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)):
        return _("taskroom: the console needs a terminal; in a script use `taskroom tips --json`.")
    return None


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


async def _run(app: ConsoleApp, watch: Watch, reporter: Reporter) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(_START_S, _collect_from_now_on)
    loop.set_exception_handler(reporter.of_loop)
    watch.begin(loop)
    await app.run_async()


def _collect_from_now_on() -> None:
    """Modules and styles stay until the end: nobody needs to look through them for garbage again and again, which holds
    up a key by a tenth of a second."""
    gc.freeze()
    gc.enable()
