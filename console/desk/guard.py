"""Stands before every verb that an officer calls: the officer as they are in force now, and an entry for who asks for
what is out of their grant.

A repository says OutOfGrant; here it becomes an entry of the officer's home station, in a transaction of its own, and
goes on to the caller, for whom the thing does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from console.errors import NotAllowed, OutOfGrant
from console.model.officer import Officer
from console.store import Store
from console.store.officers import officer_now, why_disabled
from console.store.unit import Unit

P = ParamSpec("P")
T = TypeVar("T")
Asked = TypeVar("Asked")
Verb = Callable[Concatenate[Store, Officer, P], Coroutine[Any, Any, T]]

FRESH: Final = timedelta(seconds=1)
"""An ended grant and a disabled officer count after this at the latest; a screen asks many times a second."""

AGAIN_AFTER: Final = timedelta(minutes=10)
"""A list that names a station out of grant is read anew many times a second; it is written down so often."""


@dataclass(slots=True)
class _Memory:
    """Of one open store: officers as they were when last looked at, and which left-out stations were written down
    when."""

    officers: dict[int, tuple[datetime, Officer]] = field(default_factory=dict)
    left_out: dict[tuple[int, str, int], datetime] = field(default_factory=dict)


_memories: WeakKeyDictionary[Store, _Memory] = WeakKeyDictionary()


def one(verb: Verb[P, T]) -> Verb[P, T]:
    """A verb about one tip, one station or all that is granted: OutOfGrant is written down and raised again."""

    @wraps(verb)
    async def guarded(store: Store, officer: Officer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        acting = await in_force(store, officer)
        try:
            return await verb(store, acting, *args, **kwargs)
        except OutOfGrant as refused:
            await _write_down(store, acting, verb.__name__, refused.station_id, refused.tip_id)
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
            acting, named = await in_force(store, officer), stations(asked)
            if len(mine := granted(acting, named)) < len(named):
                for station_id in sorted(set(named).difference(mine)):
                    await _write_down_once(store, acting, verb.__name__, station_id)
            return await verb(store, acting, asked, *args, **kwargs)

        return guarded

    return guard


async def in_force(store: Store, officer: Officer) -> Officer:
    """The officer with those of their stations that are still granted. Raises NotAllowed for a disabled one.

    A grant that came since is not added: it counts from the next sign-in or unlocking.
    """
    if not officer.id:
        return officer  # the operator of the machine, who is no officer of the store
    officers, now = _memories.setdefault(store, _Memory()).officers, store.now()
    looked_at, known = officers.get(officer.id, (now, None))
    if known is None or abs(now - looked_at) >= FRESH:
        known = await store.read(lambda conn: officer_now(conn, officer.id, now))
        if known is None:
            officers.pop(officer.id, None)
            raise NotAllowed(why_disabled(officer.code))
        officers[officer.id] = (now, known)
    if officer.role is known.role and officer.stations <= known.stations:
        return officer
    return replace(officer, role=known.role, stations=officer.stations & known.stations)


async def _write_down_once(store: Store, officer: Officer, verb: str, station_id: int) -> None:
    known, now = _memories.setdefault(store, _Memory()).left_out, store.now()
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
