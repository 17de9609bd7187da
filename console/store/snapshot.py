"""A copy of a SQLite store taken while others write into it: whole, checked and on disk before it has its name.
Migrations, `backup` and the daily copy take one.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import NotAllowed, StoreDown, StoreRefused
from console.store.driver import plain_sqlite, sqlite_module
from console.store.first_look import beside, mark_damaged, stamp
from console.store.outages import sqlite_code
from console.words import gettext as _

if TYPE_CHECKING:
    import sqlite3

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, done, total) now and then."""

PART = ".part-"
"""Between name and number of a copy that is not finished; one whose process died stays until somebody clears it."""

_STEPS = 20_000
"""Of SQLite's virtual machine between two looks at how far it is: a few ms."""
_MIB = 1 << 20
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class Stopped(Exception):
    """The work was broken off because it was told to; nothing of it is left."""


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Held:
    """What a store holds: its revision, how many tips, and when the last one was received (aware UTC)."""

    revision: str
    tips: int
    newest_at: datetime | None


def take_snapshot(
    source: Path,
    target: Path,
    on_progress: OnProgress | None = None,
    is_stopped: Callable[[], bool] = never,
) -> Held:
    """Copy the store at `source` to the new file `target` (0600), looked through and flushed to disk; what it holds.

    Blocks, but holds up neither writers nor readers of the store. Raises NotAllowed when `target` exists, Stopped,
    StoreRefused for a damaged store, StoreDown, and OSError for the target's place.
    """
    if os.path.lexists(target):
        raise already_there(target)
    draft = draft_of(target)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    watched = _Watched(draft, on_progress, is_stopped)
    try:
        with closing(plain_sqlite(source)) as connection:
            pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
            watched.over(connection, "copy MiB", pages * size)
            connection.execute("VACUUM INTO ?", (str(draft),))
        with closing(plain_sqlite(draft)) as copy:
            stamp(copy)
            watched.over(copy, "check", 0)
            refuse_unsound(copy, source)
            held = held_in(copy)
        watched.end()
        flush(draft)
        if is_stopped():
            raise Stopped
        give_name(draft, target)
    except sqlite_module().Error as error:
        raise _told(error, source, target) from error
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            beside(draft, ending).unlink(missing_ok=True)
    return held


class _Watched:
    """Tells how far the copy has grown, and ends the statement under way when it is to stop."""

    def __init__(self, draft: Path, on_progress: OnProgress | None, is_stopped: Callable[[], bool]) -> None:
        self._draft = draft
        self._on_progress = on_progress
        self._is_stopped = is_stopped
        self._stage, self._total = "", 0

    def over(self, connection: sqlite3.Connection, stage: str, total: int) -> None:
        self._stage, self._total = stage, total // _MIB
        connection.set_progress_handler(self._look, _STEPS)

    def end(self) -> None:
        if self._on_progress is not None:
            done = self._draft.stat().st_size // _MIB
            self._on_progress("copy MiB", done, done)

    def _look(self) -> int:
        """Not 0 ends the statement."""
        if self._on_progress is not None and self._total:
            with suppress(OSError):
                self._on_progress(self._stage, min(self._draft.stat().st_size // _MIB, self._total - 1), self._total)
        return int(self._is_stopped())


def held_in(connection: sqlite3.Connection) -> Held:
    """Of a store that is open; a revision without these columns raises the driver's error."""
    revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    tips, newest = connection.execute("SELECT count(*), max(received_at) FROM tip").fetchone()
    newest_at = None if newest is None else datetime.fromtimestamp(newest // 1_000_000, UTC)
    return Held(str(revision[0]), tips, newest_at)


def refuse_unsound(connection: sqlite3.Connection, file: Path) -> None:
    """Raise StoreRefused unless SQLite finds every page of it in order; `file` is named."""
    if str(connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise StoreRefused(
            _("The store {file} is damaged: no copy was made. Run `taskroom doctor`, it says what to do.").format(
                file=file
            )
        )


def draft_of(target: Path) -> Path:
    """A name beside `target`, on its file system, for what is not finished."""
    return target.with_name(f".{target.name}{PART}{secrets.token_hex(6)}")


def give_name(draft: Path, target: Path) -> None:
    """The finished draft gets its name, on disk when this returns; nothing is ever written over. Raises NotAllowed."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise already_there(target) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise already_there(target) from None
        draft.rename(target)
    flush(target.parent)


def flush(path: Path) -> None:
    """A file's content, or a folder's names, are on disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def already_there(target: Path) -> NotAllowed:
    return NotAllowed(_("{file} exists already: name a new file, nothing is written over.").format(file=target))


def _told(error: BaseException, source: Path, target: Path) -> Exception:
    match sqlite_code(error):
        case 9:
            return Stopped()
        case 13:
            return StoreDown(_("There is no room for {file}: make some, or name another disk.").format(file=target))
        case 11 | 26:
            mark_damaged(source)
            return StoreRefused(
                _("The store {file} is damaged: no copy was made. Run `taskroom doctor`, it says what to do.").format(
                    file=source
                )
            )
        case 14 | 10 | 8:
            return StoreDown(
                _("{source} cannot be read or {target} not be written: check both disks and folders.").format(
                    source=source, target=target
                )
            )
        case 5 | 6:
            return StoreDown(_("Another program holds the store: try again in a moment."))
        case _:
            return error if isinstance(error, Exception) else RuntimeError(str(error))
