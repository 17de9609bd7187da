"""One database role a desk on PostgreSQL, and what each may see."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection

from console.store.migrations import run_sql_file

revision = "0006"
down_revision = "0005"

_EVERYBODYS = ("officer", "officer_grant", "agency", "room", "desk_role")
"""Tables with a station that every desk reads: who and what there is in the city, and nothing of a tip."""

_TABLES = """
    SELECT c.relname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'station_id' AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname
"""

_MINE = "station_id IN (SELECT station_id FROM desk_role WHERE role = session_user)"
"""A set that is looked up once a statement; the scans by station and key stay as they are."""
_LANE_OR_MINE = f"station_id <= 0 OR {_MINE}"
"""Into the lanes (unrouted, oversight) every desk puts what belongs there, and reads nothing back."""


def upgrade() -> None:
    """Make its table and functions; on PostgreSQL put every row that has a station behind its desk's policy."""
    connection = op.get_bind()
    run_sql_file(connection, __file__)
    if connection.dialect.name == "postgresql":
        for table in connection.exec_driver_sql(_TABLES).scalars().all():
            if table not in _EVERYBODYS:
                _protect(connection, table)


def _protect(connection: Connection, table: str) -> None:
    """A lane's counter row numbers what is put into the lane, so that it is read and moved on by all."""
    seen = _LANE_OR_MINE if table == "station_counter" else _MINE
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY owner_all ON {table} TO CURRENT_ROLE USING (true) WITH CHECK (true)",
        f"CREATE POLICY desk_reads ON {table} FOR SELECT USING ({seen})",
        f"CREATE POLICY desk_adds ON {table} FOR INSERT WITH CHECK ({_LANE_OR_MINE})",
        f"CREATE POLICY desk_changes ON {table} FOR UPDATE USING ({seen}) WITH CHECK ({seen})",
        f"CREATE POLICY desk_takes_away ON {table} FOR DELETE USING ({seen})",
    ):
        connection.exec_driver_sql(statement)
