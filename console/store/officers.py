"""Officers as the store knows them: who somebody is now, with the grants in force, and their set-up, which is an
admin's alone. Every change is in the audit of the officer's home station, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from console.errors import NotAllowed, NotFound
from console.model.audit import AuditAction
from console.model.officer import Grant, Officer, Role, RosterLine, code_of
from console.model.station import UNROUTED_STATION_ID
from console.store import audit
from console.store import tables as t
from console.words import gettext as _

MOST_WHO = 80
"""Characters that are kept of a code that somebody typed in vain."""


def waits_as(code: str) -> str:
    """The name by which wrong passwords of the officer of that code are counted."""
    return f"officer {code_of(code)}"[:MOST_WHO]


def row_by_code(conn: Connection, code: str) -> Row[Any] | None:
    """The officer's row, whatever the case of the letters; None when there is none."""
    whole = code.encode("utf-8", "replace").decode()
    if conn.dialect.name != "sqlite":
        whole = whole.replace("\0", "")  # which PostgreSQL takes in no text
    found = conn.execute(select(t.officer).where(t.officer.c.code.in_({whole, code_of(code)})).limit(1))
    return found.one_or_none()


def no_officer_yet(conn: Connection) -> bool:
    """Whether the store has no officer at all."""
    return conn.execute(select(t.officer.c.id).limit(1)).one_or_none() is None


def officer_now(conn: Connection, officer_id: int, now: datetime) -> Officer | None:
    """The officer as they are now; None for one who is disabled or gone."""
    row = conn.execute(
        select(t.officer).where(t.officer.c.id == officer_id, t.officer.c.disabled_at.is_(None))
    ).one_or_none()
    return None if row is None else officer_of(conn, row, now)


def officer_of(conn: Connection, row: Row[Any], now: datetime) -> Officer:
    """The officer of a row, with the stations granted now."""
    g = t.officer_grant.c
    granted = conn.scalars(
        select(g.station_id).where(g.officer_id == row.id, g.ends_at.is_(None) | (g.ends_at > now))
    ).all()
    return Officer(row.id, row.code, row.name, Role(row.role), row.station_id, frozenset((row.station_id, *granted)))


def why_disabled(code: str) -> str:
    return _("The officer {code} is disabled: ask an admin.").format(code=code)


class Officers:
    """All officers of the store, for an admin. Raises NotAllowed for anybody else."""

    def __init__(self, conn: Connection, officer: Officer) -> None:
        why = officer.why_not_set_up()
        if why is not None:
            raise NotAllowed(why)
        self.conn = conn
        self.officer = officer

    def roster(self) -> list[RosterLine]:
        """Everybody by code, with all their grants."""
        o, g, s = t.officer.c, t.officer_grant.c, t.station.c
        grants: dict[int, list[Grant]] = {}
        for row in self.conn.execute(
            select(g.officer_id, s.id, s.code, g.ends_at).join(t.station, s.id == g.station_id).order_by(s.code)
        ):
            grants.setdefault(row.officer_id, []).append(Grant(row.id, row.code, row.ends_at))
        rows = self.conn.execute(_roster().order_by(o.code))
        return [_line(row, grants.get(row.id, ())) for row in rows]

    def one(self, code: str) -> RosterLine:
        """Raises NotFound."""
        row = self.conn.execute(_roster().where(t.officer.c.code == code_of(code))).one_or_none()
        if row is None:
            raise NotFound(_("There is no officer {code}: `taskroom officer list` names them.").format(code=code))
        g, s = t.officer_grant.c, t.station.c
        grants = self.conn.execute(
            select(s.id, s.code, g.ends_at)
            .join(t.station, s.id == g.station_id)
            .where(g.officer_id == row.id)
            .order_by(s.code)
        )
        return _line(row, [Grant(one.id, one.code, one.ends_at) for one in grants])

    def add(self, new: RosterLine, hashed: str, now: datetime) -> RosterLine:
        """A new officer with a password; id and grants of `new` are not looked at. Raises NotAllowed for a code that
        is taken."""
        line = add_officer(self.conn, new, hashed, now)
        self._write_down(AuditAction.OFFICER_ADDED, line, now, {"role": line.role.value})
        return line

    def disable(self, code: str, now: datetime) -> RosterLine:
        """Nobody signs in by that code any more; what they did stays theirs. Raises NotAllowed for oneself, and for who
        was disabled meanwhile, so that an admin is always left."""
        _wait_for_other_admins(self.conn)
        if self.conn.scalar(select(t.officer.c.disabled_at).where(t.officer.c.id == self.officer.id)) is not None:
            raise NotAllowed(why_disabled(self.officer.code))
        line = self.one(code)
        if line.id == self.officer.id:
            raise NotAllowed(_("Another admin must disable you: somebody has to be left."))
        if line.disabled_at is not None:
            raise NotAllowed(_("{code} is disabled already.").format(code=line.code))
        self._set(line, disabled_at=now)
        self._write_down(AuditAction.OFFICER_DISABLED, line, now)
        return self.one(code)

    def enable(self, code: str, now: datetime) -> RosterLine:
        line = self.one(code)
        if line.disabled_at is None:
            raise NotAllowed(_("{code} is not disabled.").format(code=line.code))
        self._set(line, disabled_at=None)
        self._write_down(AuditAction.OFFICER_ENABLED, line, now)
        return self.one(code)

    def set_password(self, code: str, hashed: str, now: datetime) -> RosterLine:
        """Another password, and no more waiting for it."""
        line = self.one(code)
        self._set(line, password=hashed, password_at=now)
        self.conn.execute(delete(t.sign_in_wait).where(t.sign_in_wait.c.who == waits_as(line.code)))
        self._write_down(AuditAction.PASSWORD_SET, line, now)
        return self.one(code)

    def grant(self, code: str, station_code: str, ends_at: datetime | None, now: datetime) -> RosterLine:
        """Let the officer work for one more station, or until another day. Raises NotFound, and NotAllowed for the home
        station."""
        line, station_id = self.one(code), self.station_id(station_code)
        if station_id == line.station_id:
            raise NotAllowed(_("{station} is {code}'s own station.").format(station=station_code, code=line.code))
        if ends_at is not None and ends_at <= now:
            raise NotAllowed(_("That day is over: give one that is to come."))
        mine = (t.officer_grant.c.officer_id == line.id, t.officer_grant.c.station_id == station_id)
        self.conn.execute(delete(t.officer_grant).where(*mine))
        self.conn.execute(insert(t.officer_grant).values(officer_id=line.id, station_id=station_id, ends_at=ends_at))
        until = None if ends_at is None else ends_at.isoformat()
        self._write_down(AuditAction.GRANTED, line, now, {"station": station_id, "until": until})
        return self.one(code)

    def end_grant(self, code: str, station_code: str, now: datetime) -> RosterLine:
        """Take a station back at once. Raises NotFound."""
        line, station_id = self.one(code), self.station_id(station_code)
        mine = (t.officer_grant.c.officer_id == line.id, t.officer_grant.c.station_id == station_id)
        if self.conn.execute(delete(t.officer_grant).where(*mine)).rowcount == 0:
            raise NotFound(_("{code} has no grant for {station}.").format(code=line.code, station=station_code))
        self._write_down(AuditAction.GRANT_ENDED, line, now, {"station": station_id})
        return self.one(code)

    def station_id(self, code: str) -> int:
        """Raises NotFound."""
        found: int | None = self.conn.scalar(select(t.station.c.id).where(t.station.c.code == code_of(code)))
        if found is None:
            raise NotFound(_("There is no station {code}.").format(code=code))
        return found

    def stations(self) -> dict[str, int]:
        """Id by code of every station there is."""
        return {row.code: row.id for row in self.conn.execute(select(t.station.c.code, t.station.c.id))}

    def _set(self, line: RosterLine, **values: object) -> None:
        self.conn.execute(update(t.officer).where(t.officer.c.id == line.id).values(values))

    def _write_down(
        self, action: AuditAction, line: RosterLine, now: datetime, more: Mapping[str, str | int | None] | None = None
    ) -> None:
        about = {"officer": line.id, **(more or {})}
        audit.append(self.conn, line.station_id, self.officer.id, action, now, about=about)


def _roster() -> Select[Any]:
    o, s = t.officer.c, t.station.c
    columns = (o.id, o.code, o.name, o.role, o.station_id, s.code.label("station_code"), o.disabled_at)
    return select(*columns, o.password.is_not(None).label("has_password")).join(t.station, s.id == o.station_id)


def _line(row: Row[Any], grants: Any) -> RosterLine:
    who = (row.id, row.code, row.name, Role(row.role), row.station_id, row.station_code)
    return RosterLine(*who, bool(row.has_password), row.disabled_at, tuple(grants))


def _wait_for_other_admins(conn: Connection) -> None:
    """Two at once are told apart by the lane's row, which is always there."""
    c = t.station_counter.c
    conn.execute(select(c.station_id).where(c.station_id == UNROUTED_STATION_ID).with_for_update())


def add_officer(conn: Connection, new: RosterLine, hashed: str, now: datetime) -> RosterLine:
    """One more officer, with the next id. Raises NotAllowed for a code that is taken, NotFound for no such station."""
    o = t.officer.c
    _wait_for_other_admins(conn)
    station_code = conn.scalar(select(t.station.c.code).where(t.station.c.id == new.station_id))
    if station_code is None:
        raise NotFound(_("There is no such station."))
    code = code_of(new.code)
    if conn.execute(select(o.id).where(o.code == code)).one_or_none() is not None:
        raise NotAllowed(_("There is an officer {code} already: choose another code.").format(code=code))
    officer_id = (conn.scalar(select(func.max(o.id))) or 0) + 1
    conn.execute(
        insert(t.officer).values(
            id=officer_id, station_id=new.station_id, code=code, name=new.name, role=new.role, rooms=0,
            password=hashed, password_at=now,
        )
    )  # fmt: skip
    s = t.station.c
    conn.execute(update(t.station).where(s.id == new.station_id).values(officers=s.officers + 1))
    return RosterLine(officer_id, code, new.name, new.role, new.station_id, station_code, has_password=True)
