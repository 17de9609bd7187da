"""Why a console ends, which is also its exit code, and whether the intake beside it goes on. `run` and the app tell it
the causes; the first counts, but for a crash, which counts most."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """The value is the exit code: 128 + the signal's number for signals, as shells say it."""

    LEFT = 0
    CRASHED = 1
    REFUSED = 78
    """The audit is not what it was: sysexits.h EX_CONFIG."""
    HUNG_UP = 129
    """SIGHUP, or the terminal was closed."""
    INTERRUPTED = 130
    QUIT = 131
    TERMINATED = 143

    @property
    def intake_goes_on(self) -> bool:
        """Whether nobody meant to end the desk: a lost line or a crash must not keep tips waiting."""
        return self in (Cause.CRASHED, Cause.REFUSED, Cause.HUNG_UP)


class Ending:
    """One console's end; `cause` is None while it runs."""

    def __init__(self) -> None:
        self.cause: Cause | None = None

    def because(self, cause: Cause) -> None:
        if self.cause is None or cause is Cause.CRASHED:
            self.cause = cause

    @property
    def exit_code(self) -> int:
        return int(Cause.LEFT if self.cause is None else self.cause)

    @property
    def intake_goes_on(self) -> bool:
        return self.cause is not None and self.cause.intake_goes_on
