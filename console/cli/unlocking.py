"""The passphrase of a locked key file, asked for where somebody sits at a terminal. Verbs that seal or open come
through here; without typer, as a plain start does too."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.exits import somebody_types
from console.errors import VaultLocked

if TYPE_CHECKING:
    from console.settings import Settings


def unlockable(settings: Settings) -> Settings:
    """The settings with a passphrase where the key file wants one and none was told: it is asked for on the terminal
    and kept in memory, in a file that ends with this process."""
    from console.vault.keyfile import is_locked

    if settings.vault_passphrase_file is not None or not somebody_types():
        return settings
    try:
        if not is_locked(settings.vault_key_file):
            return settings
    except (FileNotFoundError, VaultLocked):
        return settings
    import getpass

    words = getpass.getpass("Passphrase of the vault key: ")
    return replace(settings, vault_passphrase_file=_in_memory(words))


def _in_memory(words: str) -> Path:
    descriptor = os.memfd_create("taskroom", os.MFD_CLOEXEC)
    os.write(descriptor, words.encode())
    return Path(f"/proc/{os.getpid()}/fd/{descriptor}")
