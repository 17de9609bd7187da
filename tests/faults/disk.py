"""`FaultyDisk`: an intake's disk that ends it, fails or is recorded; disk.c preloaded, steered over a shared page.

Kill, power and error tests use it. Where there is no C compiler those tests are skipped, with that as the reason.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

import pytest

_PAGE = 4096
_FIELDS = ("kill_in", "calls", "rate", "kinds", "error", "seed", "recording", "token")


class Call(IntEnum):
    """Kinds of calls that change something on disk, as disk.c numbers them."""

    OPEN = 0
    WRITE = 1
    FLUSH = 2
    RENAME = 3
    UNLINK = 4
    CUT = 5
    FOLDER = 6


EVERY_CALL = frozenset(Call)
_KILLED = len(_FIELDS) + len(Call)
_IN_STORE = _KILLED + 1
_STOP_IN = _IN_STORE + 1
_STOPPED = _STOP_IN + 1


def built_disk(folder: Path) -> Path:
    """The library, built in `folder`; skips the test where nothing can build it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) here: the failing disk cannot be built")
    library = folder / "disk.so"
    source = Path(__file__).with_name("disk.c")
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-lpthread"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return library


class FaultyDisk:
    """Stands between an intake started with `variables` and the data folder `root`; a good disk until told otherwise.

    `record` is where every change and flush is written down while `recording`.
    """

    def __init__(self, library: Path, root: Path, work: Path, seed: int) -> None:
        self.record = work / "disk.record"
        self._library = library
        self._root = root
        self._file = work / "disk.control"
        self._file.write_bytes(bytes(_PAGE))
        self.record.touch()
        with self._file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), _PAGE)
        self._set("seed", seed)

    @property
    def variables(self) -> Mapping[str, str]:
        """What the environment of the intake needs."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAULTS_CONTROL": str(self._file),
            "FAULTS_ROOT": str(self._root),
            "FAULTS_RECORD": str(self.record),
        }

    def kill_before(self, call: int, *, in_store: bool = False) -> None:
        """End the process before the call of that number from now, or only among those on the store's files (in the
        middle of its commits, then); 0 takes it back."""
        self._put(_KILLED, 0)
        self._put(_IN_STORE, int(in_store))
        self._set("kill_in", call)

    @property
    def has_killed(self) -> bool:
        """Whether a process ended by `kill_before`."""
        return bool(self._get(_KILLED))

    def stop_after(self, change: int) -> None:
        """Stop the process (SIGSTOP) right after that many further changes, while the last one is not flushed; 0 takes
        it back. Counts while recording only."""
        self._put(_STOPPED, 0)
        self._put(_STOP_IN, change)

    @property
    def has_stopped(self) -> bool:
        """Whether a process was stopped by `stop_after`."""
        return bool(self._get(_STOPPED))

    @property
    def calls(self) -> int:
        """Changing calls so far."""
        return self._get(_FIELDS.index("calls"))

    def fail(self, share: float, kinds: frozenset[Call] = EVERY_CALL, error: int = 0) -> None:
        """From now on let that share of such calls fail, with one errno or (0) a mixture; 0.0 is a good disk again."""
        self._set("kinds", sum(1 << kind for kind in kinds))
        self._set("error", error)
        self._set("rate", round(share * 1_000_000))

    @property
    def injected(self) -> dict[Call, int]:
        """Failures so far."""
        return {kind: self._get(len(_FIELDS) + kind) for kind in Call}

    def start_recording(self) -> None:
        """Write down every change and flush from now on."""
        self._set("recording", 1)

    def close(self) -> None:
        self._page.close()

    def _set(self, field: str, value: int) -> None:
        self._put(_FIELDS.index(field), value)

    def _put(self, index: int, value: int) -> None:
        struct.pack_into("<q", self._page, 8 * index, value)

    def _get(self, index: int) -> int:
        (value,) = struct.unpack_from("<q", self._page, 8 * index)
        return int(value)
