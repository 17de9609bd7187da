"""Writing and moving so that a power cut leaves the old or the new, never half; the intake writes only so."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

DRAFT = ".draft-"
"""How the name of a file begins that is not whole yet."""


def write_whole(path: Path, content: bytes) -> None:
    """`content` at `path`, 0600, flushed to disk before it has that name; the folder is flushed by the caller."""
    draft = path.with_name(f"{DRAFT}{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(descriptor)
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def flush_folder(folder: Path) -> None:
    """The names in `folder` are on disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_name(folder: Path, name: str) -> Path:
    """A path in `folder` that nothing stands at: `a.json`, else `a~2.json`, `a~3.json` …; only one process may ask."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    path, number = folder / name, 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{stem}~{number}{dot}{ending}"
    return path
