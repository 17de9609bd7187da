"""Reading for scripts of the command line: whole tips page by page, figures, codes, as far as the acting officer may
read. Nothing here opens a reporter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from console.desk import guard
from console.desk.written import export_tips
from console.model.officer import Officer
from console.model.tip import Tip
from console.model.view import Key, View
from console.store import Store, listing
from console.store.figures import Figures, figures_of
from console.store.unit import Unit

if TYPE_CHECKING:
    from console.vault import Vault

PAGE = 500
"""Whole tips read in one snapshot: some MB at most."""


def _of_view(view: View) -> tuple[int, ...]:
    return view.stations


@guard.one
async def station_figures(store: Store, officer: Officer) -> list[Figures]:
    """Figures of the granted stations by code, the unrouted lane last."""
    now = store.now()
    return await store.read(lambda conn: figures_of(conn, officer, now))


@guard.one
async def station_codes(store: Store, officer: Officer) -> dict[int, str]:
    """Code by id of the granted stations."""
    return await store.read(lambda conn: listing.station_codes(conn, officer))


@guard.one
async def officer_codes(store: Store, officer: Officer) -> dict[int, str]:
    """Code by id of all officers, for who reads tips."""
    return await store.read(lambda conn: listing.officer_codes(conn, officer))


async def whole_tips(
    store: Store, officer: Officer, view: View, most: int | None = None, vault: Vault | None = None
) -> AsyncIterator[Tip]:
    """The view's tips whole, newest first, at most `most`, read page by page; that they are handed out is written down
    before the first one is, what was looked for hashed by the `vault`'s key."""
    await export_tips(store, officer, view.query, vault)
    after: Key | None = None
    left = most
    while left is None or left > 0:
        limit = PAGE if left is None else min(PAGE, left)
        tips, after = await page(store, officer, view, after, limit)
        for one in tips:
            yield one
        if len(tips) < limit:
            return
        left = None if left is None else left - limit


@guard.many(_of_view)
async def page(
    store: Store, officer: Officer, view: View, after: Key | None, limit: int
) -> tuple[list[Tip], Key | None]:
    """Up to `limit` of them below the key `after`, and the key of the last one."""
    now = store.now()

    def read(conn: Unit) -> tuple[list[Tip], Key | None]:
        return listing.page(conn, officer, view, now, after, limit)

    return await store.read(read)
