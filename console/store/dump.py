"""A backup of a PostgreSQL store by PostgreSQL's own programs. `taskroom backup` calls it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from console.errors import NotAllowed, StoreDown
from console.store.engine import parse_url, postgres_writing_engine
from console.store.outages import outage
from console.store.snapshot import Stopped, already_there, draft_of, flush, give_name, never
from console.words import gettext as _

_LOOK_EVERY_S = 0.2
_LINE = 200
_OPTIONS = ("--format=custom", "--no-owner", "--enable-row-security", "--no-password")
"""The owner's policy shows all rows; without this pg_dump refuses tables that have policies."""


def dump(url: str, target: Path, is_stopped: Callable[[], bool] = never) -> int:
    """Write the database to the new file `target` (0600, pg_dump's custom format), read it back, then name it so; its
    size in bytes.

    Blocks; the desk goes on working. Raises NotAllowed (`target` exists, no pg_dump here), StoreDown, Stopped, OSError.
    """
    check_dump(url, target)
    parsed, shown = _parsed(url)
    draft = draft_of(target)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    # An argument list is open to everyone on the machine, a process's variables are not.
    variables = {**os.environ, "PGCONNECT_TIMEOUT": "5"}
    if parsed.password:
        variables["PGPASSWORD"] = str(parsed.password)
    try:
        _run(
            (
                "pg_dump",
                *_OPTIONS,
                f"--file={draft}",
                f"--dbname={shown}",
            ),
            variables,
            is_stopped,
        )
        _run(("pg_restore", f"--file={os.devnull}", str(draft)), variables, is_stopped)
        flush(draft)
        give_name(draft, target)
        return target.stat().st_size
    finally:
        draft.unlink(missing_ok=True)


def check_dump(url: str, target: Path) -> None:
    """Raises NotAllowed and StoreDown where `dump` would before it has written anything."""
    if os.path.lexists(target):
        raise already_there(target)
    parsed, shown = _parsed(url)
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        raise NotAllowed(
            _("There is no pg_dump on this machine. On one that has it run: pg_dump {options} -f FILE '{url}'").format(
                options=" ".join(_OPTIONS[:-1]), url=shown
            )
        )
    _refuse_desk(parsed)


def _parsed(url: str) -> tuple[URL, str]:
    """The URL as PostgreSQL's programs read it, and in words without the password."""
    parsed = parse_url(url).set(drivername="postgresql")
    return parsed, parsed._replace(password=None).render_as_string()  # `set` takes None for what stays as it is


def _refuse_desk(url: URL) -> None:
    """A desk's own role sees its stations only, and what it dumps would look like a backup. Raises NotAllowed,
    StoreDown."""
    engine = postgres_writing_engine(url.set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            is_desk = connection.scalar(text("SELECT count(*) FROM desk_role WHERE role = session_user"))
    except DBAPIError as error:
        raise outage(error) or error from error
    finally:
        engine.dispose()
    if is_desk:
        raise NotAllowed(_("This account sees its own stations only: make the backup as the database's owner."))


def _run(command: tuple[str, ...], variables: dict[str, str], is_stopped: Callable[[], bool]) -> None:
    """To its end. Raises StoreDown with the first line the program said, Stopped."""
    process = subprocess.Popen(
        command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        while process.poll() is None and not is_stopped():
            time.sleep(_LOOK_EVERY_S)
        if process.returncode is None:
            raise Stopped
        said = process.stderr.read() if process.stderr else ""
    finally:
        process.kill()
        process.communicate()
    if process.returncode:
        first = next((line for line in said.splitlines() if line.strip()), "it did not say why")
        raise StoreDown(
            _("{program} failed: nothing was backed up. It said: {words}").format(
                program=command[0], words=first.strip()[:_LINE]
            )
        )
