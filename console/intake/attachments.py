"""Where the content of attachments lies: sealed, once each, named by its SHA-256. Bundles put it here."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from console.intake.durable import flush_folder, write_whole
from console.model.incoming import NewAttachment
from console.vault import Vault

_UNKNOWN = "application/octet-stream"
_BEGINNINGS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
)
"""Offset, bytes and media type: what the content says counts for more than what its name says."""


class Attachments:
    """`<root>/ab/<sha256>`, each file sealed by the vault with that SHA-256 as what it is about."""

    def __init__(self, root: Path, vault: Vault) -> None:
        self._root = root
        self._vault = vault

    def put(self, label: str, content: bytes) -> NewAttachment:
        """Keep the content, on disk when this returns; the same content again is kept once."""
        sha256 = hashlib.sha256(content).hexdigest()
        place = self._root / sha256[:2] / sha256
        if not place.exists():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(place, self._vault.seal(content, _about(sha256)))
            flush_folder(place.parent)
            flush_folder(self._root)
        return NewAttachment(label, _media_type(label, content), len(content), sha256)

    def get(self, sha256: str) -> bytes:
        """The content again. Raises FileNotFoundError, VaultLocked."""
        return self._vault.unseal((self._root / sha256[:2] / sha256).read_bytes(), _about(sha256))


def _about(sha256: str) -> bytes:
    return b"attachment " + sha256.encode()


def _media_type(label: str, content: bytes) -> str:
    for offset, beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning, offset):
            return media_type
    by_name = mimetypes.guess_type(label)[0] or _UNKNOWN
    return _UNKNOWN if by_name.startswith("image/") else by_name
