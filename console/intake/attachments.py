"""Where the content of attachments lies: sealed, once each, named by its SHA-256. Bundles put it here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from console.intake.durable import flush_folder, write_whole
from console.model.incoming import NewAttachment
from console.vault import Vault, number_of


class Attachments:
    """`<root>/ab/<sha256>`, each file sealed by the vault with that SHA-256 as what it is about."""

    def __init__(self, root: Path, vault: Vault) -> None:
        self.root = root
        self._vault = vault

    def put(self, label: str, content: bytes, media_type: str) -> NewAttachment:
        """Keep the content of that media type, on disk when this returns; the same content again is kept once."""
        sha256 = hashlib.sha256(content).hexdigest()
        place = self.root / sha256[:2] / sha256
        if not place.exists():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(place, self._vault.seal(content, _about(sha256)), draft_in=self.root)
        flush_folder(place.parent)  # also what another run of ours left unflushed
        flush_folder(self.root)
        return NewAttachment(label, media_type, len(content), sha256)

    def get(self, sha256: str) -> bytes:
        """The content again. Raises FileNotFoundError, VaultLocked."""
        return self._vault.unseal((self.root / sha256[:2] / sha256).read_bytes(), _about(sha256))

    def seal_again(self, sha256: str) -> bool:
        """Seal the content by the vault's newest key; False when it is. Raises FileNotFoundError, VaultLocked."""
        place = self.root / sha256[:2] / sha256
        sealed = place.read_bytes()
        if number_of(sealed) == self._vault.number:
            return False
        again = self._vault.seal(self._vault.unseal(sealed, _about(sha256)), _about(sha256))
        place.lstat()
        write_whole(place, again, draft_in=self.root)
        flush_folder(place.parent)
        return True


def _about(sha256: str) -> bytes:
    return b"attachment " + sha256.encode()
