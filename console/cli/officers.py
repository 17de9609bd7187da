"""The `officer` verb: who may sign in and for which stations; an admin's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from console.cli.options import AsJson, Code, Data, Database, PasswordFile, settings_of
from console.cli.output import instant, json_line, table
from console.cli.signing import new_password, signed_in, who_asks
from console.cli.stores import with_store
from console.cli.told import Told
from console.errors import NotAllowed

if TYPE_CHECKING:
    from console.model.officer import Officer, RosterLine
    from console.store import Store

T = TypeVar("T")

_COLUMNS = (("code", 12), ("name", 20), ("role", 10), ("station", 8), ("state", 11), ("grants", 60))


class RoleName(StrEnum):
    """The roles of officers."""

    DUTY = "duty"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


Who = Annotated[str, typer.Argument(metavar="WHO", help="The officer's code, such as JNL-007.", show_default=False)]
At = Annotated[str, typer.Argument(metavar="STATION", help="The station's code.", show_default=False)]
NewPassword = Annotated[
    Path | None,
    typer.Option("--new-password-file", metavar="FILE", help="A file of yours, 0600, with it; default: asked for."),
]

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def officer(
    ctx: typer.Context,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List officers, add one, disable or enable one, grant one a station, reset a password. Only an admin may.

    The options stand before the order. Each change is in the audit.

    Exit codes: 0 done, 1 refused, 2 the order cannot be understood, 75, 78 as in `taskroom --help`.
    """
    told = ctx.find_object(Told) or Told()
    ctx.obj = told.over(data, database, officer, password_file)


@app.command("list")
def list_officers(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Everybody by code.

    JSON fields: code, name, role, station, disabled_at, has_password, grants (station, ends_at).
    """
    from console.desk import officers as verbs

    lines = _as_admin(ctx, verbs.roster)
    if as_json:
        for one in lines:
            json_line(_record(one))
    else:
        _print(lines)


@app.command()
def add(
    ctx: typer.Context,
    who: Who,
    station: At,
    name: Annotated[str, typer.Option("--name", help="The officer's name; default: the code.")] = "",
    role: Annotated[RoleName, typer.Option("--role", help="What they may do.")] = RoleName.DUTY,
    new_password_file: NewPassword = None,
) -> None:
    """A new officer of that station. The password is asked for, or read from a file; it is never printed."""
    from console.desk import officers as verbs
    from console.model.officer import Role, RosterLine

    new = RosterLine(0, who.upper(), name or who.upper(), Role(role.value), 0, station.upper(), has_password=True)
    _change(ctx, lambda store, admin, password: verbs.add(store, admin, new, password), new.code, new_password_file)


@app.command()
def reset(ctx: typer.Context, who: Who, new_password_file: NewPassword = None) -> None:
    """Another password for the officer; wrong tries so far are forgotten."""
    from console.desk import officers as verbs

    code = who.upper()
    _change(ctx, lambda store, admin, password: verbs.reset(store, admin, code, password), code, new_password_file)


@app.command()
def disable(ctx: typer.Context, who: Who) -> None:
    """Nobody signs in by that code any more; a console where they are signed in ends their work within a minute."""
    from console.desk import officers as verbs

    _print([_as_admin(ctx, lambda store, admin: verbs.disable(store, admin, who))])


@app.command()
def enable(ctx: typer.Context, who: Who) -> None:
    """The officer may sign in again."""
    from console.desk import officers as verbs

    _print([_as_admin(ctx, lambda store, admin: verbs.enable(store, admin, who))])


@app.command()
def grant(
    ctx: typer.Context,
    who: Who,
    station: At,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The last day, YYYY-MM-DD; default: without an end.")
    ] = None,
    ends: Annotated[bool, typer.Option("--end", help="Take the station back at once.")] = False,
) -> None:
    """Let the officer work for one more station, until the end of a day there. The oversight lane is a station too."""
    from console.desk import officers as verbs

    last_day = _day(until)
    if ends:
        _print([_as_admin(ctx, lambda store, admin: verbs.end_grant(store, admin, who, station))])
    else:
        _print([_as_admin(ctx, lambda store, admin: verbs.grant(store, admin, who, station, last_day))])


def _as_admin(ctx: typer.Context, verb: Callable[[Store, Officer], Awaitable[T]]) -> T:
    """What the verb returns for the officer who asks."""
    settings = settings_of(ctx)
    asks = who_asks(settings)

    async def work(store: Store) -> T:
        return await verb(store, await signed_in(store, asks))

    return with_store(settings, work)


def _change(
    ctx: typer.Context, verb: Callable[[Store, Officer, str], Awaitable[RosterLine]], code: str, file: Path | None
) -> None:
    """The verb with a new password, which is asked for after the admin's own."""
    settings = settings_of(ctx)
    asks = who_asks(settings)
    password = new_password(code, file) if asks is not None else ""

    async def work(store: Store) -> RosterLine:
        return await verb(store, await signed_in(store, asks), password)

    _print([with_store(settings, work)])


def _day(words: str | None) -> date | None:
    try:
        return None if words is None else date.fromisoformat(words)
    except ValueError:
        raise NotAllowed("A day is written YYYY-MM-DD, such as 2026-12-31.") from None


def _print(lines: list[RosterLine]) -> None:
    table(_COLUMNS, ([one.code, one.name, one.role, one.station_code, _state(one), _grants(one)] for one in lines))


def _state(one: RosterLine) -> str:
    if one.disabled_at is not None:
        return "disabled"
    return "active" if one.has_password else "no password"


def _grants(one: RosterLine) -> str:
    return " ".join(f"{g.station_code}{_until(g.ends_at)}" for g in one.grants)


def _until(ends_at: datetime | None) -> str:
    return "" if ends_at is None else f" until {ends_at:%Y-%m-%d %H:%M} UTC"


def _record(one: RosterLine) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "role": one.role,
        "station": one.station_code,
        "disabled_at": instant(one.disabled_at),
        "has_password": one.has_password,
        "grants": [{"station": grant.station_code, "ends_at": instant(grant.ends_at)} for grant in one.grants],
    }
