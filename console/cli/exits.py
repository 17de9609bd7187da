"""Exit codes of every verb and the sentence an error leaves on stderr; `front` uses them."""

from __future__ import annotations

import sys

from console.cli.output import shown
from console.errors import BadSettings, ConsoleError, StoreDown, StoreRefused, VaultLocked

OK = 0
REFUSED = 1
USAGE = 2
TEMPORARY = 75
"""sysexits.h EX_TEMPFAIL: the same command may work in a moment."""
CONFIG = 78
"""sysexits.h EX_CONFIG: something in the surroundings is not as it must be."""
INTERRUPTED = 130
"""128 + SIGINT, as shells say it."""


class Unavailable(ConsoleError):
    """What the verb needs does not run now; the sentence says what to start."""


def code_of(error: ConsoleError) -> int:
    """The exit code an expected error leads to."""
    from console.model.query import BadQuery

    if isinstance(error, StoreDown | Unavailable):
        return TEMPORARY
    if isinstance(error, BadSettings | StoreRefused | VaultLocked):
        return CONFIG
    return USAGE if isinstance(error, BadQuery) else REFUSED


def sentence_of(error: ConsoleError) -> str:
    """What a verb, which tries nothing again by itself, says of an expected error."""
    if isinstance(error, StoreDown):
        from console.store.outages import Unreachable

        if isinstance(error, Unreachable):
            return error.for_one_command
    return error.message


def ask(words: str) -> str:
    """One line from the one who sits at the terminal, asked for on stderr: what a verb prints may go to a program."""
    sys.stderr.write(shown(words))
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def say(sentence: str) -> None:
    """One line on stderr, without anything a terminal would obey or hide."""
    sys.stderr.write(shown(sentence).replace("\n", "\N{SYMBOL FOR LINE FEED}") + "\n")
    sys.stderr.flush()


def somebody_types() -> bool:
    """Whether somebody sits at a terminal and can be asked; stdin may also be closed."""
    return sys.stdin is not None and sys.stdin.isatty()
