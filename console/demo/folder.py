"""The temporary folder of one demo, and what is done about the folders of demos that were killed. `taskroom demo` opens
it."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.intake.lock import is_locked
from console.paths import DataFolder

PREFIX = "taskroom-demo-"


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A folder of this demo's own, removed at the end; with it those that killed demos have left behind.

    The kernel holds a lock on it for as long as this process lives. It gets its name only when it is locked, so that
    a demo starting at the same time does not take it for one that was left.
    """
    remove_left_over()
    draft = Path(tempfile.mkdtemp(prefix=f".{PREFIX}"))
    descriptor = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    folder = draft.rename(draft.with_name(draft.name.removeprefix(".")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)
        remove_left_over()


def remove_left_over() -> None:
    """Remove the folders of demos whose process is gone and whose intake has ended; ours only."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_left_over(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left_over(folder: Path) -> bool:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return not is_locked(DataFolder(folder).intake_lock)
    except OSError:
        return False
    finally:
        os.close(descriptor)
