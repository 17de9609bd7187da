"""The `search` verb: its one order is to make the index anew."""

from __future__ import annotations

import asyncio
import signal
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.exits import INTERRUPTED, OK, say
from console.cli.options import Data, Database, settings_of
from console.cli.output import line
from console.cli.progress import Progress
from console.cli.stores import with_store

if TYPE_CHECKING:
    from console.store import Store


class Order(StrEnum):
    """What can be done with the search index."""

    REBUILD = "rebuild"


def search(
    ctx: typer.Context,
    order: Annotated[Order, typer.Argument(help="Make the index anew from the tips.", show_default=False)],
    data: Data = None,
    database: Database = None,
) -> None:
    """Rebuild the search index, when `doctor` says that words are not found (`taskroom tips WORDS` searches).

    The desk goes on working and searching with the old index; tips that come meanwhile are in the new one. It needs
    room for a second index. ^C stops it, and nothing is changed; broken off in any way it can be run again.

    Exit codes: 0 done, 1 another rebuild runs, 130 stopped, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database)
    progress = Progress()
    began = time.monotonic()

    async def work(store: Store) -> int | None:
        from console.store.rebuild import Rebuild

        rebuild = Rebuild(store, settings.database_url, progress)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, rebuild.stop)
        tips = await rebuild.run()
        if tips is not None:
            from console.desk import operated
            from console.model.audit import AuditAction

            await operated.write_down(store, AuditAction.SEARCH_REBUILT, {"tips": tips})
        return tips

    tips = with_store(settings, work)
    if tips is None:
        progress.end()
        say("Stopped; search works as before.")
        raise typer.Exit(INTERRUPTED)
    line(f"The search index was made anew from {tips:,} tips in {time.monotonic() - began:.1f} s.")
    raise typer.Exit(OK)
