"""The intake's sign of life in a small file: the intake writes, the console reads it every second. Light to import."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from console.intake.troubles import trouble_of_disk, trouble_of_rights
from console.paths import DataFolder

_MOST_BYTES = 64 << 10
_BEAT_BYTES = 4096
"""Every beat has this size, filled with spaces: one takes another's place on a disk that has no room for a new file."""
_MOST_WORDS = 400
"""Of a sentence in a beat: six bytes a character at most, so that it fits."""
_LOOKS = 3
"""At a beat that is just being written over."""
STALE_AFTER = timedelta(seconds=5)
"""Five beats of the default second: a busy disk may hold up one or two."""


class IntakeState(StrEnum):
    """How the intake stands."""

    STARTING = "starting"
    OK = "ok"
    STORE_DOWN = "store-down"
    FOLDER_TROUBLE = "folder-trouble"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One beat. `at` and `started_at` are aware UTC; `problem` is a sentence for the screen, '' when all is well.

    `taken_last_minute` and `taken_total` count tips (not duplicates) since the start; `rejected` the reasons that wait,
    `waiting` what lay in the folder at the last look and is not taken yet.
    """

    pid: int
    started_at: datetime
    at: datetime
    state: IntakeState
    taken_last_minute: int = 0
    taken_total: int = 0
    rejected: int = 0
    waiting: int = 0
    problem: str = ""

    def is_stale(self, now: datetime) -> bool:
        """Whether the beat is older than an intake at work lets it become."""
        return now - self.at > STALE_AFTER


def read_heartbeat(path: Path) -> Heartbeat | None:
    """The last beat written there; None when there is none that can be read."""
    for _look in range(_LOOKS):
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            try:
                return _read(path)
            except OSError:
                return None
    return None


def sign_of_life(folder: DataFolder) -> Heartbeat | None:
    """The last beat as the console shows it: while none comes, its problem is what can be seen to be wrong with the
    data folder's disk, on which it would be written; None when there is none and nothing is seen to be wrong."""
    beat = read_heartbeat(folder.heartbeat)
    now = datetime.now(UTC)
    if beat is not None and not beat.is_stale(now):
        return beat
    problem = trouble_of_disk(folder.root) or trouble_of_rights(folder.root)
    if not problem:
        return beat
    if beat is None:
        return Heartbeat(0, now, now - 2 * STALE_AFTER, IntakeState.STOPPED, problem=problem)
    return replace(beat, problem=problem)


def write_heartbeat(path: Path, beat: Heartbeat) -> None:
    """Put the beat in place of the last one; a reader sees one of the two whole. Raises OSError."""
    os.close(_put(path, beat))


class HeartbeatFile:
    """The file of an intake that goes on beating: the last beat stays open and is written over where a new file cannot
    be made, on a full disk or when no more files can be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: int | None = None

    def write(self, beat: Heartbeat) -> None:
        """Put the beat there. Raises OSError when that can be done in no way."""
        try:
            made = _put(self._path, beat)
        except OSError:
            if self._last is None:
                raise
            os.pwrite(self._last, _bytes_of(beat), 0)
            return
        self.close()
        self._last = made

    def close(self) -> None:
        """Let go of the file; the last beat stays in it."""
        if self._last is not None:
            os.close(self._last)
            self._last = None


def _read(path: Path) -> Heartbeat:
    with path.open("rb") as opened:
        found = json.loads(opened.read(_MOST_BYTES))
    return Heartbeat(
        pid=int(found["pid"]),
        started_at=datetime.fromisoformat(found["started_at"]).astimezone(UTC),
        at=datetime.fromisoformat(found["at"]).astimezone(UTC),
        state=IntakeState(found["state"]),
        taken_last_minute=int(found["taken_last_minute"]),
        taken_total=int(found["taken_total"]),
        rejected=int(found["rejected"]),
        waiting=int(found.get("waiting", 0)),
        problem=str(found["problem"]),
    )


def _bytes_of(beat: Heartbeat) -> bytes:
    words = asdict(beat) | {
        "started_at": beat.started_at.isoformat(),
        "at": beat.at.isoformat(),
        "problem": beat.problem[:_MOST_WORDS],
    }
    return json.dumps(words).encode().ljust(_BEAT_BYTES)


def _put(path: Path, beat: Heartbeat) -> int:
    """The descriptor of the beat that now stands at `path`. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        content = _bytes_of(beat)
        if os.write(descriptor, content) != len(content):
            raise OSError("the beat was cut short")
        draft.replace(path)
    except BaseException:
        os.close(descriptor)
        with suppress(OSError):
            draft.unlink()
        raise
    return descriptor
