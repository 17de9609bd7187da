"""Keys of the vault, and reveals: who asked to open which sealed reporter, who answered."""

from __future__ import annotations

from alembic import op

from console.store.migrations import run_sql_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make its tables and columns."""
    run_sql_file(op.get_bind(), __file__)
