"""Verbs that make a store and fill it: `init`, `upgrade`, `seed`, and the demo's hidden stream of tips."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.exits import INTERRUPTED, OK, ask, say, somebody_types
from console.cli.options import Data, Database, settings_of
from console.cli.output import flush, line
from console.cli.progress import Progress
from console.cli.signing import new_password
from console.cli.stores import naming_the_disk, with_store

if TYPE_CHECKING:
    from console.demo.plan import Plan
    from console.settings import Settings
    from console.store import Store

RandomSeed = Annotated[
    int, typer.Option("--random-seed", metavar="N", help="The same number makes the same places and tips.")
]


def init(
    ctx: typer.Context,
    admin: Annotated[
        str | None, typer.Option("--admin", metavar="CODE", help="The first admin's code, instead of being asked.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Their name; default: the code.")] = None,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help="With --admin: a file of yours, 0600, with the password."),
    ] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make the data folder, the vault's key, the store and its first admin, who is asked for on a terminal; a store of
    an older revision is migrated.

    Doing it again changes nothing. Keep a copy of the key elsewhere: without it sealed reporters stay sealed.

    Exit codes: 0 done, 1 that code or password cannot be, 75 the store does not answer, 78 folder, key, store or
    password file are not as they must be.
    """
    settings = settings_of(ctx, data, database)
    revision = make_ready(settings)
    line(f"The store is at revision {revision}.")
    line(f"data   {settings.folder.root}")
    line(f"key    {settings.vault_key_file}  (keep a copy of it elsewhere)")
    if with_store(settings, _has_nobody):
        _make_first_admin(settings, admin, name, password_file)


async def _has_nobody(store: Store) -> bool:
    from console.desk.officers import no_officers

    return await no_officers(store)


def _make_first_admin(settings: Settings, code: str | None, name: str | None, password_file: Path | None) -> None:
    if code is None and not somebody_types():
        say("Nobody can sign in yet: run it on a terminal, or with --admin CODE --password-file FILE.")
        return
    if code is None:
        line("The first admin, who sets up all other officers:")
        flush()
        code = ask("Code (such as ADM-001): ")
        name = name or ask("Name: ")
    chosen, called = code, name or code
    password = new_password(chosen, password_file)

    async def work(store: Store) -> str:
        from console.desk.officers import add_first_admin

        return (await add_first_admin(store, chosen, called, password)).code

    line(f"admin  {with_store(settings, work)}  (adds officers: `taskroom officer add`, or in the console)")


def upgrade(ctx: typer.Context, data: Data = None, database: Database = None) -> None:
    """Bring the store to the revision of this program; back a PostgreSQL store up before.

    An embedded store is copied into backups/ first, and is also migrated by whatever opens it.

    Exit codes: 0 done, 75 the store does not answer, 78 it is newer than this program or no store.
    """
    from console.store import upgrade_store

    settings = settings_of(ctx, data, database)
    if settings.is_embedded:
        settings.folder.make()
    with naming_the_disk(settings):
        revision = asyncio.run(upgrade_store(settings.database_url))
    line(f"The store is at revision {revision}.")


def seed(
    ctx: typer.Context,
    city: Annotated[bool, typer.Option("--city", help="16 districts, 264 stations, 112,000 tips.")] = False,
    random_seed: RandomSeed = 1,
    data: Data = None,
    database: Database = None,
) -> None:
    """Fill a fresh store with a synthetic station: 12 rooms, 500 members, 2,000 tips; or with --city a whole city.

    Everything is made up. Its officers have one random password, which is written into a file. ^C stops it after the
    batch under way and leaves a store that works.

    Exit codes: 0 done, 1 something is set up already, 130 stopped, 75, 78 as in `taskroom --help`.
    """
    from console.demo.plan import CITY, STATION

    settings = settings_of(ctx, data, database)
    make_ready(settings, key_beside=True)
    code = fill(settings, CITY if city else STATION, random_seed)
    who = ", ".join(f"{code} ({role})" for role, code in with_store(settings, _one_of_each_role).items())
    line(f"Sign in as {who}; password in {settings.folder.demo_password}")
    raise typer.Exit(code)


async def _one_of_each_role(store: Store) -> dict[str, str]:
    from console.desk.setup import one_of_each_role

    return await one_of_each_role(store)


def demo_stream(
    ctx: typer.Context,
    per_minute: Annotated[float, typer.Option("--per-minute", min=0.01, help="Tips a minute.")] = 20.0,
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many.")] = None,
    random_seed: RandomSeed = 1,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write finished tips into the intake folder, as a sender would, until told to end or left alone."""
    from console.demo.stream import run_stream

    run_stream(settings_of(ctx, data, database).folder, per_minute, random_seed, count)


def make_ready(settings: Settings, *, key_beside: bool = False) -> str:
    """Folder, store and key, each made when missing; returns the store's revision. `key_beside`: the key lies in the
    data folder, for what is made up: nobody's name is in it, and the key goes when the folder goes; one that is there
    already stays where it is."""
    from console.store import Store, upgrade_store

    settings.folder.make()
    if key_beside and settings.vault_key is None and not settings.vault_key_file.exists():
        settings = replace(settings, vault_key=settings.folder.vault_key)

    async def run() -> str:
        from console.desk.sealing import open_vault

        revision = await upgrade_store(settings.database_url)
        store = await Store.open(settings.database_url)
        try:
            await open_vault(store, settings)
        finally:
            await store.close()
        return revision

    with naming_the_disk(settings):
        return asyncio.run(run())


def fill(settings: Settings, plan: Plan, random_seed: int) -> int:
    """Seed the store with a progress line; returns the exit code. Raises NotAllowed when something is set up. The
    made-up officers' password is in the folder's `demo_password`, made when it is missing."""
    from console.demo.seeding import Seeding
    from console.desk.sealing import open_vault
    from console.store import Store
    from console.vault.password_file import made_password
    from console.vault.passwords import hash_password

    progress = Progress()

    async def run() -> bool:
        store = await Store.open(settings.database_url)
        try:
            vault = await open_vault(store, settings)
            hashed = hash_password(made_password(settings.folder.demo_password))
            seeding = Seeding(store, vault, plan, random_seed, progress, password=hashed)
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, seeding.stop)
            return await seeding.run()
        finally:
            await store.close()

    if asyncio.run(run()):
        return OK
    progress.end()
    say("Stopped; what is in the store works. To begin again, take a fresh data folder.")
    return INTERRUPTED
