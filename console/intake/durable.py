"""Writing and moving so that a power cut leaves the old or the new, never half; the intake writes only so."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

DRAFT = ".draft-"
"""How the name of a file begins that is not whole yet."""
NAME_BYTES = 255
"""Of a name on every local file system of Linux."""
_NAME_ONLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
"""Finds a thing unopened: opening would wait at a pipe and may set a device going. It needs no right to read."""
_ENDING_BYTES = 32
"""A longer part behind the last dot is no ending."""


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


def free_name(folder: Path, name: str, *, room_for: str = "") -> Path:
    """A path in `folder` that nothing stands at: `a.json`, else `a~2.json`, `a~3.json` …; only one process may ask.

    A name too long for that, or for `room_for` to be put behind it, loses the end of its stem and keeps its ending.
    """
    stem, dot, ending = name.rpartition(".")
    if not stem or len(os.fsencode(ending)) > _ENDING_BYTES:
        stem, dot, ending = name, "", ""
    room = NAME_BYTES - len(os.fsencode(room_for))
    path, number = folder / _fitting(stem, f"{dot}{ending}", room), 1
    while os.path.lexists(path):
        number += 1
        path = folder / _fitting(stem, f"~{number}{dot}{ending}", room)
    return path


def make_private(place: Path) -> None:
    """Folders 0700 and all else 0600, with all that is below; nothing is opened but folders. Links, what they lead to
    and what another account owns stay as they are."""
    if not _close_to_others(place):
        return
    with suppress(OSError):  # another account's folder may not be looked into
        for _root, folders, files, inside in os.fwalk(place):
            for name in (*folders, *files):
                _close_to_others(name, inside)


def _fitting(stem: str, rest: str, room: int) -> str:
    """Stem and rest in at most `room` bytes, cut at a character."""
    while len(os.fsencode(stem + rest)) > room:
        stem = stem[:-1]
    return stem + rest


def _close_to_others(path: Path | str, inside: int | None = None) -> bool:
    """True when it is a folder. `inside` is the descriptor of the folder that a relative path is in."""
    try:
        descriptor = os.open(path, _NAME_ONLY, dir_fd=inside)
    except OSError:
        return False
    is_folder = False
    try:
        found = os.fstat(descriptor)
        is_folder = stat.S_ISDIR(found.st_mode)
        if is_folder or not (stat.S_ISLNK(found.st_mode) or found.st_nlink != 1):
            # Such a descriptor takes no fchmod; this name of it leads to the thing itself, whatever its path is now.
            os.chmod(f"/proc/self/fd/{descriptor}", 0o700 if is_folder else 0o600)
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return is_folder
