"""The one file that `taskroom backup` writes, a tar that any tar can list. `backup` writes it, `restore` reads it.

In order: `backup.json` (Title), `store.db` (a whole SQLite store), `attachments/ab/<sha256>` (as they lie in the data
folder: sealed), `end.json` (End). The vault's key is never in it: without the key nobody learns who reported.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from console.errors import StoreRefused
from console.store.first_look import MAGIC
from console.store.snapshot import OnProgress, Stopped
from console.words import gettext as _

FORM = 1
TITLE, STORE, END = "backup.json", "store.db", "end.json"
_ATTACHMENT = re.compile(r"attachments/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_POSTGRES = b"PGDMP"
_TAR_MAGIC_AT, _TAR_MAGIC = 257, b"ustar"
_CHUNK = 1 << 20
_SMALL_BYTES = 64 << 10
"""More than title or end ever take."""


@dataclass(frozen=True, slots=True)
class Title:
    """What the backup says of itself: `key` is the fingerprint of the vault's key, '' when there was none; `made_at` is
    RFC 3339 in UTC."""

    form: int
    made_at: str
    revision: str
    tips: int
    key: str
    store_sha256: str


@dataclass(frozen=True, slots=True)
class End:
    """How many attachments went before it, and the SHA-256 over their names and contents: a backup without it is cut
    off."""

    attachments: int
    sha256: str


def is_bare_store(file: Path) -> bool:
    """Whether it is a copy of a store without attachments, as the daily ones are. Raises StoreRefused for what is no
    backup at all, OSError."""
    with file.open("rb") as opened:
        beginning = opened.read(_TAR_MAGIC_AT + len(_TAR_MAGIC))
    if beginning.startswith(MAGIC):
        return True
    if beginning.startswith(_POSTGRES):
        raise StoreRefused(
            _(
                "{file} is a dump of PostgreSQL: bring it back with `pg_restore --clean --if-exists -d NAME {file}`."
            ).format(file=file)
        )
    if not beginning.endswith(_TAR_MAGIC):
        raise StoreRefused(_("{file} is not a backup of Taskroom: name another file.").format(file=file))
    return False


def attachments_in(root: Path) -> Iterator[Path]:
    """The contents kept in the data folder; what is not finished or not ours is left out."""
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if _ATTACHMENT.fullmatch(f"attachments/{folder.name}/{file.name}"):
                yield file


class _Digest:
    """SHA-256 and progress over everything that passes."""

    def __init__(self, stage: str, total: int, on_progress: OnProgress, is_stopped: Callable[[], bool]) -> None:
        self._stage, self._total, self._done = stage, max(total // _CHUNK, 1), 0
        self._on_progress = on_progress
        self._is_stopped = is_stopped

    def passed(self, size: int) -> None:
        """So many bytes more. Raises Stopped."""
        if self._is_stopped():
            raise Stopped
        self._done += size
        self._on_progress(self._stage, min(self._done // _CHUNK, self._total - 1), self._total)

    def end(self) -> None:
        self._on_progress(self._stage, self._total, self._total)


class _Hashed(io.RawIOBase):
    """A file on its way into the tar, hashed as it goes."""

    def __init__(self, source: IO[bytes], sha256: hashlib._Hash, passing: _Digest) -> None:
        self._source, self._sha256, self._passing = source, sha256, passing

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self._sha256.update(chunk)
        self._passing.passed(len(chunk))
        return chunk


def write_archive(
    draft: Path, store: Path, attachments: Path, title: Title, on_progress: OnProgress, is_stopped: Callable[[], bool]
) -> End:
    """Write the tar into the empty file `draft`; an attachment that is erased meanwhile stays out. Raises Stopped,
    OSError."""
    files, packed = list(attachments_in(attachments)), 0
    total = store.stat().st_size + sum(_size(file) for file in files)
    passing = _Digest("pack MiB", total, on_progress, is_stopped)
    over_all = hashlib.sha256()
    with draft.open("wb") as opened, tarfile.open(fileobj=opened, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add_words(tar, TITLE, asdict(title))
        _add(tar, STORE, store, hashlib.sha256(), passing)
        for file in files:
            with suppress(FileNotFoundError):
                _add(tar, f"attachments/{file.parent.name}/{file.name}", file, over_all, passing, is_named=True)
                packed += 1
        end = End(packed, over_all.hexdigest())
        _add_words(tar, END, asdict(end))
    passing.end()
    return end


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _add_words(tar: tarfile.TarFile, name: str, words: dict[str, object]) -> None:
    content = json.dumps(words, indent=1).encode() + b"\n"
    tar.addfile(_member(name, len(content)), io.BytesIO(content))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _add(
    tar: tarfile.TarFile, name: str, file: Path, sha256: hashlib._Hash, passing: _Digest, *, is_named: bool = False
) -> None:
    """Content, and, when it `is_named`, name go into the hash. Raises FileNotFoundError before anything is written."""
    with file.open("rb") as opened:
        if is_named:
            sha256.update(name.encode())
        tar.addfile(_member(name, os.fstat(opened.fileno()).st_size), _Hashed(opened, sha256, passing))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


class Archive:
    """A backup, read from front to end. Every method raises StoreRefused when it is not whole, Stopped, OSError."""

    def __init__(self, file: Path, on_progress: OnProgress, is_stopped: Callable[[], bool]) -> None:
        self._file = file
        self._on_progress = on_progress
        self._is_stopped = is_stopped

    def check(self) -> tuple[Title, End]:
        """Read everything and compare it with what title and end say."""
        over_all, of_store, count = hashlib.sha256(), hashlib.sha256(), 0
        with self._members("check MiB") as members:
            title = self._title(next(members, None))
            for name, content in members:
                if name == END:
                    end = End(**json.loads(content.read(_SMALL_BYTES)))
                    break
                if name != STORE:
                    over_all.update(name.encode())
                    count += 1
                while chunk := content.read(_CHUNK):
                    (of_store if name == STORE else over_all).update(chunk)
            else:
                raise self._refused()
        if (of_store.hexdigest(), End(count, over_all.hexdigest())) != (title.store_sha256, end):
            raise self._refused()
        return title, end

    def unpack(self, put_store: Callable[[IO[bytes]], None], put_attachment: Callable[[str, IO[bytes]], None]) -> None:
        """Hand over the store's content, then each attachment's with its SHA-256."""
        with self._members("unpack MiB") as members:
            for name, content in members:
                attachment = _ATTACHMENT.fullmatch(name)
                if name == STORE:
                    put_store(content)
                elif attachment is not None:
                    put_attachment(attachment[2], content)

    @contextmanager
    def _members(self, stage: str) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
        passing = _Digest(stage, self._file.stat().st_size, self._on_progress, self._is_stopped)

        def each(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or not (member.name in (TITLE, STORE, END) or _ATTACHMENT.fullmatch(member.name)):
                    raise self._refused()
                yield member.name, content
                passing.passed(member.size)

        try:
            with tarfile.open(self._file, "r:") as tar:
                yield each(tar)
            passing.end()
        except (tarfile.TarError, EOFError, ValueError, TypeError, KeyError) as error:
            raise self._refused() from error

    def _title(self, first: tuple[str, IO[bytes]] | None) -> Title:
        if first is None or first[0] != TITLE:
            raise self._refused()
        words = json.loads(first[1].read(_SMALL_BYTES))
        if words["form"] != FORM:
            raise StoreRefused(
                _("The backup {file} was made by a newer Taskroom: install that, then restore.").format(file=self._file)
            )
        return Title(**words)

    def _refused(self) -> StoreRefused:
        return StoreRefused(
            _("The backup {file} is damaged or cut off: nothing was changed. Restore another one.").format(
                file=self._file
            )
        )
