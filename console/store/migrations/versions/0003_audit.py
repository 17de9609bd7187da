"""The audit as a chain of hashes that only grows, officers' passwords, and how long somebody who guessed wrongly has to
wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Connection, select, update

from console.model.audit import FIRST, AuditEntry
from console.store import tables as t
from console.store.migrations import run_sql_file

revision = "0003"
down_revision = "0002"

_ROWS = 5_000
_ENTRY = (
    t.audit.c.station_id,
    t.audit.c.seq,
    t.audit.c.at,
    t.audit.c.officer_id,
    t.audit.c.action,
    t.audit.c.tip_id,
    t.audit.c.version_before,
    t.audit.c.version_after,
)

_REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
_ONLY_GROWS_ON_SQLITE = (
    f"CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit {_REFUSED}",
    f"CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit {_REFUSED}",
)
_ONLY_GROWS_ON_POSTGRES = (
    """
    CREATE FUNCTION taskroom_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$
    """,
    """
    CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION taskroom_audit_only_grows()
    """,
)


def upgrade() -> None:
    """Add the columns, chain what is written already, and let the audit only grow from then on."""
    connection = op.get_bind()
    run_sql_file(connection, __file__)
    for station_id in connection.scalars(select(t.station.c.id).order_by(t.station.c.id)).all():
        _chain(connection, station_id)
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _ONLY_GROWS_ON_SQLITE if is_sqlite else _ONLY_GROWS_ON_POSTGRES:
        connection.exec_driver_sql(statement)
    if not is_sqlite:
        connection.exec_driver_sql("ALTER TABLE audit ALTER COLUMN hash SET NOT NULL")


def _chain(connection: Connection, station_id: int) -> None:
    head = FIRST
    for rows in _pages(connection, station_id):
        made = []
        for row in rows:
            head = AuditEntry(*row).hash_after(head)
            made.append((head, station_id, row.seq))
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        connection.exec_driver_sql(f"UPDATE audit SET hash = {mark} WHERE station_id = {mark} AND seq = {mark}", made)  # noqa: S608 - our own words alone
    c = t.station_counter.c
    connection.execute(update(t.station_counter).where(c.station_id == station_id).values(audit_head=head))


def _pages(connection: Connection, station_id: int) -> Iterator[list[Any]]:
    last = 0
    a = t.audit.c
    while rows := connection.execute(
        select(*_ENTRY).where(a.station_id == station_id, a.seq > last).order_by(a.seq).limit(_ROWS)
    ).all():
        yield list(rows)
        last = rows[-1].seq
