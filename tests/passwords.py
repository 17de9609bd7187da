"""The one password of the officers of all small stations, with a hash that costs a test nothing to verify; and the file
it is given in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PASSWORD: Final = "made up for tests only"
CHEAP_HASH: Final = "$argon2id$v=19$m=8,t=1,p=1$3WzJ07mqe0fGwfuwoqLgvg$x1c6Tlczito1EGKAdX28ocnT1w2XXN1xdYlB4DoEJ0E"
"""argon2id of PASSWORD with one pass over 8 KiB: a right one is told from a wrong one in no time."""


def signs_in(folder: Path, code: str) -> None:
    """Let consoles and verbs of this data folder sign that officer in by themselves."""
    file = password_file(folder)
    (folder / "config.toml").write_text(f"officer = {_toml(code)}\npassword_file = {_toml(str(file))}\n")


def _toml(words: str) -> str:
    """A string of TOML with every character that might not stand there escaped."""
    return '"' + "".join(one if one.isalnum() and one.isascii() else f"\\U{ord(one):08X}" for one in words) + '"'


def password_file(folder: Path, password: str = PASSWORD) -> Path:
    """A file that holds the password, as a script gives it."""
    file = folder / "officer.password"
    file.write_text(f"{password}\n")
    file.chmod(0o600)
    return file
