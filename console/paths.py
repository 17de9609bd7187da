"""Where things lie: the data folder's layout, the OS's config and state folders, and the sheets and fixtures of this
installation.

Alone knows a wheel from a checkout.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from console.errors import BadSettings

SOCKET_PATH_BYTES = 100
"""sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included."""

PACKAGE_DIR = Path(__file__).resolve().parent


def _beside(name: str, probe: str) -> Path:
    """The folder of a wheel (inside the package) or of a checkout (beside it)."""
    inside = PACKAGE_DIR / name
    return inside if (inside / probe).exists() else PACKAGE_DIR.parent / name


STYLES_DIR = _beside("styles", "app.tcss")
FIXTURES_DIR = _beside("fixtures", "city")


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One desk's folder; every path below it is made from here. `make()` creates it private (0700)."""

    root: Path

    @property
    def store(self) -> Path:
        return self.root / "taskroom.db"

    @property
    def intake(self) -> Path:
        return self.root / "intake"

    @property
    def socket(self) -> Path:
        """The intake's Unix socket; a root too long for a socket address (108 bytes on Linux) gets one in the temporary
        folder."""
        inside = self.root / "intake.sock"
        if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES:
            return inside
        name = hashlib.sha256(os.fsencode(self.root.resolve())).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"taskroom-{os.getuid()}" / f"{name}.sock"

    @property
    def intake_lock(self) -> Path:
        return self.root / "intake.lock"

    @property
    def heartbeat(self) -> Path:
        return self.root / "intake.heartbeat.json"

    @property
    def vault_key(self) -> Path:
        """The vault's key where it lies beside what it seals: of a demo, or of a desk that was made so."""
        return self.root / "vault.key"

    @property
    def _key_name(self) -> Path:
        """Holds the name of this desk's key among those of the user: it is the desk's wherever its folder is moved."""
        return self.root / "vault.id"

    @property
    def key_apart(self) -> Path | None:
        """Where the vault's key lies apart from what it seals, in the user's config folder; None before `make`."""
        try:
            name = self._key_name.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return default_keys_dir() / f"{name}.key" if name.isalnum() else None

    @property
    def demo_password(self) -> Path:
        """The password of a seeded store's made-up officers, for `--password-file`."""
        return self.root / "demo-officers.password"

    @property
    def attachments(self) -> Path:
        return self.root / "attachments"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def state(self) -> Path:
        """What consoles keep for the next one."""
        return self.root / "state"

    def make(self) -> None:
        """Create what is missing, private; raises BadSettings when the place cannot hold it."""
        try:
            self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.root, self.intake, self.attachments, self.backups, self.log):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("tmp", "new", "claimed", "done", "rejected"):
                (self.intake / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._name_key()
        except OSError as error:
            raise BadSettings(
                f"The data folder {self.root} cannot be made ({error.strerror}): choose another with --data."
            ) from error

    def _name_key(self) -> None:
        """The name is linked into its place whole: of two who make the folder at once, one names the key."""
        if self._key_name.exists():
            return
        draft = self.root / f".draft-{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(f"{secrets.token_hex(8)}\n".encode())
            with suppress(FileExistsError):
                os.link(draft, self._key_name)
        finally:
            draft.unlink(missing_ok=True)


def default_data_dir() -> Path:
    """The OS's place for a user's data."""
    from platformdirs import user_data_path

    return user_data_path("taskroom", appauthor=False)


def default_config_file() -> Path:
    """The user's own config file (keys, theme, saved views), used when the data folder has none."""
    from platformdirs import user_config_path

    return user_config_path("taskroom", appauthor=False) / "config.toml"


def default_state_dir() -> Path:
    """The OS's place for what a program keeps of its own, apart from the data folder."""
    from platformdirs import user_state_path

    return user_state_path("taskroom", appauthor=False)


def default_keys_dir() -> Path:
    """Where the keys of a user's desks lie, apart from their data."""
    return default_config_file().parent / "keys"
