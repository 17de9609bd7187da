"""Options that every verb takes, before or after it, and the settings they lead to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
        "--officer", metavar="CODE", help="Who is at the desk; default: the first duty officer.  [TASKROOM_OFFICER]"
    ),
]
Reader = Annotated[
    str | None,
    typer.Option("--officer", metavar="CODE", help="Read what this officer may read; default: all stations."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts; the fields are stable.")]


@dataclass(frozen=True, slots=True)
class Told:
    """What stood before the verb; what stands behind it wins."""

    data: Path | None = None
    database: str | None = None
    officer: str | None = None

    def over(self, data: Path | None, database: str | None, officer: str | None) -> Told:
        return replace(
            self,
            data=data if data is not None else self.data,
            database=database if database is not None else self.database,
            officer=officer if officer is not None else self.officer,
        )


def settings_of(
    ctx: typer.Context, data: Path | None = None, database: str | None = None, officer: str | None = None
) -> Settings:
    """The settings of this run. Raises BadSettings."""
    from console.settings import load_settings

    told = ctx.find_object(Told) or Told()
    told = told.over(data, database, officer)
    return load_settings(data=told.data, database=told.database, officer=told.officer)


def check_views(settings: Settings) -> None:
    """Raise BadSettings when a saved view of the config file asks for something nobody can follow."""
    from datetime import UTC, datetime

    from console.errors import BadSettings
    from console.model.query import BadQuery, parse_query
    from console.settings import config_file

    for name, words in settings.views.items():
        try:
            parse_query(words, now=datetime.now(UTC), tz=UTC)
        except BadQuery as wrong:
            place = config_file(settings.folder) or "the TASKROOM_ variables"
            raise BadSettings(f"The saved view '{name}' ({place}) cannot be followed: {wrong.message}") from wrong
