"""Erasing what has had its time, by hand (`taskroom erase`) and every night by the intake. A run is batches of some
hundred tips, so that the desk goes on working; what remains of a tip is a tombstone.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from console.model.tip import CloseReason
from console.store import Store
from console.store import erasing as store_erasing
from console.store.erasing import DueTips, is_owed
from console.store.scrubbing import Left, Scrubbing

__all__ = ["DueTips", "Erased", "Erasing", "Kept", "Left", "due_tips", "owes_scrubbing"]

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, done, total) after each batch."""

Forget = Callable[[frozenset[bytes]], int]
"""Removes what the intake keeps of tips with words of these SHA-256; how many files it were. It blocks."""

TAKEN_IN_S = 3_600.0
"""A content that was brought or asked for within the hour may belong to a tip that is just being taken in."""

_KEPT_ELSEWHERE = timedelta(days=30)
"""In a shared store a content may lie in another desk's folder: so long its name waits for that one's run."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the intake keeps what it took, and how it is made to forget."""

    attachments: Path
    forget: Forget


@dataclass(frozen=True, slots=True)
class Erased:
    """What a run did: tips, files of attachments and kept files removed; what is `left` in the store's own files, the
    log among them."""

    tips: int
    attachments: int
    files: int
    left: Left = Left.NOTHING

    @property
    def is_clean(self) -> bool:
        return self.left is Left.NOTHING


async def due_tips(store: Store) -> list[DueTips]:
    """What a run would erase now, by station and status."""
    now = store.now()
    return await store.read(lambda conn: store_erasing.due_tips(conn, now))


async def owes_scrubbing(store: Store) -> bool:
    """Whether the store's files may hold what was erased, as a run that was to clear them failed or was stopped."""
    return await store.read(is_owed)


class Erasing:
    """One run: `run` erases, `stop` ends it after the batch under way. With a `reason` only what was closed by it, and
    the store's files are left to the next run without one."""

    def __init__(
        self,
        store: Store,
        url: str,
        kept: Kept,
        on_progress: OnProgress,
        reason: CloseReason | None = None,
    ) -> None:
        self._store = store
        self._url = url
        self._kept = kept
        self._on_progress = on_progress
        self._reason = reason
        self.is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True

    async def run(self) -> Erased:
        """Raises StoreDown and OSError; what was erased before then is erased, the next run does the rest."""
        now, reason = self._store.now(), self._reason
        total = await self._store.read(lambda conn: store_erasing.count_due(conn, now, reason))
        files = await self._forget_files(now) if total else 0
        tips = 0
        self._on_progress("erase", 0, total)
        while not self.is_stopped:
            count = await self._store.write(lambda conn: store_erasing.erase_due(conn, now, None, reason))
            if not count:
                break
            tips += count
            self._on_progress("erase", min(tips, total), max(total, tips))
        contents = await self._remove_contents(now)
        left = Left.NOTHING
        if tips or (reason is None and await owes_scrubbing(self._store)):
            left = await Scrubbing(self._store, self._url, lambda: self.is_stopped, thorough=reason is None).run()
        return Erased(tips, contents, files, left)

    async def _forget_files(self, now: datetime) -> int:
        """Before the rows: broken off in between, the next run still knows the words."""
        reason = self._reason
        words = await self._store.read(lambda conn: store_erasing.words_due(conn, now, reason))
        return await asyncio.to_thread(self._kept.forget, frozenset(words)) if words else 0

    async def _remove_contents(self, now: datetime) -> int:
        spent = await self._store.read(store_erasing.spent_contents)
        forgotten, removed = await asyncio.to_thread(self._removed, spent, now)
        await self._store.write(lambda conn: store_erasing.forget_spent(conn, forgotten))
        return removed

    def _removed(self, spent: Sequence[tuple[str, datetime]], now: datetime) -> tuple[list[str], int]:
        """Which contents are done with, and how many files were removed; young ones wait for the next run."""
        forgotten, removed = [], 0
        for sha256, at in spent:
            place = self._kept.attachments / sha256[:2] / sha256
            try:
                is_young = time.time() - place.stat().st_mtime < TAKEN_IN_S
            except FileNotFoundError:
                if self._store.dialect == "sqlite" or now - at > _KEPT_ELSEWHERE:
                    forgotten.append(sha256)
                continue
            if not is_young:
                with suppress(FileNotFoundError):
                    os.unlink(place)
                    removed += 1
                forgotten.append(sha256)
        return forgotten, removed
