"""When a tip's words are erased, what holds them, and the lane for complaints about police."""

from __future__ import annotations

from alembic import op

from console.store.migrations import run_sql_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make its tables and columns."""
    run_sql_file(op.get_bind(), __file__)
