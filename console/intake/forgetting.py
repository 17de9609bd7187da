"""What lies in done/ of tips that are erased is erased with them, found by its words. `taskroom erase` and the nightly
run call it before they erase the rows."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from console.errors import BadTip
from console.intake.durable import flush_folder, write_whole
from console.intake.encoding import decode
from console.intake.formats.bundle import WORDS
from console.intake.strict import strict_json

_MOST_BYTES = 64 << 20
"""Of one file: twice what the intake takes of many lines by itself."""


def forget_done(done: Path, words: Collection[bytes]) -> int:
    """Remove what `done` keeps of tips whose words have these SHA-256: a file, a bundle's folder, lines of a file of
    many. How many places it were. Blocks. Raises OSError."""
    forgotten = sum(_forget_in(place, words) for place in _things(done))
    if forgotten:
        flush_folder(done)
    return forgotten


def _things(done: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError), os.scandir(done) as entries:
        for entry in list(entries):
            if entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def _forget_in(place: Path, words: Collection[bytes]) -> bool:
    """A second time when the place or only its draft was taken away: the shelf's own sweep may have been first."""
    try:
        return _forget(place, words)
    except FileNotFoundError:
        try:
            return _forget(place, words)
        except FileNotFoundError:
            if os.path.lexists(place):  # then it is not forgotten, and its row may not be erased
                raise
    return False


def _forget(place: Path, words: Collection[bytes]) -> bool:
    if place.is_dir():
        if not _is_of(_bytes_of(place / WORDS), words):
            return False
        for one in list(place.iterdir()):
            one.unlink()
        place.rmdir()
        return True
    content = _bytes_of(place)
    if _is_of(content, words):
        place.unlink()
        return True
    lines = content.split(b"\n")
    kept = [line for line in lines if not _is_of(line, words)]
    if len(kept) == len(lines):
        return False
    if any(kept):
        write_whole(place, b"\n".join(kept))
    else:
        place.unlink()
    return True


def _bytes_of(place: Path) -> bytes:
    with suppress(FileNotFoundError), place.open("rb") as opened:
        return opened.read(_MOST_BYTES)
    return b""


def _is_of(content: bytes, words: Collection[bytes]) -> bool:
    """Whether this is one tip's JSON, with these words."""
    if not content.strip():
        return False
    try:
        value = strict_json(decode(content)[0])
    except BadTip:
        return False
    text = value.get("text") if isinstance(value, dict) else None
    return isinstance(text, str) and sha256_of(text) in words


def sha256_of(text: str) -> bytes:
    """As the store tells which words are erased."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
