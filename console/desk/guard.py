"""Writes down who asked for what is out of their grant. Every verb that an officer calls stands behind `one` or `many`.

A repository says OutOfGrant; here it becomes an entry of the officer's home station, in a transaction of its own, and
goes on to the caller, for whom the thing does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from console.errors import OutOfGrant
from console.model.officer import Officer
from console.store import Store
from console.store.unit import Unit

P = ParamSpec("P")
T = TypeVar("T")
Asked = TypeVar("Asked")
Verb = Callable[Concatenate[Store, Officer, P], Coroutine[Any, Any, T]]

AGAIN_AFTER: Final = timedelta(minutes=10)
"""A list that names a station out of grant is read anew many times a second; it is written down so often."""

_Left = tuple[int, str, int]
_left_out: WeakKeyDictionary[Store, dict[_Left, datetime]] = WeakKeyDictionary()


def one(verb: Verb[P, T]) -> Verb[P, T]:
    """A verb about one tip or one station: OutOfGrant is written down and raised again."""

    @wraps(verb)
    async def guarded(store: Store, officer: Officer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await verb(store, officer, *args, **kwargs)
        except OutOfGrant as refused:
            await _write_down(store, officer, verb.__name__, refused.station_id, refused.tip_id)
            raise

    return guarded


def many(
    stations: Callable[[Asked], Sequence[int]],
    granted: Callable[[Officer, Sequence[int]], Sequence[int]] = Officer.seen_of,
) -> Callable[[Verb[Concatenate[Asked, P], T]], Verb[Concatenate[Asked, P], T]]:
    """A verb that shows what of its stations is granted: those left out are written down. `stations` tells them from
    what follows the officer, `granted` which of them the verb shows."""

    def guard(verb: Verb[Concatenate[Asked, P], T]) -> Verb[Concatenate[Asked, P], T]:
        @wraps(verb)
        async def guarded(store: Store, officer: Officer, asked: Asked, /, *args: P.args, **kwargs: P.kwargs) -> T:
            named = stations(asked)
            if len(mine := granted(officer, named)) < len(named):
                for station_id in sorted(set(named).difference(mine)):
                    await _write_down_once(store, officer, verb.__name__, station_id)
            return await verb(store, officer, asked, *args, **kwargs)

        return guarded

    return guard


async def _write_down_once(store: Store, officer: Officer, verb: str, station_id: int) -> None:
    known, now = _left_out.setdefault(store, {}), store.now()
    last = known.get((officer.id, verb, station_id))
    if last is None or now - last >= AGAIN_AFTER:
        known[officer.id, verb, station_id] = now
        await _write_down(store, officer, verb, station_id)


async def _write_down(store: Store, officer: Officer, verb: str, station_id: int, tip_id: UUID | None = None) -> None:
    """Loaded when first needed: a console shows its first tips without it."""
    from console.store.refusals import write_down

    now = store.now()

    def write(conn: Unit) -> None:
        write_down(conn, officer, verb, station_id, tip_id, now)

    await store.write(write)
