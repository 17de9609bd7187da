"""Indexes for what an officer of many stations reads of a long history: duplicates of a tip, and open tips in order."""

from __future__ import annotations

from alembic import op

from console.store.migrations import run_sql_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the indexes."""
    run_sql_file(op.get_bind(), __file__)
