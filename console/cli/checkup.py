"""What `taskroom doctor` looks at, outside and inside the store; nothing here changes anything."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.exits import sentence_of
from console.errors import ConsoleError

if TYPE_CHECKING:
    from console.settings import Settings
    from console.store.checks import Finding

_SUBFOLDERS = ("tmp", "new", "claimed", "done", "rejected")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


async def check(settings: Settings) -> list[Finding]:
    """Findings from the outside in; what depends on a part that is not there is left out."""
    found = [_folder(settings), _key(settings), *await _store(settings)]
    if settings.folder.root.is_dir():
        found.append(_intake(settings))
    return found


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


def _key(settings: Settings) -> Finding:
    from console.store.checks import Finding
    from console.vault import Vault

    try:
        Vault.open(settings.vault_key_file, create=False)
    except ConsoleError as error:
        return Finding("key", False, error.message)
    return Finding("key", True, f"{settings.vault_key_file}, private")


async def _store(settings: Settings) -> list[Finding]:
    from console.store import Store
    from console.store.checks import Finding, check_rows, embedded_revision

    try:
        not_to_be_opened = embedded_revision(settings.database_url)
        if not_to_be_opened is not None:
            return [not_to_be_opened]
        store = await Store.open(settings.database_url, create=False)
        try:
            return await store.read(check_rows)
        finally:
            await store.close()
    except ConsoleError as error:
        return [Finding("store", False, sentence_of(error))]


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
