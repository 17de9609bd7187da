"""Options that every verb takes, before or after it, and the settings they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.told import Told

if TYPE_CHECKING:
    from console.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data folder.  [TASKROOM_DATA]")]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="The store, when it is not the data folder's own.  [TASKROOM_DATABASE]"
    ),
]
Code = Annotated[
    str | None,
    typer.Option(
        "--officer", metavar="CODE", help="Who you are; asked for on a terminal when not said.  [TASKROOM_OFFICER]"
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="A file of yours, 0600, with that officer's password; else it is asked for.  [TASKROOM_PASSWORD_FILE]",
    ),
]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="At most N; a table shows 50 by itself.")
]
TABLE_LIMIT = 50
"""Lines a table shows unless told otherwise: a page or two; JSON has no limit of its own."""
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts; the fields are stable.")]


def settings_of(
    ctx: typer.Context,
    data: Path | None = None,
    database: str | None = None,
    officer: str | None = None,
    password_file: Path | None = None,
) -> Settings:
    """The settings of this run. Raises BadSettings."""
    told = ctx.find_object(Told) or Told()
    return told.over(data, database, officer, password_file).settings()
