"""A backup put in the store's place: looked through before anything is touched, the store that was there kept aside.
`taskroom restore` calls it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from console.errors import NotAllowed, NotFound, StoreRefused, VaultLocked
from console.store.archive import Archive, Title, is_bare_store
from console.store.driver import plain_sqlite, sqlite_module
from console.store.engine import sqlite_writing_engine
from console.store.first_look import DAMAGED, beside, stamp, why_not_open
from console.store.revisions import BACKUPS, make_write_ahead, newest_revision, ready_sqlite
from console.store.ring_kept import keep_keys
from console.store.snapshot import PART, Held, OnProgress, Stopped, flush, held_in, never
from console.store.tenancy import alone
from console.words import gettext as _


class Key(Protocol):
    """The vault's key, as far as a restore needs to know it."""

    @property
    def fingerprint(self) -> str: ...
    def opens(self, tip_id: UUID, station_id: int, sealed: bytes) -> bool: ...


Tell = Callable[[Connection, Held], None]
"""Writes into the store that is coming, in one transaction, that it was put back."""


def untold(_conn: Connection, _held: Held) -> None:
    """Of a restore that nobody writes down."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What the store holds now; `kept` is where the one before it lies, None when there was none. `keys` is how many of
    its keys were taken over, which seal what lies on disk."""

    held: Held
    attachments: int
    kept: Path | None
    keys: int


@dataclass(slots=True)
class Restore:
    """One run: `backup` into the store at `file`; a store that is there is replaced only with `force`. `key` is the key
    that is there now, None when there is none; `tell` is called before the exchange."""

    backup: Path
    file: Path
    attachments: Path
    key: Key | None
    on_progress: OnProgress
    force: bool = False
    is_stopped: Callable[[], bool] = never
    tell: Tell = untold
    _draft: Path = field(init=False)

    def run(self) -> Restored:
        """Raises NotFound, NotAllowed (a store is there), StoreRefused (no backup, damaged, of another revision),
        VaultLocked (another key), StoreDown (somebody works with the store), Stopped, OSError. Then nothing is
        changed; what was unpacked of attachments is harmless, as each lies under its content's own name."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(self.file):
            if os.path.lexists(self.file) and not self.force:
                raise NotAllowed(
                    _("There is a store at {file}: with --force it is kept aside in {folder} and replaced.").format(
                        file=self.file, folder=self.file.parent / BACKUPS
                    )
                )
            self._draft = self.file.with_name(f".{self.file.name}{PART}{secrets.token_hex(6)}")
            try:
                count = self._unpack()
                held = self._make_ready()
                keys = self._write_down(held)
                return Restored(held, count, self._exchange(), keys)
            finally:
                for ending in ("", "-wal", "-shm", "-journal", "-gate", "-turn"):
                    beside(self._draft, ending).unlink(missing_ok=True)

    # ── looking through ──────────────────────────────────────────────────────────────────────────────────────────────

    def _unpack(self) -> int:
        """The store into the draft, the attachments to their place; how many there are."""
        try:
            is_bare = is_bare_store(self.backup)
            if is_bare:
                with self.backup.open("rb") as opened:
                    self._put_store(opened)
                return 0
            archive = Archive(self.backup, self.on_progress, self.is_stopped)
            title, end = archive.check()
            self._refuse_other_key(title)
            archive.unpack(self._put_store, self._put_attachment)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            if error.filename is not None and str(error.filename) == str(self.backup):
                raise NotFound(f"{self.backup} cannot be read: {error.strerror}.") from None
            raise
        return end.attachments

    def _put_store(self, content: IO[bytes]) -> None:
        self._write(self._draft, content)

    def _put_attachment(self, sha256: str, content: IO[bytes]) -> None:
        place = self.attachments / sha256[:2] / sha256
        if place.exists():
            return
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f".draft-{secrets.token_hex(8)}")
        try:
            self._write(draft, content)
            draft.rename(place)
        finally:
            draft.unlink(missing_ok=True)
        flush(place.parent)

    def _write(self, place: Path, content: IO[bytes]) -> None:
        if self.is_stopped():
            raise Stopped
        opened = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(opened, "wb") as written:
            shutil.copyfileobj(content, written, 1 << 20)
            written.flush()
            os.fsync(written.fileno())

    def _make_ready(self) -> Held:
        """The draft is a whole store of a revision we know, opened by our key; migrated, and a copy of its own."""
        try:
            if why_not_open(self._draft) is not None:
                raise self._refused()
            with closing(plain_sqlite(self._draft)) as store:
                tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if not {"alembic_version", "tip", "reporter", "tip_event"} <= tables:
                    raise StoreRefused(
                        _("{file} is a database of another program: name a backup of Taskroom.").format(
                            file=self.backup
                        )
                    )
                if str(store.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                    raise self._refused()
                held = held_in(store)
                if held.revision > newest_revision():
                    raise StoreRefused(
                        _(
                            "The backup is at revision {found}, newer than this program ({needed}): update Taskroom, "
                            "then restore."
                        ).format(found=held.revision, needed=newest_revision())
                    )
                if "vault" in tables:
                    self._refuse_other_wrapping(store.execute("SELECT fingerprint FROM vault").fetchone())
                reporters = "SELECT tip_id, station_id, sealed FROM reporter"
                # What a key of the store's own has sealed opens with the key that wraps it: that was compared.
                by_the_file = " WHERE key_number = 0" if "vault" in tables else ""
                self._refuse_other_reporters(store.execute(f"{reporters}{by_the_file} LIMIT 1"))
                stamp(store)
            make_write_ahead(self._draft)
            ready_sqlite(self._draft, create=False)
        except sqlite_module().Error as error:
            raise self._refused() from error
        return held

    def _write_down(self, held: Held) -> int:
        """Into the file itself: its log does not come along. How many keys of the store that is there it has now."""
        try:
            keys = 0 if self.key is None else keep_keys(self.file, self._draft, self.key.fingerprint)
            engine = sqlite_writing_engine(self._draft)
            with engine.begin() as conn:
                self.tell(conn, held)
            with closing(plain_sqlite(self._draft)) as store:
                store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except (DBAPIError, sqlite_module().Error) as error:
            raise self._refused() from error
        return keys

    def _refuse_other_key(self, title: Title) -> None:
        if title.key and (self.key is None or self.key.fingerprint != title.key):
            raise _other_key(title.key)

    def _refuse_other_wrapping(self, vault: tuple[str] | None) -> None:
        if vault is not None and (self.key is None or self.key.fingerprint != vault[0]):
            raise _other_key(vault[0])

    def _refuse_other_reporters(self, reporters: object) -> None:
        for tip_id, station_id, sealed in reporters:  # type: ignore[attr-defined]
            if self.key is None or not self.key.opens(UUID(bytes=tip_id), station_id, sealed):
                raise _other_key("")

    def _refused(self) -> StoreRefused:
        return StoreRefused(
            _("The backup {file} is damaged or cut off: nothing was changed. Restore another one.").format(
                file=self.backup
            )
        )

    # ── in its place ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _exchange(self) -> Path | None:
        """The store that is there is kept with its log; at no moment is there none."""
        kept = self._keep_aside() if os.path.lexists(self.file) else None
        self._draft.rename(self.file)
        beside(self.file, DAMAGED).unlink(missing_ok=True)
        flush(self.file.parent)
        return kept

    def _keep_aside(self) -> Path:
        folder = self.file.parent / BACKUPS
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = folder / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
        self._empty_log()
        os.link(self.file, kept)
        for ending in ("-wal", "-shm"):
            if os.path.lexists(beside(self.file, ending)):
                beside(self.file, ending).rename(beside(kept, ending))
        flush(folder)
        return kept

    def _empty_log(self) -> None:
        """Into the store, so that a crash of ours from here on loses nothing of it; a damaged one is kept as it is."""
        if why_not_open(self.file) is not None:
            return
        try:
            with closing(plain_sqlite(self.file)) as old:
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite_module().Error:
            pass


def _other_key(wanted: str) -> VaultLocked:
    named = _(" (its fingerprint is {key})").format(key=wanted) if wanted else ""
    return VaultLocked(
        _(
            "The backup was made with another vault key{named}: nothing was changed. Put that key in the place that "
            "`taskroom doctor` names, then restore; without it nobody can open who reported."
        ).format(named=named)
    )
