"""The gate in front of SQLite's write lock: several processes take turns by flock instead of SQLite's sleeping retries.

Held by the writer thread around each transaction and by a migration. Never the database file itself is opened here.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FIRST_NAP_S = 0.0002
_LONGEST_NAP_S = 0.002


class Gate:
    """Two locks: who wants in takes the turnstile, then waits for the gate, so that nobody takes it twice in a row.

    Waiting is by short naps, as a blocking flock cannot be given up: after `patience_s` the caller goes on without the
    gate, and SQLite's own lock decides. Not for use by two threads at once.
    """

    def __init__(self, file: Path) -> None:
        self._turnstile = _open(file.with_name(file.name + "-turn"))
        self._gate = _open(file.with_name(file.name + "-gate"))

    @contextmanager
    def held(self, patience_s: float) -> Iterator[bool]:
        """Hold the gate; yields False when it was not to be had in time or the file system has no flock."""
        until = time.monotonic() + patience_s
        entered = _take(self._turnstile, until)
        try:
            through = entered and _take(self._gate, until)
        finally:
            if entered:
                fcntl.flock(self._turnstile, fcntl.LOCK_UN)
        try:
            yield through
        finally:
            if through:
                fcntl.flock(self._gate, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._turnstile)
        os.close(self._gate)


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _take(lock: int, until: float) -> bool:
    nap = _FIRST_NAP_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(nap)
            nap = min(nap * 2, _LONGEST_NAP_S)
        except OSError:
            return False
        else:
            return True
