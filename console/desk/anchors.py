"""Anchors: the newest entries of the audit's chains, noted down away from the store: in a file elsewhere and in the
system log. The intake and every reveal note them; `desk.audit` verifies by them.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import ConsoleError
from console.model.chain import Head
from console.words import gettext as _

if TYPE_CHECKING:
    from console.settings import Settings

_NOTICE_OF_SECURITY = 13 * 8 + 5
"""RFC 5424: facility 13 (log audit), severity 5 (notice)."""
_SYSLOG_S = 0.2
"""A system log that takes no more is not waited for."""
_TAIL_BYTES = 256 << 10
"""Of the file's end that tells what was noted last: a city's stations several times over."""


class NotAnchored(ConsoleError):
    """The anchors' file cannot be written; the desk goes on."""


@dataclass(slots=True)
class Anchors:
    """The file of anchors, one JSON object a line, and the system log's socket. Only what is new since the last time is
    noted."""

    file: Path
    syslog: Path
    _kept: dict[str, tuple[int, bytes]] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Anchors:
        return cls(settings.anchors_file, settings.audit.syslog)

    def keep(self, heads: Sequence[Head], now: datetime) -> int:
        """Note those of the heads that are not noted yet; how many. On disk when this returns; blocks. Raises
        NotAnchored."""
        try:
            if self._kept is None:
                self._kept = {one.station: (one.seq, one.hash) for one in self._newest()}
            fresh = [one for one in heads if self._kept.get(one.station) != (one.seq, one.hash)]
            if fresh:
                self._append("".join(f"{_written(one, now)}\n" for one in fresh).encode())
        except OSError as error:
            words = _("The audit's anchors cannot be written to {file} ({reason}): mend that, or set [audit] anchors.")
            raise NotAnchored(words.format(file=self.file, reason=error.strerror)) from error
        self._announce(fresh)
        self._kept |= {one.station: (one.seq, one.hash) for one in fresh}
        return len(fresh)

    def read(self) -> Iterator[Head | None]:
        """Every anchor, oldest first; None for a line that is none (cut off as the machine stopped, or damaged). Raises
        OSError."""
        with self.file.open("rb") as lines:
            for line in lines:
                if line.strip():
                    yield _read(line)

    def noted(self) -> tuple[list[Head], int]:
        """All anchors, and how many lines are none; nothing when there is no file, or none that can be read."""
        try:
            read = list(self.read())
        except OSError:
            return [], 0
        return [one for one in read if one is not None], sum(one is None for one in read)

    def set_aside(self, now: datetime) -> Path | None:
        """Begin another file, as an older store was put back on purpose; where the one that was there lies now, None
        when there was none. Raises OSError."""
        kept = self.file.with_name(f"{self.file.stem}.until-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{self.file.suffix}")
        try:
            self.file.rename(kept)
        except FileNotFoundError:
            return None
        self._kept = None
        return kept

    def _newest(self) -> Iterator[Head]:
        """What was noted last, as far as the file's end tells."""
        try:
            with self.file.open("rb") as opened:
                opened.seek(max(self.file.stat().st_size - _TAIL_BYTES, 0))
                lines = opened.read().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            head = _read(line)
            if head is not None:
                yield head

    def _append(self, words: bytes) -> None:
        """In one write under a lock, as several processes note; a line that was cut off is ended first."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not self.file.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(self.file, flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                words = b"\n" + words
            while words:
                words = words[os.write(fd, words) :]
            os.fsync(fd)
        finally:
            os.close(fd)
        if is_new:
            _flush(self.file.parent)

    def _announce(self, heads: Sequence[Head]) -> None:
        """Station code, number and hash to the system log, where there is one."""
        with suppress(OSError), closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as log:
            log.settimeout(_SYSLOG_S)
            log.connect(str(self.syslog))
            for one in heads:
                words = f"<{_NOTICE_OF_SECURITY}>taskroom: audit {one.station} {one.seq} {one.hash.hex()}"
                log.send(words.encode())


def _flush(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _written(head: Head, now: datetime) -> str:
    at = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    told = {"at": at, "station": head.station, "seq": head.seq, "hash": head.hash.hex()}
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


def _read(line: bytes) -> Head | None:
    try:
        told = json.loads(line)
        at = datetime.fromisoformat(told["at"]).astimezone(UTC)
        head = Head(str(told["station"]), int(told["seq"]), bytes.fromhex(told["hash"]), at)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return head if len(head.hash) == 32 else None
