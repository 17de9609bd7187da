"""The `erase` verb: what has had its time, by hand instead of at night."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.exits import INTERRUPTED, OK, say
from console.cli.options import Data, Database, settings_of
from console.cli.output import line, table
from console.cli.progress import Progress
from console.cli.stores import with_store
from console.words import ngettext

if TYPE_CHECKING:
    from console.desk.erasing import DueTips, Erased
    from console.settings import Settings
    from console.store import Store

_COLUMNS = (("station", 9), ("status", 13), ("due", 9), ("held", 9))


def erase(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be erased.")] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Erase the words, places, reporters and attachments of tips that were kept for as long as their station says.

    A tombstone stays: ref, dates, category, status. What is held for a court or oversight stays whole. The intake does
    the same every night. The desk goes on working; ^C stops it after the batch under way. Backups that still hold what
    was erased are named.

    Exit codes: 0 done, 130 stopped, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database)
    progress = Progress()
    began = time.monotonic()

    async def work(store: Store) -> tuple[Sequence[DueTips], Erased | None, bool]:
        from console.desk.erasing import Erasing, due_tips, owes_scrubbing
        from console.intake.nightly import kept_by

        due = await due_tips(store)
        if dry_run or not (sum(one.tips for one in due) or await owes_scrubbing(store)):
            return due, None, False
        run = Erasing(store, settings.database_url, kept_by(settings), progress)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, run.stop)
        erased = await run.run()
        await _write_down(store, erased)
        return due, erased, run.is_stopped

    due, erased, is_stopped = with_store(settings, work)
    table(_COLUMNS, [(one.station, one.status.value, f"{one.tips:,}", f"{one.held:,}") for one in due])
    if is_stopped:
        progress.end()
    _tell(due, erased, time.monotonic() - began)
    if any(one.tips for one in due):
        _tell_backups(settings)
    raise typer.Exit(INTERRUPTED if is_stopped else OK)


async def _write_down(store: Store, erased: Erased) -> None:
    """That somebody did it by hand; each tip has an entry of its own."""
    from console.desk import operated
    from console.model.audit import AuditAction

    await operated.write_down(store, AuditAction.ERASED, {"what": "by hand", "tips": erased.tips})


def _tell(due: Sequence[DueTips], erased: Erased | None, took_s: float) -> None:
    total = sum(one.tips for one in due)
    if erased is None:
        line(ngettext("{n} tip is to be erased.", "{n} tips are to be erased.", total).format(n=f"{total:,}"))
        return
    line(
        f"Erased {erased.tips:,} tips, {erased.attachments:,} attachments and {erased.files:,} files in done/"
        f" in {took_s:.1f} s."
    )
    if not erased.is_clean:
        say(erased.left.sentence)


def _tell_backups(settings: Settings) -> None:
    copies = copies_in(settings.backups)
    if copies:
        line("These copies hold what was there when they were made; remove what must not be kept:")
        for copy in copies:
            line(f"  {copy}")
    line("So do backups of your own (`taskroom backup`), wherever they lie, and files in intake/rejected/.")


def copies_in(folder: Path) -> list[Path]:
    """Copies of the store in the folder of backups: daily ones, of before a migration, put aside by a restore."""
    return sorted(file for file in folder.glob("*.db") if file.is_file()) if folder.is_dir() else []
