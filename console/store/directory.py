"""Which station a room or station code belongs to, remembered for a minute: the intake asks for every tip.

`Store` holds one; `arrivals` asks it inside the transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select

from console.model.incoming import NewTip
from console.model.station import OVERSIGHT_STATION_ID, UNROUTED_STATION_ID, Station
from console.model.tip import Urgency
from console.store import tables as t
from console.store.places import station_of

FRESH_S = 60.0
"""A station's changed settings count for new tips after this; a room's station never changes, a new room is looked
up."""

_ROOMS = select(t.room.c.code, t.room.c.station_id, t.room.c.id).where(
    t.room.c.code.in_(bindparam("codes", expanding=True))
)
_STATIONS = select(t.station).where(
    t.station.c.code.in_(bindparam("codes", expanding=True)) | t.station.c.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tip belongs: a station and, if it named a known one, a room; `unrouted_name` is what it named in vain."""

    station: Station
    zone: ZoneInfo
    respond_within: Mapping[Urgency, timedelta]
    room_id: int | None = None
    unrouted_name: str | None = None
    origin_id: int | None = None
    """Of a place in the oversight lane: the station that the room or station named is."""


_Named = tuple[str | None, str | None]
"""A room and a station as a tip names them."""


class Directory:
    """Rooms and stations by code, as found at most `FRESH_S` ago; any number of threads may ask at once."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._rooms: dict[str, tuple[int, int]] = {}
        self._stations: dict[int, Station] = {}
        self._ids: dict[str, int] = {}
        self._places: dict[_Named, Place] = {}
        """Of known rooms and stations, in the letters they were named by."""
        self._until = 0.0

    def places(self, conn: Connection, tips: Collection[NewTip]) -> list[Place]:
        """One place per tip: its room's station, the station it names, or the unrouted lane."""
        with self._asking:
            return self._places_of(conn, tips)

    def _places_of(self, conn: Connection, tips: Collection[NewTip]) -> list[Place]:
        if time.monotonic() > self._until:
            self._forget()
            self._until = time.monotonic() + FRESH_S
        known = self._places
        unknown = [tip for tip in tips if (tip.room, tip.station) not in known]
        if unknown:
            self._look_up(conn, unknown)
        return [
            self._lane(tip)
            if tip.is_complaint
            else known.get((tip.room, tip.station)) or self._place(tip.room, tip.station)
            for tip in tips
        ]

    def _lane(self, tip: NewTip) -> Place:
        """The oversight lane; never the station that it would have come to."""
        meant = self._places.get((tip.room, tip.station)) or self._place(tip.room, tip.station)
        origin_id = None if meant.station.id == UNROUTED_STATION_ID else meant.station.id
        return replace(self._at(OVERSIGHT_STATION_ID, unrouted_name=meant.unrouted_name), origin_id=origin_id)

    def _look_up(self, conn: Connection, tips: Collection[NewTip]) -> None:
        rooms = {tip.room.upper() for tip in tips if tip.room} - self._rooms.keys()
        if rooms:
            rows = conn.execute(_ROOMS, {"codes": sorted(rooms)})
            self._rooms.update({code: (station_id, room_id) for code, station_id, room_id in rows})
        codes = {tip.station.upper() for tip in tips if tip.station} - self._ids.keys()
        ids = {station_id for station_id, _ in self._rooms.values()} | {UNROUTED_STATION_ID, OVERSIGHT_STATION_ID}
        if codes or ids - self._stations.keys():
            wanted = {"codes": sorted(codes), "ids": sorted(ids - self._stations.keys())}
            for row in conn.execute(_STATIONS, wanted):
                self._stations[row.id] = station_of(row)
                self._ids[row.code] = row.id

    def _place(self, room_code: str | None, station_code: str | None) -> Place:
        room = self._rooms.get(room_code.upper()) if room_code else None
        named = self._ids.get(station_code.upper()) if station_code else None
        is_known = (room is not None or not room_code) and (
            named not in (None, UNROUTED_STATION_ID, OVERSIGHT_STATION_ID) or not station_code
        )
        if is_known and room is not None and named in (None, room[0]):
            return self._remembered(room_code, station_code, self._at(room[0], room_id=room[1]))
        if is_known and room is None and named is not None:
            return self._remembered(room_code, station_code, self._at(named))
        unknown = "/".join(name for name in (station_code, room_code) if name)
        return self._at(UNROUTED_STATION_ID, unrouted_name=unknown)

    def _remembered(self, room_code: str | None, station_code: str | None, place: Place) -> Place:
        self._places[room_code, station_code] = place
        return place

    def _at(self, station_id: int, room_id: int | None = None, unrouted_name: str | None = None) -> Place:
        station = self._stations[station_id]
        within = {urgency: station.respond_within.within(urgency) for urgency in Urgency}
        return Place(station, station.zone, within, room_id, unrouted_name)
