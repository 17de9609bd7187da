"""A look at the files of a SQLite store before SQLite opens them: what it would read half, silently replace or take for
new is refused with what to do. `revisions` looks before every opening, `doctor` and `restore` ask too.
"""

from __future__ import annotations

import os
import secrets
import stat
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.words import gettext as _

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\0"
APPLICATION_ID = 0x54534B52
"""'TSKR' in a store's header (sqlite.org/fileformat2.html, 1.2.17); 0 in stores that were made without one."""

DAMAGED = "-damaged"
"""The ending of the empty file that marks a store whose pages were found broken."""

_HEADER = struct.Struct(">16s H B B 4x I I 28x i 4x I 20x I 4x")
"""Magic, page size, write and read version, change counter, pages, user version, application id, version-valid-for."""
_WAL_HEADER = struct.Struct(">IIII4s4s8x")
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_FRAME = struct.Struct(">I4x4s4s8x")
_USER_VERSION_AT = 60
_FRAMES_LOOKED_AT = 1000
"""A store that grows writes its first page at once; a long log is not walked through at every start."""

_LOOKS, _PAUSE_S = 3, 0.05
"""Another process that opens, empties or closes the store shows states in between; damage stays."""


def beside(file: Path, ending: str) -> Path:
    """The file SQLite or the store keeps beside `file`: '-wal', '-shm', '-damaged'."""
    return file.with_name(file.name + ending)


def stamp(connection: sqlite3.Connection) -> None:
    """Make the file known as a store, and as this very copy: the log of one copy beside another is told by it. Only in
    a file nobody else has open, and closed whole afterwards."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {secrets.randbelow(2**31 - 1) + 1}")


def why_not_open(file: Path) -> str | None:
    """What is plainly wrong with the store, as a sentence without an end that says what to do; None when SQLite may
    open it, and for what is not there at all. Costs a few reads; blocks for some 100 ms when something is wrong."""
    why = None
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE_S)
        with suppress(OSError):  # what cannot be opened or read is SQLite's to say
            why = _look(file)
            if why is None:
                return None
    return why


def is_write_ahead(file: Path) -> bool:
    """Whether the file says of itself that it has a write-ahead log; a copy made by VACUUM INTO does not."""
    with file.open("rb") as opened:
        return opened.read(20)[18:] == b"\x02\x02"


def mark_damaged(file: Path) -> None:
    """Whoever opens the store next looks it through first."""
    with suppress(OSError):  # where nothing can be written any more nothing is opened for writing either
        os.close(os.open(beside(file, DAMAGED), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))


def is_marked_damaged(file: Path) -> bool:
    return beside(file, DAMAGED).exists()


@dataclass(frozen=True, slots=True)
class _Header:
    """What the first 100 bytes say."""

    page_size: int
    pages: int
    identity: int
    application_id: int
    is_count_valid: bool

    @classmethod
    def of(cls, content: bytes) -> _Header | None:
        if len(content) < _HEADER.size or not content.startswith(MAGIC):
            return None
        _magic, size, writes, reads, changes, pages, identity, application_id, valid_for = _HEADER.unpack(
            content[: _HEADER.size]
        )
        page_size = 65_536 if size == 1 else size
        if page_size < 512 or page_size & (page_size - 1) or writes not in (1, 2) or reads not in (1, 2):
            return None
        return cls(page_size, pages, identity, application_id, changes == valid_for)


def _look(file: Path) -> str | None:
    index = _identity(beside(file, "-shm"))
    if not os.path.lexists(file):
        return (
            None
            if _size(beside(file, "-wal")) == 0
            else _("it is not there, but its log {file}-wal is").format(file=file)
        )
    if not stat.S_ISREG(file.stat().st_mode):
        return None
    with file.open("rb") as opened:
        content = opened.read(_HEADER.size)
    if not content:
        return _("it is empty")
    header = _Header.of(content)
    if header is None:
        return _("it is not a store, or its beginning is damaged")
    if header.application_id not in (0, APPLICATION_ID):
        return _("it is a database of another program")
    if index and not beside(file, "-wal").exists() and _identity(beside(file, "-shm")) == index:
        # Who closes as the last one removes the index first, then the log: this index was there without one.
        return _("its log {file}-wal, which holds the last tips, is missing").format(file=file)
    log = _Log.of(beside(file, "-wal"))
    return _why_foreign(log, header, file) or _why_short(log, header, file)


class _Log:
    """A write-ahead log that holds something: its page size and where its frames begin."""

    def __init__(self, file: Path, page_size: int, salts: tuple[bytes, bytes]) -> None:
        self._file = file
        self._salts = salts
        self.page_size = page_size

    @classmethod
    def of(cls, file: Path) -> _Log | None:
        """None when there is none or SQLite would find nothing in it; raises ValueError when it is no log at all."""
        try:
            with file.open("rb") as opened:
                content = opened.read(_WAL_HEADER.size)
        except FileNotFoundError:
            return None
        if len(content) < _WAL_HEADER.size or not content.strip(b"\0"):
            return None  # a power cut may leave it so before anything in it was acknowledged
        magic, _version, page_size, _number, *salts = _WAL_HEADER.unpack(content)
        return cls(file, page_size if magic in _WAL_MAGIC else 0, (salts[0], salts[1]))

    def pages(self, most_frames: int | None = None) -> dict[int, int]:
        """By page number, where in the log its first copy begins."""
        found: dict[int, int] = {}
        frame = _FRAME.size + self.page_size
        with self._file.open("rb") as opened:
            at = _WAL_HEADER.size
            end = None if most_frames is None else at + most_frames * frame
            while (end is None or at < end) and len(head := os.pread(opened.fileno(), _FRAME.size, at)) == _FRAME.size:
                page, *salts = _FRAME.unpack(head)
                if (salts[0], salts[1]) != self._salts:
                    break
                found.setdefault(page, at + _FRAME.size)
                at += frame
        return found

    def is_of_another(self, identity: int) -> bool:
        """Whether it holds, whole, the first page of a store of another identity. A death in the middle of a write
        leaves a page that is not whole, which SQLite passes over."""
        at = self.pages(_FRAMES_LOOKED_AT).get(1)
        if at is None:
            return False
        with self._file.open("rb") as opened:
            content = opened.read(at + self.page_size)
        found = content[at + _USER_VERSION_AT : at + _USER_VERSION_AT + 4]
        return int.from_bytes(found, "big", signed=True) != identity and self._is_whole(content)

    def _is_whole(self, content: bytes) -> bool:
        """The frame that `content` ends with has the checksum of all before it (sqlite.org/fileformat2.html, 4.1)."""
        frame = _FRAME.size + self.page_size
        if (len(content) - _WAL_HEADER.size) % frame:
            return False
        order = "<" if int.from_bytes(content[:4], "big") == _WAL_MAGIC[0] else ">"
        sums = _summed(content[: _WAL_HEADER.size - 8], order, (0, 0))
        for at in range(_WAL_HEADER.size, len(content), frame):
            sums = _summed(content[at : at + 8] + content[at + _FRAME.size : at + frame], order, sums)
        return content[-frame:][16:24] == struct.pack(">II", *sums)


def _summed(content: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    """The log's running checksum over so many further bytes."""
    one, two = sums
    for first, second in struct.iter_unpack(f"{order}II", content):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def _why_foreign(log: _Log | None, header: _Header, file: Path) -> str | None:
    if log is None:
        return None
    if log.page_size == 0:
        return _("its log {file}-wal is damaged").format(file=file)
    is_foreign = log.page_size != header.page_size
    if not is_foreign and header.identity:
        is_foreign = log.is_of_another(header.identity)
    return _("the log {file}-wal beside it belongs to another store").format(file=file) if is_foreign else None


def _why_short(log: _Log | None, header: _Header, file: Path) -> str | None:
    """Pages that the header counts and neither the file nor its log holds."""
    held = _size(file) // header.page_size
    if not header.is_count_valid or header.pages <= held:
        return None
    logged = log.pages() if log is not None else {}
    missing = sum(page not in logged for page in range(held + 1, header.pages + 1))
    return _("its end is missing ({pages} pages)").format(pages=missing) if missing else None


def _identity(file: Path) -> tuple[int, int] | None:
    """Of the file itself, whatever its name; None when there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
