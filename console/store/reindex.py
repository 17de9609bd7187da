"""PostgreSQL's search index made anew beside the old one, which it then replaces; writers and readers go on. `rebuild`
calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from console.errors import NotAllowed
from console.store.engine import postgres_engine
from console.store.outages import no_right, outage
from console.words import gettext as _

INDEX = "ix_tip_grams"

LOOK_EVERY_S = 0.25
"""Between two looks at how far the server is."""

CLEARING_S = 5
"""So long a stopped rebuild waits for old transactions before it leaves the clearing up to the next one."""

_OPTIONS = "-c timezone=UTC -c statement_timeout=0 -c lock_timeout=0 -c maintenance_work_mem=256MB"
"""It takes as long as it takes; what it waits for, it holds up nobody."""

_ADVISORY_LOCK = 7_239_114_002
"""One rebuild at a time in a database; a number beside that of migrations."""

_CANCELLED = "57014"

_REINDEX = f"REINDEX INDEX CONCURRENTLY {INDEX}"
_CREATE = (
    f"CREATE INDEX CONCURRENTLY {INDEX} ON tip USING gin ((ARRAY[left(id::text, 5)]),"
    " taskroom_grams(folded, station_id)) WITH (fastupdate = off)"
)
"""As revision 0008 makes it."""

_LEFTOVERS = (
    "SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE i.indrelid = 'tip'::regclass AND c.relname ~ ('^' || :index || '_cc(new|old)')"
)
_PROGRESS = (
    "SELECT blocks_done, blocks_total FROM pg_stat_progress_create_index WHERE pid = :pid AND blocks_total > 0"
    " AND phase LIKE 'building index%'"
)


async def reindex(url: URL, on_progress: Callable[[int, int], None], is_stopped: Callable[[], bool]) -> bool:
    """True when the index is new, False when it was stopped; `on_progress` is called with (done, total) in blocks.

    Raises NotAllowed when another one runs, StoreDown when the server does not answer.
    """
    engine = postgres_engine(url, options=_OPTIONS)
    try:
        return await _reindex(engine.execution_options(isolation_level="AUTOCOMMIT"), on_progress, is_stopped)
    except Exception as error:
        raise outage(error) or no_right(error) or error from error
    finally:
        await engine.dispose()


async def _reindex(
    engine: AsyncEngine, on_progress: Callable[[int, int], None], is_stopped: Callable[[], bool]
) -> bool:
    async with engine.connect() as at_work, engine.connect() as looking:
        if not await at_work.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": _ADVISORY_LOCK}):
            raise already_under_way()
        await _clear(at_work)
        if is_stopped():
            return False
        is_there = await at_work.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": INDEX})
        whose = {"pid": await at_work.scalar(text("SELECT pg_backend_pid()"))}
        work = asyncio.create_task(at_work.execute(text(_REINDEX if is_there else _CREATE)))
        try:
            while not is_stopped() and not (await asyncio.wait([work], timeout=LOOK_EVERY_S))[0]:
                for done, total in await looking.execute(text(_PROGRESS), whose):
                    on_progress(min(done, total - 1), total)
            if is_stopped():
                return await _stop(work, looking, whose)
            await work
        finally:
            work.cancel()
    return True


async def _stop(work: asyncio.Task[Any], looking: AsyncConnection, whose: dict[str, Any]) -> bool:
    """Break the work off and clear up after it; True when it had come to its end all the same."""
    while not work.done():  # again and again, as a cancel between two of its transactions is lost
        await looking.execute(text("SELECT pg_cancel_backend(:pid)"), whose)
        await asyncio.wait([work], timeout=LOOK_EVERY_S)
    try:
        await work
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _CANCELLED:
            raise
    else:
        return True
    await looking.execute(text(f"SET lock_timeout = '{CLEARING_S}s'"))
    with suppress(DBAPIError):  # an old transaction is in the way: the next run clears it away
        await _clear(looking)
    return False


async def _clear(connection: AsyncConnection) -> None:
    """Drop what a rebuild that was broken off has left beside the index."""
    for name in (await connection.scalars(text(_LEFTOVERS), {"index": INDEX})).all():
        await connection.execute(text(f"DROP INDEX CONCURRENTLY {name}"))


def already_under_way() -> NotAllowed:
    """What a second rebuild is told, on either engine."""
    return NotAllowed(_("The search index is being rebuilt already: wait until that has ended."))
