"""Which errors of the drivers mean that the store does not answer, and the sentence for each; called by store."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from console.errors import NotAllowed, StoreDown
from console.words import gettext as _

_BUSY, _LOCKED, _READONLY, _INTERRUPT, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 9, 10, 11, 13, 14, 26
"""SQLite's primary result codes (sqlite.org/rescode.html)."""

_SQLITE_WORDS = {
    "locked": _BUSY,
    "readonly": _READONLY,
    "interrupted": _INTERRUPT,
    "disk I/O": _IOERR,
    "malformed": _CORRUPT,
    "Could not decode": _CORRUPT,
    "is full": _FULL,
    "unable to open": _CANTOPEN,
    "not a database": _NOTADB,
}
"""For a driver that does not hand out the result code."""

_POSTGRES_CLASSES = ("08", "40", "53", "57", "58", "XX")
"""Connection, rollback, resources, operator, system, internal (PostgreSQL, appendix A)."""

_POSTGRES_STATES = ("25006", "25P03", "55P03", "3D000", "28000", "28P01")
"""Read-only server, idle too long, lock not to be had, no such database, no entry for this user."""

_NO_RIGHT = "42501"

_SHUTDOWNS = ("57P01", "57P02", "57P03")
"""The server ends, has crashed, or does not take connections yet."""

_RACES = ("23505", "40001", "40P01")
"""Unique violation, serialization failure, deadlock: the same function may well succeed when run again."""


class Unreachable(StoreDown):
    """No connection to the database, or one that was lost: its sentence is for a console, which tries again."""

    @property
    def for_one_command(self) -> str:
        """The sentence for a program that asks once and ends."""
        return _("The database does not answer: check it and try again.")


def sqlite_code(error: BaseException | None) -> int:
    """SQLite's primary result code of a driver's error, 0 when it is none."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF
    words = str(error)
    return next((code for part, code in _SQLITE_WORDS.items() if part in words), 0)


def outage(error: BaseException, *, reading: bool = False) -> StoreDown | None:
    """The StoreDown to raise for `error`, None when it is no outage (a refusal, a broken rule, a mistake of ours).

    A read that wants to write is a mistake of ours.
    """
    if isinstance(error, NoFreeConnection):
        return StoreDown(_("The store is too busy to answer: try again in a moment."))
    if isinstance(error, DBAPIError):
        if reading and (sqlite_code(error.orig) == _READONLY or getattr(error.orig, "sqlstate", None) == "25006"):
            return None
        if isinstance(error.orig, BaseException) and type(error.orig).__module__.partition(".")[0] == "psycopg":
            return _postgres_outage(error.orig)
        return _sqlite_outage(error.orig)
    if isinstance(error, OSError):
        return _unreachable()
    return None


def no_right(error: BaseException) -> NotAllowed | None:
    """The NotAllowed to raise where PostgreSQL gives the account no right to a statement, None for any other error."""
    if not isinstance(error, DBAPIError) or getattr(error.orig, "sqlstate", None) != _NO_RIGHT:
        return None
    return NotAllowed(_("This database account has no right to that: do it as the owner."))


def is_interrupted(error: DBAPIError) -> bool:
    """True when a statement on SQLite was broken off because nobody waits for it any more."""
    return sqlite_code(error.orig) == _INTERRUPT


def is_damage(error: DBAPIError) -> bool:
    """True when SQLite came upon a page or a word that cannot be as it was written."""
    return sqlite_code(error.orig) in (_CORRUPT, _NOTADB)


def damage() -> StoreDown:
    return StoreDown(_("The store's file is damaged: stop working on it and run `taskroom doctor`."))


def is_race(error: BaseException) -> bool:
    """True when PostgreSQL gave way to another transaction, so that running the same function again makes sense."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _RACES


def is_lost(error: BaseException) -> bool:
    """True when the connection to PostgreSQL broke; before COMMIT was sent, nothing of its transaction is written."""
    if not isinstance(error, OperationalError) or error.orig is None:
        return False
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is None or state in _SHUTDOWNS or state.startswith("08")


def _sqlite_outage(error: BaseException | None) -> StoreDown | None:
    match sqlite_code(error):
        case 5 | 6:
            return StoreDown(_("Another program holds the store: nothing was written. Try again in a moment."))
        case 13:
            return StoreDown(_("The disk is full: nothing was written. Make room, then try again."))
        case 8:
            return StoreDown(_("The store is read-only: see that its disk is writable and its file is this account's."))
        case 14:
            return StoreDown(_("The store's file cannot be opened for writing: check its folder, owner and disk."))
        case 10:
            return StoreDown(_("The disk reports an error: nothing is known to be written. Check the disk."))
        case 11 | 26:
            return damage()
        case _:
            return None


def _postgres_outage(error: BaseException) -> StoreDown | None:
    import psycopg

    state = getattr(error, "sqlstate", None)
    if state == "57014":
        return StoreDown(_("The store took too long to answer: nothing was written. Try again in a moment."))
    if state == "25006":
        return StoreDown(_("The database only lets itself be read now: nothing was written."))
    if state is None and (why := _why_no_tls(str(error)) or _why_not_in(str(error))):
        return StoreDown(why)
    if state is None:
        return _unreachable() if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
    if state[:2] in _POSTGRES_CLASSES or state in _POSTGRES_STATES:
        return _unreachable()
    return None


def _why_no_tls(words: str) -> str:
    """What libpq says of TLS, as a sentence; '' when it says nothing of it."""
    if "SSL was required" in words:
        return _("The database's server does not speak TLS, which the URL asks for: switch it on there (ssl = on).")
    if "root certificate" in words:
        return _("The certificate that the server is checked by cannot be read: see sslrootcert in the database URL.")
    if "certificate file" in words or "private key file" in words:
        return _("The certificate or key of this desk cannot be used: see sslcert and sslkey in the database URL.")
    if "certificate verify failed" in words or "does not match host name" in words:
        return _("The server's certificate is not the one that is trusted here: nothing was sent to it.")
    return ""


def _why_not_in(words: str) -> str:
    """What a server that answers says of who knocks, in English or in the words of libpq itself; '' for anything
    else."""
    if 'database "' in words and "does not exist" in words:
        return _("That server has no such database: its administrator makes it (CREATE DATABASE … OWNER …).")
    if "too many clients" in words or "connection slots" in words or "too many connections" in words:
        return _("The database has no connection left: its administrator raises max_connections, or leave a console.")
    if any(part in words for part in _NOT_LET_IN):
        return _("The database does not let this account in: see its name and password in the database URL.")
    if "pg_hba.conf" in words:
        return _("The database does not let this account in from here: its administrator lets it in by pg_hba.conf.")
    if "failed to resolve host" in words or "could not translate host name" in words:
        return _("The database's server is not found by its name: see the name in the database URL, and the network.")
    if words.rpartition("invalid ")[2].startswith(("sslmode", "integer value", "connection option", "channel_binding")):
        return _("The database URL asks for something that is not known, such as an sslmode: see how it is spelt.")
    return ""


_NOT_LET_IN = ("authentication failed", "no password supplied", 'role "', "not permitted to log in")


def _unreachable() -> StoreDown:
    return Unreachable(
        _("The database does not answer. It is tried again by itself; what you just did may not be stored.")
    )
