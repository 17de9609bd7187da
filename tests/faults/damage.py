"""Kinds of damage to a SQLite store, each done to its files on disk as a disk, a person or a program would."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from console.store.first_look import beside
from tests.cli.desk import ROOT

PAGE = 4096
FROM = 31
"""Seed of every made-up byte here."""


def _overwrite(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


def _garbage(size: int) -> bytes:
    return random.Random(FROM).randbytes(size)


def _cut(file: Path, size: int) -> None:
    os.truncate(file, size)


def _foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE theirs (n)")


def _write_words(file: Path) -> None:
    file.write_bytes(b"Dear diary, " * 5000)


def _log_of_another(file: Path) -> None:
    """A log with committed pages, of a store made elsewhere."""
    other = file.with_name("other.db")
    shutil.copyfile(file, other)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("PRAGMA user_version = 12345")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    leave_a_log(other)
    shutil.copyfile(beside(other, "-wal"), beside(file, "-wal"))


def _older_copy_under_its_log(file: Path) -> None:
    """What a person does who copies a backup over the store of a desk that was killed, and leaves the log."""
    from console.store.snapshot import take_snapshot

    copy = file.with_name("copy.db")
    take_snapshot(file, copy)
    leave_a_log(file)
    shutil.copyfile(copy, file)
    beside(file, "-shm").unlink()


def _lose_log(file: Path) -> None:
    leave_a_log(file)
    beside(file, "-wal").unlink()


def _lose_store_under_its_log(file: Path) -> None:
    leave_a_log(file)
    file.unlink()


def _garble_log(file: Path) -> None:
    leave_a_log(file)
    _overwrite(beside(file, "-wal"), 0, _garbage(32))


_WRITER = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("CREATE TABLE IF NOT EXISTS grows (words TEXT)")
for _ in range(50):
    connection.execute("INSERT INTO grows VALUES (?)", ("x" * 5000,))
connection.execute("DELETE FROM grows")
os.kill(os.getpid(), signal.SIGKILL)
"""


def leave_a_log(file: Path) -> None:
    """A program that wrote into the store is killed: what it committed lies in the log only."""
    done = subprocess.run([sys.executable, "-c", _WRITER, str(file)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert beside(file, "-wal").stat().st_size > 50 * 5000


@dataclass(frozen=True, slots=True)
class Damage:
    """One kind; `says` is a part of the sentence that tells it."""

    name: str
    do: Callable[[Path], None]
    says: str


KINDS = (
    Damage("zero-bytes", lambda file: _cut(file, 0), "it is empty"),
    Damage("garbage-header", lambda file: _overwrite(file, 0, _garbage(100)), "its beginning is damaged"),
    Damage("words-instead", _write_words, "its beginning is damaged"),
    Damage("impossible-page-size", lambda file: _overwrite(file, 16, struct.pack(">H", 999)), "beginning is damaged"),
    Damage("cut-in-half", lambda file: _cut(file, file.stat().st_size // 2 // PAGE * PAGE), "its end is missing"),
    Damage("cut-by-a-page", lambda file: _cut(file, file.stat().st_size - PAGE), "its end is missing (1 pages)"),
    Damage("cut-inside-header", lambda file: _cut(file, 60), "its beginning is damaged"),
    Damage("wrong-application", lambda file: _overwrite(file, 68, b"GPKG"), "database of another program"),
    Damage("foreign-database", _foreign, "database of another program"),
    Damage("schema-page", lambda file: _overwrite(file, 100, bytes(PAGE - 100)), "is damaged"),
    Damage("log-missing", _lose_log, "which holds the last tips, is missing"),
    Damage("log-of-another-store", _log_of_another, "belongs to another store"),
    Damage("older-copy-under-its-log", _older_copy_under_its_log, "belongs to another store"),
    Damage("garbage-log", _garble_log, "-wal is damaged"),
    Damage("store-gone-log-there", _lose_store_under_its_log, "but its log"),
)


def flip_pages(file: Path, seed: int, count: int) -> list[int]:
    """Write garbage over so many pages behind the first one; their numbers."""
    drawn = random.Random(seed)
    pages = sorted(drawn.sample(range(2, file.stat().st_size // PAGE + 1), count))
    for page in pages:
        _overwrite(file, (page - 1) * PAGE, drawn.randbytes(PAGE))
    return pages
