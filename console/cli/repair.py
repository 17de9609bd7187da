"""What `taskroom doctor --repair` can make anew from what is there: rights, leftovers, counts, the search index. Each
repair is told."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.checkup import Checkup, leftovers, too_open
from console.cli.progress import Progress
from console.cli.stores import naming_the_disk
from console.errors import BadSettings

if TYPE_CHECKING:
    from console.settings import Settings
    from console.store import Store


async def repair(settings: Settings, found: Checkup) -> list[str]:
    """A sentence for each thing that was mended; nothing that a person wrote is ever changed. Raises StoreDown."""
    told: list[str] = []
    if settings.folder.root.is_dir():
        told += _places(settings)
    if found.is_open:
        told += await _rows(settings, found)
    return told


def _places(settings: Settings) -> Iterator[str]:
    with suppress(BadSettings):  # the checkup says what is in the way
        missing = not settings.folder.log.is_dir() or not (settings.folder.intake / "new").is_dir()
        settings.folder.make()
        if missing:
            yield f"Folders under {settings.folder.root} were made."
    closed = sum(_close_to_others(path) for path in list(too_open(settings.folder.root)))
    if closed:
        yield f"{closed:,} files or folders are this account's alone now."
    left = leftovers(settings)
    for file in left:
        file.unlink(missing_ok=True)
    if left:
        yield f"{len(left):,} unfinished files were removed."


def _close_to_others(path: Path) -> bool:
    """0700 or 0600; False for what is another account's, a link, or gone."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.fchmod(opened, 0o700 if stat.S_ISDIR(os.fstat(opened).st_mode) else 0o600)
    except OSError:
        return False
    finally:
        os.close(opened)
    return True


async def _rows(settings: Settings, found: Checkup) -> list[str]:
    from console.store import Store

    with naming_the_disk(settings):
        store = await Store.open(settings.database_url, create=False)
    try:
        told = await _counts(store) + await _search(store, settings, found)
        if told:
            from console.desk import operated
            from console.model.audit import AuditAction

            await operated.write_down(store, AuditAction.REPAIRED, {"repairs": len(told)})
        return told
    finally:
        await store.close()


async def _counts(store: Store) -> list[str]:
    from console.store.recounts import recount, retotal

    told = []
    if stations := await store.write(recount):
        told.append(f"The counts of {stations:,} stations were made anew from their tips.")
    if totals := await store.write(retotal):
        told.append(f"{totals:,} counts of officers, rooms or members were made anew.")
    return told


async def _search(store: Store, settings: Settings, found: Checkup) -> list[str]:
    from console.store.checks import broken_rebuild
    from console.store.rebuild import Rebuild

    is_bad = any(one.check == "search" and not one.ok for one in found.findings)
    if not is_bad and not await store.read(broken_rebuild):
        return []
    tips = await Rebuild(store, settings.database_url, Progress()).run()
    return [f"The search index was made anew from {tips:,} tips."]
