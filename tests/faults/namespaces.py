"""Rooms of the kernel's own in which a fault harms nobody else: mounts and inotify limits of one test's programs."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

_ORDINARY = "-dac_override,-dac_read_search,-fowner"
AS_ORDINARY_ACCOUNT = ("setpriv", f"--bounding-set={_ORDINARY}", f"--inh-caps={_ORDINARY}")
"""Starts a program of root's as if rights of files held for it, as for anybody."""
ANOTHER_ACCOUNT = 12345
_IN_MOVED_TO, _IN_Q_OVERFLOW = 0x80, 0x4000
_EVENT = struct.Struct("iIII")


class Room:
    """Namespaces (`-m` of mounts, `-Ur` of users) that last until `close`, or until the test's process ends."""

    def __init__(self, *kinds: str) -> None:
        self._kinds = kinds
        self._holder = subprocess.Popen(
            ["unshare", *kinds, "sh", "-c", "echo in; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "in\n":
            self.close()
            pytest.skip(f"this machine lets nobody make a namespace ({' '.join(kinds)})")

    @property
    def prefix(self) -> tuple[str, ...]:
        """Before a command that is to run in the room."""
        flags = [flag for kind in self._kinds for flag in kind.lstrip("-") if flag in "mU"]
        more = ["--preserve-credentials"] if "U" in flags else []
        return ("nsenter", "-t", str(self._holder.pid), *(f"-{flag}" for flag in flags), *more)

    def run(self, *command: str) -> None:
        """A command in the room; one that fails fails the test."""
        subprocess.run([*self.prefix, *command], check=True, capture_output=True, text=True)

    def mount(self, *options: str) -> None:
        """As `mount`; skips the test where the machine does not let us."""
        done = subprocess.run([*self.prefix, "mount", *options], check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")

    def seen(self, path: Path) -> Path:
        """The same place as it is in the room, for who stands outside."""
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def close(self) -> None:
        assert self._holder.stdin is not None
        self._holder.stdin.close()
        self._holder.wait()
        if self._holder.stdout is not None:
            self._holder.stdout.close()


_COUNTING = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
for table in sys.stdin:
    print(store.execute(f"SELECT count(*) FROM {table}").fetchone()[0], flush=True)
"""


class CountedInside:
    """The rows of a SQLite file in a room, counted there: SQLite finds the file of that name outside otherwise."""

    def __init__(self, room: Room, file: Path) -> None:
        self._counting = subprocess.Popen(
            [*room.prefix, sys.executable, "-c", _COUNTING, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def rows(self, table: str) -> int:
        assert self._counting.stdin is not None
        assert self._counting.stdout is not None
        self._counting.stdin.write(f"{table}\n")
        self._counting.stdin.flush()
        return int(self._counting.stdout.readline())

    def close(self) -> None:
        self._counting.communicate()


class DeafListener:
    """Watches a folder for arrivals as the intake does and never reads: what it missed, a stopped intake missed too."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._queue = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        assert self._queue >= 0
        assert libc.inotify_add_watch(self._queue, os.fsencode(folder), _IN_MOVED_TO | 0x40) >= 0

    def overflows(self) -> int:
        """How often the kernel says that it dropped events; the queue is read to its end and closed."""
        found = 0
        try:
            while events := os.read(self._queue, 1 << 16):
                start = 0
                while start < len(events):
                    _watch, mask, _cookie, length = _EVENT.unpack_from(events, start)
                    found += bool(mask & _IN_Q_OVERFLOW)
                    start += _EVENT.size + length
        except BlockingIOError:
            return found
        finally:
            os.close(self._queue)
        return found


def is_root() -> bool:
    return os.geteuid() == 0
