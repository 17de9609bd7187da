"""Setting up officers: add, disable, enable, grant, reset. An admin's verbs, for the command line and the admin screen;
each is in the audit.

All raise NotAllowed (not an admin, or what is wrong with the request), NotFound and StoreDown; all return the officer's
line of the roster afterwards.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

from console.desk import guard
from console.errors import NotAllowed
from console.model.audit import AuditAction
from console.model.officer import MOST_CODE, Officer, Role, RosterLine, code_of
from console.model.password import why_not_password
from console.model.station import UNROUTED_CODE, UNROUTED_STATION_ID
from console.store import Store, audit
from console.store.officers import Officers, add_officer, no_officer_yet
from console.store.places import station_by_code
from console.store.unit import Unit
from console.words import gettext as _

_MOST_NAME = 100
_LONGEST_GRANT = timedelta(days=36_525)
"""A hundred years: a calendar's last day has no midnight after it."""


@guard.one
async def roster(store: Store, admin: Officer) -> list[RosterLine]:
    """Everybody by code."""
    return await store.read(lambda conn: Officers(conn, admin).roster())


@guard.one
async def station_codes(store: Store, admin: Officer) -> list[str]:
    """Every station an officer can belong to or be granted."""
    return sorted(await store.read(lambda conn: Officers(conn, admin).stations()))


@guard.one
async def add(store: Store, admin: Officer, new: RosterLine, password: str) -> RosterLine:
    """A new officer at the station of code `new.station_code`; its ids and grants are not looked at."""
    _check(new)
    hashed, now = await _hashed(new.code, new.name, password), store.now()

    def write(conn: Unit) -> RosterLine:
        officers = Officers(conn, admin)
        return officers.add(_at(new, officers.station_id(new.station_code)), hashed, now)

    return await store.write(write)


async def add_first_admin(store: Store, code: str, name: str, password: str) -> RosterLine:
    """The admin who sets up all others, at the unrouted lane. Raises NotAllowed once there is any officer."""
    new = RosterLine(0, code_of(code), name.strip(), Role.ADMIN, UNROUTED_STATION_ID, UNROUTED_CODE, has_password=True)
    _check(new)
    hashed, now = await _hashed(new.code, new.name, password), store.now()

    def write(conn: Unit) -> RosterLine:
        if not no_officer_yet(conn):
            raise NotAllowed(_("Officers are set up already: an admin adds others with `taskroom officer add`."))
        line = add_officer(conn, new, hashed, now)
        about = {"officer": line.id, "role": line.role.value}
        audit.append(conn, line.station_id, None, AuditAction.OFFICER_ADDED, now, about=about)
        return line

    return await store.write(write)


@guard.one
async def disable(store: Store, admin: Officer, code: str) -> RosterLine:
    """Nobody signs in by that code any more; a console where they are signed in ends within a minute."""
    now = store.now()
    return await store.write(lambda conn: Officers(conn, admin).disable(code, now))


@guard.one
async def enable(store: Store, admin: Officer, code: str) -> RosterLine:
    """The officer may sign in again, with the password as it was."""
    now = store.now()
    return await store.write(lambda conn: Officers(conn, admin).enable(code, now))


@guard.one
async def reset(store: Store, admin: Officer, code: str, password: str) -> RosterLine:
    """Another password; wrong tries so far are forgotten."""
    line = await store.read(lambda conn: Officers(conn, admin).one(code))
    hashed, now = await _hashed(line.code, line.name, password), store.now()
    return await store.write(lambda conn: Officers(conn, admin).set_password(code, hashed, now))


@guard.one
async def grant(store: Store, admin: Officer, code: str, station_code: str, last_day: date | None) -> RosterLine:
    """One more station for the officer, until the end of `last_day` on that station's clock (None: without an end);
    given again, the newer day counts. A grant to the oversight lane is the oversight grant."""
    now = store.now()
    if last_day is not None and last_day - now.date() > _LONGEST_GRANT:
        raise NotAllowed(_("That day is too far off: leave it out for a grant without an end."))

    def write(conn: Unit) -> RosterLine:
        officers = Officers(conn, admin)
        ends_at: datetime | None = None
        if last_day is not None:
            midnight = datetime.combine(last_day + timedelta(days=1), time(), station_by_code(conn, station_code).zone)
            ends_at = midnight.astimezone(UTC)
        return officers.grant(code, station_code, ends_at, now)

    return await store.write(write)


@guard.one
async def end_grant(store: Store, admin: Officer, code: str, station_code: str) -> RosterLine:
    """Take a station back at once."""
    now = store.now()
    return await store.write(lambda conn: Officers(conn, admin).end_grant(code, station_code, now))


async def no_officers(store: Store) -> bool:
    """Whether nobody can sign in yet."""
    return await store.read(no_officer_yet)


def _check(new: RosterLine) -> None:
    code = new.code.strip()
    if not code or len(code) > MOST_CODE or not (code.isascii() and code.replace("-", "").isalnum()):
        sentence = _("A code has 1 to {n} letters, digits and hyphens, such as JNL-007.")
        raise NotAllowed(sentence.format(n=MOST_CODE))
    if not new.name.strip() or len(new.name) > _MOST_NAME or not new.name.isprintable():
        raise NotAllowed(_("A name has 1 to {n} characters on one line.").format(n=_MOST_NAME))


def _at(new: RosterLine, station_id: int) -> RosterLine:
    return RosterLine(0, new.code, new.name.strip(), new.role, station_id, new.station_code, has_password=True)


async def _hashed(code: str, name: str, password: str) -> str:
    from console.vault.passwords import hash_password

    why = why_not_password(password, code, name)
    if why is not None:
        raise NotAllowed(why)
    return await asyncio.to_thread(hash_password, password)
