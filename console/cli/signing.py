"""Who runs a verb: officer and password from options, variables and a file, or asked for on the terminal; never from
the command line itself. Verbs that read tips or set up officers come in here."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.exits import ask, somebody_types
from console.errors import NotAllowed

if TYPE_CHECKING:
    from console.model.officer import Officer
    from console.settings import Settings
    from console.store import Store


@dataclass(frozen=True, slots=True)
class Who:
    """A code and the password given for it."""

    code: str
    password: str


def who_asks(settings: Settings) -> Who | None:
    """What settings and, on a terminal, the one who sits there say; None when that is not enough. Raises BadSettings
    for a password file that may not be trusted. Nobody is asked when there is no store to read."""
    from console.vault.password_file import read_password

    code = settings.officer
    if code and settings.password_file is not None:
        return Who(code, read_password(settings.password_file))
    if not _is_asked(settings):
        return None
    code = code or ask("Officer's code: ")
    if settings.password_file is not None:
        return Who(code, read_password(settings.password_file))
    return Who(code, getpass.getpass(f"Password of {code}: "))


def who_said(settings: Settings) -> Who | None:
    """Who said so, for a verb that also runs with nobody there, such as a backup by the clock: nobody is asked who they
    are. On a terminal the password of an officer who was named is. Raises BadSettings."""
    if settings.officer is None or (settings.password_file is None and not somebody_types()):
        return None
    return who_asks(settings)


async def whoever(store: Store, who: Who | None) -> Officer | None:
    """The officer, signed in and written down; None when nobody said who they are. Raises NotAllowed."""
    return None if who is None else await signed_in(store, who)


async def signed_in(store: Store, who: Who | None) -> Officer:
    """The officer, signed in and written down. Raises NotAllowed."""
    from console.desk.signing import sign_in, this_console

    if who is None:
        raise NotAllowed("Say who you are: --officer CODE --password-file FILE, or run it on a terminal to be asked.")
    return await sign_in(store, who.code, who.password, this_console())


async def reading(store: Store, who: Who | None, settings: Settings) -> Officer:
    """The officer, signed in to read tips: with their numbers masked unless the settings say otherwise."""
    reader = await signed_in(store, who)
    if settings.desk.mask:
        return reader
    from console.desk.signing import this_console
    from console.desk.written import show_numbers

    return await show_numbers(store, reader, this_console())


def new_password(code: str, file: Path | None) -> str:
    """A new password from the file, or asked for twice. Raises BadSettings, NotAllowed."""
    from console.vault.password_file import read_password

    if file is not None:
        return read_password(file)
    if not somebody_types():
        raise NotAllowed("Give the new password in a file of yours (0600), or run it on a terminal to be asked.")
    password = getpass.getpass(f"New password of {code}: ")
    if getpass.getpass("The same again: ") != password:
        raise NotAllowed("The two differ: nothing was changed.")
    return password


def _is_asked(settings: Settings) -> bool:
    return somebody_types() and not (settings.is_embedded and not settings.folder.store.exists())
