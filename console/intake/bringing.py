"""Brings what lies in new/ into claimed/: by its name where both are on one disk, by a copy where new/ is a disk of its
own (a share mounted there). The shelves call it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from console.intake.durable import DRAFT, flush_folder

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1 << 20


class StillWritten(Exception):
    """It changed while it was copied: it stays where it is and is looked at again."""


def bring(source: Path, place: Path, most_bytes: int) -> None:
    """Move the file or folder at `source` to `place`, where nothing stands yet.

    Raises FileNotFoundError when it is gone, StillWritten, or OSError; then it is still at `source`. What would have to
    be copied and is a link, a device, has a second name or a folder in its folder is not (PermissionError), nor is more
    than `most_bytes` (EFBIG): a file of a terabyte may be empty, and its copy would fill the disk.
    """
    try:
        source.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry(source, place, most_bytes)


def _carry(source: Path, place: Path, most_bytes: int) -> None:
    """A copy on disk under its name first, then the source goes: a crash between makes two deliveries of one tip."""
    draft = place.with_name(f"{DRAFT}{secrets.token_hex(8)}")
    try:
        _copy(source, draft, most_bytes)
        draft.rename(place)
        flush_folder(place.parent)
    except BaseException:
        remove(draft)
        raise
    remove(source)


def remove(thing: Path) -> None:
    """The file, or the folder with all that is in it; nothing when it is gone. Raises OSError."""
    if thing.is_dir() and not thing.is_symlink():
        shutil.rmtree(thing)
    else:
        thing.unlink(missing_ok=True)


def _copy(source: Path, to: Path, most_bytes: int) -> None:
    found = source.lstat()
    if not stat.S_ISDIR(found.st_mode):
        _copy_file(source, to, most_bytes)
        return
    to.mkdir(mode=0o700)
    left = most_bytes
    for inside in source.iterdir():
        left -= _copy_file(inside, to / inside.name, left)
    flush_folder(to)
    if _mark(source.lstat()) != _mark(found):
        raise StillWritten


def _copy_file(source: Path, to: Path, most_bytes: int) -> int:
    """How many bytes it has."""
    _refuse_unopened(source.lstat())
    descriptor = os.open(source, _FLAGS)
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        _refuse_unopened(found)
        if found.st_size > most_bytes:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        made = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(made, "wb") as written:
            _copy_bytes(opened, written, found.st_size)
            written.flush()
            os.utime(made, ns=(found.st_atime_ns, found.st_mtime_ns))
            os.fsync(made)
        if _mark(os.fstat(descriptor)) != _mark(found):
            raise StillWritten
    return found.st_size


def _copy_bytes(opened: BinaryIO, written: BinaryIO, count: int) -> None:
    """So many and no more: what is written on and on would never end."""
    while count > 0 and (chunk := opened.read(min(count, _CHUNK))):
        written.write(chunk)
        count -= len(chunk)


def _refuse_unopened(found: os.stat_result) -> None:
    """A link's or a device's content is not what was sent, and a second name may be that of a file of somebody else."""
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _mark(found: os.stat_result) -> tuple[int, int, int]:
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
