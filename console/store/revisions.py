"""Which revision a store has and how it gets to the newest: SQLite on opening, PostgreSQL by `upgrade_store`.

A store at the newest revision is recognised by one plain SELECT; alembic is imported only when there is work for it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from console.errors import StoreDown, StoreRefused
from console.store.engine import plain_sqlite, sqlite_module, sqlite_writing_engine
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
_BACKUPS = "backups"
"""The folder beside the store that takes a copy before each migration."""
_CORRUPT, _CANTOPEN, _NOTADB = 11, 14, 26


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
    _make_file(file, create=create)
    try:
        if _sqlite_revision(file) != newest_revision(versions):
            _upgrade_sqlite(file, versions)
    except sqlite_module().Error as error:
        raise _refusal(file, error) from error
    except DBAPIError as error:
        if error.orig is None:
            raise
        raise _refusal(file, error.orig) from error


def _make_file(file: Path, *, create: bool) -> None:
    """An absent file is made empty and private; SQLite gives its log the same rights."""
    if file.exists():
        return
    if not create:
        raise StoreRefused(_("There is no store at {file}: run `taskroom init`.").format(file=file))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):  # another start was quicker
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreRefused(
            _("The store {file} cannot be made ({why}): choose another place.").format(file=file, why=error.strerror)
        ) from error


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
            if plain.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                raise StoreRefused(
                    _("The file system of {file} cannot share a store: choose a folder on a local disk.").format(
                        file=file
                    )
                )
        else:
            _refuse_unknown(found, versions)
            _back_up(plain, file, found)
    finally:
        plain.close()
    engine = sqlite_writing_engine(file)
    try:
        with engine.begin() as connection:
            _run_alembic(connection, versions)
    finally:
        engine.dispose()


def _back_up(connection: sqlite3.Connection, file: Path, revision: str) -> Path:
    folder = file.parent / _BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    copy = folder / f"before-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
    private = os.open(copy, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        connection.execute("VACUUM INTO ?", (str(copy),))
        os.fsync(private)
    finally:
        os.close(private)
    return copy


def _refusal(file: Path, error: BaseException) -> StoreRefused | StoreDown:
    if sqlite_code(error) == _NOTADB:
        return StoreRefused(_("{file} is not a store: name another file, or move this one away.").format(file=file))
    if sqlite_code(error) == _CORRUPT:
        sentence = _("The store {file} is damaged: {way_back}")
        return StoreRefused(sentence.format(file=file, way_back=way_back(file)))
    if sqlite_code(error) == _CANTOPEN:
        return StoreRefused(_("The store {file} cannot be opened: check its folder and its owner.").format(file=file))
    if sqlite_code(error):
        return outage(DBAPIError("", None, error)) or StoreRefused(str(error))
    raise error


def way_back(file: Path) -> str:
    """From a damaged store to one that works; a copy is only advised where there is one."""
    copies = sorted((file.parent / _BACKUPS).glob("*.db"), key=lambda copy: copy.stat().st_mtime)
    if copies:
        return _("end Taskroom, move the file away and put a copy of {copy} in its place.").format(copy=copies[-1])
    return _("end Taskroom and put your own copy in its place; backups/ holds none. Without one use another --data.")


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
