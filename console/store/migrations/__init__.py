"""The store's revisions, run by alembic inside the wheel: `versions/` holds one Python file each, SQL per engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

FOLDER = Path(__file__).resolve().parent
VERSIONS = FOLDER / "versions"

_PIECE = re.compile(
    r"""--[^\n]*            # a comment to the end of the line
      | /\*.*?\*/           # a comment in slashes
      | '(?:[^']|'')*'      # a string
      | "(?:[^"]|"")*"      # a quoted name
      | \$(\w*)\$.*?\$\1\$  # a function body in dollars
      | ;                   # the end of a statement
      | .                   # anything else
    """,
    re.DOTALL | re.VERBOSE,
)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, without comments and closing semicolons.

    A semicolon inside a string, name, comment or $$ body ends nothing.
    Trigger bodies (BEGIN … END) are not understood: the store has no triggers.
    """
    pieces: list[str] = []
    for match in _PIECE.finditer(script):
        piece = match.group()
        if piece.startswith(("--", "/*")):
            continue
        if piece != ";":
            pieces.append(piece)
            continue
        if statement := "".join(pieces).strip():
            yield statement
        pieces.clear()
    if statement := "".join(pieces).strip():
        yield statement


def run_sql_file(connection: Connection, revision_file: str) -> None:
    """Run `<revision number>_<dialect>.sql` beside a revision's Python file, in the transaction under way."""
    file = Path(revision_file)
    number = file.name.partition("_")[0]
    script = file.with_name(f"{number}_{connection.dialect.name}.sql").read_text("utf-8")
    for statement in statements(script):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
