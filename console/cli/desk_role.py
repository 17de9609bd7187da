"""The `desk-role` verb: one PostgreSQL role a desk, which sees its own stations and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.options import AsJson, Data, Database, settings_of
from console.cli.output import json_line, line, table
from console.cli.stores import with_store
from console.cli.told import Told
from console.errors import NotAllowed

if TYPE_CHECKING:
    from console.settings import Settings
    from console.store import Store
    from console.store.unit import Unit

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The role: small letters, digits and _, such as desk_jnl.")]
Stations = Annotated[
    str,
    typer.Option(
        "--stations",
        metavar="CODES",
        help="Codes with commas between them; the home stations of all who sit at the desk are among them. Or: all.",
    ),
]


@app.callback()
def desk_role(ctx: typer.Context, data: Data = None, database: Database = None) -> None:
    """Give each desk of a shared PostgreSQL a role of its own, which sees its stations and nothing else.

    Run it as the owner of the database. Passwords are PostgreSQL's business: set one with psql's \\password, or let the
    server know the role by its certificate.

    Exit codes: 0 done, 1 refused or not found, 75, 78 as in `taskroom --help`.
    """
    told = ctx.find_object(Told) or Told()
    ctx.obj = told.over(data, database, None)


@app.command()
def add(ctx: typer.Context, name: Name, stations: Stations, data: Data = None, database: Database = None) -> None:
    """Make the role, or give one that is there these stations and no others. A store without keys is given some, as a
    desk's role may not."""
    settings = _shared(settings_of(ctx, data, database))

    async def work(store: Store) -> None:
        from console.desk.sealing import open_vault, vault_standing
        from console.store import desk_roles

        if (await vault_standing(store)).ring is None:
            settings.folder.make()
            await open_vault(store, settings)
            line(f"The store has keys now, wrapped by {settings.vault_key_file}: copy it to each desk.")
        now = store.now()

        def write(conn: Unit) -> None:
            desk_roles.add(conn, name, _codes(stations))
            _tell(conn, now, name, _codes(stations))

        await store.write(write)

    with_store(settings, work)
    line(f"{name} sees {stations}. Consoles and intake of that desk connect as it: postgresql://{name}@HOST/NAME")


@app.command()
def sql(ctx: typer.Context, name: Name, stations: Stations, data: Data = None, database: Database = None) -> None:
    """Print what `add` would do as SQL, for whoever may make roles; nothing is changed."""

    async def work(store: Store) -> list[str]:
        from console.store import desk_roles

        return await store.read(lambda conn: desk_roles.statements(conn, name, _codes(stations)))

    line("BEGIN;")
    for statement in with_store(_shared(settings_of(ctx, data, database)), work):
        line(f"{statement};")
    line("COMMIT;")


@app.command("list")
def list_roles(ctx: typer.Context, as_json: AsJson = False, data: Data = None, database: Database = None) -> None:
    """List the roles and the stations each sees. JSON fields: role, stations."""

    async def work(store: Store) -> list[tuple[str, tuple[str, ...]]]:
        from console.store import desk_roles

        return [(one.name, one.stations) for one in await store.read(desk_roles.roles)]

    found = with_store(_shared(settings_of(ctx, data, database)), work)
    if as_json:
        for name, stations in found:
            json_line({"role": name, "stations": list(stations)})
    else:
        table((("role", 24), ("stations", 60)), ([name, " ".join(stations)] for name, stations in found))


@app.command()
def remove(ctx: typer.Context, name: Name, data: Data = None, database: Database = None) -> None:
    """Take all rights and stations from the role; dropping it is left to the database's administrator."""

    async def work(store: Store) -> None:
        from console.store import desk_roles

        now = store.now()

        def write(conn: Unit) -> None:
            desk_roles.remove(conn, name)
            _tell(conn, now, name, [])

        await store.write(write)

    with_store(_shared(settings_of(ctx, data, database)), work)
    line(f"{name} sees nothing here any more.")


def _tell(conn: Unit, now: datetime, name: str, stations: list[str]) -> None:
    """That the role sees these stations from now on and no others, as an entry of the audit."""
    from console.desk import operated
    from console.desk.written import named_ids
    from console.model.audit import AuditAction

    about = {"what": "desk-role", "role": name, "stations": named_ids(stations)}
    operated.append(conn, AuditAction.SETTING_CHANGED, about, now)


def _codes(stations: str) -> list[str]:
    codes = [one.strip() for one in stations.split(",") if one.strip()]
    return codes if codes == ["all"] else [one.upper() for one in codes]


def _shared(settings: Settings) -> Settings:
    """Raises NotAllowed for an embedded store."""
    if settings.is_embedded:
        raise NotAllowed("An embedded store has no roles: its file's rights are what guards it.")
    return settings
