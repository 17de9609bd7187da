"""The `rejected` verb: what could not be taken, why, and once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.exits import OK, REFUSED, USAGE, say
from console.cli.options import AsJson, Code, Data, Database, PasswordFile, settings_of
from console.cli.output import json_line, line, paragraph, table
from console.cli.signing import reading, who_asks, who_said, whoever
from console.cli.stores import with_store
from console.cli.told import Told
from console.cli.unlocking import unlockable
from console.errors import BadSettings, ConsoleError

if TYPE_CHECKING:
    from console.intake.rejected import Refusal, Rejected
    from console.model.officer import Officer
    from console.settings import Settings
    from console.store import Store
    from console.vault import Vault

_COLUMNS = (("id", 8), ("rejected", 16), ("name", 28), ("why", 200))
_MOST_LINES = 20
"""Of a file's bad lines, how many `show` prints; --json has all."""
_MASKED = ("text", "place")
"""Where phone and identity numbers are hidden, as on the screen."""


Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME...", help="Files or bundles, by name or by the id of the list.")
]

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def rejected(
    ctx: typer.Context,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List what could not be taken, show one of them with its reason, or send some on their way again once mended.

    Files stay in rejected/ until somebody removes or retries them.

    Exit codes: 0 done, 1 no such name, not all could be retried, or not allowed, 2 no name given, 75 the store does not
    answer, 78 settings, folder or key.
    """
    told = ctx.find_object(Told) or Told()
    ctx.obj = told.over(data, database, officer, password_file)


@app.command("list")
def list_rejected(ctx: typer.Context, as_json: AsJson = False, data: Data = None, database: Database = None) -> None:
    """Name what could not be taken, the latest first.

    JSON fields: id, name, code, sentence, where, at, sha256, part_of, lines.
    """
    lying = _lying(settings_of(ctx, data, database))
    with _naming(lying):
        _list(lying, as_json=as_json)


@app.command()
def show(
    ctx: typer.Context,
    names: Names = None,
    as_json: AsJson = False,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Print one of them with its reason and its words, for an officer who reads tips; never a reporter.

    It is in the audit. JSON fields as in `rejected list`: no words.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    lying = _lying(settings)
    if not names:
        raise _without_a_name("show")
    with _naming(lying):
        found = [lying.find(name) for name in names]
        reader = _reader(settings, found)
        for one in found:
            _show(lying, one, reader, as_json=as_json)


@app.command()
def retry(
    ctx: typer.Context,
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that is there.")] = False,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Move it back into new/, where the intake takes it. Sending the same again is safe; it is in the audit."""
    settings = settings_of(ctx, data, database, officer, password_file)
    lying = _lying(settings)
    if not names and not every:
        raise _without_a_name("retry")
    with _naming(lying):
        chosen = lying.all() if every else [lying.find(name) for name in names or ()]
        raise typer.Exit(_retry(lying, chosen, settings))


def _lying(settings: Settings) -> Rejected:
    from console.intake.rejected import Rejected

    return Rejected(settings.folder, settings.intake)


def _without_a_name(order: str) -> typer.Exit:
    say(f"taskroom: `rejected {order}` needs a NAME or an id; `taskroom rejected list` shows them.")
    return typer.Exit(USAGE)


@contextmanager
def _naming(lying: Rejected) -> Iterator[None]:
    """A folder that cannot be read or written is told by its name."""
    try:
        yield
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


def _reader(settings: Settings, found: list[Refusal]) -> Officer:
    """Who reads these, which is written down before they are shown."""
    who = who_asks(settings)

    async def work(store: Store) -> Officer:
        from console.desk.written import export_rejected

        reader = await reading(store, who, settings)
        await export_rejected(store, reader, [one.id for one in found])
        return reader

    return with_store(settings, work)


def _show(lying: Rejected, one: Refusal, reader: Officer, *, as_json: bool) -> None:
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
    from console.model.masking import masked

    for title, word in (words or {}).items():
        paragraph(f"{title}: {word if reader.sees_numbers or title not in _MASKED else masked(word)}")


def _retry(lying: Rejected, chosen: list[Refusal], settings: Settings) -> int:
    from console.intake.lock import is_locked

    vault = _vault_to_retry(unlockable(settings), chosen)
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


def _vault_to_retry(settings: Settings, chosen: list[Refusal]) -> Vault:
    """What opens their reporters; that they are sent again is written down."""
    who = who_said(settings)

    async def work(store: Store) -> Vault:
        from console.desk import operated
        from console.desk.sealing import open_vault
        from console.desk.written import named_ids
        from console.model.audit import AuditAction

        vault = await open_vault(store, settings, create=False)
        officer = await whoever(store, who)
        if chosen:
            files = named_ids([one.id for one in chosen])
            await operated.write_down(store, AuditAction.RETRIED, {"files": files}, officer)
        return vault

    return with_store(settings, work)


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
