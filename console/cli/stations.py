"""The `station` verb: how long tips of a station may wait and how long their words are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.options import AsJson, Code, Data, Database, PasswordFile, settings_of
from console.cli.output import json_line, table
from console.cli.signing import signed_in, who_asks
from console.cli.stores import with_store
from console.cli.told import Told

if TYPE_CHECKING:
    from console.model.station import Station
    from console.store import Store

_COLUMNS = (("station", 8), ("respond: routine", 16), ("priority", 8), ("alarm", 6))
_ERASE = (("erase: solved", 13), ("referred", 8), ("closed", 7), ("timezone", 16), ("name", 40))

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def station(
    ctx: typer.Context,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List how long tips of each station may wait and how long their words are kept, or change it. An admin changes.

    The options stand before the order. Each change is in the audit of its station.

    Exit codes: 0 done, 1 refused, 2 the order cannot be understood, 75, 78 as in `taskroom --help`.
    """
    told = ctx.find_object(Told) or Told()
    ctx.obj = told.over(data, database, officer, password_file)


@app.command("list")
def list_stations(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The stations by code: all of them for an admin, for others those that they are granted.

    JSON fields: station, name, timezone, respond_routine_s, respond_priority_s, respond_alarm_s, erase_solved_days,
    erase_referred_days, erase_closed_days.
    """
    settings = settings_of(ctx)
    who = who_asks(settings)

    async def work(store: Store) -> list[Station]:
        from console import desk
        from console.desk.station_settings import all_stations
        from console.model.officer import Role

        reader = await signed_in(store, who)
        return await (all_stations if reader.role is Role.ADMIN else desk.stations)(store, reader)

    _print(with_store(settings, work), as_json=as_json)


@app.command("set")
def set_station(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="STATION", help="The station's code.", show_default=False)],
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...", help="respond.routine=24h erase.closed=30d and so on.", show_default=False
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Change settings of a station; the others stay. Only an admin may.

    respond.routine, respond.priority, respond.alarm: how long a tip of that urgency may wait for its first step, such
    as 24h, 1h, 5m; for tips that come a minute from now. erase.solved, erase.referred, erase.closed: for how many days
    the words of such a tip are kept; for tips that are ended or referred from now on, what is on file keeps its time.
    name, timezone: such as Asia/Shanghai; a console shows them when somebody signs in.
    """
    from console.model.station_settings import parse_settings

    settings, values = settings_of(ctx), parse_settings(changes)
    who = who_asks(settings)

    async def work(store: Store) -> Station:
        from console.desk.station_settings import change

        return await change(store, await signed_in(store, who), code, values)

    _print([with_store(settings, work)], as_json=as_json)


def _print(stations: list[Station], *, as_json: bool) -> None:
    if as_json:
        for one in stations:
            json_line(_record(one))
    else:
        table((*_COLUMNS, *_ERASE), (_row(one) for one in stations))


def _row(one: Station) -> list[str]:
    from console.model.station_settings import settings_of, written

    name, zone, *clocks = (written(setting, value) for setting, value in settings_of(one).items())
    return [one.code, *clocks, zone, name]


def _record(one: Station) -> dict[str, Any]:
    return {
        "station": one.code,
        "name": one.name,
        "timezone": one.timezone,
        "respond_routine_s": one.respond_within.routine_s,
        "respond_priority_s": one.respond_within.priority_s,
        "respond_alarm_s": one.respond_within.alarm_s,
        "erase_solved_days": one.erase_after.solved_days,
        "erase_referred_days": one.erase_after.referred_days,
        "erase_closed_days": one.erase_after.closed_days,
    }
