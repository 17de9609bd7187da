"""One PostgreSQL role a desk: which stations it sees and which rights it has. `taskroom desk-role` calls it as the
owner of the database.

What a role sees is the business of the policies (revision 0006); here stands what it may do with what it sees. Nothing
is its own: what a role can make, temporary tables among it, it can put where somebody else looks for the store's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from console.errors import NotAllowed, NotFound
from console.words import gettext as _

_READS = "SELECT"
_GROWS = "SELECT, INSERT"
_WORKS = "SELECT, INSERT, UPDATE"
_ALL = "SELECT, INSERT, UPDATE, DELETE"

RIGHTS: Final[dict[str, str]] = {
    "alembic_version": _READS,
    "district": _READS,
    "station": _READS,
    "officer": _READS,
    "officer_grant": _READS,
    "agency": _READS,
    "room": _READS,
    "member": _READS,
    "desk_role": _READS,
    "vault": _READS,
    "vault_key": _READS,
    "delivery_secret": _READS,
    "audit": _GROWS,
    "station_counter": "SELECT, UPDATE",
    "tip": _WORKS,
    "tip_event": _WORKS,
    "referral": _WORKS,
    "hold": _WORKS,
    "named_officer": _WORKS,
    "reveal": _WORKS,
    "tip_seen": _ALL,
    "observable": _ALL,
    "reporter": _ALL,
    "attachment": _ALL,
    "sign_in_wait": _ALL,
    "spent_attachment": _ALL,
    "scrub_owed": "SELECT, UPDATE",
}
"""No tip and no event is deleted by a desk, no entry of the audit changed; tables that are not named here are the
owner's alone."""

_FUNCTIONS = ("taskroom_known(text, text[])", "taskroom_found(text[], integer[])")

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_NO_RIGHT = "42501"


@dataclass(frozen=True, slots=True)
class DeskRole:
    """A desk's role and the codes of the stations it sees."""

    name: str
    stations: tuple[str, ...]


def statements(conn: Connection, name: str, codes: Sequence[str]) -> list[str]:
    """All that makes `name` a desk's role of these stations and of no others, as SQL for the owner. Raises NotAllowed
    for a name that needs quoting, NotFound for a station that is not there."""
    if not _NAME.fullmatch(name):
        raise NotAllowed(_("A role has small letters, digits and _, such as desk_jnl."))
    ids = _station_ids(conn, codes)
    tables = set(conn.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")))
    made = [] if _is_there(conn, name) else [f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"]
    granted = [f"GRANT {rights} ON {table} TO {name}" for table, rights in RIGHTS.items() if table in tables]
    rows = ", ".join(f"('{name}', {station_id})" for station_id in ids)
    return [
        *made,
        f"REVOKE TEMPORARY ON DATABASE {_database(conn)} FROM PUBLIC, {name}",
        f"REVOKE CREATE ON SCHEMA {_schema(conn)} FROM PUBLIC, {name}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {_schema(conn)} FROM {name}",
        f"GRANT USAGE ON SCHEMA {_schema(conn)} TO {name}",
        *granted,
        f"GRANT EXECUTE ON FUNCTION {', '.join(_FUNCTIONS)} TO {name}",
        f"DELETE FROM desk_role WHERE role = '{name}'",  # noqa: S608 - a name of letters, digits and _ alone
        f"INSERT INTO desk_role (role, station_id) VALUES {rows}",  # noqa: S608 - that name and numbers
    ]


def add(conn: Connection, name: str, codes: Sequence[str]) -> None:
    """Make the role, or give one that is there these stations. Raises as `statements`, NotAllowed without the right to
    make roles."""
    _refuse_mighty(conn, name)
    for statement in statements(conn, name, codes):
        try:
            conn.exec_driver_sql(statement)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _NO_RIGHT:
                raise
            raise NotAllowed(
                _(
                    "This account may not do that. It must own the store's tables and may make roles (CREATEROLE), or "
                    "the role is there already: else let the administrator run what `taskroom desk-role sql` prints."
                )
            ) from error


def stations_in_sight(conn: Connection) -> frozenset[int] | None:
    """The stations whose rows a desk's role is shown; None for everybody else, who is shown all of them."""
    if conn.dialect.name == "sqlite":
        return None
    mine = conn.scalars(text("SELECT station_id FROM desk_role WHERE role = session_user"))
    return frozenset(mine) or None


def remove(conn: Connection, name: str) -> None:
    """The role sees nothing any more and has no rights here; it is left to the database administrator to drop it."""
    if name not in {one.name for one in roles(conn)}:
        raise NotFound(_("There is no desk's role {name}.").format(name=name))
    conn.execute(text("DELETE FROM desk_role WHERE role = :name"), {"name": name})
    if _is_there(conn, name):
        conn.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA {_schema(conn)} FROM {name}")
        conn.exec_driver_sql(f"REVOKE EXECUTE ON FUNCTION {', '.join(_FUNCTIONS)} FROM {name}")


def roles(conn: Connection) -> list[DeskRole]:
    """All there are, by name."""
    rows = conn.execute(
        text(
            "SELECT role, array_agg(station.code ORDER BY station.code) AS codes FROM desk_role"
            " JOIN station ON station.id = station_id GROUP BY role ORDER BY role"
        )
    )
    return [DeskRole(row.role, tuple(row.codes)) for row in rows]


def grant_anew(conn: Connection) -> None:
    """After a migration: the rights on tables that are new."""
    for one in roles(conn):
        if _is_there(conn, one.name):
            for statement in statements(conn, one.name, one.stations):
                conn.exec_driver_sql(statement)


def _station_ids(conn: Connection, codes: Sequence[str]) -> list[int]:
    known = {row.code: row.id for row in conn.execute(text("SELECT code, id FROM station"))}
    if list(codes) == ["all"]:
        return sorted(known.values())
    missing = [code for code in codes if code not in known]
    if missing or not codes:
        raise NotFound(_("There is no station {code}: see how its code is spelt.").format(code=", ".join(missing)))
    return sorted({known[code] for code in codes})


def _is_there(conn: Connection, name: str) -> bool:
    return bool(conn.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = :name"), {"name": name}))


def _refuse_mighty(conn: Connection, name: str) -> None:
    """A role that no policy binds is no desk's."""
    query = text(
        "SELECT rolsuper OR rolbypassrls OR pg_has_role(rolname, current_user, 'MEMBER') FROM pg_roles"
        " WHERE rolname = :name"
    )
    if conn.scalar(query, {"name": name}):
        raise NotAllowed(_("{name} is not bound by the stations' policies: choose another role.").format(name=name))


def _database(conn: Connection) -> str:
    database: str = conn.scalar(text("SELECT quote_ident(current_database())")) or ""
    return database


def _schema(conn: Connection) -> str:
    schema: str = conn.scalar(text("SELECT quote_ident(current_schema())")) or "public"
    return schema
