"""One name in new/ as a scan saw it, and how one tells a finished thing from one that is still being written."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

Mark = tuple[int, ...]

_MOST_INSIDE = 200
"""Things in a folder that every scan looks at."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder: `mark` changes whenever it is written to, `size` is in bytes, times are since 1970 in ns."""

    name: str
    is_folder: bool
    size: int
    written_ns: int
    """When its content was last written (of a folder: the newest file in it)."""
    moved_ns: int
    """When the thing itself was last changed in any way, being renamed included."""
    is_linked: bool

    @property
    def mark(self) -> Mark:
        return (self.size, self.written_ns, self.moved_ns)

    @property
    def was_moved_here(self) -> bool:
        """Renamed (or at least touched) after the last byte was written: senders that rename are done by then.

        Writing sets both times alike; a rename sets only the second (all local file systems of Linux do so).
        """
        return self.moved_ns > self.written_ns and not self.is_linked


def look_at(folder: Path, name: str) -> Entry | None:
    """The thing of that name, itself when it is a link; None when it is gone."""
    path = folder / name
    try:
        found = path.lstat()
        inside = _inside(path) if stat.S_ISDIR(found.st_mode) else []
    except FileNotFoundError:
        return None
    except OSError:
        inside = []
        found = os.lstat(path)
    everything = [found, *inside]
    return Entry(
        name=name,
        is_folder=stat.S_ISDIR(found.st_mode),
        size=sum(one.st_size for one in everything),
        written_ns=max(one.st_mtime_ns for one in everything),
        moved_ns=found.st_ctime_ns,
        is_linked=stat.S_ISREG(found.st_mode) and found.st_nlink != 1,
    )


def _inside(folder: Path) -> list[os.stat_result]:
    """Of a folder that holds far more than a bundle may, some: it is as little a bundle by these."""
    with os.scandir(folder) as entries:
        return [entry.stat(follow_symlinks=False) for entry in islice(entries, _MOST_INSIDE)]


class Settling:
    """Remembers how long each thing has not changed; asked again at every scan."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._seen: dict[str, tuple[Mark, float]] = {}

    def is_settled(self, entry: Entry, now_s: float, clock_s: float) -> bool:
        """Whether it has not changed for `settle_s`: by the wall clock `now_s`, or seen so since a time of `clock_s`.

        The second does not trust the file's times, which a sender may set and another machine's clock may shift.
        """
        if now_s - max(entry.written_ns, entry.moved_ns) / 1e9 >= self._settle_s:
            return True
        mark, since = self._seen.get(entry.name, ((), clock_s))
        if mark != entry.mark:
            since = clock_s
        self._seen[entry.name] = (entry.mark, since)
        return clock_s - since >= self._settle_s

    def knows(self, name: str) -> bool:
        """Whether it is waited for."""
        return name in self._seen

    def forget_all_but(self, names: set[str]) -> None:
        """Drop what is no longer waited for."""
        for name in self._seen.keys() - names:
            del self._seen[name]
