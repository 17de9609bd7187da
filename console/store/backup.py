"""Everything a restore needs but the vault's key, in one new file. `taskroom backup` calls it; `daily` makes the bare
copies of each day."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console.errors import StoreDown
from console.store.archive import FORM, Archive, Title, sha256_of, write_archive
from console.store.driver import plain_sqlite
from console.store.ring_kept import newest_key
from console.store.snapshot import Held, OnProgress, already_there, draft_of, flush, give_name, never, take_snapshot
from console.words import gettext as _


@dataclass(frozen=True, slots=True)
class Backup:
    """What went into it; `missing` counts attachments that the store names and the data folder does not hold."""

    held: Held
    attachments: int
    missing: int
    size: int


def back_up(
    store: Path,
    target: Path,
    attachments: Path,
    key: str,
    on_progress: OnProgress,
    is_stopped: Callable[[], bool] = never,
) -> Backup:
    """Write store and attachments to the new file `target` (0600), read it back and compare, then name it so; `key` is
    the fingerprint of the vault's key.

    Blocks; the desk goes on working. Raises NotAllowed when `target` exists, Stopped (nothing is left), StoreRefused
    for a damaged store, StoreDown (also when the vault's key was changed meanwhile: attachments may be sealed by one
    that the copy of the store has not), OSError.
    """
    if os.path.lexists(target):
        raise already_there(target)
    draft = draft_of(target)
    copy = draft.with_name(f"{draft.name}-store")
    try:
        held = take_snapshot(store, copy, on_progress, is_stopped)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        title = Title(FORM, made_at, held.revision, held.tips, key, sha256_of(copy))
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        # After the store: whatever attachment it names was on disk before.
        end = write_archive(draft, copy, attachments, title, on_progress, is_stopped)
        flush(draft)
        if Archive(draft, on_progress, is_stopped).check() != (title, end):
            raise OSError(f"{target}: what was written does not read back")
        if newest_key(store) > newest_key(copy):
            raise StoreDown(_("The vault's key was changed while the backup was made, so none is left: back up again."))
        give_name(draft, target)
        return Backup(held, end.attachments, missing_attachments(copy, attachments), target.stat().st_size)
    finally:
        draft.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)


def missing_attachments(store: Path, attachments: Path) -> int:
    """How many contents the store at `store` names that do not lie in the folder."""
    with closing(plain_sqlite(store)) as connection:
        named = connection.execute("SELECT DISTINCT sha256 FROM attachment")
        return sum(not (attachments / sha256[:2] / sha256).is_file() for (sha256,) in named)
