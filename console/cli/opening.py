"""Opens the console; joins it with the intake, which the screen may not import. Without typer: a plain start comes
straight here."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from console.cli.exits import INTERRUPTED, code_of, say, sentence_of
from console.cli.output import make_utf8
from console.cli.told import Told, check_views
from console.errors import ConsoleError

if TYPE_CHECKING:
    from console.settings import Settings


def open_console(settings: Settings, *, banner: str = "", leaves_intake: bool = True) -> int:
    """Show the console until the officer leaves, and keep an intake running meanwhile; returns the exit code (0 left,
    1 crashed, 78 no usable terminal or wrong settings). An intake outlives a console that crashes or is killed, unless
    `leaves_intake` is false."""
    from console.cli.ahead import try_ahead

    ahead = try_ahead(settings)
    from console.intake.heartbeat import sign_of_life
    from console.intake.start import COMMAND, keep_intake_running
    from console.ui.run import run_console

    if settings.has_vault_key:
        from console.cli.unlocking import unlockable

        settings = unlockable(settings)
    command = COMMAND if leaves_intake else (*COMMAND, "--ends-with", str(os.getpid()))
    check_views(settings)
    return run_console(
        settings,
        banner=banner,
        keep_intake=partial(keep_intake_running, settings, command=command),
        heartbeat=partial(sign_of_life, settings.folder),
        ahead=ahead,
    )


def open_plainly(told: Told) -> int:
    """The console on what the command line told; returns the exit code, never raises an expected error."""
    make_utf8()
    try:
        return open_console(told.settings())
    except ConsoleError as error:
        say(f"taskroom: {sentence_of(error)}")
        return code_of(error)
    except KeyboardInterrupt:
        return INTERRUPTED
