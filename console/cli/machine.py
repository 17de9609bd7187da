"""Verbs about the installation: `doctor`, `paths` and `keys`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.exits import OK, REFUSED
from console.cli.options import AsJson, Data, Database, settings_of
from console.cli.output import json_line, line, paragraph
from console.cli.told import check_views

if TYPE_CHECKING:
    from console.cli.checkup import Checkup
    from console.settings import Settings


def doctor(
    ctx: typer.Context,
    as_json: AsJson = False,
    mend: Annotated[
        bool, typer.Option("--repair", help="Mend rights, leftovers, counts and the search index; say each.")
    ] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Check folder, rights, key, disk, store, counters, feed, search, clock, backups and intake; change nothing unless
    told to repair. The desk may go on working.

    JSON fields: check, ok, found; with --repair first: repaired.

    Exit codes: 0 all is well (after the repair), 1 something is not, 78 the settings cannot be read.
    """
    from console.cli.checkup import check

    settings = settings_of(ctx, data, database)
    checkup = asyncio.run(check(settings))
    if mend:
        for words in asyncio.run(_repaired(settings, checkup)):
            if as_json:
                json_line({"repaired": words})
            else:
                paragraph(f"DONE {words}")
        checkup = asyncio.run(check(settings))
    for one in checkup.findings:
        if as_json:
            json_line({"check": one.check, "ok": one.ok, "found": one.found})
        else:
            paragraph(f"{'ok ' if one.ok else 'BAD'}  {one.check:<11} {one.found}")
    raise typer.Exit(OK if checkup.is_well else REFUSED)


async def _repaired(settings: Settings, checkup: Checkup) -> list[str]:
    from console.cli.repair import repair

    return await repair(settings, checkup)


def paths(ctx: typer.Context, as_json: AsJson = False, data: Data = None, database: Database = None) -> None:
    """Print where things lie.

    JSON fields: data, intake (a sender writes into its tmp/, then renames into new/), socket, config, log.

    Exit codes: 0 done, 78 the settings cannot be read.
    """
    found = _paths(settings_of(ctx, data, database))
    if as_json:
        json_line(found)
    else:
        for name, path in found.items():
            line(f"{name:<7} {path}")


def keys(ctx: typer.Context, data: Data = None, database: Database = None) -> None:
    """Print the keys in force, with the id of each action for `[keys]` in the config file.

    Exit codes: 0 done, 78 the config file has a key nobody can press, or two actions want one key.
    """
    from console.settings import config_file
    from console.ui.key_table import key_table_text
    from console.ui.keys import check_keymap

    settings = settings_of(ctx, data, database)
    check_views(settings)
    check_keymap(settings.keys, config_file(settings.folder))
    line(key_table_text(settings.keys).rstrip("\n"))


def _paths(settings: Settings) -> dict[str, str]:
    from console.settings import config_file

    folder = settings.folder
    return {
        "data": str(folder.root.absolute()),
        "intake": str(folder.intake.absolute()),
        "socket": str(folder.socket.absolute()),
        "config": str((config_file(folder) or folder.config).absolute()),
        "log": str(folder.log.absolute()),
    }
