"""The intake's sign of life in a small file: the intake writes, the console reads it every second. Light to import."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

_MOST_BYTES = 64 << 10
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

    `taken_last_minute` and `taken_total` count tips (not duplicates) since the start; `rejected` the reasons that wait.
    """

    pid: int
    started_at: datetime
    at: datetime
    state: IntakeState
    taken_last_minute: int = 0
    taken_total: int = 0
    rejected: int = 0
    problem: str = ""

    def is_stale(self, now: datetime) -> bool:
        """Whether the beat is older than an intake at work lets it become."""
        return now - self.at > STALE_AFTER


def read_heartbeat(path: Path) -> Heartbeat | None:
    """The last beat written there; None when there is none that can be read."""
    try:
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
            problem=str(found["problem"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def write_heartbeat(path: Path, beat: Heartbeat) -> None:
    """Put the beat in place of the last one; a reader sees one of the two whole. Raises OSError."""
    words = asdict(beat) | {"started_at": beat.started_at.isoformat(), "at": beat.at.isoformat()}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        json.dump(words, opened)
    draft.replace(path)
