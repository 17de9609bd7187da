"""Verbs that keep the desk's store safe: `backup` and `restore`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.exits import INTERRUPTED, OK, Unavailable, say
from console.cli.options import Code, Data, Database, PasswordFile, settings_of
from console.cli.output import instant, line
from console.cli.progress import Progress
from console.cli.signing import Who, who_said, whoever
from console.cli.stores import with_store
from console.errors import NotAllowed
from console.words import ngettext

if TYPE_CHECKING:
    from console.settings import Settings
    from console.store import Store
    from console.store.snapshot import Held
    from console.store.unit import Unit
    from console.vault import Vault


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; nothing is written over.")],
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write store and attachments into one new file, while the desk goes on working, and read it back.

    The vault's key is not in it: keep a copy of the key elsewhere. A PostgreSQL store is written by pg_dump, which must
    be on this machine. ^C stops it and leaves nothing. That a copy is made is in the audit: by the officer who says who
    they are, or, as nobody is asked, by this account of the machine.

    Exit codes: 0 done, 1 the file exists or there is no pg_dump, 130 stopped, 75 no room or no answer, 78 as in
    `taskroom --help`.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    who = who_said(settings)
    raise typer.Exit(_to_its_end(lambda is_stopped: _back_up(settings, who, file, is_stopped), file))


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="From `taskroom backup`, or a copy out of backups/.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the store that is there; it is kept in backups/.")
    ] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Put a backup in the store's place, after looking it through; console and intake must have ended.

    The vault's key must be the one the backup was made with; put it in its place first.

    Exit codes: 0 done, 1 a store is there and --force was not said, or no such file, 130 stopped, 75 somebody works
    with the store, 78 the backup is damaged, of a newer program, or of another key.
    """
    settings = settings_of(ctx, data, database)
    raise typer.Exit(_to_its_end(lambda is_stopped: _restore(settings, file, force, is_stopped), file))


def _to_its_end(work: Callable[[Callable[[], bool]], None], file: Path) -> int:
    """Run the work; ^C and SIGTERM let it clear up and end."""
    from console.store.snapshot import Stopped

    told: list[int] = []
    before = {
        number: signal.signal(number, lambda told_by, _frame: told.append(told_by))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        work(lambda: bool(told))
    except Stopped:
        say("Stopped; nothing was changed.")
        return INTERRUPTED
    except BrokenPipeError:  # what was to be done is done, only nobody reads of it
        raise
    except OSError as error:
        raise Unavailable(
            f"{error.filename or file}: {error.strerror or error}. Nothing was changed: see to it, then try again."
        ) from error
    finally:
        for number, action in before.items():
            signal.signal(number, action)
    return OK


def _back_up(settings: Settings, who: Who | None, file: Path, is_stopped: Callable[[], bool]) -> None:
    from console.store.backup import back_up
    from console.store.engine import file_of
    from console.store.snapshot import already_there

    store = file_of(settings.database_url)
    if store is None:
        return _dump(settings, who, file, is_stopped)
    _refuse_unusable(store)
    key = _key_of(settings)
    if os.path.lexists(file):
        raise already_there(file)
    _write_down(settings, who)
    fingerprint = "" if key is None else key.fingerprint
    made = back_up(store, file.absolute(), settings.folder.attachments, fingerprint, Progress(), is_stopped)
    holds = f"{_said(made.held)} and {_attachments(made.attachments)}"
    line(f"{file} holds {holds}: {_size(made.size)}, read back and whole.")
    if made.missing:
        say(f"taskroom: of {_attachments(made.missing)} the content is not in {settings.folder.attachments}.")
    _say_what_else(settings, key)
    return None


def _write_down(settings: Settings, who: Who | None) -> None:
    """Before the copy, which has the entry itself."""

    async def work(store: Store) -> None:
        from console.desk import operated
        from console.model.audit import AuditAction

        await operated.write_down(store, AuditAction.BACKED_UP, {"what": "backup"}, await whoever(store, who))

    with_store(settings, work)


def _dump(settings: Settings, who: Who | None, file: Path, is_stopped: Callable[[], bool]) -> None:
    from console.store.dump import check_dump, dump

    check_dump(settings.database_url, file.absolute())
    _write_down(settings, who)
    say(f"pg_dump writes {file} …")
    size = dump(settings.database_url, file.absolute(), is_stopped)
    line(f"{file} holds the database: {_size(size)}, read back and whole.")
    line(f"To bring it back, as the owner: pg_restore --clean --if-exists -d NAME {file}")
    line("On another server the owner has the same name, and `taskroom desk-role add` makes each desk's role again.")
    line(f"Keep besides: {settings.folder.attachments} of each desk (the attachments, sealed).")
    _say_what_else(settings, _key_of(settings))


def _say_what_else(settings: Settings, key: Vault | None) -> None:
    if key is None:
        say(f"taskroom: there is no key at {settings.vault_key_file}, the one that sealed the reporters.")
        return
    line(f"Keep besides, in another place: {settings.vault_key_file} (fingerprint {key.fingerprint}).")
    line("The key is not in the backup: without it nobody can open who reported, nor an attachment.")


def _restore(settings: Settings, file: Path, force: bool, is_stopped: Callable[[], bool]) -> None:
    from console.intake.lock import is_locked
    from console.store.engine import file_of
    from console.store.restore import Restore

    store = file_of(settings.database_url)
    if store is None:
        raise NotAllowed(
            f"A PostgreSQL store is brought back by PostgreSQL: pg_restore --clean --if-exists -d NAME {file}"
        )
    if is_locked(settings.folder.intake_lock):
        raise Unavailable("An intake runs on this folder: leave every console, end it, then restore again.")
    settings.folder.make()
    key, attachments = _key_of(settings), settings.folder.attachments
    run = Restore(file, store, attachments, key, Progress(), force, is_stopped, _tell_restored)
    done = run.run()
    besides = f" and {_attachments(done.attachments)}" if done.attachments else ""
    line(f"The store holds {_said(done.held)}{besides}.")
    if done.kept is not None:
        line(f"The store that was there is kept: {done.kept}")
    if done.keys:
        line("Its vault keys were taken over, as they seal what lies here: `taskroom vault rotate` makes them one.")
    _begin_anchors_anew(settings)
    line("Tips that were taken after that are not in it. Run `taskroom doctor` now.")


def _tell_restored(conn: Unit, held: Held) -> None:
    from datetime import UTC, datetime

    from console.desk import operated
    from console.model.audit import AuditAction

    operated.append(conn, AuditAction.RESTORED, {"tips": held.tips}, datetime.now(UTC))


def _begin_anchors_anew(settings: Settings) -> None:
    """The store put back lacks entries that were noted down and that consoles have seen: what was noted is kept."""
    from datetime import UTC, datetime

    from console.desk.anchors import Anchors

    settings.heads_file.unlink(missing_ok=True)
    kept = Anchors.of(settings).set_aside(datetime.now(UTC))
    if kept is not None:
        line(f"The audit's anchors begin anew; those until now are kept: {kept}")


def _refuse_unusable(store: Path) -> None:
    """A copy of a damaged store is none."""
    from console.store.revisions import ready_sqlite

    ready_sqlite(store, create=False)


def _key_of(settings: Settings) -> Vault | None:
    """The key that is there; None when there is none. Raises VaultLocked for one that cannot be used."""
    from console.vault import Vault

    if not os.path.lexists(settings.vault_key_file):
        return None
    return Vault.open(settings.vault_key_file, create=False, passphrase=settings.vault_passphrase)


def _said(held: Held) -> str:
    newest = f", the newest of {instant(held.newest_at)}" if held.newest_at else ""
    return f"{held.tips:,} tips{newest}"


def _attachments(count: int) -> str:
    return ngettext("{count:,} attachment", "{count:,} attachments", count).format(count=count)


def _size(size: int) -> str:
    return f"{size / (1 << 20):,.1f} MiB"
