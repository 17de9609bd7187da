"""Opening what others put into the folder: regular files of bounded size. Every read of the intake is here."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from console.errors import BadTip
from console.intake.limits import large_file
from console.words import gettext as _

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A link is not followed, a FIFO does not hold us up, no child inherits it."""
_CHUNK = 1 << 20


def read_regular(path: str | Path, most_bytes: int, *, inside: int | None = None, may_be_linked: bool = False) -> bytes:
    """The bytes of one regular file; `inside` is the descriptor of the folder that a relative path is in. A second name
    may be that of somebody else's file: only one that we kept ourselves `may_be_linked`.

    Raises FileNotFoundError, or BadTip `not-a-file`, `linked`, `unreadable` or `too-large`.
    """
    with _opened_regular(path, most_bytes, inside, may_be_linked=may_be_linked) as opened:
        content = opened.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise large_file(most_bytes)
    return content


def digest_regular(path: str | Path, most_bytes: int, *, inside: int | None = None) -> tuple[str, int]:
    """SHA-256 in hexadecimal and size of one regular file that need not fit into memory; raises as `read_regular`."""
    digest, size = hashlib.sha256(), 0
    with _opened_regular(path, most_bytes, inside) as opened:
        while chunk := opened.read(_CHUNK):
            size += len(chunk)
            if size > most_bytes:
                raise large_file(most_bytes)
            digest.update(chunk)
    return digest.hexdigest(), size


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """The descriptor of a real folder; raises FileNotFoundError, or BadTip `not-a-file` or `unreadable`."""
    descriptor = _open(path, _FLAGS | os.O_DIRECTORY, None)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _opened_regular(
    path: str | Path, most_bytes: int, inside: int | None, *, may_be_linked: bool = False
) -> Iterator[BinaryIO]:
    _refuse_unopened(path, inside)
    descriptor = _open(path, _FLAGS, inside)
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _not_a_file()
        if found.st_nlink != 1 and not may_be_linked:
            raise BadTip("linked", _("The file has a second name (a hard link): copy it, or move it here."))
        if found.st_size > most_bytes:
            raise large_file(most_bytes)
        yield opened


def _refuse_unopened(path: str | Path, inside: int | None) -> None:
    """What opening alone may set going, or hold us up: pipes, sockets, devices. What is opened is looked at again."""
    found = os.stat(path, dir_fd=inside, follow_symlinks=False)
    if not stat.S_ISREG(found.st_mode):
        raise _not_a_file()


def _open(path: str | Path, flags: int, inside: int | None) -> int:
    try:
        return os.open(path, flags, dir_fd=inside)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOTDIR, errno.ENODEV):
            raise _not_a_file() from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise BadTip(
                "unreadable", _("It may not be read: give the intake's account the right to read it.")
            ) from None
        raise


def _not_a_file() -> BadTip:
    return BadTip("not-a-file", _("It is a link, a device or a pipe: put a regular file or a bundle's folder here."))


def printable(name: str) -> str:
    """A file's name as text that any reader takes: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode(errors="replace")
