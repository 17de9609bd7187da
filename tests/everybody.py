"""An officer who may read the tips of every station and of the unrouted lane, not the oversight lane; for tests that
look at all that is in a store."""

from __future__ import annotations

from sqlalchemy import select

from console.model.officer import Officer, Role
from console.model.station import UNROUTED_STATION_ID
from console.store import Store
from console.store import tables as t


async def everything(store: Store) -> Officer:
    every = select(t.station.c.id).where(t.station.c.id >= UNROUTED_STATION_ID)
    stations = await store.read(lambda conn: frozenset(conn.scalars(every)))
    first = await store.read(lambda conn: conn.scalar(select(t.officer.c.id).order_by(t.officer.c.id).limit(1)))
    return Officer(first or 0, "", "", Role.SUPERVISOR, UNROUTED_STATION_ID, stations)
