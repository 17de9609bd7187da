"""What `taskroom doctor` looks at, outside and inside the store; nothing here changes anything."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.exits import sentence_of
from console.errors import ConsoleError
from console.intake.durable import LEFT_AFTER_S

if TYPE_CHECKING:
    from console.settings import Settings
    from console.store import Store
    from console.store.checks import Finding
    from console.vault import Vault

_SUBFOLDERS = ("tmp", "new", "claimed", "done", "rejected")
_SENDERS = ("tmp", "new", "claimed")
"""What lies in these has the rights its sender gave it, until it is taken."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEAST_FREE = 256 << 20
_DRAFTS = (".draft-", ".made-by-", ".part-", ".heartbeat.json.")
_BACKUP_AGE = timedelta(days=2)
"""Of the newest daily copy: one day, and one for a machine that was off."""
_REPAIR = "run `taskroom doctor --repair`."


@dataclass(frozen=True, slots=True)
class Checkup:
    """All findings, and whether the store could be opened."""

    findings: list[Finding]
    is_open: bool

    @property
    def is_well(self) -> bool:
        return all(one.ok for one in self.findings)


async def check(settings: Settings) -> Checkup:
    """Findings from the outside in; what depends on a part that is not there is left out."""
    found = [_folder(settings)]
    key, vault = _key(settings)
    if settings.folder.root.is_dir():
        found += [_rights(settings), key, _disk(settings)]
    else:
        found.append(key)
    inside = await _store(settings, vault)
    found += inside
    if settings.folder.root.is_dir():
        if settings.is_embedded:
            found.append(_backups(settings))
        found += [_leftovers(settings), _intake(settings)]
    return Checkup(found, any(one.check == "store" and one.ok for one in inside))


def _folder(settings: Settings) -> Finding:
    from console.store.checks import Finding

    root = settings.folder.root
    if not root.is_dir():
        return Finding("folder", False, f"There is no data folder {root}: run `taskroom init`.")
    own = root.stat()
    if own.st_uid != os.geteuid():
        return Finding("folder", False, f"{root} belongs to another account: choose another with --data.")
    if own.st_mode & _OTHERS:
        return Finding("folder", False, f"Others may open {root}: run `chmod 700` on it.")
    wanted = [settings.folder.intake / name for name in _SUBFOLDERS]
    wanted += [settings.folder.attachments, settings.folder.backups, settings.folder.log]
    for path in wanted:
        if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
            return Finding("folder", False, f"{path} is missing or cannot be written to: run `taskroom init`.")
    return Finding("folder", True, f"{root}, private")


def _rights(settings: Settings) -> Finding:
    from console.store.checks import Finding

    count, first = 0, Path()
    for path in too_open(settings.folder.root):
        count, first = count + 1, first if count else path
    if count:
        return Finding("rights", False, f"Others may open {count:,} files or folders, {first} first: {_REPAIR}")
    return Finding("rights", True, "folders 0700, files 0600")


def too_open(root: Path) -> Iterator[Path]:
    """Files and folders of ours under the data folder that others may open; links and what senders left are not
    looked at."""
    if root.lstat().st_mode & _OTHERS:
        yield root
    for folder, names, files in os.walk(root):
        inside = Path(folder)
        if inside.name in _SENDERS and inside.parent == root / "intake":
            names.clear()
            continue
        for name in (*names, *files):
            try:
                found = (inside / name).lstat()
            except OSError:
                continue  # taken away meanwhile
            is_kept = stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)
            if is_kept and found.st_mode & _OTHERS:
                yield inside / name


def _key(settings: Settings) -> tuple[Finding, Vault | None]:
    from console.store.checks import Finding
    from console.vault import Vault

    try:
        vault = Vault.open(settings.vault_key_file, create=False, passphrase=settings.vault_passphrase)
    except ConsoleError as error:
        return Finding("key", False, error.message), None
    words = f"{settings.vault_key_file}, private, fingerprint {vault.fingerprint}"
    apart = settings.folder.key_apart
    if apart is not None and settings.vault_key_file == settings.folder.vault_key:
        words += f"; it lies beside what it opens: move it to {apart}"
    return Finding("key", True, words), vault


def _disk(settings: Settings) -> Finding:
    """Room for what comes, and for one more copy of the store."""
    from console.store.checks import Finding
    from console.store.engine import file_of

    free = shutil.disk_usage(settings.folder.root).free
    store = file_of(settings.database_url) if settings.is_embedded else None
    needed = _LEAST_FREE + (store.stat().st_size if store is not None and store.is_file() else 0)
    words = f"{free >> 20:,} MiB free"
    if free < needed:
        return Finding("disk", False, f"{words}, a backup and the next days need {needed >> 20:,}: make room.")
    return Finding("disk", True, words)


async def _store(settings: Settings, vault: Vault | None) -> list[Finding]:
    from console.store import Store
    from console.store.checks import Finding, check_rows, embedded_revision

    try:
        not_to_be_opened = embedded_revision(settings.database_url)
        if not_to_be_opened is not None:
            return [not_to_be_opened]
        store = await Store.open(settings.database_url, create=False)
        try:
            return [*await store.read(check_rows), *await _kept_apart(store, settings, vault)]
        finally:
            await store.close()
    except ConsoleError as error:
        return [Finding("store", False, sentence_of(error))]


async def _kept_apart(store: Store, settings: Settings, vault: Vault | None) -> list[Finding]:
    """What lies beside the rows: sealed reporters and the contents of attachments."""
    from console.store.checks import Finding, named_attachments, sealed_sample
    from console.store.vault_keys import ring_of

    found = []
    ring = await store.read(ring_of)
    sample = await store.read(sealed_sample)
    if vault is not None and ring is not None and ring.fingerprint != vault.fingerprint:
        words = f"They were sealed with another key ({ring.fingerprint}): bring that one back."
        found.append(Finding("reporters", False, words))
    elif vault is not None and sample is not None:
        if ring is not None:
            vault.join(ring)
        opens = vault.opens(sample.tip_id, sample.station_id, sample.sealed)
        words = "the key opens them" if opens else "They were sealed with another key: bring that one back."
        found.append(Finding("reporters", opens, words))
    if settings.is_embedded:
        root = settings.folder.attachments
        named = await store.read(named_attachments)
        missing = [sha256 for sha256 in named if not (root / sha256[:2] / sha256).is_file()]
        words = f"{len(named):,} contents, all there"
        if missing:
            words = f"{len(missing):,} of {len(named):,} contents are not in {root}: bring them back from a backup."
        found.append(Finding("attachments", not missing, words))
    return found


def _backups(settings: Settings) -> Finding:
    from console.store.checks import Finding
    from console.store.daily import copies

    if not settings.backup.daily:
        return Finding("backup", True, "the daily one is switched off")
    try:
        made = copies(settings.backups)
    except OSError as error:
        return Finding("backup", False, f"{settings.backups} cannot be read: {error.strerror}.")
    since = made[-1][0] if made else _begun_at(settings)
    age = datetime.now(UTC) - since
    words = f"{len(made)} daily copies, the newest {age.days} d {age.seconds // 3600} h old" if made else "none yet"
    if age > _BACKUP_AGE:
        return Finding("backup", False, f"{words}: let an intake run, or run `taskroom backup FILE`.")
    return Finding("backup", True, words)


def _begun_at(settings: Settings) -> datetime:
    """Since when there could have been one: the key is made with the desk and never written again."""
    try:
        return datetime.fromtimestamp(settings.vault_key_file.stat().st_mtime, UTC)
    except OSError:
        return datetime.now(UTC)


def _leftovers(settings: Settings) -> Finding:
    from console.store.checks import Finding

    left = leftovers(settings)
    if left:
        return Finding("leftovers", False, f"{len(left):,} unfinished files, {left[0]} first: {_REPAIR}")
    return Finding("leftovers", True, "none")


def leftovers(settings: Settings) -> list[Path]:
    """Drafts of work that was broken off more than an hour ago."""
    folder = settings.folder
    places = (folder.root, settings.backups, *(path for path in folder.attachments.glob("*") if path.is_dir()))
    return [file for place in places if place.is_dir() for file in sorted(place.iterdir()) if _is_left(file)]


def _is_left(file: Path) -> bool:
    if not (file.name.startswith(".") and any(mark in file.name for mark in _DRAFTS)):
        return False
    try:
        found = file.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > LEFT_AFTER_S


def _intake(settings: Settings) -> Finding:
    from console.intake.heartbeat import read_heartbeat
    from console.intake.lock import is_locked
    from console.store.checks import Finding

    folder = settings.folder
    waiting = _count(folder.intake / "new") + _count(folder.intake / "claimed")
    rejected = _count(folder.intake / "rejected", ".why.json")
    refused = f", {rejected} rejected" if rejected else ""
    if not is_locked(folder.intake_lock):
        words = "not running; the console or `taskroom intake` starts one"
        return Finding("intake", waiting == 0, f"{words}; {waiting} waiting{refused}")
    beat = read_heartbeat(folder.heartbeat)
    if beat is None or beat.is_stale(datetime.now(UTC)):
        return Finding("intake", False, f"It runs and does not answer: end it and start it again; {waiting} waiting.")
    if beat.problem:
        return Finding("intake", False, beat.problem)
    words = f"{beat.state}, {beat.taken_total:,} taken since its start, {waiting} waiting{refused}"
    return Finding("intake", True, words)


def _count(folder: Path, ending: str = "") -> int:
    try:
        return sum(name.endswith(ending) and not name.startswith(".") for name in os.listdir(folder))
    except OSError:
        return 0
