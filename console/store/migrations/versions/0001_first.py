"""The first store: districts to tips, events, audit and search; its SQL stands beside it, one file per engine."""

from __future__ import annotations

from alembic import op

from console.store.migrations import run_sql_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, index and function."""
    run_sql_file(op.get_bind(), __file__)
