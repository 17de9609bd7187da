"""The daily copies of a SQLite store: when one is due, how it is made, which old ones go. The intake makes them,
`doctor` asks how old the newest is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.errors import StoreDown
from console.store.snapshot import PART, Held, never, take_snapshot
from console.words import gettext as _

EVERY = timedelta(days=1)
_NAME = "daily-%Y%m%dT%H%M%SZ.db"
_NAMED = re.compile(r"daily-\d{8}T\d{6}Z\.db")
_SPARE_BYTES = 64 << 20
"""Left free beside a copy, for the log of the store that grows meanwhile."""


def copies(folder: Path) -> list[tuple[datetime, Path]]:
    """The daily copies there, oldest first, each with when it was made. Raises OSError."""
    if not folder.is_dir():
        return []
    found = (file for file in folder.iterdir() if _NAMED.fullmatch(file.name))
    return sorted((datetime.strptime(file.name, _NAME).replace(tzinfo=UTC), file) for file in found)


def is_due(folder: Path, now: datetime) -> bool:
    """Whether the newest is a day old; one from the future, made by a clock that was wrong, does not count."""
    return not any(timedelta(0) <= now - made_at < EVERY for made_at, _file in copies(folder))


def make_daily(store: Path, folder: Path, keep: int, now: datetime, is_stopped: Callable[[], bool] = never) -> Held:
    """One more copy of the store, and no more than `keep` of them; what a broken-off one left goes first.

    Blocks. Raises StoreDown (no room), StoreRefused (damaged), NotAllowed, Stopped, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for part in parts(folder):
        part.unlink(missing_ok=True)
    needed, free = store.stat().st_size + _SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise StoreDown(
            _("{folder} has {free:,} MiB left and needs {needed:,}: make room there.").format(
                folder=folder, free=free >> 20, needed=needed >> 20
            )
        )
    made = folder / now.astimezone(UTC).strftime(_NAME)
    held = take_snapshot(store, made, None, is_stopped)
    _rotate(folder, made, keep, now)
    return held


def _rotate(folder: Path, made: Path, keep: int, now: datetime) -> None:
    """Keep the one just made, whatever the clock says, and the newest others; those from the future go first."""
    others = sorted((made_at <= now, made_at, file) for made_at, file in copies(folder) if file != made)
    for _is_past, _made_at, old in others[: max(0, len(others) + 1 - keep)]:
        old.unlink(missing_ok=True)


def parts(folder: Path) -> list[Path]:
    """Daily copies that were broken off. No other process makes any."""
    with suppress(FileNotFoundError):
        return [file for file in folder.iterdir() if file.name.startswith(".daily-") and PART in file.name]
    return []
