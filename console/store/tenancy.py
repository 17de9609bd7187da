"""Who has a SQLite store open: every `Store` on it while it is open, or one restore that puts another in its place."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.errors import StoreDown
from console.store.first_look import beside
from console.words import gettext as _

_ENDING = "-open"


def move_in(file: Path) -> int:
    """The descriptor that says so until it is closed or the process ends. Raises StoreDown during a restore."""
    lock = _opened(file)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StoreDown(_("The store is being restored from a backup: try again in a moment.")) from None
    except OSError:  # a file system without such locks
        pass
    return lock


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody has the store open, and nobody can open it meanwhile. Raises StoreDown when somebody has."""
    lock = _opened(file)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreDown(
                _("A console, an intake or another command works with the store: end it, then restore again.")
            ) from None
        except OSError:
            pass
        yield
    finally:
        os.close(lock)


def _opened(file: Path) -> int:
    return os.open(beside(file, _ENDING), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
