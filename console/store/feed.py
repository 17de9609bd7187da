"""The change feed: follows `tip_event` by a `{station: seq}` cursor and loses nothing; every screen calls `follow`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from console.errors import StoreDown
from console.model.change import Cursor, Event
from console.model.officer import Officer
from console.model.station import OVERSIGHT_STATION_ID
from console.store.bells import Bell
from console.store.named import naming
from console.store.rows import event_of, select_event
from console.store.tables import station_counter, tip_event

LIMIT = 500
"""Events in one `Changes`: a screen that was away catches up in slices."""

NET_S = 1.0
"""The feed looks by itself so often, should a bell not ring."""

RETRY_FIRST_S, RETRY_LONGEST_S = 0.25, 2.0
"""Pauses between tries while the store does not answer."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Events of one or more stations, in order and without a gap per station, and the cursor after them.

    A cursor that stands lower than the one before says that the store was put back to an older state: read all anew.
    """

    events: tuple[Event, ...]
    cursor: Cursor


class _Read(Protocol):
    def __call__(self, fn: Callable[[Connection], tuple[Changes, bool]], /) -> Awaitable[tuple[Changes, bool]]: ...


class Feed:
    """Made by Store. `down_since` is None while the store answers its followers."""

    def __init__(self, read: _Read, bell: Bell, now: Callable[[], datetime], *, net_s: float = NET_S) -> None:
        self.down_since: datetime | None = None
        self.net_s = net_s
        self._read = read
        self._bell = bell
        self._now = now
        self._closing = asyncio.Event()
        self._followers: set[asyncio.Event] = set()

    async def follow(self, officer: Officer, after: Cursor, stations: Collection[int]) -> AsyncGenerator[Changes, None]:
        """What happens in those of `stations` whose tips the officer may read, after the cursor, as it happens.

        A station that `after` does not name starts at its first event.
        Never raises for an outage: it sets `down_since` and tries on. Ends when the store is closed.
        """
        cursor: Cursor = {number: after.get(number, 0) for number in officer.seen_of(stations)}
        rung = asyncio.Event()
        self._followers.add(rung)
        self._bell.start(self.ring)
        pause_s = RETRY_FIRST_S
        try:
            while not self._closing.is_set():
                rung.clear()
                try:
                    changes, is_all = await self._read(partial(changes_after, officer=officer, cursor=cursor))
                except StoreDown:
                    self.down_since = self.down_since or self._now()
                    await _wait(self._closing, pause_s)
                    pause_s = min(pause_s * 2, RETRY_LONGEST_S)
                    continue
                self.down_since, pause_s = None, RETRY_FIRST_S
                went_back = any(changes.cursor[number] < seq for number, seq in cursor.items())
                cursor = changes.cursor
                if changes.events or went_back:
                    yield Changes(changes.events, dict(cursor))
                if is_all:
                    await _wait(rung, self.net_s)
        finally:
            self._followers.discard(rung)

    def ring(self) -> None:
        """Something may have changed: every follower looks."""
        for rung in self._followers:
            rung.set()

    def committed(self) -> None:
        """This process wrote: its followers look at once, other processes are told by the bell."""
        self._bell.announce()
        self.ring()

    async def close(self) -> None:
        """End every follower and the bell."""
        self._closing.set()
        self.ring()
        await self._bell.close()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def changes_after(
    connection: Connection, officer: Officer, cursor: Mapping[int, int], limit: int = LIMIT
) -> tuple[Changes, bool]:
    """What the stations of the cursor, as far as granted, have after it, at most `limit` events; and whether that is
    all there is now. Of what complains about the officer nothing."""
    heads = connection.execute(_HEADS, {"stations": officer.seen_of(cursor)}).all()
    found, events = dict(cursor), list[Event]()
    behind = [(head - cursor[number], number, head) for number, head in heads if head > cursor[number]]
    found.update({number: head for number, head in heads if head < cursor[number]})
    for missing, number, head in sorted(behind):  # who misses least first, so that nobody waits behind a long absence
        if len(events) >= limit:
            return Changes(tuple(events), found), False
        wanted = min(missing, limit - len(events))
        parameters = {"station": number, "after": cursor[number], "head": head, "wanted": wanted}
        rows = connection.execute(_EVENTS, parameters).all()
        found[number] = head if wanted == missing else rows[-1].seq
        hidden = _hidden(connection, officer) if number == OVERSIGHT_STATION_ID else ()
        events += [event_of(row) for row in rows if row.tip_id not in hidden]
    return Changes(tuple(events), found), all(found[number] == head for number, head in heads)


def _hidden(connection: Connection, officer: Officer) -> Collection[UUID]:
    """Complaints about the officer, of whose steps nothing is told; the cursor goes past them."""
    return frozenset(connection.scalars(naming(officer)))


_HEADS = select(station_counter.c.station_id, station_counter.c.event_seq).where(
    station_counter.c.station_id.in_(bindparam("stations", expanding=True))
)
_EVENTS = (
    select_event()
    .where(
        tip_event.c.station_id == bindparam("station"),
        tip_event.c.seq > bindparam("after"),
        tip_event.c.seq <= bindparam("head"),
    )
    .order_by(tip_event.c.seq)
    .limit(bindparam("wanted"))
)
