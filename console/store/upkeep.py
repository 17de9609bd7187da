"""What SQLite's writer thread does while nobody waits for it: merge the search index, empty the write-ahead log.
`Writer` calls it.

There is no ANALYZE (`PRAGMA optimize`) among it: with statistics SQLite sorts a city's whole list by its size instead
of reading the newest in feed order.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection

from console.store.gate import Gate
from console.store.search_index import merge, raw_of, settle
from console.store.write_ahead import WriteAheadLog

PAUSE_S = 0.01
"""Without a write for so long segments are merged: under 200 tips a second such pauses still come 20 times a second."""

MERGED_PAGES = 8
"""A slice of merging, 2 to 3 ms, is what a caller waits at most who comes in the middle of it."""

MERGED_SHARE = 0.25
"""Where there is no pause merging gets so much of the time that writing takes: FTS5's own work, but evenly."""

SLICE_S, MERGED_AT_ONCE_S = 0.003, 0.05
"""Saved time is spent from a slice's worth on, and never more than this is saved."""

GATE_S = 0.01
"""So long it waits for another process's transaction."""

IDLE_S = 1.0
"""Without a write for so long the log is emptied into the store."""


class Upkeep:
    """Chores over the writer's connection; each is short, and ends as soon as somebody waits. They raise the driver's
    errors."""

    def __init__(self, gate: Gate, is_wanted: Callable[[], bool]) -> None:
        self._gate = gate
        self._is_wanted = is_wanted
        self._log = WriteAheadLog(gate)
        self._to_merge = self._to_empty = False
        self._is_settled = False
        self._saved_s = 0.0

    @property
    def due_in_s(self) -> float | None:
        """After so long without a write `rest` has something to do; None when it has not."""
        if self._to_merge:
            return PAUSE_S
        return IDLE_S if self._to_empty else None

    def after_group(self, connection: Connection, took_s: float) -> None:
        """A group was written in so many seconds and its callers were answered."""
        self._to_merge = self._to_empty = True
        self._saved_s = min(self._saved_s + took_s * MERGED_SHARE, MERGED_AT_ONCE_S)
        while self._saved_s >= SLICE_S and self._to_merge:
            began = time.monotonic()
            self._to_merge = self._merge_slice(connection)
            self._saved_s = self._saved_s - (time.monotonic() - began) if self._to_merge else 0.0
        self._log.look(raw_of(connection))

    def rest(self, connection: Connection) -> None:
        """One of the chores that are due."""
        if self._to_merge:
            self._to_merge = not self._merge(connection)
        elif self._to_empty:
            self._to_empty = not self._log.empty(raw_of(connection))

    def put_off(self) -> None:
        """Nothing is due until the next write, because the connection is broken."""
        self._to_merge = self._to_empty = False

    def _merge(self, connection: Connection) -> bool:
        """True when nothing is left to merge."""
        while not self._is_wanted():
            if not self._merge_slice(connection):
                return True
        return False

    def _merge_slice(self, connection: Connection) -> bool:
        """False when nothing was to be merged, or another process writes on and on, which will see to it.

        A slice is not flushed to disk: lost in a power cut it is made again, and the next tip's flush takes it along.
        """
        raw = raw_of(connection)
        with self._gate.held(GATE_S) as through:
            if not through:
                return False
            raw.execute("PRAGMA synchronous = NORMAL")
            try:
                if not self._is_settled:
                    settle(raw)
                    self._is_settled = True
                return merge(raw, MERGED_PAGES)
            finally:
                raw.execute("PRAGMA synchronous = FULL")
