"""Which revision a store has and how it gets to the newest: SQLite on opening, PostgreSQL by `upgrade_store`.

A store at the newest revision is recognised by one plain SELECT; alembic is imported only when there is work for it.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from console.errors import StoreDown, StoreRefused
from console.store.driver import plain_sqlite, sqlite_module
from console.store.engine import sqlite_writing_engine
from console.store.first_look import (
    DAMAGED,
    beside,
    is_marked_damaged,
    is_write_ahead,
    stamp,
    why_not_open,
)
from console.store.gate import Gate
from console.store.migrations import FOLDER, VERSIONS
from console.store.outages import outage, sqlite_code
from console.words import gettext as _

if TYPE_CHECKING:
    import sqlite3

MIGRATION_PATIENCE_S = 120.0
"""How long a start waits for another process that migrates the same file."""

_ADVISORY_LOCK = 7_239_114_001
"""PostgreSQL's lock number for migrations of this product; any fixed number that nobody else uses in the database."""

_NUMBERED = re.compile(r"(\d{4})_\w+\.py")
BACKUPS = "backups"
"""The folder beside the store that takes copies: before each migration, daily, and what a restore put aside."""


def known_revisions(versions: Path = VERSIONS) -> list[str]:
    """The revision numbers of this program, oldest first: a revision's number leads its file's name."""
    found = (_NUMBERED.fullmatch(name) for name in os.listdir(versions))
    return sorted(match.group(1) for match in found if match)


def newest_revision(versions: Path = VERSIONS) -> str:
    return known_revisions(versions)[-1]


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def ready_sqlite(file: Path, *, create: bool, versions: Path = VERSIONS) -> None:
    """Make the file a store at the newest revision: created, migrated after a copy, or left as it is.

    Blocks. Raises StoreRefused (newer, damaged, not a store, absent and not to be made), StoreDown (locked, disk full).
    """
    try:
        refuse_damaged(file)
        if not os.path.lexists(file):
            _create(file, create=create, versions=versions)
        if _sqlite_revision(file) != newest_revision(versions):
            _upgrade_sqlite(file, versions)
        if not is_write_ahead(file):
            make_write_ahead(file)
    except sqlite_module().Error as error:
        raise refusal(file, error) from error
    except DBAPIError as error:
        if error.orig is None:
            raise
        raise refusal(file, error.orig) from error


def refuse_damaged(file: Path) -> None:
    """Raise StoreRefused for a file that is plainly no whole store; one that was found damaged while it was read is
    looked through from end to end first."""
    why = why_not_open(file)
    if why is not None:
        raise StoreRefused(not_whole(file, why))
    if is_marked_damaged(file):
        with closing(plain_sqlite(file)) as connection:
            if str(connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise _damaged(file)
        beside(file, DAMAGED).unlink(missing_ok=True)


def not_whole(file: Path, why: str) -> str:
    """The sentence for what `why_not_open` found."""
    return _("The store {file} cannot be used: {why}. To go on, {way_back}").format(
        file=file, why=why, way_back=way_back(file)
    )


def _create(file: Path, *, create: bool, versions: Path) -> None:
    """A store that is whole before it has its name; SQLite gives its log the same rights."""
    if not create:
        raise StoreRefused(_("There is no store at {file}: run `taskroom init`.").format(file=file))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        gate = Gate(file)
    except OSError as error:
        raise StoreRefused(
            _("The store {file} cannot be made ({why}): choose another place.").format(file=file, why=error.strerror)
        ) from error
    try:
        with gate.held(MIGRATION_PATIENCE_S) as through:
            if not through:
                raise StoreDown(_("Another program is busy with the store: try again in a moment."))
            if not os.path.lexists(file):  # else another start was quicker
                _create_behind_gate(file, versions)
    finally:
        gate.close()


def _create_behind_gate(file: Path, versions: Path) -> None:
    draft = file.with_name(f".{file.name}.made-by-{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        with closing(plain_sqlite(draft)) as plain:
            stamp(plain)
        make_write_ahead(draft)
        _migrate(draft, versions)
        draft.rename(file)
    finally:
        for ending in ("", "-wal", "-shm"):
            beside(draft, ending).unlink(missing_ok=True)


def make_write_ahead(file: Path) -> None:
    """A copy put in the store's place by hand has no write-ahead log yet, nor has a new store."""
    with closing(plain_sqlite(file)) as plain:
        if plain.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise StoreRefused(
                _("The file system of {file} cannot share a store: choose a folder on a local disk.").format(file=file)
            )


def _sqlite_revision(file: Path) -> str | None:
    connection = plain_sqlite(file)
    try:
        return _revision_in(connection, file)
    finally:
        connection.close()


def _revision_in(connection: sqlite3.Connection, file: Path) -> str | None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" in tables:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    if tables:
        raise StoreRefused(
            _("{file} is a database of another program: name another file for the store.").format(file=file)
        )
    return None


def _upgrade_sqlite(file: Path, versions: Path) -> None:
    gate = Gate(file)
    try:
        with gate.held(MIGRATION_PATIENCE_S) as through:
            if not through:
                raise StoreDown(_("Another program is busy with the store: try again in a moment."))
            _upgrade_behind_gate(file, versions)
    finally:
        gate.close()


def _upgrade_behind_gate(file: Path, versions: Path) -> None:
    """Read the revision again, as another start may have migrated meanwhile; then copy and upgrade."""
    plain = plain_sqlite(file)
    try:
        found = _revision_in(plain, file)
        if found == newest_revision(versions):
            return
        if found is None:
            raise StoreRefused(not_whole(file, _("it holds no tables")))
        _refuse_unknown(found, versions)
    finally:
        plain.close()
    from console.store.snapshot import take_snapshot

    folder = file.parent / BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    take_snapshot(file, folder / f"before-{found}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db")
    _migrate(file, versions)


def _migrate(file: Path, versions: Path) -> None:
    engine = sqlite_writing_engine(file)
    try:
        with engine.begin() as connection:
            _run_alembic(connection, versions)
    finally:
        engine.dispose()


def refusal(file: Path, error: BaseException) -> StoreRefused | StoreDown:
    """What a driver's error on opening the file means, with what to do."""
    match sqlite_code(error):
        case 26:
            return StoreRefused(not_whole(file, _("it is not a store, or its beginning is damaged")))
        case 11:
            return _damaged(file)
        case 14:
            return StoreRefused(
                _("The store {file} cannot be opened: check its folder and its owner.").format(file=file)
            )
        case 0:
            raise error
        case _:
            return outage(DBAPIError("", None, error)) or StoreRefused(str(error))


def _damaged(file: Path) -> StoreRefused:
    sentence = _("The store {file} is damaged: {way_back}")
    return StoreRefused(sentence.format(file=file, way_back=way_back(file)))


def way_back(file: Path) -> str:
    """From a damaged store to one that works; a copy is only advised where there is one."""
    kept = (file.parent / BACKUPS).glob("*.db")
    copies = sorted(
        (copy for copy in kept if copy.name.startswith(("before-", "daily-"))), key=lambda copy: copy.stat().st_mtime
    )
    if copies:
        return _("end Taskroom and run `taskroom restore --force {copy}`; the damaged file is kept.").format(
            copy=copies[-1]
        )
    return _(
        "end Taskroom and run `taskroom restore --force FILE` with a backup of your own; backups/ holds none. "
        "Without one use another --data."
    )


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_postgres(connection: Connection, versions: Path = VERSIONS) -> None:
    """Raise StoreRefused unless the database is a store at the newest revision."""
    revision = _postgres_revision(connection)
    if revision is None:
        raise StoreRefused(_("The database holds no store yet: run `taskroom init` once."))
    _refuse_unknown(revision, versions)
    if revision != newest_revision(versions):
        raise StoreRefused(
            _(
                "The store is at revision {found}, this program needs {needed}: back it up, then run `taskroom init`."
            ).format(found=revision, needed=newest_revision(versions))
        )


def upgrade_postgres(connection: Connection, versions: Path = VERSIONS) -> str:
    """Create or migrate in the transaction under way, one process at a time; returns the newest revision."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
    revision = _postgres_revision(connection)
    if revision is not None:
        _refuse_unknown(revision, versions)
    if revision != newest_revision(versions):
        _run_alembic(connection, versions)
        if connection.execute(text("SELECT to_regclass('desk_role') IS NOT NULL")).scalar():
            from console.store.desk_roles import grant_anew

            grant_anew(connection)
    return newest_revision(versions)


def _postgres_revision(connection: Connection) -> str | None:
    encoding, known = connection.execute(
        text("SELECT current_setting('server_encoding'), to_regclass('alembic_version') IS NOT NULL")
    ).one()
    if encoding != "UTF8":
        raise StoreRefused(
            _("The database stores {encoding}, a store needs UTF8: create another.").format(encoding=encoding)
        )
    if not known:
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _refuse_unknown(revision: str, versions: Path) -> None:
    if revision not in known_revisions(versions):
        raise StoreRefused(
            _("The store is at revision {found}, newer than this program ({needed}): update Taskroom.").format(
                found=revision, needed=newest_revision(versions)
            )
        )


def _run_alembic(connection: Connection, versions: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    for option, value in (
        ("script_location", str(FOLDER)),
        ("version_locations", str(versions)),
        ("path_separator", "newline"),
    ):
        config.set_main_option(option, value.replace("%", "%%"))
    command.upgrade(config, "head")
