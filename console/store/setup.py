"""Bulk inserts of a city's set-up: districts, stations, officers, agencies, rooms, members, with their stored counts.

Called by the desk's setup inside `store.write`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from console.model.officer import Officer, Role
from console.model.room import Member, MemberState, Room
from console.model.station import UNROUTED_STATION_ID, Agency, District, Station
from console.store import tables as t


def add_districts(conn: Connection, districts: Sequence[District]) -> None:
    _add(conn, t.district, [{"id": one.id, "code": one.code, "name": one.name} for one in districts])


def add_stations(conn: Connection, stations: Sequence[Station]) -> None:
    """Stations with their counter rows."""
    rows = [
        {
            "id": one.id,
            "district_id": one.district_id,
            "code": one.code,
            "name": one.name,
            "timezone": one.timezone,
            "respond_routine_s": one.respond_within.routine_s,
            "respond_priority_s": one.respond_within.priority_s,
            "respond_alarm_s": one.respond_within.alarm_s,
            "erase_solved_days": one.erase_after.solved_days,
            "erase_referred_days": one.erase_after.referred_days,
            "erase_closed_days": one.erase_after.closed_days,
            "officers": 0,
        }
        for one in stations
    ]
    _add(conn, t.station, rows)
    _add(conn, t.station_counter, [{"station_id": one.id} for one in stations])


def add_officers(conn: Connection, officers: Sequence[Officer], password: str | None = None) -> None:
    """Officers; stations other than their own in `stations` become grants without an end. `password` is the hash of
    the one they all sign in by."""
    rows = [
        {
            "id": one.id,
            "station_id": one.station_id,
            "code": one.code,
            "name": one.name,
            "role": one.role,
            "rooms": 0,
            "password": password,
        }
        for one in officers
    ]
    _add(conn, t.officer, rows)
    grants = [
        {"officer_id": one.id, "station_id": station_id, "ends_at": None}
        for one in officers
        for station_id in sorted(one.stations - {one.station_id})
    ]
    _add(conn, t.officer_grant, grants)
    _recount(conn, t.station, t.station.c.officers, t.officer, t.officer.c.station_id, {o.station_id for o in officers})


def add_agencies(conn: Connection, agencies: Sequence[Agency]) -> None:
    rows = [{"station_id": a.station_id, "id": a.id, "kind": a.kind, "name": a.name} for a in agencies]
    _add(conn, t.agency, rows)


def add_rooms(conn: Connection, rooms: Sequence[Room]) -> None:
    """Rooms without members; each room's `members` is counted as members are added."""
    rows = [
        {
            "station_id": one.station_id,
            "id": one.id,
            "officer_id": one.officer_id,
            "number": one.number,
            "code": one.code,
            "name": one.name,
            "purpose": one.purpose,
            "members": 0,
        }
        for one in rooms
    ]
    _add(conn, t.room, rows)
    _recount(conn, t.officer, t.officer.c.rooms, t.room, t.room.c.officer_id, {one.officer_id for one in rooms})


def add_members(conn: Connection, members: Sequence[Member]) -> None:
    """Members, and the rooms' counts of active ones."""
    rows = [
        {
            "station_id": one.station_id,
            "id": one.id,
            "room_id": one.room_id,
            "pseudonym": one.pseudonym,
            "kind": one.kind,
            "state": one.state,
            "joined_at": one.joined_at,
        }
        for one in members
    ]
    _add(conn, t.member, rows)
    joined: dict[tuple[int, int], int] = {}
    for one in members:
        if one.state is MemberState.ACTIVE:
            key = (one.station_id, one.room_id)
            joined[key] = joined.get(key, 0) + 1
    for (station_id, room_id), count in sorted(joined.items()):
        conn.execute(
            update(t.room)
            .where(t.room.c.station_id == station_id, t.room.c.id == room_id)
            .values(members=t.room.c.members + count)
        )


def _add(conn: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(insert(table), rows)


def _recount(conn: Connection, parent: Any, column: Any, child: Any, link: Any, ids: set[int]) -> None:
    for one in sorted(ids):
        count = select(func.count()).select_from(child).where(link == one).scalar_subquery()
        conn.execute(update(parent).where(parent.c.id == one).values({column.name: count}))


def is_empty(conn: Connection) -> bool:
    """No station but the lanes; an admin may be there."""
    return conn.execute(select(t.station.c.id).where(t.station.c.id > UNROUTED_STATION_ID).limit(1)).first() is None


def one_of_each_role(conn: Connection) -> dict[str, str]:
    """The first code of each role at the first station, by role."""
    o = t.officer.c
    first = select(func.min(t.station.c.id)).where(t.station.c.id > UNROUTED_STATION_ID).scalar_subquery()
    rows = conn.execute(select(o.code, o.role).where(o.station_id == first).order_by(o.code.desc()))
    codes = {str(role): code for code, role in rows}
    return {role.value: codes[role] for role in Role if role in codes}


def next_officer_id(conn: Connection) -> int:
    """Larger than any that is taken."""
    return (conn.scalar(select(func.max(t.officer.c.id))) or 0) + 1
