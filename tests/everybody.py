"""An officer who may read the tips of every station and of the unrouted lane, not the oversight lane; for tests that
look at all that is in a store."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, insert, select

from console.model.officer import Officer, Role
from console.model.station import UNROUTED_STATION_ID
from console.store import Store
from console.store import tables as t
from console.store.officers import officer_now, officer_of, row_by_code


async def everything(store: Store) -> Officer:
    """The last supervisor of the store, granted all of it: a reader nobody has granted anything would see nothing."""
    now = store.now()

    def grant(conn: Connection) -> Officer:
        o = t.officer.c
        query = select(o.id, o.station_id).where(o.role == Role.SUPERVISOR).order_by(o.id.desc()).limit(1)
        last = conn.execute(query).one()
        every = conn.scalars(select(t.station.c.id).where(t.station.c.id >= UNROUTED_STATION_ID)).all()
        held = conn.scalars(select(t.officer_grant.c.station_id).where(t.officer_grant.c.officer_id == last.id)).all()
        missing = [one for one in every if one not in held and one != last.station_id]
        rows = [{"officer_id": last.id, "station_id": one, "ends_at": None} for one in missing]
        if rows:
            conn.execute(insert(t.officer_grant), rows)
        known = officer_now(conn, last.id, now)
        assert known is not None
        return replace(known, stations=known.stations.intersection(every))

    return await store.write(grant)


async def officer_by_code(store: Store, code: str) -> Officer:
    """The officer of that code with the grants in force now."""
    now = store.now()

    def read(conn: Connection) -> Officer:
        row = row_by_code(conn, code)
        assert row is not None
        return officer_of(conn, row, now)

    return await store.read(read)
