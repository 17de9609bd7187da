"""What is wrong with the folder or its disk, in sentences that say what to do. The folder's loop and the heartbeat's
reader ask; nothing heavy is imported."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

from console.words import gettext as _

log = logging.getLogger(__name__)

_LASTS: frozenset[int] = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
        *(errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT),
    }
)
"""What the next file meets too: there is no sense in trying 100,000 of them."""


_NO_ROOM_BYTES = 64 << 10
"""Of free room: with less a disk is full, whatever fits into its last blocks."""


class Trouble(Enum):
    """What can be wrong at once, the worst first."""

    SCAN = auto()
    """The folder or its disk refuses: nothing is taken."""
    LEFT_OVER = auto()
    """What was claimed can be read or moved on only later."""
    REFUSED = auto()
    """Some things in new/ are not ours to move."""
    WATCH = auto()
    """Nothing rings: the folder is looked through from time to time."""


class Complaints:
    """What is wrong with the folder now; the worst of it is told at once, '' when nothing is."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._said: dict[Trouble, str] = {}

    def say(self, trouble: Trouble, sentence: str) -> None:
        """This is so from now on; '' takes it back."""
        if sentence and sentence != self._said.get(trouble):
            log.warning("%s", sentence)
        self._said[trouble] = sentence
        self._tell(next((said for one in Trouble if (said := self._said.get(one))), ""))


def is_for_all(error: OSError) -> bool:
    """Whether the disk or the process is what is wrong, not the one file."""
    return error.errno in _LASTS


def trouble_with(folder: Path, error: OSError) -> str:
    """One sentence for the screen. `folder` is the one it is about, never the file: a file's name is the sender's."""
    say = _SENTENCES.get(error.errno or 0, _of_another_kind)
    return say(folder, error)


def trouble_of_disk(folder: Path) -> str:
    """Why nothing can be written on the disk of `folder`, by looking at it; '' when nothing is seen to be wrong."""
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        return trouble_with(folder, error)
    if disk.f_flag & os.ST_RDONLY:
        return _read_only(folder, OSError())
    if disk.f_blocks and disk.f_bavail * disk.f_frsize < _NO_ROOM_BYTES:
        return _disk_full()
    if not disk.f_favail and disk.f_files:
        return _no_more_files()
    return ""


def trouble_of_rights(folder: Path) -> str:
    """Why this account cannot make files in `folder`; '' when it can."""
    return "" if os.access(folder, os.W_OK | os.X_OK) else _forbidden(folder, OSError())


def _gone(folder: Path, _error: OSError) -> str:
    if folder.is_dir():
        return _("Something went out of the folder while it was taken: leave what lies in claimed/ to the intake.")
    return _("The folder is gone: put it back or mount its disk again ({folder}).").format(folder=folder)


def _read_only(folder: Path, _error: OSError) -> str:
    return _("The folder's disk is read-only: mount it writable; tips wait ({folder}).").format(folder=folder)


def _forbidden(folder: Path, _error: OSError) -> str:
    return _("The folder may not be used by this account: give it the rights ({folder}).").format(folder=folder)


def _no_room(folder: Path, _error: OSError) -> str:
    """The kernel has one word for no room and for no more files; the disk knows which."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return _disk_full()
    return _no_more_files() if disk.f_files and not disk.f_ffree else _disk_full()


def _disk_full() -> str:
    return _("The disk is full: make room. What was sent waits in the folder.")


def _no_more_files() -> str:
    return _("The disk holds no more files (out of inodes): remove some. What was sent waits in the folder.")


def _quota(_folder: Path, _error: OSError) -> str:
    return _("This account's share of the disk is used up (quota): make room. What was sent waits in the folder.")


def _too_large(_folder: Path, _error: OSError) -> str:
    return _("The system forbids to write files of this size (ulimit -f): raise the limit. Tips wait in the folder.")


def _too_many_open(_folder: Path, _error: OSError) -> str:
    return _("Too many files are open: raise the limit (ulimit -n) or end what holds them. Tips wait in the folder.")


def _disk_error(_folder: Path, _error: OSError) -> str:
    return _("The disk reports an error: check the disk. What was sent waits in the folder.")


def _away(folder: Path, _error: OSError) -> str:
    return _("The network disk does not answer: see to it, or mount it again ({folder}).").format(folder=folder)


def _of_another_kind(folder: Path, error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return _("The folder cannot be read or written ({reason}): see to {folder}.").format(reason=reason, folder=folder)


_SENTENCES: dict[int, Callable[[Path, OSError], str]] = {
    errno.ENOENT: _gone,
    errno.ENOTDIR: _gone,
    errno.EROFS: _read_only,
    errno.EACCES: _forbidden,
    errno.EPERM: _forbidden,
    errno.ENOSPC: _no_room,
    errno.EDQUOT: _quota,
    errno.EFBIG: _too_large,
    errno.EMFILE: _too_many_open,
    errno.ENFILE: _too_many_open,
    errno.EIO: _disk_error,
    errno.ESTALE: _away,
    errno.ENOTCONN: _away,
    errno.EHOSTDOWN: _away,
    errno.ETIMEDOUT: _away,
}
