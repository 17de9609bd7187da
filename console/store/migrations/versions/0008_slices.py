"""PostgreSQL's word index knows when a tip came, so that a frequent word is walked newest first."""

from __future__ import annotations

from alembic import op

from console.store.migrations import run_sql_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the word index anew, which takes as long as `taskroom search rebuild`."""
    run_sql_file(op.get_bind(), __file__)
