"""AES-256-GCM over reporters and attachments, and the blind index that finds equal contacts without opening them.

The intake and the desk hold one Vault each; nothing here prints, logs or puts a sealed word into an error.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import unicodedata
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from console.errors import VaultLocked
from console.model.incoming import NewReporter
from console.vault.keyfile import KEY_BYTES, make_key, read_key
from console.words import gettext as _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM = b"\x01"
"""The first byte of everything sealed: form 1 is 12 bytes of nonce, then AES-256-GCM's text and 16 bytes of tag."""
_NONCE_BYTES = 12
_INDEX_BYTES = 16

_as_json = json.JSONEncoder(ensure_ascii=False).encode
"""`json.dumps` makes such an encoder anew each time."""

_BETWEEN_DIGITS = re.compile(r"[\s().\-\u2010-\u2015]+")
_PHONE = re.compile(r"(?:\+|00)?(\d{5,})")
_CHINESE_MOBILE = re.compile(r"86(1\d{10})")


class Vault:
    """One key's two uses, each by a key of its own derived from it (HKDF): sealing, and the index over contacts.

    The ciphers are loaded when they are first used: a console opens its vault long before it seals anything.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(_derived(self._key, b"taskroom seal 1"))

    @cached_property
    def _index_key(self) -> bytes:
        return _derived(self._key, b"taskroom contact index 1")

    @cached_property
    def fingerprint(self) -> str:
        """For people to tell keys apart, `a1b2-c3d4-e5f6-0718`; it says nothing of the key."""
        words = _derived(self._key, b"taskroom fingerprint 1")[:8].hex()
        return "-".join(words[at : at + 4] for at in range(0, 16, 4))

    @classmethod
    def open(cls, key_file: Path, *, create: bool) -> Vault:
        """The vault of this key file, made (0600) when it is missing and `create`. Raises VaultLocked."""
        try:
            return cls(read_key(key_file))
        except FileNotFoundError:
            if not create:
                raise VaultLocked(
                    _("There is no vault key {file}: bring back its backup copy, or run `taskroom init`.").format(
                        file=key_file
                    )
                ) from None
        try:
            return cls(make_key(key_file))
        except OSError as error:
            raise VaultLocked(
                _("The vault key {file} cannot be made ({reason}): choose another place for it.").format(
                    file=key_file, reason=error.strerror
                )
            ) from None

    def seal_reporter(self, tip_id: UUID, station_id: int, reporter: NewReporter) -> bytes:
        """The reporter sealed for exactly this tip: moved to another tip's row it does not open."""
        parts = {"name": reporter.name, "contact": reporter.contact, "kind": reporter.kind}
        words = _as_json({part: value for part, value in parts.items() if value is not None})
        return self._seal(words.encode(), _reporter_about(tip_id, station_id))

    def open_reporter(self, tip_id: UUID, station_id: int, sealed: bytes) -> NewReporter:
        """What `seal_reporter` took for this tip. Raises VaultLocked when key, tip or a bit differs."""
        return NewReporter(**json.loads(self._unseal(sealed, _reporter_about(tip_id, station_id))))

    def opens(self, tip_id: UUID, station_id: int, sealed: bytes) -> bool:
        """Whether a reporter was sealed with this key; nothing of it is shown."""
        try:
            self.open_reporter(tip_id, station_id, sealed)
        except VaultLocked:
            return False
        return True

    def contact_index(self, contact: str) -> bytes:
        """16 bytes that are equal for equal contacts, however they are written, and say nothing without the key."""
        return hmac.digest(self._index_key, _plain_contact(contact).encode(), "sha256")[:_INDEX_BYTES]

    def seal(self, content: bytes, about: bytes) -> bytes:
        """`content` sealed, bound to `about` (what it is: needed again to open it, not secret); 29 bytes longer."""
        return self._seal(content, b"content\0" + about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """What `seal` took with the same `about`. Raises VaultLocked when anything differs."""
        return self._unseal(sealed, b"content\0" + about)

    def _seal(self, content: bytes, about: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _FORM + nonce + self._cipher.encrypt(nonce, content, about)

    def _unseal(self, sealed: bytes, about: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        form, nonce, rest = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if form != _FORM or len(nonce) != _NONCE_BYTES:
                raise InvalidTag
            return self._cipher.decrypt(nonce, rest, about)
        except InvalidTag:
            raise VaultLocked(
                _("What is sealed here does not open with this vault key: use the key it was sealed with.")
            ) from None


def _derived(key: bytes, use: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=use).derive(key)


def _reporter_about(tip_id: UUID, station_id: int) -> bytes:
    return b"reporter\0" + tip_id.bytes + station_id.to_bytes(8, signed=True)


def _plain_contact(contact: str) -> str:
    """One writing for all writings of a contact: form NFKC, lower case, no blanks; a phone as bare digits."""
    plain = unicodedata.normalize("NFKC", contact).strip().casefold()
    phone = _PHONE.fullmatch(_BETWEEN_DIGITS.sub("", plain))
    if phone is None:
        return " ".join(plain.split())
    mobile = _CHINESE_MOBILE.fullmatch(phone[1])
    return mobile[1] if mobile else phone[1]
