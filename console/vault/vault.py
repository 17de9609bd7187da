"""AES-256-GCM over reporters and kept files, and the blind index that finds equal contacts without opening them.

The intake and the desk hold one Vault each; nothing here prints, logs or puts a sealed word into an error.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import unicodedata
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from console.errors import KeyTurned, VaultLocked
from console.model.ring import FILE_KEY, Ring, WrappedKey
from console.vault.keyfile import KEY_BYTES, Passphrase, lock_key, make_key, read_key
from console.words import gettext as _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from console.model.incoming import NewReporter

_OLD_FORM = b"\x01"
"""The first byte of what the key file's own key sealed: then 12 bytes of nonce, AES-256-GCM's text, 16 bytes of tag."""
_FORM = b"\x02"
"""The same with the key's number, 4 bytes, before the nonce."""
_NUMBER_BYTES = 4
_NONCE_BYTES = 12
_INDEX_BYTES = 16

_as_json = json.JSONEncoder(ensure_ascii=False).encode
"""`json.dumps` makes such an encoder anew each time."""

_BETWEEN_DIGITS = re.compile(r"[\s().\-\u2010-\u2015]+")
_PHONE = re.compile(r"(?:\+|00)?(\d{5,})")
_CHINESE_MOBILE = re.compile(r"86(1\d{10})")


class Vault:
    """The key file's key and, once it has `joined` a store, that store's keys, which the former unwraps.

    The ciphers are loaded when they are first used: a console opens its vault long before it seals anything. One that
    is locked (`why_locked`) raises VaultLocked whenever a key is wanted. Threads may seal while another one `join`s:
    what each seals is sealed by one ring.
    """

    def __init__(self, key: bytes, *, why_locked: str = "") -> None:
        self._key = key
        self.why_locked = why_locked
        self.ring: Ring | None = None
        self._ciphers: dict[bytes, AESGCM] = {}
        """By the wrapped key; b"" is the key file's own."""
        self._index_keys: dict[bytes, bytes] = {}
        """The same of the keys of the index over contacts."""

    @classmethod
    def open(cls, key_file: Path, *, create: bool, passphrase: Passphrase | None = None) -> Vault:
        """The vault of this key file, made (0600) when it is missing and `create`. `passphrase` is asked for one that
        is locked. Raises VaultLocked."""
        try:
            return cls(read_key(key_file, passphrase))
        except FileNotFoundError:
            if not create:
                raise VaultLocked(
                    _("There is no vault key {file}: bring back its backup copy, or run `taskroom init`.").format(
                        file=key_file
                    )
                ) from None
        try:
            return cls(make_key(key_file, passphrase))
        except OSError as error:
            raise VaultLocked(
                _("The vault key {file} cannot be made ({reason}): choose another place for it.").format(
                    file=key_file, reason=error.strerror
                )
            ) from None

    @classmethod
    def open_or_locked(cls, key_file: Path, *, create: bool, passphrase: Passphrase | None = None) -> Vault:
        """The same for a desk, which opens without its key too: then nothing can be sealed or opened."""
        try:
            return cls.open(key_file, create=create, passphrase=passphrase)
        except VaultLocked as error:
            return cls(b"", why_locked=error.message)

    def lock(self, key_file: Path, passphrase: str) -> None:
        """Lock the key file by the passphrase; '' opens it again. The key stays. Raises VaultLocked."""
        try:
            lock_key(key_file, self._root, passphrase)
        except OSError as error:
            raise VaultLocked(
                _(
                    "The vault key {file} cannot be written again ({reason}): it is as it was. See that its folder "
                    "may be written and has room."
                ).format(file=key_file, reason=error.strerror)
            ) from None

    # ── a store's keys ───────────────────────────────────────────────────────────────────────────────────────────────
    def join(self, ring: Ring) -> None:
        """Seal by the newest of these keys from now on. Raises VaultLocked when another key file wraps them."""
        if ring.fingerprint != self.fingerprint:
            raise VaultLocked(
                _(
                    "The store's keys are wrapped by the vault key {wanted}, here lies {found}: bring that one back, "
                    "or copy it from the desk that has it."
                ).format(wanted=ring.fingerprint, found=self.fingerprint)
            )
        self.ring, self._ciphers, self._index_keys = ring, {}, {}

    def new_ring(self, now: datetime) -> Ring:
        """Keys for a store that has none. The index key is the key file's, so that contacts of before are found."""
        index = self._wrap(b"index", _derived(self._root, b"taskroom contact index 1"))
        return Ring(self.fingerprint, index, (self.new_key(FILE_KEY + 1, now),))

    def new_key(self, number: int, now: datetime) -> WrappedKey:
        """A key of that number, wrapped."""
        return WrappedKey(number, self._wrap(b"key %d" % number, secrets.token_bytes(KEY_BYTES)), now)

    @property
    def number(self) -> int:
        """Of the key that seals what is new."""
        return FILE_KEY if self.ring is None else self.ring.number

    def _wrap(self, what: bytes, key: bytes) -> bytes:
        return _sealed(self._wrapping, _OLD_FORM, key, b"wrapped\0" + what)

    def _unwrap(self, what: bytes, wrapped: bytes) -> bytes:
        return _unsealed(self._wrapping, wrapped[1:], b"wrapped\0" + what)

    @cached_property
    def _wrapping(self) -> AESGCM:
        return _cipher(_derived(self._root, b"taskroom wrap 1"))

    @property
    def _root(self) -> bytes:
        if self.why_locked:
            raise VaultLocked(self.why_locked)
        return self._key

    def _cipher_of(self, number: int, ring: Ring | None) -> AESGCM:
        wrapped = _wrapped_of(number, ring)
        cipher = self._ciphers.get(wrapped)
        if cipher is None:
            key = self._unwrap(b"key %d" % number, wrapped) if wrapped else _derived(self._root, b"taskroom seal 1")
            cipher = self._ciphers[wrapped] = _cipher(key)
        return cipher

    @property
    def _index_key(self) -> bytes:
        wrapped = b"" if self.ring is None else self.ring.index
        key = self._index_keys.get(wrapped)
        if key is None:
            key = self._unwrap(b"index", wrapped) if wrapped else _derived(self._root, b"taskroom contact index 1")
            self._index_keys[wrapped] = key
        return key

    @cached_property
    def fingerprint(self) -> str:
        """Of the key file, for people to tell keys apart, `a1b2-c3d4-e5f6-0718`; it says nothing of the key."""
        words = _derived(self._root, b"taskroom fingerprint 1")[:8].hex()
        return "-".join(words[at : at + 4] for at in range(0, 16, 4))

    # ── reporters ────────────────────────────────────────────────────────────────────────────────────────────────────
    def seal_reporter(self, tip_id: UUID, station_id: int, reporter: NewReporter) -> bytes:
        """The reporter sealed for exactly this tip: moved to another tip's row it does not open."""
        parts = {
            "name": reporter.name,
            "contact": reporter.contact,
            "kind": reporter.kind,
            "member": reporter.member,
        }
        words = _as_json({part: value for part, value in parts.items() if value is not None})
        return self._seal(words.encode(), _reporter_about(tip_id, station_id))

    def open_reporter(self, tip_id: UUID, station_id: int, sealed: bytes) -> NewReporter:
        """What `seal_reporter` took for this tip. Raises VaultLocked when key, tip or a bit differs."""
        from console.model.incoming import NewReporter

        return NewReporter(**json.loads(self._unseal(sealed, _reporter_about(tip_id, station_id))))

    def seal_again(self, tip_id: UUID, station_id: int, sealed: bytes) -> bytes:
        """The same reporter sealed by the newest key. Raises VaultLocked as `open_reporter`."""
        about = _reporter_about(tip_id, station_id)
        return self._seal(self._unseal(sealed, about), about)

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

    # ── kept files ───────────────────────────────────────────────────────────────────────────────────────────────────
    def seal(self, content: bytes, about: bytes) -> bytes:
        """`content` sealed, bound to `about` (what it is: needed again to open it, not secret); 33 bytes longer."""
        return self._seal(content, b"content\0" + about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """What `seal` took with the same `about`. Raises VaultLocked when anything differs."""
        return self._unseal(sealed, b"content\0" + about)

    # ── the seal ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def _seal(self, content: bytes, about: bytes) -> bytes:
        ring = self.ring
        if ring is None:
            return _sealed(self._cipher_of(FILE_KEY, ring), _OLD_FORM, content, about)
        stamp = ring.number.to_bytes(_NUMBER_BYTES)
        return _sealed(self._cipher_of(ring.number, ring), _FORM + stamp, content, about + stamp)

    def _unseal(self, sealed: bytes, about: bytes) -> bytes:
        number, ring = number_of(sealed), self.ring
        if number == FILE_KEY:
            return _unsealed(self._cipher_of(FILE_KEY, ring), sealed[1:], about)
        stamp = sealed[1 : 1 + _NUMBER_BYTES]
        return _unsealed(self._cipher_of(number, ring), sealed[1 + _NUMBER_BYTES :], about + stamp)


def number_of(sealed: bytes) -> int:
    """The number of the key that something was sealed with, as it says itself. Raises VaultLocked when it is none."""
    if sealed[:1] == _OLD_FORM:
        return FILE_KEY
    number = int.from_bytes(sealed[1 : 1 + _NUMBER_BYTES])
    if sealed[:1] != _FORM or len(sealed) < 1 + _NUMBER_BYTES + _NONCE_BYTES or number == FILE_KEY:
        raise _does_not_open()
    return number


def _wrapped_of(number: int, ring: Ring | None) -> bytes:
    """The wrapped key of that number; b"" for the key file's own. Raises VaultLocked for one that the ring has not,
    KeyTurned for one that comes after its newest."""
    if number == FILE_KEY:
        return b""
    for key in () if ring is None else ring.keys:
        if key.number == number:
            return key.wrapped
    error = _does_not_open()
    raise KeyTurned(error.message) if number > (FILE_KEY if ring is None else ring.number) else error


def _sealed(cipher: AESGCM, form: bytes, content: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return form + nonce + cipher.encrypt(nonce, content, about)


def _unsealed(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        if len(nonce) != _NONCE_BYTES:
            raise InvalidTag
        return cipher.decrypt(nonce, rest, about)
    except InvalidTag:
        raise _does_not_open() from None


def _does_not_open() -> VaultLocked:
    return VaultLocked(_("What is sealed here does not open with this vault key: use the key it was sealed with."))


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


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
