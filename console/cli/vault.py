"""The `vault` verb: what reporters are sealed by, another key, and a passphrase for the key file."""

from __future__ import annotations

import asyncio
import getpass
import signal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.exits import INTERRUPTED, OK, REFUSED, say, somebody_types
from console.cli.options import Code, Data, Database, PasswordFile, settings_of
from console.cli.output import instant, line
from console.cli.progress import Progress
from console.cli.signing import Who, signed_in, who_asks, who_said, whoever
from console.cli.stores import with_store
from console.cli.unlocking import unlockable
from console.errors import NotAllowed, StoreDown, VaultLocked

if TYPE_CHECKING:
    from pathlib import Path

    from console.model.officer import Officer
    from console.settings import Settings
    from console.store import Store


class Order(StrEnum):
    """What can be done with the vault."""

    STATUS = "status"
    ROTATE = "rotate"
    PASSPHRASE = "passphrase"  # noqa: S105 - a word of the command line


def vault(
    ctx: typer.Context,
    order: Annotated[Order, typer.Argument(help="What to do.", show_default=False)],
    finish: Annotated[
        bool,
        typer.Option(
            "--finish", help="With rotate, on PostgreSQL as its owner: every desk has rotated; drop the old key."
        ),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="With passphrase: open the key file again.")] = False,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Say how reporters are sealed (status); seal everything by a new key (rotate); lock the key file (passphrase).

    `rotate` asks for an admin. It seals reporters and kept files again while the desk goes on working; broken off in
    any way it goes on when it is run again. The old key is dropped when nothing needs it. A passphrase is asked for, or
    read from the file that TASKROOM_VAULT_PASSPHRASE_FILE names. Both are in the audit.

    Exit codes: 0 done, 1 refused, 130 stopped, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    match order:
        case Order.STATUS:
            _say_status(settings)
        case Order.ROTATE:
            who = who_asks(settings)
            raise typer.Exit(_rotate(unlockable(settings), who, finish=finish))
        case Order.PASSPHRASE:
            _set_passphrase(unlockable(settings), remove=remove)


# ── status ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _say_status(settings: Settings) -> None:
    from console.desk.sealing import vault_standing
    from console.vault.keyfile import is_locked

    standing = with_store(settings, vault_standing)
    file = settings.vault_key_file
    try:
        state = "locked by a passphrase" if is_locked(file) else "open"
    except FileNotFoundError:
        state = "not there"
    except VaultLocked as error:
        state = error.message
    line(f"key file   {file} ({state})")
    ring = standing.ring
    if ring is None:
        line("keys       none yet: the first reporter, or `taskroom init`, makes one")
        return
    line(f"wrapped by {ring.fingerprint}")
    for key in ring.keys:
        until = f", retired {instant(key.retired_at)}" if key.retired_at else ", in use"
        line(f"key {key.number:<6} made {instant(key.made_at)}{until}")
    line(f"reporters  {standing.reporters:,}, of which {standing.waiting:,} are sealed by an older key")
    if ring.is_turning:
        line("A change of the key is under way: `taskroom vault rotate` goes on with it.")


# ── rotate ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _rotate(settings: Settings, who: Who | None, *, finish: bool) -> int:
    from console.desk.sealing import Rotation, open_vault
    from console.intake.resealing import Resealing

    progress = Progress()

    async def begin(store: Store) -> Officer:
        admin = await signed_in(store, who)
        await Rotation(store, await open_vault(store, settings, create=False), progress, admin).begin()
        return admin

    async def work(store: Store) -> int:
        opened = await open_vault(store, settings, create=False)
        rotation = Rotation(store, opened, progress, admin)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, rotation.stop)
        await rotation.seal_again()
        files = Resealing(settings.folder, opened, settings.intake, progress)
        await asyncio.to_thread(files.run, lambda: rotation.is_stopped)
        if rotation.is_stopped:
            progress.end()
            say("Stopped; `taskroom vault rotate` goes on. What is sealed opens as before.")
            return INTERRUPTED
        if files.left:
            _say_left(files.left)
            return REFUSED
        if await rotation.finish(alone=alone):
            line(f"Everything is sealed by key {opened.number}; the keys before it are dropped.")
        else:
            line(f"Everything is sealed by key {opened.number}; the one before it is kept for now:")
            line(_why_kept(settings))
        return OK

    admin = with_store(settings, begin)
    alone = finish if not settings.is_embedded else _is_alone(settings)
    return with_store(settings, work)


def _is_alone(settings: Settings) -> bool:
    """Whether nobody else has the store open: then nobody seals by a key that was retired before now."""
    from console.store.engine import file_of
    from console.store.tenancy import alone

    file = file_of(settings.database_url)
    try:
        if file is not None:
            with alone(file):
                return True
    except StoreDown:
        pass
    return False


def _say_left(left: list[Path]) -> None:
    say(f"taskroom: {len(left):,} files could not be sealed again, {left[0]} first; the old key is kept.")
    say("They do not open with this vault, may not be read, or are too large: move them away, then run it again.")


def _why_kept(settings: Settings) -> str:
    if settings.is_embedded:
        return (
            "a console or an intake may still use it. Run `taskroom vault rotate` again in an hour, or with none open."
        )
    return "when every desk has run `taskroom vault rotate`, run `taskroom vault rotate --finish` as the store's owner."


# ── passphrase ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _set_passphrase(settings: Settings, *, remove: bool) -> None:
    from console.vault import Vault
    from console.vault.keyfile import LEAST_PASSPHRASE, is_locked

    file = settings.vault_key_file
    opened = Vault.open(file, create=False, passphrase=settings.vault_passphrase)
    was_locked = is_locked(file)
    words = ""
    if not remove:
        words = _asked_twice() if somebody_types() else _told(settings, was_locked=was_locked)
        if len(words) < LEAST_PASSPHRASE:
            raise NotAllowed(f"A passphrase has at least {LEAST_PASSPHRASE} characters: take a longer one.")
    _write_down_passphrase(settings, bool(words))
    opened.lock(file, words)
    line(f"{file} is {'locked by the passphrase' if words else 'open'} (fingerprint {opened.fingerprint}).")


def _write_down_passphrase(settings: Settings, is_locked: bool) -> None:
    """A desk whose store is not made yet has no audit."""
    if settings.is_embedded and not settings.folder.store.exists():
        return
    who = who_said(settings)

    async def work(store: Store) -> None:
        from console.desk import operated
        from console.model.audit import AuditAction

        about = {"what": "vault.passphrase", "now": "locked" if is_locked else "open"}
        await operated.write_down(store, AuditAction.SETTING_CHANGED, about, await whoever(store, who))

    with_store(settings, work)


def _told(settings: Settings, *, was_locked: bool) -> str:
    if was_locked:
        raise NotAllowed("It is locked already: run it on a terminal to give another passphrase.")
    return settings.vault_passphrase()


def _asked_twice() -> str:
    words = getpass.getpass("New passphrase of the vault key: ")
    if words != getpass.getpass("The same again: "):
        raise NotAllowed("The two differ: nothing was changed.")
    return words
