"""What a power cut leaves of a data folder: the changes that disk.c wrote down, applied as far as they were flushed.

A copy of a stopped program's files would show what is only in memory; here a write counts once a flush of its file that
began after it has ended, a name once its folder was flushed. Of the rest a power cut leaves nothing, some or all:
`Survival`. A rename happens whole or not at all, as on every journaling file system.
"""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

_HEAD = struct.Struct("<IIIIQQQ")
_SECTOR = 512
"""What a disk writes whole."""


class Survival(StrEnum):
    """What becomes of changes that were not flushed."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the record: `op` as in disk.c, its numbers, names and bytes."""

    op: str
    a: int
    b: int
    c: int
    first: str
    second: str
    content: bytes


@dataclass(slots=True)
class File:
    """What is on disk for sure, and the writes (offset, bytes) and cuts (size, None) since, with their numbers."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, int, bytes | None]] = field(default_factory=list)

    def flushed(self, before: int) -> None:
        """What was written before that number is on disk."""
        for _number, at, content in (one for one in self.pending if one[0] < before):
            _apply(self.durable, at, content)
        self.pending = [one for one in self.pending if one[0] >= before]

    def after_cut(self, survival: Survival, chance: random.Random) -> bytes:
        content = bytearray(self.durable)
        for _number, at, written in self.pending:
            if survival is Survival.ALL:
                _apply(content, at, written)
            elif survival is Survival.SOME:
                _apply_some(content, at, written, chance)
        return bytes(content)


@dataclass(slots=True)
class Folder:
    """The names that are on disk for sure."""

    names: dict[str, File | Folder] = field(default_factory=dict)


Slot = tuple[int, str]
"""A name in a folder, the folder by its identity here."""


@dataclass(slots=True)
class Naming:
    """A change of names that is not flushed: the names it takes away, then those it sets."""

    number: int
    gone: list[tuple[Folder, str]]
    come: list[tuple[Folder, str, File | Folder]]

    @property
    def slots(self) -> set[Slot]:
        return {(id(folder), name) for folder, name in self._places}

    @property
    def folders(self) -> list[Folder]:
        return [folder for folder, _name in self._places]

    @property
    def _places(self) -> list[tuple[Folder, str]]:
        return [*self.gone, *((folder, name) for folder, name, _thing in self.come)]

    def apply(self) -> None:
        for folder, name in self.gone:
            folder.names.pop(name, None)
        for folder, name, thing in self.come:
            folder.names[name] = thing


class Disk:
    """The data folder `root` as it stood when this was made, all of it on disk, and what the record says since."""

    def __init__(self, root: Path, record: Path) -> None:
        self._record = record
        self._read_to = 0
        self._number = 0
        self._things: dict[int, File | Folder] = {}
        self._flushes: dict[int, int] = {}
        self._namings: list[Naming] = []
        self.root = self._scanned(root)
        self.flushes = 0
        """Flushes seen."""

    def read_on(self) -> None:
        """Take in what was recorded since the last time; a line that is not whole yet waits."""
        with self._record.open("rb") as record:
            record.seek(self._read_to)
            content = record.read()
        used = 0
        for change, used in _changes(content):  # noqa: B007 - where the last whole line ends is wanted afterwards
            self._number += 1
            self._take_in(change)
        self._read_to += used

    @property
    def unflushed(self) -> int:
        """Bytes written and names changed that a power cut may take back now."""
        files = [one for one in self._things.values() if isinstance(one, File)]
        return sum(len(one[2] or b"-") for file in files for one in file.pending) + len(self._namings)

    def write_image(self, to: Path, survival: Survival, chance: random.Random) -> None:
        """Make the folder `to` as a machine would find it that starts again now."""
        kept = [one for one in self._namings if survival is Survival.ALL or _survives(survival, chance)]
        before = {id(folder): (folder, dict(folder.names)) for one in self._namings for folder in one.folders}
        for one in self._with_those_before(kept):
            one.apply()
        _write(self.root, to, survival, chance)
        for folder, names in before.values():
            folder.names = names

    def _scanned(self, path: Path) -> File | Folder:
        thing: File | Folder
        if path.is_dir():
            thing = Folder({one.name: self._scanned(one) for one in path.iterdir() if not one.is_socket()})
        else:
            thing = File(bytearray(path.read_bytes()))
        self._things[path.lstat().st_ino] = thing
        return thing

    def _take_in(self, change: Change) -> None:
        match change.op:
            case "C" | "M":
                made: File | Folder = File() if change.op == "C" else Folder()
                number = change.b
                self._things[number] = made
                self._name([], [(change.a, change.first, made)])
            case "R":
                self._name([(change.a, change.first)], [(change.b, change.second, self._things[change.c])])
            case "U":
                self._name([(change.a, change.first)], [])
            case "W" | "T":
                content = change.content if change.op == "W" else None
                self._file(change.a).pending.append((self._number, change.b, content))
            case "F":
                self._flushes[change.b] = self._number
            case "D":
                self._flushed(change.a, self._flushes.pop(change.b))

    def _file(self, inode: int) -> File:
        found = self._things[inode]
        assert isinstance(found, File)
        return found

    def _name(self, gone: list[tuple[int, str]], come: list[tuple[int, str, File | Folder]]) -> None:
        def folder(inode: int) -> Folder:
            found = self._things[inode]
            assert isinstance(found, Folder)
            return found

        gone_here = [(folder(inode), name) for inode, name in gone]
        come_here = [(folder(inode), name, thing) for inode, name, thing in come]
        self._namings.append(Naming(self._number, gone_here, come_here))

    def _flushed(self, inode: int, before: int) -> None:
        self.flushes += 1
        thing = self._things[inode]
        if isinstance(thing, File):
            thing.flushed(before)
            return
        named = [one for one in self._namings if one.number < before and any(f is thing for f in one.folders)]
        done = self._with_those_before(named)
        for one in done:
            one.apply()
        numbers = {one.number for one in done}
        self._namings = [one for one in self._namings if one.number not in numbers]

    def _with_those_before(self, kept: list[Naming]) -> list[Naming]:
        """Those and the earlier ones they build upon (the same name of the same folder), in order."""
        wanted = {one.number for one in kept}
        slots: set[Slot] = set()
        for one in reversed(self._namings):
            if one.number in wanted or one.slots & slots:
                wanted.add(one.number)
                slots |= one.slots
        return [one for one in self._namings if one.number in wanted]


def _changes(content: bytes) -> Iterator[tuple[Change, int]]:
    at = 0
    while at + _HEAD.size <= len(content):
        op, first, second, size, a, b, c = _HEAD.unpack_from(content, at)
        names = at + _HEAD.size
        end = names + first + second + size
        if end > len(content):
            return
        one, two = content[names : names + first], content[names + first : names + first + second]
        yield Change(chr(op), a, b, c, os.fsdecode(one), os.fsdecode(two), content[end - size : end]), end
        at = end


def _survives(survival: Survival, chance: random.Random) -> bool:
    return survival is Survival.SOME and chance.random() < 0.5


def _apply(content: bytearray, at: int, written: bytes | None) -> None:
    """A write, which may leave a hole, or (None) a cut to a size."""
    size = at if written is None else at + len(written)
    if len(content) < (at if written is None else size):
        content.extend(bytes((at if written is None else size) - len(content)))
    if written is None:
        del content[at:]
    else:
        content[at:size] = written


def _apply_some(content: bytearray, at: int, written: bytes | None, chance: random.Random) -> None:
    """Of a write some sectors, of a cut all or nothing."""
    if written is None:
        if chance.random() < 0.5:
            _apply(content, at, None)
        return
    for start in range(0, len(written), _SECTOR):
        if chance.random() < 0.5:
            _apply(content, at + start, written[start : start + _SECTOR])


def _write(thing: File | Folder, to: Path, survival: Survival, chance: random.Random) -> None:
    if isinstance(thing, File):
        to.write_bytes(thing.after_cut(survival, chance))
        to.chmod(0o600)
        return
    to.mkdir(mode=0o700)
    for name, inside in thing.names.items():
        _write(inside, to / name, survival, chance)


class Recorder:
    """Writes into the record of disk.c what a sender did itself, which is not preloaded: mail that is on disk."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def mail(self, draft: Path, place: Path) -> None:
        """The file or folder `draft` will stand at `place`, flushed, names and all."""
        lines = [*self._thing(draft, place.parent.stat().st_ino, place.name), *_flush(place.parent)]
        with self._record.open("ab", buffering=0) as record:
            record.write(b"".join(lines))

    def _thing(self, path: Path, above: int, name: str) -> Iterator[bytes]:
        inode = path.stat().st_ino
        if path.is_file():
            yield _line("C", above, inode, name)
            yield _line("W", inode, 0, "", path.read_bytes())
        else:
            yield _line("M", above, inode, name)
            for inside in path.iterdir():
                yield from self._thing(inside, inode, inside.name)
        yield from _flush(path)


def _line(op: str, a: int, b: int, name: str = "", content: bytes = b"") -> bytes:
    words = os.fsencode(name)
    return _HEAD.pack(ord(op), len(words), 0, len(content), a, b, 0) + words + content


def _flush(path: Path) -> Iterator[bytes]:
    """Tokens of the sender's flushes are inodes, far above the numbers disk.c counts up from 1."""
    inode = path.stat().st_ino
    token = inode + (1 << 40)
    yield _line("F", inode, token)
    yield _line("D", inode, token)
