"""What an officer may see: windows of the feed, one tip's file, counts, the tree. Every function takes the acting
officer.

Errors: NotFound for what is out of grant (the guard has written it down), StoreDown when the store does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from console.desk import guard
from console.errors import NotFound
from console.model.change import Counts
from console.model.officer import Officer
from console.model.room import Room
from console.model.station import Agency, Station
from console.model.tip import TipLine
from console.model.view import Branch, BranchKind, Found, Key, TipFile, Twigs, View, Window
from console.store import Store, officers
from console.store.counters import counts_of
from console.store.named import without_named
from console.store.places import Places
from console.store.tip_list import TipList
from console.store.tip_list import ringing as ringing_now
from console.store.tips import Tips
from console.store.unit import Unit
from console.words import gettext as _


def _of_view(view: View) -> Sequence[int]:
    return view.stations


def _as_asked(station_ids: Sequence[int]) -> Sequence[int]:
    return station_ids


def _of_branch(parent: Branch | None) -> Sequence[int]:
    if parent is None or parent.kind is BranchKind.DISTRICT:
        return ()
    station_id = parent.id if parent.kind is BranchKind.STATION else parent.station_id
    return () if station_id is None else (station_id,)


@guard.many(_of_view)
async def tip_window(
    store: Store,
    officer: Officer,
    view: View,
    *,
    at: Key | None = None,
    newer: int = 0,
    older: int = 100,
    stood: tuple[int, int] | None = None,
) -> Window:
    """Up to `newer` lines above `at` and `older` from it on down (itself included); from the newest when `at` is
    None. `stood`: the number that line had and the list's total then, which spares counting in a very long list."""
    now = store.now()
    return await store.read(lambda conn: TipList(conn, officer, view, now, store.lines).window(at, newer, older, stood))


@guard.many(_of_view)
async def tip_window_at(store: Store, officer: Officer, view: View, offset: int, limit: int) -> Window:
    """`limit` lines from number `offset` (0 is the newest); past the end, the last ones."""
    now = store.now()
    return await store.read(lambda conn: TipList(conn, officer, view, now, store.lines).window_at(offset, limit))


@guard.many(_of_view)
async def next_unseen(store: Store, officer: Officer, view: View, key: Key | None, *, newer: bool) -> TipLine | None:
    """The nearest tip above (`newer`) or below `key` that the officer has not read; None when there is none."""
    now = store.now()
    return await store.read(lambda conn: TipList(conn, officer, view, now, store.lines).next_unseen(key, newer=newer))


@guard.one
async def tip_file(store: Store, officer: Officer, station_id: int, tip_id: UUID) -> TipFile:
    """All that is readable of a tip; of words longer than the screen shows, the beginning and how many follow. Raises
    NotFound."""
    now = store.now()

    def read(conn: Unit) -> TipFile:
        tips = Tips(conn, officer)
        return tips.file(tips.one(station_id, tip_id)).shown_at(now)

    return await store.read(read)


@guard.one
async def tip_file_by_ref(store: Store, officer: Officer, ref: str) -> TipFile:
    """The newest tip of that ref, any case, with all its words. Raises NotFound."""
    now = store.now()

    def read(conn: Unit) -> TipFile:
        tips = Tips(conn, officer)
        return tips.file(tips.by_ref(ref)).shown_at(now)

    return await store.read(read)


@guard.many(_as_asked)
async def ringing(store: Store, officer: Officer, station_ids: Sequence[int]) -> list[TipLine]:
    """Alarms nobody has acknowledged, oldest first, at most 20."""
    return await store.read(lambda conn: ringing_now(conn, officer, station_ids))


@guard.many(_as_asked)
async def counts(store: Store, officer: Officer, station_ids: Sequence[int]) -> dict[int, Counts]:
    """Counter rows of the granted ones among these stations."""
    return await store.read(lambda conn: without_named(conn, officer, counts_of(conn, officer, station_ids)))


@guard.many(_of_branch, Officer.looked_up_of)
async def branches(store: Store, officer: Officer, parent: Branch | None, start: int = 0, limit: int = 500) -> Twigs:
    """Children of a branch of the room-membership tree, districts when `parent` is None."""
    return await store.read(lambda conn: Places(conn, officer).branches(parent, start, limit))


@guard.one
async def find_branches(store: Store, officer: Officer, text: str, most: int | None = None) -> Found:
    """What has these words in its name or code, with all that is above it; members by pseudonym only. At most `most`
    hits (None: as many as a tree shows), districts first."""
    from console.store.tree_search import MOST_FOUND, TreeSearch

    return await store.read(lambda conn: TreeSearch(conn, officer).find(text, MOST_FOUND if most is None else most))


@guard.one
async def stations(store: Store, officer: Officer) -> list[Station]:
    """The granted stations by code, the unrouted lane last."""
    return await store.read(lambda conn: Places(conn, officer).stations())


@guard.one
async def rooms(store: Store, officer: Officer) -> list[Room]:
    """All rooms of the granted stations."""
    return await store.read(lambda conn: Places(conn, officer).rooms())


@guard.one
async def colleagues(store: Store, officer: Officer, station_id: int) -> list[Officer]:
    """Who works tips of the station. Raises NotFound."""
    now = store.now()
    return await store.read(lambda conn: Places(conn, officer).colleagues(station_id, now))


@guard.one
async def agencies(store: Store, officer: Officer, station_id: int) -> list[Agency]:
    """The station's list of agencies. Raises NotFound."""
    return await store.read(lambda conn: Places(conn, officer).agencies(station_id))


async def check_somebody_is_there(store: Store) -> None:
    """Raise NotFound, which says what to do, while nobody can sign in."""
    if await store.read(officers.no_officer_yet):
        raise NotFound(
            _("There is no officer yet: run `taskroom init` to make an admin, `taskroom demo` to look around.")
        )
