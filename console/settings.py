"""Settings of one run, from command line, TASKROOM_* variables and the config file, in that order; made once by the CLI
and passed down."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from console.errors import BadSettings, VaultLocked
from console.own_file import read_own
from console.paths import DataFolder, default_config_file, default_data_dir, default_state_dir
from console.shaped import BadValue, limited, table


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """Limits of the intake, in bytes, seconds, days and counts; what is beyond one is refused before it is read.

    `many_bytes` and `lines` are of one file of many, `attachments` of one tip. `picture_s` is what a tip's pictures may
    take to check, together. What was taken stays in done/ for `done_days`.
    `polling` is for a folder on a network disk: it is only looked through, every `scan_every_s`.
    """

    json_bytes: int = limited(1 << 20, least=1)
    connections: int = limited(256, least=1, most=800)
    line_s: float = limited(30.0, above=0)
    line_bytes: int = limited(64 << 10, least=1)
    many_bytes: int = limited(16 << 20, least=1)
    lines: int = limited(10_000, least=1)
    picture_bytes: int = limited(20 << 20, least=1)
    bundle_bytes: int = limited(100 << 20, least=1)
    attachments: int = limited(20, least=0, most=20)
    picture_s: float = limited(4.0, above=0)
    done_days: int = limited(30, least=0)
    batch: int = limited(500, least=1, most=5000)
    scan_every_s: float = limited(5.0, above=0)
    settle_s: float = limited(2.0, least=0)
    polling: bool = False
    heartbeat_s: float = limited(1.0, above=0)


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """The daily copy of an embedded store, which the intake makes in a pause of `idle_s` seconds; `folder` None is the
    data folder's own."""

    daily: bool = True
    keep: int = limited(7, least=1, most=1000)
    folder: Path | None = None
    idle_s: float = limited(60.0, above=0)


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Where the audit's newest hashes are noted, `anchors` None for a file in the OS's state folder, and how often the
    intake does it. They also go to the system log's socket; where there is none, nobody misses it."""

    anchors: Path | None = None
    every_s: float = limited(900.0, above=0)
    syslog: Path = Path("/dev/log")


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The desk itself. With `mask` no phone or identity number in a tip's words is shown, but for a reveal; after
    `idle_lock_s` seconds without a key it locks, 0 is never."""

    mask: bool = True
    idle_lock_s: float = limited(300.0, least=0)


@dataclass(frozen=True, slots=True)
class EraseSettings:
    """The nightly erasing by the intake, at this hour of the machine's local time; with `nightly` off only
    `taskroom erase` erases. How long tips are kept is each station's setting."""

    nightly: bool = True
    hour: int = limited(4, least=0, most=23)


PREFIX = "TASKROOM_"
"""Of the variables: `TASKROOM_THEME`, `TASKROOM_INTAKE__BATCH`; a table may also be one variable in JSON."""

_PASSWORD = re.compile(r"(://[^/@:]*):[^/@]*@")


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's settings; `database` is a SQLAlchemy URL or None for the embedded store in the data folder."""

    data: Path = field(default_factory=default_data_dir)
    database: str | None = None
    officer: str | None = None
    password_file: Path | None = None
    vault_key: Path | None = None
    vault_passphrase_file: Path | None = None
    theme: Literal["dark", "light", "contrast"] = "dark"
    keys: dict[str, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    intake: IntakeSettings = IntakeSettings()
    backup: BackupSettings = BackupSettings()
    audit: AuditSettings = AuditSettings()
    desk: DeskSettings = DeskSettings()
    erase: EraseSettings = EraseSettings()

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.data)

    @property
    def vault_key_file(self) -> Path:
        """The one that was told, else the one beside the store when there is one, else the one in the user's config
        folder."""
        if self.vault_key is not None:
            return self.vault_key
        beside, apart = self.folder.vault_key, self.folder.key_apart
        return beside if apart is None or os.path.lexists(beside) else apart

    @property
    def has_vault_key(self) -> bool:
        """Whether it lies where this account can see it."""
        return os.path.exists(self.vault_key_file)

    def vault_passphrase(self) -> str:
        """What the passphrase file holds. Raises VaultLocked."""
        file = self.vault_passphrase_file
        if file is None:
            raise VaultLocked(
                "The vault key is locked by a passphrase: name a file (0600) that holds it in "
                f"{PREFIX}VAULT_PASSPHRASE_FILE."
            )
        try:
            return read_own(file, "passphrase file").removesuffix("\n")
        except BadSettings as error:
            raise VaultLocked(error.message) from None

    @property
    def backups(self) -> Path:
        """Where the daily copies lie."""
        return self.backup.folder or self.folder.backups

    @property
    def store_name(self) -> str:
        """What tells this store from others on the machine: its place, in 16 letters without any password."""
        place = _PASSWORD.sub(r"\1@", self.database) if self.database else str(self.data.resolve())
        return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:16]

    @property
    def heads_file(self) -> Path:
        """Where this folder's consoles remember the audit's newest entries."""
        return self.folder.state / (f"audit-heads-{self.store_name}.json" if self.database else "audit-heads.json")

    @property
    def anchors_file(self) -> Path:
        """Where the audit's anchors are noted."""
        return self.audit.anchors or default_state_dir() / f"anchors-{self.store_name}.jsonl"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.folder.store}"

    @property
    def is_embedded(self) -> bool:
        return self.database_url.startswith("sqlite")


_NAMES = frozenset(one.name for one in fields(Settings))
_PASSWORD_IN_URL = re.compile(r"://[^/@]*:[^/@]+@|[?&]password=")


def load_settings(
    *,
    data: Path | None = None,
    database: str | None = None,
    officer: str | None = None,
    password_file: Path | None = None,
) -> Settings:
    """Settings for one run: arguments win over TASKROOM_* variables, these over the config file. Raises BadSettings."""
    if database is not None and _PASSWORD_IN_URL.search(database):
        raise BadSettings(
            "An argument list is open to everyone on this machine: give a database URL with a password by the variable "
            "TASKROOM_DATABASE or in the config file."
        )
    given = {"data": data, "database": database, "officer": officer, "password_file": password_file}
    arguments = {name: value for name, value in given.items() if value is not None}
    said = _over(_from_variables(os.environ), arguments)
    config: Path | None = None
    try:
        config = config_file(DataFolder(table(Settings, said).data))
        written = {} if config is None else tomllib.loads(config.read_text("utf-8"))
        return table(Settings, _over(written, said))
    except BadValue as error:
        raise BadSettings(_sentence(error, config, arguments)) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"The config file {config} cannot be read: {error}. Mend that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        if config is None:
            raise BadSettings(f"The data folder {said.get('data', '')} cannot be used: choose another.") from error
        raise BadSettings(f"The config file {config} cannot be read: see that it is a UTF-8 text of yours.") from error


def _from_variables(variables: Mapping[str, str]) -> dict[str, Any]:
    """What TASKROOM_* variables set, as a config file would have it; unknown ones are somebody else's."""
    found: dict[str, Any] = {}
    for name, value in variables.items():
        first, *rest = name.removeprefix(PREFIX).lower().split("__")
        if not name.startswith(PREFIX) or first not in _NAMES:
            continue
        inner: Any = value
        if not rest and value.startswith("{"):
            with suppress(ValueError):
                inner = json.loads(value)
        for part in reversed(rest):
            inner = {part: inner}
        found = _over(found, {first: inner})
    return found


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, table by table; where both set the same, `above` does."""
    both = dict(below)
    for name, value in above.items():
        under = both.get(name)
        both[name] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return both


def config_file(folder: DataFolder) -> Path | None:
    """The config file in force: the data folder's own, else the user's, else None."""
    for file in (folder.config, default_config_file()):
        if file.is_file():
            return file
    return None


def _sentence(error: BadValue, config: Path | None, arguments: Mapping[str, Any]) -> str:
    """What is wrong, where it stands and what would be right."""
    name, place = ".".join(error.parts), place_of(error.parts, config, arguments)
    if not error.wanted:
        return f"There is no setting '{name}' ({place}): take it out, or see how it is spelt."
    return f"The setting '{name}' ({place}) must be {error.wanted}."


_NONE: Mapping[str, Any] = {}


def place_of(parts: Sequence[str], config: Path | None, arguments: Mapping[str, Any] = _NONE) -> str:
    """Where the setting of these parts ('views', 'mine') was said, by the source that wins: an argument, a variable, or
    the config file and its line."""
    if parts[0] in arguments:
        return f"--{parts[0].replace('_', '-')}"
    for length in range(len(parts), 0, -1):
        variable = PREFIX + "__".join(parts[:length]).upper()
        if variable in os.environ:
            return variable
    line = _line_of(parts, config)
    return f"{config}, line {line}" if line else f"{config or 'the settings'}"


def _line_of(parts: Sequence[str], config: Path | None) -> int | None:
    """The line of the config file that sets it, or the table it is in; None when no line does."""
    if config is None or not parts:
        return None
    section = ""
    for number, words in enumerate(config.read_text("utf-8").splitlines(), start=1):
        told = words.strip()
        if told.startswith("["):
            name = section = told.partition("]")[0].strip("[ ")
        else:
            name = ".".join(part for part in (section, told.partition("=")[0].strip()) if part)
        if name.replace('"', "").replace("'", "") == ".".join(parts):
            return number
    return _line_of(parts[:-1], config)
