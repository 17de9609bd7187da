"""SQLite's write-ahead log, kept short: emptied while nobody writes, and under load whenever it has grown long.

`upkeep` calls it in the writer thread.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from console.store.driver import BUSY_S
from console.store.gate import Gate

if TYPE_CHECKING:
    import sqlite3

LOOK_S = 1.0
"""Under load its length is looked at so often. SQLite itself copies it at each commit beyond 1,000 pages, as far as
readers allow, and begins it anew at the first commit that no reader stands in the way of."""

PATIENCE_MS = 50
"""So long one attempt to empty it waits for the readers that are in it."""

PRESSED_FROM = ((131_072, 5.0), (16_384, 0.1))
"""Pages of log, seconds: so long writers are held back until readers have left a log that has grown to 512 (64) MB.
While readers come and go without a gap nothing else ends its growth; twice the longest snapshot is enough."""

PRESSED_SHARE = 0.05
"""Of the time at most, when readers stay all the same."""


class WriteAheadLog:
    """The log of the store that the writer's connection is open on; every method takes that connection."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._look_at = self._press_at = 0.0

    def look(self, raw: sqlite3.Connection) -> None:
        """After a group: hold the writers back when the log has grown long."""
        if time.monotonic() < self._look_at:
            return
        pages = self._copy(raw)
        patience_s = next((seconds for limit, seconds in PRESSED_FROM if pages >= limit), 0.0)
        if patience_s and time.monotonic() >= self._press_at:
            with self._gate.held(patience_s):
                emptied = self._empty(raw, patience_s)
            self._press_at = 0.0 if emptied else time.monotonic() + patience_s / PRESSED_SHARE
        self._look_at = time.monotonic() + LOOK_S

    def empty(self, raw: sqlite3.Connection) -> bool:
        """When nobody writes: True when the log is empty now, False when a reader stays in it."""
        self._copy(raw)
        return self._empty(raw, 0.0)

    def _copy(self, raw: sqlite3.Connection) -> int:
        """Copy what no reader needs to stay where it is, waiting for nobody; returns the pages of the log."""
        return int(raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])

    def _empty(self, raw: sqlite3.Connection, patience_s: float) -> bool:
        until = time.monotonic() + patience_s
        raw.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            while True:  # anew each time: it waits for the readers it found at its start, not for those after them
                is_busy = bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
                if not is_busy or time.monotonic() >= until:
                    return not is_busy
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
