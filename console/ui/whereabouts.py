"""Where an officer was when a console broke off: a small file a console in the state folder, for the next one to offer.
Ids only, and the search, sealed when it holds words, since they may be a name. `screens.going_on` writes and reads."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

_MOST_BYTES: Final = 64 << 10
_KEPT: Final = timedelta(days=7)
"""What nobody has taken up for a week is no place to go back to."""
_SUFFIX: Final = ".where.json"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`stations` are the ids on the screen, `tip` is (station id, tip id), `pane` has the keyboard; `at` is when the
    officer was last seen there, aware UTC. `plain_search` is a search that tells of nobody, `sealed_search` any other;
    both are empty while nothing is searched for."""

    officer_id: int
    at: datetime
    stations: tuple[int, ...] = ()
    tip: tuple[int, UUID] | None = None
    pane: str = "feed"
    is_zoomed: bool = False
    sealed_search: bytes = b""
    plain_search: str = ""

    def to_json(self) -> bytes:
        told = {
            "officer": self.officer_id,
            "at": self.at.isoformat(timespec="seconds"),
            "stations": self.stations,
            "tip": None if self.tip is None else [self.tip[0], str(self.tip[1])],
            "pane": self.pane,
            "zoomed": self.is_zoomed,
            "search": b64encode(self.sealed_search).decode(),
            "plain": self.plain_search,
        }
        return json.dumps(told).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Whereabouts:
        """Raises ValueError, TypeError, KeyError or RecursionError for what `to_json` did not write."""
        told: dict[str, Any] = json.loads(content)
        tip = told["tip"]
        return cls(
            officer_id=int(told["officer"]),
            at=datetime.fromisoformat(told["at"]).astimezone(UTC),
            stations=tuple(int(one) for one in told["stations"]),
            tip=None if tip is None else (int(tip[0]), UUID(tip[1])),
            pane=str(told["pane"]),
            is_zoomed=bool(told["zoomed"]),
            sealed_search=b64decode(told["search"], validate=True),
            plain_search=str(told["plain"]),
        )


class Footprint:
    """The file of one running console (0600). It is locked for as long as the console lives, however it ends: a file
    that nobody holds is one that a console has left behind. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.file = folder / f"{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        self._fd = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def tell(self, where: Whereabouts) -> None:
        """In one write, blanks over what was longer before: a console that is killed leaves one of the two whole."""
        content = where.to_json()
        os.pwrite(self._fd, content.ljust(os.fstat(self._fd).st_size), 0)

    def wipe(self) -> None:
        """The officer has left: there is nothing to go back to."""
        with suppress(OSError):
            self.file.unlink()
        with suppress(OSError):
            os.close(self._fd)


def take_left(folder: Path, officer_id: int, now: datetime) -> Whereabouts | None:
    """Where this officer was when a console last broke off, or None; told once, as the files are removed. Another
    officer's stay, for a week."""
    found = []
    for file, where in _left(folder):
        is_old = where is None or now - where.at > _KEPT
        if is_old or (where is not None and where.officer_id == officer_id):
            with suppress(OSError):
                file.unlink()
        if where is not None and where.officer_id == officer_id and not is_old:
            found.append(where)
    return max(found, key=lambda one: one.at, default=None)


def _left(folder: Path) -> Iterator[tuple[Path, Whereabouts | None]]:
    """The files no running console holds, and what they say: None what cannot be read."""
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file, _read(os.read(fd, _MOST_BYTES))
        except OSError:
            continue  # its console runs
        finally:
            os.close(fd)


def _read(content: bytes) -> Whereabouts | None:
    try:
        return Whereabouts.from_json(content)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
