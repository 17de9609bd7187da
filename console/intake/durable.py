"""Writing and moving so that a power cut leaves the old or the new, never half; the intake writes only so."""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

DRAFT = ".draft-"
"""How the name of a file begins that is not whole yet."""
LEFT_AFTER_S = 3600.0
"""A draft this old is nobody's any more."""
NAME_BYTES = 255
"""Of a name on every local file system of Linux."""
_NAME_ONLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
"""Finds a thing unopened: opening would wait at a pipe and may set a device going. It needs no right to read."""
_ENDING_BYTES = 32
"""A longer part behind the last dot is no ending."""
_MOST_INSIDE = 1000
"""Things in a folder that are closed one by one; a bundle has two dozen, and the folder itself is closed anyway."""
_RANDOM = re.compile(r"~[0-9a-f]{8}$")


def write_whole(path: Path, content: bytes, *, draft_in: Path | None = None) -> None:
    """`content` at `path`, 0600, flushed to disk before it has that name; the folder is flushed by the caller.

    `draft_in` is a folder of the same disk for what is not whole yet, by default the path's own.
    """
    draft = (draft_in or path.parent) / f"{DRAFT}{secrets.token_hex(8)}"
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


def is_left(draft: Path) -> bool:
    """Whether it is so old that nobody writes it any more; False when it is gone. Raises OSError."""
    try:
        return time.time() - draft.lstat().st_mtime > LEFT_AFTER_S
    except FileNotFoundError:
        return False


def flush_folder(folder: Path) -> None:
    """The names in `folder` are on disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_name(folder: Path, name: str, *, companion: str = "") -> Path:
    """A path in `folder` that nothing stands at: `a.json`, else `a~2.json`, `a~3.json` …; only one process may ask.

    A name too long for that, or for the ending `companion` to be put behind it, loses the end of its stem and keeps its
    own ending. It never ends in `companion`, which is the name of another's companion.
    """
    stem, ending = _parted(name)
    room = NAME_BYTES - len(os.fsencode(companion))

    def path(number: int) -> Path:
        return folder / _fitting(stem, f"~{number}{ending}" if number > 1 else ending, room)

    def is_free(number: int) -> bool:
        found = path(number)
        return not (companion and found.name.endswith(companion)) and not os.path.lexists(found)

    # Doubled until free, then halved back: thousands of one name cost a dozen looks.
    taken, free = 0, 1
    while not is_free(free):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if is_free(middle) else (middle, free)
    return path(free)


def unheard_name(name: str) -> str:
    """The name with eight random digits behind its stem, for a folder that others write to; once more replaces them."""
    stem, ending = _parted(name)
    return _fitting(_RANDOM.sub("", stem), f"~{secrets.token_hex(4)}{ending}", NAME_BYTES)


def make_private(place: Path) -> None:
    """A folder 0700 and all else 0600, also what lies directly in the folder; what is deeper nobody else can reach.

    Nothing is opened but the folder. Links, what they lead to and what another account owns stay as they are.
    """
    if not _close_to_others(place):
        return
    with suppress(OSError):  # another account's folder may not be looked into
        inside = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            with os.scandir(inside) as entries:
                for entry in islice(entries, _MOST_INSIDE):
                    _close_to_others(entry.name, inside)
        finally:
            os.close(inside)


def _parted(name: str) -> tuple[str, str]:
    """Stem and ending with its dot; a long part behind the last dot is no ending."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(os.fsencode(ending)) > _ENDING_BYTES:
        return name, ""
    return stem, f"{dot}{ending}"


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
