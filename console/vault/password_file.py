"""The file in which a script, or a seeded store, has an officer's password: one line, 0600, ours. A password never
stands on a command line, where other accounts see it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from console.own_file import read_own
from console.words import gettext as _


def read_password(file: Path) -> str:
    """The first line. Raises BadSettings when others may read the file, it is not ours, or it is none."""
    words = read_own(file, _("password file"))
    return words.splitlines()[0] if words else ""


def made_password(file: Path) -> str:
    """The password of this file; when there is none, a random one, which is written there (0600)."""
    if file.exists():
        return read_password(file)
    password = secrets.token_urlsafe(18)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(f"{password}\n")
    return password
