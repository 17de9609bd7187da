"""Who is at the desk: signing in and off, locking and unlocking, taking over. Every outcome is in the audit of the
officer's home station; a code nobody has, in that of the unrouted lane. Consoles and command-line verbs come in here.

All raise StoreDown; what tries a password raises NotAllowed with the sentence to show, MustWait while none is tried.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from console.errors import MustWait, NotAllowed
from console.model.audit import AuditAction
from console.model.officer import Officer, TakeOverReason
from console.model.password import FREE_TRIES, waiting_words
from console.model.station import UNROUTED_STATION_ID
from console.store import Store, audit, officers
from console.store.claims import release_claims
from console.store.sign_ins import Credential, Tries, credential
from console.store.unit import Unit
from console.words import gettext as _
from console.words import ngettext

About = dict[str, str | int | None]
Ahead = Callable[[str | None, str], bool | None]
"""Whether hash and password go together, when just these were tried beforehand; None when they were not. Blocks."""
OnRight = Callable[[Unit, Officer, datetime], None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One try: whose password is given at which console, what a wrong one is called in the audit, whom the right one
    does not help all the same, and what is written down in the same transaction when it does."""

    code: str
    console: str
    failed: AuditAction = AuditAction.SIGN_IN_FAILED
    why_not: Callable[[Officer], str | None] = lambda _officer: None
    on_right: OnRight = lambda _conn, _officer, _now: None


@dataclass(frozen=True, slots=True)
class _Outcome:
    officer: Officer | None = None
    sentence: str = ""
    until: datetime | None = None


def this_console() -> str:
    """How this machine and account are named in the audit and where wrong passwords are counted."""
    return f"{os.uname().nodename} {os.getuid()}"


async def check_password(store: Store, code: str, password: str, console: str) -> Officer:
    """The officer whose password it is, with the grants in force now; nobody is signed in by it. A wrong one counts
    like any other."""
    return await _try(store, _Asked(code, console), password)


async def sign_in(store: Store, code: str, password: str, console: str, ahead: Ahead | None = None) -> Officer:
    """The officer who is at this console from now on; `ahead` may spare trying the password now."""

    def write_down(conn: Unit, officer: Officer, now: datetime) -> None:
        _write_down(conn, officer, AuditAction.SIGNED_IN, now, {"console": console})

    return await _try(store, _Asked(code, console, on_right=write_down), password, ahead)


async def sign_off(store: Store, officer: Officer, console: str) -> int:
    """The officer goes: their claims on open tips are released. Returns how many."""
    now = store.now()

    def write(conn: Unit) -> int:
        released = release_claims(conn, officer, officer.id, now)
        _write_down(conn, officer, AuditAction.SIGNED_OFF, now, {"console": console, "released": released})
        return released

    return await store.write(write)


async def lock(store: Store, officer: Officer, console: str, *, at: datetime, idle: bool = False) -> None:
    """Write down that the desk was locked at that time; the screen has hidden everything before it calls this."""
    about: About = {"console": console, "why": "idle" if idle else "key"}
    await store.write(lambda conn: _write_down(conn, officer, AuditAction.LOCKED, at, about))


async def unlock(store: Store, at_desk: Officer, password: str, console: str) -> Officer:
    """The same officer goes on, with the grants in force now."""

    def write_down(conn: Unit, officer: Officer, now: datetime) -> None:
        _write_down(conn, officer, AuditAction.UNLOCKED, now, {"console": console})

    asked = _Asked(at_desk.code, console, AuditAction.UNLOCK_FAILED, on_right=write_down)
    return await _try(store, asked, password)


async def take_over(
    store: Store, at_desk: Officer, code: str, password: str, reason: TakeOverReason, console: str
) -> Officer:
    """A supervisor goes on at a desk that `at_desk` locked; the claims of who went are released."""

    def write_down(conn: Unit, officer: Officer, now: datetime) -> None:
        why = _("{code} took over the desk: {reason}").format(code=officer.code, reason=reason)
        released = release_claims(conn, officer, at_desk.id, now, why)
        about: About = {"console": console, "from": at_desk.id, "reason": reason.value, "released": released}
        audit.append(conn, at_desk.station_id, officer.id, AuditAction.TAKEN_OVER, now, about=about)

    def why_not(officer: Officer) -> str | None:
        return officer.why_not_take_over(at_desk)

    asked = _Asked(code, console, AuditAction.UNLOCK_FAILED, why_not, write_down)
    return await _try(store, asked, password)


async def officer_now(store: Store, officer: Officer) -> Officer | None:
    """The officer with the grants in force now; None when they were disabled meanwhile."""
    now = store.now()
    return await store.read(lambda conn: officers.officer_now(conn, officer.id, now))


# ── one try ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def _try(store: Store, asked: _Asked, password: str, ahead: Ahead | None = None) -> Officer:
    now = store.now()

    def look(conn: Unit) -> tuple[Credential | None, datetime | None]:
        return credential(conn, asked.code, now), Tries(conn, asked.code, asked.console).wait_until(now)

    known, until = await store.read(look)
    fits = False
    if until is None:
        fits = await asyncio.to_thread(_fits, None if known is None else known.hashed, password, ahead)
    now = store.now()
    outcome = await store.write(lambda conn: _settle(conn, asked, fits, now))
    if outcome.until is not None:
        raise MustWait(outcome.sentence, outcome.until)
    if outcome.officer is None:
        raise NotAllowed(outcome.sentence)
    return outcome.officer


def _fits(hashed: str | None, password: str, ahead: Ahead | None) -> bool:
    from console.vault.passwords import password_fits

    tried = None if ahead is None else ahead(hashed, password)
    return password_fits(hashed, password) if tried is None else tried


def _settle(conn: Unit, asked: _Asked, fits: bool, now: datetime) -> _Outcome:
    """What came of it. Of many tries at once each waits here for the one before: a right password after too many wrong
    ones does not help."""
    tries = Tries(conn, asked.code, asked.console)
    tries.hold(now)
    known, until = credential(conn, asked.code, now), tries.wait_until(now)
    if until is not None:
        return _refused(conn, asked, known, now, "waiting", _waiting(until, now), until)
    if known is None or not fits:
        return _count(conn, asked, known, tries, now)
    if known.is_disabled:
        return _refused(conn, asked, known, now, "disabled", officers.why_disabled(known.officer.code))
    why_not = asked.why_not(known.officer)
    if why_not is not None:
        return _refused(conn, asked, known, now, "not-allowed", why_not)
    tries.forget()
    asked.on_right(conn, known.officer, now)
    return _Outcome(known.officer)


def _count(conn: Unit, asked: _Asked, known: Credential | None, tries: Tries, now: datetime) -> _Outcome:
    wrong, until = tries.count_wrong(now)
    if until is not None:
        sentence = _("That code and password do not go together. {wait}").format(wait=_waiting(until, now))
        return _refused(conn, asked, known, now, "password", sentence, until, wrong)
    left = FREE_TRIES - wrong
    sentence = ngettext(
        "That code and password do not go together. {n} more try, then a wait.",
        "That code and password do not go together. {n} more tries, then a wait.",
        left,
    ).format(n=left)
    return _refused(conn, asked, known, now, "password", sentence, None, wrong)


def _waiting(until: datetime, now: datetime) -> str:
    return _("Too many wrong ones: wait {time}.").format(time=waiting_words(until - now))


def _refused(
    conn: Unit,
    asked: _Asked,
    known: Credential | None,
    now: datetime,
    why: str,
    sentence: str,
    until: datetime | None = None,
    wrong: int | None = None,
) -> _Outcome:
    about: About = {"console": asked.console, "why": why}
    if wrong is not None:
        about["tries"] = wrong
    station_id = UNROUTED_STATION_ID if known is None else known.officer.station_id
    officer_id = None if known is None else known.officer.id
    audit.append(conn, station_id, officer_id, asked.failed, now, about=about)
    return _Outcome(None, sentence, until)


def _write_down(conn: Unit, officer: Officer, action: AuditAction, now: datetime, about: About) -> None:
    audit.append(conn, officer.station_id, officer.id, action, now, about=about)
