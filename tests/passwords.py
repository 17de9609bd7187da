"""The one password of the officers of all small stations, with a hash that costs a test nothing to verify; and the file
it is given in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PASSWORD: Final = "made up for tests only"
CHEAP_HASH: Final = "$argon2id$v=19$m=8,t=1,p=1$3WzJ07mqe0fGwfuwoqLgvg$x1c6Tlczito1EGKAdX28ocnT1w2XXN1xdYlB4DoEJ0E"
"""argon2id of PASSWORD with one pass over 8 KiB: a right one is told from a wrong one in no time."""


def password_file(folder: Path, password: str = PASSWORD) -> Path:
    """A file that holds the password, as a script gives it."""
    file = folder / "officer.password"
    file.write_text(f"{password}\n")
    file.chmod(0o600)
    return file
