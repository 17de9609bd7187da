"""The file that holds the key which wraps a store's keys: how it is made, what makes it acceptable, and the passphrase
that may lock it. Only the vault and `taskroom vault` call it.

Form, lines of ASCII: `taskroom-vault-key 1`, then the 32 bytes in base64; or, locked by a passphrase,
`taskroom-vault-key 2`, 16 bytes of salt, and the key sealed (AES-256-GCM, by argon2id of the passphrase) in base64.
"""

from __future__ import annotations

import base64
import binascii
import errno
import os
import secrets
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import VaultLocked
from console.words import gettext as _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_TITLE = "taskroom-vault-key 1"
_LOCKED_TITLE = "taskroom-vault-key 2"
_SALT_BYTES, _NONCE_BYTES = 16, 12
LEAST_PASSPHRASE = 12
"""Characters."""
_MOST_BYTES = 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


Passphrase = Callable[[], str]
"""Asks for it: only of a file that is locked."""


def read_key(file: Path, passphrase: Passphrase | None = None) -> bytes:
    """The 32 bytes of the key; FileNotFoundError without a file, VaultLocked when it may not be trusted or read, or the
    passphrase is another. Takes 0.1 s when it is locked."""
    lines = _lines(file)
    if lines[0] != _LOCKED_TITLE.encode():
        return _key_of(lines, file)
    if passphrase is None:
        raise VaultLocked(
            _(
                "The vault key {file} is locked by a passphrase: name a file (0600) that holds it in "
                "TASKROOM_VAULT_PASSPHRASE_FILE."
            ).format(file=file)
        )
    return _unlocked(lines, file, passphrase())


def is_locked(file: Path) -> bool:
    """Whether a passphrase is needed. Raises as `read_key`."""
    return _lines(file)[0] == _LOCKED_TITLE.encode()


def _lines(file: Path) -> list[bytes]:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(file, error) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise VaultLocked(
                _("The vault key {file} is not a regular file: put the key file there.").format(file=file)
            )
        if found.st_mode & _OTHERS:
            raise VaultLocked(
                _("Others may read the vault key {file}: run `chmod 600` on it, then start again.").format(file=file)
            )
        return os.read(descriptor, _MOST_BYTES).split(b"\n")
    except OSError as error:
        raise _unreadable(file, error) from None
    finally:
        os.close(descriptor)


def _unreadable(file: Path, error: OSError) -> VaultLocked:
    """What to do about it depends on what it is."""
    match error.errno:
        case errno.ELOOP:
            sentence = _("The vault key {file} cannot be opened, it is a link: put the key file itself there.")
        case errno.EACCES | errno.EPERM:
            sentence = _("The vault key {file} cannot be opened ({reason}): give this account the right to read it.")
        case _:
            sentence = _("The vault key {file} cannot be opened ({reason}): see to its disk and its folders.")
    return VaultLocked(sentence.format(file=file, reason=error.strerror))


def make_key(file: Path, passphrase: Passphrase | None = None) -> bytes:
    """A new key in a new file, 0600, whole or not there at all; when another process was first, its key."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    draft = _draft(file, f"{_TITLE}\n{base64.b64encode(key).decode()}\n")
    try:
        # A link, not a rename: it fails when the file is there, so that a key is never written over.
        os.link(draft, file)
    except FileExistsError:
        return read_key(file, passphrase)
    finally:
        draft.unlink(missing_ok=True)
    _fsync_folder(file.parent)
    return key


def lock_key(file: Path, key: bytes, passphrase: str) -> None:
    """Write the key again in the place of its file: locked by the passphrase, or open when that is ''."""
    words = f"{_TITLE}\n{base64.b64encode(key).decode()}\n"
    if passphrase:
        salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + _cipher_of(passphrase, salt).encrypt(nonce, key, _LOCKED_TITLE.encode())
        words = f"{_LOCKED_TITLE}\n{base64.b64encode(salt).decode()}\n{base64.b64encode(sealed).decode()}\n"
    draft = _draft(file, words)
    try:
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    _fsync_folder(file.parent)


def _draft(file: Path, words: str) -> Path:
    """A file beside, 0600 and on disk, that only wants its name."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(words.encode())
        opened.flush()
        os.fsync(descriptor)
    return draft


def _cipher_of(passphrase: str, salt: bytes) -> AESGCM:
    from argon2.low_level import Type, hash_secret_raw
    from argon2.profiles import RFC_9106_LOW_MEMORY as COST
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(
        hash_secret_raw(
            unicodedata.normalize("NFKC", passphrase).encode(),
            salt,
            COST.time_cost,
            COST.memory_cost,
            COST.parallelism,
            KEY_BYTES,
            Type.ID,
        )
    )


def _unlocked(lines: list[bytes], file: Path, passphrase: str) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        salt, sealed = (base64.b64decode(line, validate=True) for line in lines[1:3])
        if len(salt) != _SALT_BYTES:
            raise _damaged(file)
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return _cipher_of(passphrase, salt).decrypt(nonce, rest, _LOCKED_TITLE.encode())
    except InvalidTag:
        raise VaultLocked(_("That passphrase does not unlock the vault key {file}.").format(file=file)) from None
    except ValueError:
        raise _damaged(file) from None


def _key_of(lines: list[bytes], file: Path) -> bytes:
    try:
        key = base64.b64decode(lines[1], validate=True) if lines[0].decode() == _TITLE else b""
    except (IndexError, UnicodeDecodeError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise _damaged(file)
    return key


def _damaged(file: Path) -> VaultLocked:
    return VaultLocked(
        _("The vault key {file} is damaged or of a newer version: bring back its backup copy.").format(file=file)
    )


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
