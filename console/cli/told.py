"""What the command line told of the settings, and the saved views; without typer, as the console opens through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.settings import Settings


@dataclass(frozen=True, slots=True)
class Told:
    """What stood before the verb; what stands behind it wins."""

    data: Path | None = None
    database: str | None = None
    officer: str | None = None
    password_file: Path | None = None

    def over(
        self, data: Path | None, database: str | None, officer: str | None, password_file: Path | None = None
    ) -> Told:
        return replace(
            self,
            data=data if data is not None else self.data,
            database=database if database is not None else self.database,
            officer=officer if officer is not None else self.officer,
            password_file=password_file if password_file is not None else self.password_file,
        )

    def settings(self) -> Settings:
        """The settings of this run. Raises BadSettings."""
        from console.settings import load_settings

        return load_settings(
            data=self.data, database=self.database, officer=self.officer, password_file=self.password_file
        )


def told_without_verb(words: Sequence[str]) -> Told | None:
    """What a command line tells that only opens the console; None for any other, which is typer's to read."""
    given: dict[str, str] = {}
    left = iter(words)
    for word in left:
        name, has_value, value = word.partition("=")
        if name not in ("--data", "--database", "--officer", "--password-file"):
            return None
        if not has_value:
            value = next(left, "")
        if not value or value.startswith("-"):
            return None
        given[name[2:]] = value
    data, password = given.get("data"), given.get("password-file")
    return Told(
        None if data is None else Path(data),
        given.get("database"),
        given.get("officer"),
        None if password is None else Path(password),
    )


def check_views(settings: Settings) -> None:
    """Raise BadSettings when a saved view of the config file asks for something nobody can follow."""
    from datetime import UTC, datetime

    from console.errors import BadSettings
    from console.model.query import BadQuery, parse_query
    from console.settings import config_file, place_of

    for name, words in settings.views.items():
        try:
            parse_query(words, now=datetime.now(UTC), tz=UTC)
        except BadQuery as wrong:
            place = place_of(("views", name), config_file(settings.folder))
            raise BadSettings(f"The saved view '{name}' ({place}) cannot be followed: {wrong.message}") from wrong
