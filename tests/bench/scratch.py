"""The bench's cache folder and the scratch folders in it: on the disk of the stores, gone at the end, and swept at the
next start when a run was broken off."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

CACHE: Final = user_cache_path("taskroom-bench", appauthor=False)
_HELD: Final = "held"
"""A file in each scratch folder, locked by its process: the lock ends with the process, however that ends."""
_YOUNG_S: Final = 7_200
"""A folder without such a file is left alone so long after it was made: it may be another run's temporary folder."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of one's own in the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=CACHE, ignore_cleanup_errors=True) as place:
        held = os.open(Path(place) / _HELD, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(place)
        finally:
            os.close(held)


def sweep() -> None:
    """Remove what runs that were broken off left behind."""
    for pattern in ("scratch-*", "desk-*", "tmp*"):
        for place in CACHE.glob(pattern):
            if not _is_in_use(place):
                print(f"removing {place.name}, left by a run that was broken off", file=sys.stderr, flush=True)
                shutil.rmtree(place, ignore_errors=True)


def _is_in_use(place: Path) -> bool:
    try:
        held = os.open(place / _HELD, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return _age_s(place) < _YOUNG_S
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(held)
    return False


def _age_s(place: Path) -> float:
    try:
        return time.time() - place.stat().st_mtime
    except OSError:
        return 0.0
