"""Setting a city up: districts, stations, officers, agencies, rooms, members. Seeding and `taskroom init` call it."""

from __future__ import annotations

from collections.abc import Sequence

from console.model.officer import Officer
from console.model.room import Member, Room
from console.model.station import Agency, District, Station
from console.store import Store, setup
from console.store.unit import Unit


async def add_places(
    store: Store,
    *,
    districts: Sequence[District] = (),
    stations: Sequence[Station] = (),
    officers: Sequence[Officer] = (),
    password: str | None = None,
    agencies: Sequence[Agency] = (),
    rooms: Sequence[Room] = (),
) -> None:
    """All or nothing, parents first; ids and codes must be free. `members` of a room is counted by `add_members`;
    `password` is the hash of the one that all these officers sign in by."""

    def write(conn: Unit) -> None:
        setup.add_districts(conn, districts)
        setup.add_stations(conn, stations)
        setup.add_officers(conn, officers, password)
        setup.add_agencies(conn, agencies)
        setup.add_rooms(conn, rooms)

    await store.write(write)


async def add_members(store: Store, members: Sequence[Member]) -> None:
    """One transaction: give it slices of some thousands."""
    await store.write(lambda conn: setup.add_members(conn, members))


async def is_empty(store: Store) -> bool:
    """Whether no station has been set up yet."""
    return await store.read(setup.is_empty)


async def one_of_each_role(store: Store) -> dict[str, str]:
    """The code of an officer of each role at the first station that was set up, by role."""
    return await store.read(setup.one_of_each_role)


async def next_officer_id(store: Store) -> int:
    """The id from which on officers of a seeded city are numbered."""
    return await store.read(setup.next_officer_id)
