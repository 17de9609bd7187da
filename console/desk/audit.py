"""The audit as it is read, verified and anchored; what writes an entry does so in the transaction of what it tells of.

Errors: NotFound for what is out of grant, StoreDown when the store does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import islice

from console.desk import guard
from console.desk.anchors import Anchors
from console.model.audit_log import Asked, AuditPage, Rest
from console.model.chain import ChainEnd, Fault, Head, Verdict, Walk, fault_against
from console.model.officer import Officer
from console.store import Store, chain, desk_roles
from console.store.audit_log import AuditLog
from console.store.unit import Unit

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, done, total) now and then."""

PAGE = 2_000
"""Entries hashed at once: some 15 ms, so that a screen stays alive beside it, and memory flat."""
_ANCHORS_AT_ONCE = 1_000


def unheard(_stage: str, _done: int, _total: int) -> None:
    """The progress of a run nobody watches."""


async def operator(store: Store) -> Officer:
    """Who verifies and reads every chain as the operator of the machine, who owns the store's file."""
    return await store.read(chain.auditor_of_all)


@guard.one
async def read(
    store: Store, officer: Officer, asked: Asked, rest: Rest | None = None, *, limit: int = 100, newest: bool = True
) -> AuditPage:
    """Up to `limit` entries of the granted stations, the newest first (`newest` False: the oldest), from `rest` on.
    Raises NotFound."""
    return await store.read(lambda conn: AuditLog(conn, officer).page(asked, rest, limit, newest=newest))


@guard.one
async def total(store: Store, officer: Officer) -> int:
    """How many entries the officer may read."""
    return await store.read(lambda conn: AuditLog(conn, officer).total())


@guard.one
async def verify(
    store: Store, officer: Officer, anchors: Iterable[Head] = (), on_progress: OnProgress = unheard
) -> Verdict:
    """Follow every chain the officer may read from its first entry to its end, page by page, then look for each anchor.
    At most one fault a station, the first; what comes in meanwhile is not looked at."""
    ends = await store.read(lambda conn: chain.ends(conn, officer))
    whole = sum(end.seq or end.newest for end in ends)
    faults: dict[str, Fault] = {}
    done = 0
    for end in ends:
        walk = Walk(end.station)
        async for entries in _followed(store, end, walk):
            done += entries
            on_progress("entries", min(done, whole - 1), whole)
        if walk.fault is not None:
            faults[end.station] = walk.fault
    on_progress("entries", done, done)
    looked_for = 0
    known = {end.station: end.station_id for end in ends}
    left = iter(anchors)
    sees_all = not officer.id and await store.read(desk_roles.stations_in_sight) is None
    while batch := list(islice(left, _ANCHORS_AT_ONCE)):
        mine = batch if sees_all else [one for one in batch if one.station in known]
        looked_for += len(mine)
        for fault in await _against(store, known, mine):
            faults.setdefault(fault.station, fault)
    return Verdict(len(ends), done, looked_for, tuple(faults[code] for code in sorted(faults)))


async def _followed(store: Store, end: ChainEnd, walk: Walk) -> AsyncIterator[int]:
    """Walk to the end of a station's chain; how many entries each page had."""
    last = end.newest if end.seq is None else end.seq
    while walk.fault is None and walk.seq < last:
        rows = await store.read(
            lambda conn: chain.rows_after(conn, end.station_id, walk.seq, min(PAGE, last - walk.seq))
        )
        if not rows:
            break
        await asyncio.to_thread(walk.follow, rows)
        yield len(rows)
    walk.end_at(end)


async def faults_against(store: Store, noted: Sequence[Head]) -> list[Fault]:
    """Which of the heads noted before are not in the chains any more, or are other entries now; of stations that this
    desk's database shows it."""
    if not noted:
        return []
    known = await store.read(chain.counted)
    return await _against(store, known, [one for one in noted if one.station in known])


async def _against(store: Store, known: dict[str, int], noted: Sequence[Head]) -> list[Fault]:
    """`known`: station id by code of the chains that are there."""

    def hashes(conn: Unit) -> dict[tuple[int, int], bytes | None]:
        return chain.hashes_at(conn, [(known[one.station], one.seq) for one in noted if one.station in known])

    found = await store.read(hashes)
    faults = []
    for one in noted:
        place = known.get(one.station, -2), one.seq
        fault = fault_against(one, found.get(place), is_there=place in found)
        if fault is not None:
            faults.append(fault)
    return faults


async def heads(store: Store) -> list[Head]:
    """The newest entry of each station that has any."""
    return await store.read(chain.heads)


async def anchor(store: Store, anchors: Anchors, station_ids: Sequence[int] | None = None) -> int:
    """Note the newest entries of these stations (all when None) in the anchors' file and the system log; how many were
    new. Raises NotAnchored when the file cannot be written."""
    found = await store.read(lambda conn: chain.heads(conn, station_ids))
    return await asyncio.to_thread(anchors.keep, found, store.now())
