"""A file that holds a secret for this account alone: read when nobody else may. Settings and the vault ask here."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from console.errors import BadSettings
from console.words import gettext as _

_MOST_BYTES = 4096


def read_own(file: Path, what: str) -> str:
    """Its text. Raises BadSettings, with `what` for what it is ("password file"), when others may read it, it is not
    ours, it is none, or it holds no text of at most 4 KiB."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        sentence = _("The {what} {file} cannot be opened ({reason}).")
        raise BadSettings(sentence.format(what=what, file=file, reason=error.strerror)) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise BadSettings(_("The {what} {file} is not a regular file.").format(what=what, file=file))
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            sentence = _("Others may read the {what} {file}: it must be yours, and `chmod 600`.")
            raise BadSettings(sentence.format(what=what, file=file))
        held = os.read(descriptor, _MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    with suppress(UnicodeDecodeError):
        if len(held) <= _MOST_BYTES:  # a secret cut short would be another one
            return held.decode()
    sentence = _("The {what} {file} holds no UTF-8 text of at most {n} bytes: write it anew.")
    raise BadSettings(sentence.format(what=what, file=file, n=_MOST_BYTES))
