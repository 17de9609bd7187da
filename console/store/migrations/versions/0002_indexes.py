"""For what is read of a long history: indexes of a tip's duplicates and of open tips in order, and search by three
neighbours of ASCII where pairs stand in nearly every tip."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection

from console.model.fold import bigrams
from console.store.migrations import run_sql_file
from console.store.tables import station_word

revision = "0002"
down_revision = "0001"

_TIPS = 5_000


def upgrade() -> None:
    """Make the indexes, and split every tip's words again."""
    connection = op.get_bind()
    run_sql_file(connection, __file__)
    if connection.dialect.name == "sqlite":
        _index_again(connection)


def _index_again(connection: Connection) -> None:
    last = 0
    while rows := connection.exec_driver_sql(
        "SELECT n, folded, station_id FROM tip WHERE n > ? ORDER BY n LIMIT ?", (last, _TIPS)
    ).all():
        words = [(n, " ".join((*bigrams(folded), station_word(station)))) for n, folded, station in rows]
        connection.exec_driver_sql("INSERT INTO tip_words (rowid, words) VALUES (?, ?)", words)
        last = rows[-1].n
