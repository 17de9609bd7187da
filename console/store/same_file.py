"""Whether a store's path still leads to the file that was opened. Readers and writer ask before each unit of work: what
SQLite writes to a file that was removed or put aside is acknowledged and lost."""

from __future__ import annotations

from pathlib import Path

from console.errors import StoreDown
from console.words import gettext as _


class SameFile:
    """One opened file, known by device and inode. Raises OSError when it is not there to begin with."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._identity = self._now()

    def check(self) -> None:
        """Raises StoreDown when the file was removed, put aside or replaced; put back, it is the same again."""
        try:
            is_same = self._now() == self._identity
        except OSError:
            is_same = False
        if not is_same:
            raise StoreDown(
                _("The store's file was taken away or replaced: nothing is written. Put it back, or start again.")
            )

    def _now(self) -> tuple[int, int]:
        found = self._file.stat()
        return found.st_dev, found.st_ino
