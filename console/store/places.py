"""Stations, officers, agencies, rooms and members: what the tree shows, who may see what. Setup inserts them by
store.setup."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from console.errors import NotFound
from console.model.officer import Officer, Role
from console.model.room import MemberKind, MemberState, Room
from console.model.station import UNROUTED_STATION_ID, Agency, AgencyKind, EraseAfter, RespondWithin, Station
from console.model.view import Branch, BranchKind, Twigs
from console.store import tables as t
from console.store.desk_roles import stations_in_sight
from console.store.grant import check_looks_up
from console.words import gettext as _


def station_of(row: Row[Any]) -> Station:
    return Station(
        row.id,
        row.district_id,
        row.code,
        row.name,
        row.timezone,
        RespondWithin(row.respond_routine_s, row.respond_priority_s, row.respond_alarm_s),
        EraseAfter(row.erase_solved_days, row.erase_referred_days, row.erase_closed_days),
    )


_O, _R, _M = t.officer.c, t.room.c, t.member.c
OFFICER_LINE: Final = (_O.id, _O.station_id, _O.name, _O.role, _O.rooms, _O.code)
ROOM_LINE: Final = (_R.id, _R.station_id, _R.name, _R.purpose, _R.members, _R.code)
MEMBER_LINE: Final = (_M.id, _M.station_id, _M.pseudonym, _M.kind)
"""What `branch_of` reads of these rows: the tree waits for nothing else."""


def branch_of(kind: BranchKind, row: Row[Any]) -> Branch:
    """The line of a row of that kind's table; a district's row has a `count` of granted stations besides."""
    match kind:
        case BranchKind.DISTRICT:
            return Branch(kind, row.id, None, row.name, count=row._mapping["count"], code=row.code)
        case BranchKind.STATION:
            return Branch(kind, row.id, row.id, row.name, count=row.officers, code=row.code)
        case BranchKind.OFFICER:
            return Branch(kind, row.id, row.station_id, row.name, row.role, row.rooms, row.code)
        case BranchKind.ROOM:
            return Branch(kind, row.id, row.station_id, row.name, row.purpose, row.members, row.code)
        case BranchKind.MEMBER:
            return Branch(kind, row.id, row.station_id, row.pseudonym, MemberKind(row.kind).value)


class Places:
    """What an officer may see of the city's set-up; everything is limited to the stations granted to `officer`."""

    def __init__(self, conn: Connection, officer: Officer) -> None:
        self.conn = conn
        self.officer = officer

    def stations(self) -> list[Station]:
        """Granted stations by code, the lanes last; where a desk's role is shown some of them only, these, and the
        officer's own."""
        granted, shown = self.officer.stations, stations_in_sight(self.conn)
        if shown is not None:
            granted = granted & (shown | {self.officer.station_id})
        mine = t.station.c.id.in_(sorted(granted))
        rows = self.conn.execute(select(t.station).where(mine).order_by(t.station.c.code))
        found = [station_of(row) for row in rows]
        return sorted(found, key=lambda one: one.id <= UNROUTED_STATION_ID)

    def station(self, station_id: int) -> Station:
        """Raises OutOfGrant."""
        check_looks_up(self.officer, station_id)
        row = self.conn.execute(select(t.station).where(t.station.c.id == station_id)).one_or_none()
        if row is None:
            raise NotFound(_("There is no such station among yours."))
        return station_of(row)

    def colleagues(self, station_id: int, now: datetime) -> list[Officer]:
        """Officers who work tips of the station `now`: its own and those granted to it, none who is disabled; their
        `stations` are only this one."""
        self.station(station_id)
        o, g = t.officer.c, t.officer_grant.c
        in_force = g.ends_at.is_(None) | (g.ends_at > now)
        granted = select(g.officer_id).where(g.station_id == station_id, in_force)
        rows = self.conn.execute(
            select(t.officer)
            .where(
                or_(o.station_id == station_id, o.id.in_(granted)),
                o.disabled_at.is_(None),
                o.role.in_((Role.DUTY, Role.SUPERVISOR)),
            )
            .order_by(o.code)
        )
        return [Officer(r.id, r.code, r.name, Role(r.role), r.station_id, frozenset((station_id,))) for r in rows]

    def agencies(self, station_id: int) -> list[Agency]:
        self.station(station_id)
        rows = self.conn.execute(select(t.agency).where(t.agency.c.station_id == station_id).order_by(t.agency.c.id))
        return [Agency(row.station_id, row.id, AgencyKind(row.kind), row.name) for row in rows]

    def rooms(self) -> list[Room]:
        """All rooms of the granted stations, by station and number."""
        rows = self.conn.execute(
            select(t.room).where(self._granted(t.room.c.station_id)).order_by(t.room.c.station_id, t.room.c.number)
        )
        return [Room(**row._mapping) for row in rows]

    def branches(self, parent: Branch | None, start: int, limit: int) -> Twigs:
        """Children `start` to `start + limit` of a branch of the tree, districts when `parent` is None. Below a station
        the grant is looked at once: 264 stations in every query's words cost more than its rows."""
        if limit <= 0:
            return Twigs(start)
        if parent is None:
            return self._districts(start, limit)
        if parent.kind is not BranchKind.DISTRICT and self._why_not_below(parent) is not None:
            return Twigs(start)
        below = {
            BranchKind.DISTRICT: self._stations_of,
            BranchKind.STATION: self._officers_of,
            BranchKind.OFFICER: self._rooms_of,
            BranchKind.ROOM: self._members_of,
        }
        return below[parent.kind](parent, start, limit) if parent.kind in below else Twigs(0)

    def _why_not_below(self, parent: Branch) -> str | None:
        """Why nothing is shown below a station, officer or room, or None."""
        station_id = parent.id if parent.kind is BranchKind.STATION else parent.station_id
        return None if station_id is None else self.officer.why_not_look_up(station_id)

    def _granted(self, column: Any) -> Any:
        return column.in_(sorted(self.officer.looked_up_of(self.officer.stations)))

    def _piece(self, kind: BranchKind, query: Select[Any], column: Select[Any], start: int, limit: int) -> Twigs:
        """Rows `start` to `start + limit`. Their total is told by `column`, a number kept in the parent's row: asked
        for only when the rows do not tell it, and never believed against them."""
        rows = self.conn.execute(query.offset(start).limit(limit)).all()
        end = start + len(rows)
        if len(rows) == limit:
            total = max(self.conn.scalar(column) or 0, end)
        elif rows or not start:
            total = end
        else:
            total = self.conn.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        return Twigs(start, tuple(branch_of(kind, row) for row in rows), total)

    def _districts(self, start: int, limit: int) -> Twigs:
        stations = func.count(t.station.c.id)
        query = (
            select(t.district, stations.label("count"))
            .join(t.station, t.station.c.district_id == t.district.c.id)
            .where(self._granted(t.station.c.id))
            .group_by(*t.district.c)
            .order_by((t.district.c.id <= UNROUTED_STATION_ID), t.district.c.code)
        )
        districts = select(func.count(t.station.c.district_id.distinct())).where(self._granted(t.station.c.id))
        return self._piece(BranchKind.DISTRICT, query, districts, start, limit)

    def _stations_of(self, parent: Branch, start: int, limit: int) -> Twigs:
        where = and_(t.station.c.district_id == parent.id, self._granted(t.station.c.id))
        stations = select(func.count()).select_from(t.station).where(where)
        query = select(t.station).where(where).order_by(t.station.c.code)
        return self._piece(BranchKind.STATION, query, stations, start, limit)

    def _officers_of(self, parent: Branch, start: int, limit: int) -> Twigs:
        officers = select(t.station.c.officers).where(t.station.c.id == parent.id)
        query = select(*OFFICER_LINE).where(_O.station_id == parent.id).order_by(_O.code)
        return self._piece(BranchKind.OFFICER, query, officers, start, limit)

    def _rooms_of(self, parent: Branch, start: int, limit: int) -> Twigs:
        rooms = select(_O.rooms).where(_O.id == parent.id)
        query = select(*ROOM_LINE).where(_R.station_id == parent.station_id, _R.officer_id == parent.id)
        return self._piece(BranchKind.ROOM, query.order_by(_R.number), rooms, start, limit)

    def _members_of(self, parent: Branch, start: int, limit: int) -> Twigs:
        where = and_(_M.station_id == parent.station_id, _M.room_id == parent.id, _M.state == MemberState.ACTIVE)
        members = select(_R.members).where(_R.station_id == parent.station_id, _R.id == parent.id)
        query = select(*MEMBER_LINE).where(where).order_by(_M.id)
        return self._piece(BranchKind.MEMBER, query, members, start, limit)


def station_by_code(conn: Connection, code: str) -> Station:
    """Any station of the city, for those who set up. Raises NotFound."""
    row = conn.execute(select(t.station).where(t.station.c.code == code.strip().upper())).one_or_none()
    if row is None:
        raise NotFound("There is no such station: see how its code is spelt.")
    return station_of(row)
