"""One database role a desk on PostgreSQL, and what each may see."""

from __future__ import annotations

from alembic import op

from console.store.migrations import run_sql_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make its tables and columns."""
    run_sql_file(op.get_bind(), __file__)
