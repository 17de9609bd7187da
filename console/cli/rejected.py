"""The `rejected` verb: what could not be taken, why, and once more."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.exits import OK, REFUSED, USAGE, say
from console.cli.options import AsJson, Data, Database, settings_of
from console.cli.output import json_line, line, paragraph, table
from console.cli.stores import with_store
from console.cli.unlocking import unlockable
from console.errors import BadSettings, ConsoleError

if TYPE_CHECKING:
    from console.intake.rejected import Refusal, Rejected
    from console.settings import Settings

_COLUMNS = (("id", 8), ("rejected", 16), ("name", 28), ("why", 200))
_MOST_LINES = 20
"""Of a file's bad lines, how many `show` prints; --json has all."""


class Order(StrEnum):
    """What can be done with rejected files."""

    LIST = "list"
    SHOW = "show"
    RETRY = "retry"


def rejected(
    ctx: typer.Context,
    order: Annotated[Order, typer.Argument(help="What to do.", show_default=False)],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Files or bundles, by name or by the id of the list.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="With retry: everything.")] = False,
    as_json: AsJson = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """List what could not be taken, show one of them with its reason, or send some on their way again once mended.

    Files stay in rejected/ until somebody removes or retries them. `show` never prints a reporter. `retry` moves a file
    back into new/, where the intake takes it; sending the same again is safe. JSON fields: id, name, code, sentence,
    where, at, sha256, part_of, lines.

    Exit codes: 0 done, 1 no such name or not all could be retried, 2 no name given, 78 settings, folder or key.
    """
    from console.intake.rejected import Rejected

    settings = settings_of(ctx, data, database)
    lying = Rejected(settings.folder, settings.intake)
    if order is not Order.LIST and not names and not every:
        say(f"taskroom: `rejected {order}` needs a NAME or an id; `taskroom rejected list` shows them.")
        raise typer.Exit(USAGE)
    try:
        if order is Order.LIST:
            _list(lying, as_json=as_json)
        elif order is Order.SHOW:
            for name in names or ():
                _show(lying, lying.find(name), as_json=as_json)
        else:
            chosen = lying.all() if every else [lying.find(name) for name in names or ()]
            raise typer.Exit(_retry(lying, chosen, settings))
    except OSError as error:
        raise BadSettings(
            f"{lying.folder} cannot be read or written ({error.strerror}): see `taskroom doctor`."
        ) from error


def _list(lying: Rejected, *, as_json: bool) -> None:
    found = lying.all()
    if as_json:
        for one in found:
            json_line(_record(one))
        return
    table(_COLUMNS, ([one.id, _wall(one.at), one.name, _why(one)] for one in found))


def _wall(at: str) -> str:
    """A moment on this machine's clock; '-' when none is told."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return "-"


def _why(one: Refusal) -> str:
    return one.sentence if one.is_there else f"(the file is gone) {one.sentence}"


def _show(lying: Rejected, one: Refusal, *, as_json: bool) -> None:
    if as_json:
        json_line(_record(one))
        return
    paragraph(f"{one.name}  {one.id}")
    paragraph(_why(one))
    for title, word in (("code", one.code), ("where", one.where), ("rejected", one.at), ("part of", one.part_of)):
        if word:
            paragraph(f"{title}: {word}")
    for bad in one.lines[:_MOST_LINES]:
        paragraph(f"line {bad.get('line')}: {bad.get('where') or 'whole'}: {bad.get('sentence')}")
    if len(one.lines) > _MOST_LINES:
        line(f"and {len(one.lines) - _MOST_LINES:,} more lines; --json has all.")
    paragraph(f"file: {lying.folder / one.name}")
    words = None if one.lines else lying.words(one)
    if words is None and one.is_there and not one.lines:
        line("Its words are not shown here, as they cannot be told from its reporter.")
    for title, word in (words or {}).items():
        paragraph(f"{title}: {word}")


def _retry(lying: Rejected, chosen: list[Refusal], settings: Settings) -> int:
    from console.desk.sealing import open_vault
    from console.intake.lock import is_locked

    vault = with_store(settings, partial(open_vault, settings=unlockable(settings), create=False))
    left = 0
    for one in chosen:
        try:
            paragraph(f"{one.name}  ->  new/{lying.retry(one, vault)}")
        except ConsoleError as error:
            left += 1
            paragraph(f"{one.name}  stays: {error.message}")
    if left < len(chosen) and not is_locked(settings.folder.intake_lock):
        say("No intake runs: `taskroom intake --once` takes them, or the console when it opens.")
    return REFUSED if left else OK


def _record(one: Refusal) -> dict[str, Any]:
    from console.intake.opening import printable

    return {
        "id": one.id,
        "name": printable(one.name),
        "code": one.code,
        "sentence": one.sentence,
        "where": one.where,
        "at": one.at or None,
        "sha256": one.sha256,
        "part_of": one.part_of or None,
        "lines": list(one.lines),
    }
