"""`taskroom intake`: takes the folder's lock, then runs the whole intake as one process. The command line calls it."""

from __future__ import annotations

import os
import sys

from console.errors import BadSettings
from console.intake.heartbeat import IntakeState, write_heartbeat
from console.intake.lock import take_lock
from console.intake.pulse import Pulse
from console.settings import Settings
from console.words import gettext as _

EX_TEMPFAIL = 75
"""sysexits.h: another intake holds the folder's lock, which takes what lies there itself."""


async def run_intake(settings: Settings, *, once: bool, starter: int | None = None) -> int:
    """Take tips until SIGTERM or SIGINT (`once`: what lies there, then end; `starter`: until that process is no longer
    the parent); the exit code, 75 when another one runs.

    Raises BadSettings, VaultLocked, StoreRefused; with `once` also StoreDown.
    """
    settings.folder.make()
    try:
        lock = await take_lock(settings.folder.intake_lock)
    except OSError as error:
        raise _not_writable(settings, error) from error
    if lock is None:
        sys.stderr.write(_("Another intake already takes what lies in this data folder: nothing to do here.") + "\n")
        return EX_TEMPFAIL
    try:
        pulse = Pulse()
        try:
            write_heartbeat(settings.folder.heartbeat, pulse.beat(IntakeState.STARTING))
        except OSError as error:
            raise _not_writable(settings, error) from error
        # The store is a second's import: who is not needed has left, and the console knows that somebody starts.
        from console.intake.process import Intake

        await Intake(settings, pulse, starter=starter).run(once=once)
    finally:
        os.close(lock)
    return 0


def _not_writable(settings: Settings, error: OSError) -> BadSettings:
    return BadSettings(
        _("The data folder {folder} cannot be written to ({reason}): mend that, or choose another with --data.").format(
            folder=settings.folder.root, reason=error.strerror
        )
    )
