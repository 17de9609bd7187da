"""Verbs that take tips: `intake`, `send` and `schema`."""

from __future__ import annotations

import json
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from console.cli.exits import OK, REFUSED, Unavailable, say
from console.cli.options import Data, Database, settings_of
from console.cli.output import flush, json_words
from console.cli.unlocking import unlockable
from console.errors import NotFound

if TYPE_CHECKING:
    from console.settings import Settings

_CHUNK = 64 << 10
PATIENCE_S = 30.0
"""How long `send` waits for the next reply while a line is unanswered."""
_LOOK_EVERY_S = 1.0
"""How often it is looked whether lines still wait for their replies; no reply waits for this."""


def intake(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Take what lies in the folder now, then end.")] = False,
    ends_with: Annotated[int | None, typer.Option("--ends-with", metavar="PID", hidden=True)] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Take tips from the folder and the socket until told to end (SIGTERM, ^C).

    The console starts one by itself; this is the same program by hand or under systemd.

    Exit codes: 0 ended, 75 another intake holds the folder or the store does not answer, 78 settings, key or store.
    """
    import asyncio

    from console import journal
    from console.intake.run import run_intake

    settings = unlockable(settings_of(ctx, data, database))
    journal.keep(settings.folder.log, "intake.log")
    raise typer.Exit(asyncio.run(run_intake(settings, once=once, starter=ends_with)))


def send(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="One JSON object a line; - reads stdin.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Send tips through the socket and print one reply a line, in order; a reply comes after the tip is on disk.

    An intake must run: the console keeps one, or start `taskroom intake`. Sending the same lines again is safe.

    Exit codes: 0 all taken, 1 some refused, 75 no intake runs, or it ended or fell silent (for 30 s)
    before all was answered.
    """
    settings = settings_of(ctx, data, database)
    with _opened(file) as words, _connected(settings) as connection:
        sent = _Sending(words, connection)
        sent.start()
        replies, refused = 0, 0
        for reply in _replies(connection, sent):
            json_words(reply)
            replies += 1
            refused += not _is_ok(reply)
        flush()
        if sent.is_given_up:
            raise Unavailable(
                f"Sending ended before all was answered, as the intake said nothing for {PATIENCE_S:g} s: "
                "see `taskroom doctor`, then send the lines again, nothing is doubled."
            )
        sent.join(timeout=5.0)
        if replies < sent.lines or sent.broken:
            raise Unavailable("The intake ended before all lines were answered: send them again, nothing is doubled.")
    raise typer.Exit(REFUSED if refused else OK)


def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of one tip: every field's meaning, unit and limit, with examples.

    Exit codes: 0 done.
    """
    from console.intake.envelope import schema as published

    json_words(json.dumps(published(), ensure_ascii=False, indent=2))


def _opened(file: Path) -> BinaryIO:
    if str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.") from None


def _connected(settings: Settings) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(settings.folder.socket))
    except OSError:
        connection.close()
        raise Unavailable(
            f"No intake answers at {settings.folder.socket}: run `taskroom intake` there, or open the console."
        ) from None
    return connection


class _Sending(threading.Thread):
    """Sends while the replies are read, so that neither side waits for the other."""

    def __init__(self, words: BinaryIO, connection: socket.socket) -> None:
        super().__init__(name="taskroom-send", daemon=True)
        self.lines = 0
        self.broken = False
        self.is_given_up = False
        self._words = words
        self._connection = connection

    def run(self) -> None:
        try:
            for one in self._words:
                if one.strip(b" \t\r\n"):
                    self.lines += 1
                self._connection.sendall(one)
            self._connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.broken = True
            say(f"taskroom: sending stopped: {error.strerror}.")
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_WR)


def _replies(connection: socket.socket, sent: _Sending) -> Iterator[str]:
    """The replies until the intake ends them, all are in, or it is silent for too long: `sent.is_given_up`."""
    begun, replies, quiet_since = b"", 0, time.monotonic()
    while True:
        if not select.select([connection], [], [], min(_LOOK_EVERY_S, PATIENCE_S))[0]:
            if replies >= sent.lines:
                quiet_since = time.monotonic()
            sent.is_given_up = time.monotonic() - quiet_since >= PATIENCE_S
            if sent.is_given_up:
                return
            continue
        chunk = _received(connection)
        if not chunk:
            return
        quiet_since = time.monotonic()
        *ended, begun = (begun + chunk).split(b"\n")
        replies += len(ended)
        for one in ended:
            yield one.decode(errors="replace")


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(_CHUNK)
    except ConnectionError:
        return b""


def _is_ok(reply: str) -> bool:
    try:
        return json.loads(reply).get("ok") is True
    except (ValueError, AttributeError):
        return False
