"""The typer application: options before the verb, all verbs, and what becomes of errors. `main` calls `run`."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Annotated

import typer

from console.cli import (
    audit,
    desk_role,
    erasing,
    figures,
    intake,
    keeping,
    machine,
    officers,
    rejected,
    screen,
    search,
    setting_up,
    stations,
    tips,
    vault,
)
from console.cli.exits import INTERRUPTED, OK, REFUSED, code_of, say, sentence_of
from console.cli.opening import open_console
from console.cli.options import Code, Data, Database, PasswordFile, settings_of
from console.cli.output import flush, line, make_utf8
from console.cli.told import Told
from console.cli.verbs import VERBS, words_of
from console.errors import ConsoleError

app = typer.Typer(
    name="taskroom",
    help="The console of a community police station's duty desk; without a verb it opens.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_VERBS: dict[str, Callable[..., None]] = {
    "demo": screen.demo,
    "init": setting_up.init,
    "seed": setting_up.seed,
    "upgrade": setting_up.upgrade,
    "intake": intake.intake,
    "send": intake.send,
    "schema": intake.schema,
    "tips": tips.tips,
    "tip": tips.tip,
    "rooms": tips.rooms,
    "figures": figures.figures,
    "doctor": machine.doctor,
    "backup": keeping.backup,
    "restore": keeping.restore,
    "erase": erasing.erase,
    "search": search.search,
    "vault": vault.vault,
    "paths": machine.paths,
    "keys": machine.keys,
}

_GROUPS: dict[str, typer.Typer] = {
    "audit": audit.app,
    "desk-role": desk_role.app,
    "officer": officers.app,
    "rejected": rejected.app,
    "station": stations.app,
}
"""Verbs with orders of their own, each with its options."""

for _title, _verbs in VERBS:
    for _name, _words in _verbs:
        if _name in _GROUPS:
            app.add_typer(_GROUPS[_name], name=_name, short_help=words_of(_name), rich_help_panel=_title)
            continue
        app.command(_name, short_help=words_of(_name), rich_help_panel=_title)(_VERBS[_name])
app.command("demo-stream", hidden=True)(setting_up.demo_stream)


def _print_version(wanted: bool) -> None:
    if wanted:
        from console import __version__

        line(f"taskroom {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def front(
    ctx: typer.Context,
    data: Data = None,
    database: Database = None,
    officer: Code = None,
    password_file: PasswordFile = None,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Open the console, or do what the verb says."""
    ctx.obj = Told(data, database, officer, password_file)
    if ctx.invoked_subcommand is None:
        raise typer.Exit(open_console(settings_of(ctx)))


_command = cache(partial(typer.main.get_command, app))
"""Made of the signatures of all verbs, once a process."""


def run(words: Sequence[str]) -> int:
    """Do what the command line says; returns the exit code, never raises an expected error."""
    make_utf8()
    try:
        with _command().make_context("taskroom", list(words)) as ctx:
            ctx.command.invoke(ctx)
        flush()
    except ConsoleError as error:
        say(f"taskroom: {sentence_of(error)}")
        return code_of(error)
    except typer.Exit as left:
        return _left(left.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_is_gone()
    except Exception as error:  # noqa: BLE001 - typer's errors share no public root; all others are raised again
        return _usage(error)
    return OK


def _left(code: int) -> int:
    try:
        flush()
    except BrokenPipeError:
        return _reader_is_gone()
    return code


def _reader_is_gone() -> int:
    """Whoever read our output has enough: end as quietly as `cat` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _usage(error: Exception) -> int:
    """Typer's own errors know their code and sentences; anything else is a fault of the program, told without the words
    of tips its message may hold."""
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if callable(show) and isinstance(code, int):
        told = io.StringIO()
        show(file=told)
        for sentence in told.getvalue().splitlines():
            say(sentence)
        return code or REFUSED
    from datetime import UTC, datetime

    from console.ui.crash import redacted

    for sentence in redacted(error, datetime.now(UTC)).splitlines():
        say(sentence)
    return REFUSED
