"""Signing in as the store keeps it: whose password is asked for, and how many wrong ones were given in a row, by
officer and by console. `desk.signing` calls it before anybody is the acting officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from console.errors import StoreRefused
from console.model.officer import Officer
from console.model.password import wait_after
from console.store import tables as t
from console.store.officers import MOST_WHO, officer_of, row_by_code, waits_as

FORGOTTEN_AFTER = timedelta(days=1)
"""A wait that was over for so long is begun anew: who guesses gains five tries a day by it."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known of a code that was typed: `hashed` None when it has no password."""

    officer: Officer
    hashed: str | None
    is_disabled: bool


def credential(conn: Connection, code: str, now: datetime) -> Credential | None:
    """None when there is no such officer."""
    row = row_by_code(conn, code)
    if row is None:
        return None
    return Credential(officer_of(conn, row, now), row.password, row.disabled_at is not None)


class Tries:
    """The wrong passwords in a row of one officer and of one console. A code nobody has is counted by the console
    alone: what was typed there may be a password, and is kept nowhere."""

    def __init__(self, conn: Connection, code: str, console: str) -> None:
        self._conn = conn
        self._who: tuple[str, ...] = (f"console {console}"[:MOST_WHO],)
        row = row_by_code(conn, code)
        if row is not None:
            self._who += (waits_as(row.code),)

    def wait_until(self, now: datetime) -> datetime | None:
        """When the next password will be looked at, or None for at once."""
        w = t.sign_in_wait.c
        untils = self._conn.scalars(select(w.until).where(w.who.in_(self._who), w.until > now)).all()
        return max((one for one in untils if one is not None), default=None)

    def hold(self, now: datetime) -> None:
        """Let no other try at this officer or console settle before this one; what nobody waits for any more goes."""
        self._sweep(now)
        for who in self._who:
            self._conn.execute(self._touch(who))

    def _sweep(self, now: datetime) -> None:
        """Waits that were over long ago, and codes that no officer has; none that another try holds."""
        w, o = t.sign_in_wait.c, t.officer.c
        is_nobodys = and_(w.who.startswith("officer "), ~exists().where(o.code == func.substr(w.who, 9)))
        over = select(w.who).where(or_(w.until < now - FORGOTTEN_AFTER, is_nobodys)).with_for_update(skip_locked=True)
        if found := self._conn.scalars(over).all():
            self._conn.execute(delete(t.sign_in_wait).where(w.who.in_(found)))

    def _touch(self, who: str) -> Any:
        if self._conn.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert as on_sqlite

            return on_sqlite(t.sign_in_wait).values(who=who, tries=0).on_conflict_do_nothing()
        from sqlalchemy.dialects.postgresql import insert as on_postgresql

        touched = on_postgresql(t.sign_in_wait).values(who=who, tries=0)
        return touched.on_conflict_do_update(index_elements=["who"], set_={"tries": t.sign_in_wait.c.tries})

    def count_wrong(self, now: datetime) -> tuple[int, datetime | None]:
        """One more wrong password, after `hold`; how many in a row the more tried of the two has, and until when both
        wait now."""
        w = t.sign_in_wait.c
        most, latest = 0, None
        for who in self._who:
            tries = self._conn.scalar(
                update(t.sign_in_wait).where(w.who == who).values(tries=w.tries + 1).returning(w.tries)
            )
            if tries is None:
                raise StoreRefused("A wrong password cannot be counted: run `taskroom doctor`.")
            wait = wait_after(tries)
            if wait is not None:
                self._conn.execute(update(t.sign_in_wait).where(w.who == who).values(until=now + wait))
                latest = max(now + wait, latest or now)
            most = max(most, tries)
        return most, latest

    def forget(self) -> None:
        """The password was right."""
        self._conn.execute(delete(t.sign_in_wait).where(t.sign_in_wait.c.who.in_(self._who)))
