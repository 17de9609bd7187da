"""The file that holds the vault's one key: how it is made, what makes it acceptable. Only the vault calls it.

Form, two lines of ASCII: `taskroom-vault-key 1`, then the 32 bytes in base64.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from console.errors import VaultLocked
from console.words import gettext as _

KEY_BYTES = 32
_TITLE = "taskroom-vault-key 1"
_MOST_BYTES = 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_key(file: Path) -> bytes:
    """The 32 bytes of the key; FileNotFoundError without a file, VaultLocked when it may not be trusted or read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise VaultLocked(
            _("The vault key {file} cannot be opened ({reason}): give this account the right to read it.").format(
                file=file, reason=error.strerror
            )
        ) from None
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise VaultLocked(
                _("The vault key {file} is not a regular file: put the key file there.").format(file=file)
            )
        if found.st_mode & _OTHERS:
            raise VaultLocked(
                _("Others may read the vault key {file}: run `chmod 600` on it, then start again.").format(file=file)
            )
        return _key_of(opened.read(_MOST_BYTES), file)


def make_key(file: Path) -> bytes:
    """A new key in a new file, 0600, whole or not there at all; when another process was first, its key."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(f"{_TITLE}\n{base64.b64encode(key).decode()}\n".encode())
            opened.flush()
            os.fsync(descriptor)
        # A link, not a rename: it fails when the file is there, so that a key is never written over.
        os.link(draft, file)
    except FileExistsError:
        return read_key(file)
    finally:
        draft.unlink(missing_ok=True)
    _fsync_folder(file.parent)
    return key


def _key_of(content: bytes, file: Path) -> bytes:
    lines = content.split(b"\n")
    try:
        key = base64.b64decode(lines[1], validate=True) if lines[0].decode() == _TITLE else b""
    except (IndexError, UnicodeDecodeError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultLocked(
            _("The vault key {file} is damaged or of a newer version: bring back its backup copy.").format(file=file)
        )
    return key


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
