"""The `figures` verb: each station's counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from console.cli.options import AsJson, Code, Data, Database, PasswordFile, settings_of
from console.cli.output import json_line, table
from console.cli.signing import signed_in, who_asks
from console.cli.stores import with_store

if TYPE_CHECKING:
    from console.store import Store


def figures(
    ctx: typer.Context,
    as_json: AsJson = False,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Print the counts of each station that the officer may read, the unrouted lane last.

    JSON fields: station, name, new, investigating, referred, solved, closed, alarms (open and not acknowledged),
    overdue (open, not responded to in time), received_today (since the station's midnight), total.

    Exit codes: 0 done, 1, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    who = who_asks(settings)

    async def work(store: Store) -> None:
        from console.desk.whole import station_figures
        from console.desk.written import export_list

        reader = await signed_in(store, who)
        found = await station_figures(store, reader)
        await export_list(store, reader, "figures")
        if as_json:
            for one in found:
                json_line(one.record())
            return
        columns = ("station", "new", "investigating", "referred", "solved", "closed", "alarms", "overdue", "today")
        rows = [
            [one.code, *(str(one.record()[name]) for name in columns[1:-1]), str(one.received_today), str(one.total)]
            for one in found
        ]
        table([*((name, max(7, len(name))) for name in columns), ("total", 9)], rows)

    with_store(settings, work)
