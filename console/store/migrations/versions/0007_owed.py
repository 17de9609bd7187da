"""What runs as the owner of the database finds nothing of a desk's own role; whether the store's files still hold what
was erased."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection

from console.store.migrations import run_sql_file

revision = "0007"
down_revision = "0006"

_KNOWN = """
    CREATE OR REPLACE FUNCTION {schema}.taskroom_known(asked_source text, asked_keys text[])
    RETURNS TABLE (source_key text, id uuid, station_id integer, ref text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY SELECT tip.source_key, tip.id, tip.station_id, tip.ref
        FROM {schema}.tip WHERE tip.source_key = ANY (asked_keys) AND tip.source = asked_source;
    END
    $$
"""
_FOUND = """
    CREATE OR REPLACE FUNCTION {schema}.taskroom_found(tokens text[], stations integer[]) RETURNS TABLE (id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
        SELECT found.id
        FROM unnest(stations) AS asked (station_id)
        CROSS JOIN LATERAL (
            SELECT tip.id FROM {schema}.tip
            WHERE {schema}.taskroom_grams(tip.folded, tip.station_id) @> (tokens || ('=' || asked.station_id)::text)
        ) AS found
        WHERE asked.station_id IN (SELECT station_id FROM {schema}.desk_role WHERE role = session_user)
    $$
"""
"""As in revision 0006. There the search path was the caller's, in which temporary tables come first, unless they are
named last: a role could put its own `desk_role` before the store's, and have the owner run what it holds."""


def upgrade() -> None:
    """Make its table; on PostgreSQL make the functions anew that run as the owner."""
    connection = op.get_bind()
    run_sql_file(connection, __file__)
    if connection.dialect.name == "postgresql":
        schema = _schema(connection)
        for function in (_KNOWN, _FOUND):
            connection.exec_driver_sql(function.format(schema=schema), execution_options={"no_parameters": True})


def _schema(connection: Connection) -> str:
    name: str = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    return name
