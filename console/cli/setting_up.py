"""Verbs that make a store and fill it: `init`, `upgrade`, `seed`, and the demo's hidden stream of tips."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.exits import INTERRUPTED, OK, say
from console.cli.options import Data, Database, settings_of
from console.cli.output import line
from console.cli.progress import Progress
from console.cli.stores import naming_the_disk

if TYPE_CHECKING:
    from console.demo.plan import Plan
    from console.settings import Settings

RandomSeed = Annotated[
    int, typer.Option("--random-seed", metavar="N", help="The same number makes the same places and tips.")
]


def init(ctx: typer.Context, data: Data = None, database: Database = None) -> None:
    """Make the data folder, the vault's key and the store; a store of an older revision is migrated.

    Doing it again changes nothing. Keep a copy of the key elsewhere: without it sealed reporters stay sealed.

    Exit codes: 0 done, 75 the store does not answer, 78 folder, key or store are not as they must be.
    """
    settings = settings_of(ctx, data, database)
    revision = make_ready(settings)
    line(f"The store is at revision {revision}.")
    line(f"data   {settings.folder.root}")
    line(f"key    {settings.vault_key_file}  (keep a copy of it elsewhere)")


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

    Everything is made up. ^C stops it after the batch under way and leaves a store that works.

    Exit codes: 0 done, 1 something is set up already, 130 stopped, 75, 78 as in `taskroom --help`.
    """
    from console.demo.plan import CITY, STATION

    settings = settings_of(ctx, data, database)
    make_ready(settings, key_beside=True)
    raise typer.Exit(fill(settings, CITY if city else STATION, random_seed))


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
    data folder, for what is made up: nobody's name is in it, and the key goes when the folder goes."""
    from console.store import Store, upgrade_store

    settings.folder.make()
    if key_beside and settings.vault_key is None:
        settings = settings.model_copy(update={"vault_key": settings.folder.vault_key})

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
    """Seed the store with a progress line; returns the exit code. Raises NotAllowed when something is set up."""
    from console.demo.seeding import Seeding
    from console.desk.sealing import open_vault
    from console.store import Store

    progress = Progress()

    async def run() -> bool:
        store = await Store.open(settings.database_url)
        try:
            seeding = Seeding(store, await open_vault(store, settings), plan, random_seed, progress)
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, seeding.stop)
            return await seeding.run()
        finally:
            await store.close()

    if asyncio.run(run()):
        return OK
    progress.end()
    say("Stopped; what is in the store works. To begin again, take a fresh data folder.")
    return INTERRUPTED
