"""Setting stations: how long a tip may wait, how long its words are kept, name and time zone. An admin's verbs, each
change in the audit of its station.

All raise NotAllowed (not an admin, or what is wrong with the values), NotFound and StoreDown.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.desk import guard
from console.model.officer import Officer
from console.model.station import Station
from console.model.station_settings import Setting
from console.store import Store
from console.store.station_settings import StationSettings


@guard.one
async def all_stations(store: Store, admin: Officer) -> list[Station]:
    """Every station by code, the lanes last."""
    return await store.read(lambda conn: StationSettings(conn, admin).all())


@guard.one
async def change(store: Store, admin: Officer, code: str, values: Mapping[Setting, str | int]) -> Station:
    """Set these of a station, which is returned. A respond clock counts for tips that come a minute later, an erase
    clock for tips that are ended or referred from now on: what is on file keeps the time it was given."""
    now = store.now()
    return await store.write(lambda conn: StationSettings(conn, admin).change(code, values, now))
