"""The file in which a script, or a seeded store, has an officer's password: one line, 0600, ours. A password never
stands on a command line, where other accounts see it."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from console.errors import BadSettings
from console.words import gettext as _

_MOST_BYTES = 1024


def read_password(file: Path) -> str:
    """The first line. Raises BadSettings when others may read the file, it is not ours, or it is none."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BadSettings(
            _("The password file {file} cannot be opened ({reason}).").format(file=file, reason=error.strerror)
        ) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise BadSettings(_("The password file {file} is not a regular file.").format(file=file))
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise BadSettings(
                _("Others may read the password file {file}: it must be yours, and `chmod 600`.").format(file=file)
            )
        words = os.read(descriptor, _MOST_BYTES).decode("utf-8", "replace")
    finally:
        os.close(descriptor)
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
