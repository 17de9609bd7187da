"""Where tips belong, asked by several threads at once: PostgreSQL's writers share one `Directory`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from console.model.incoming import NewTip
from console.store import directory
from console.store.directory import Directory, Place
from console.store.unit import Unit
from tests.desk.conftest import Desk

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


class Told:
    """A lock that tells when somebody has to wait for it."""

    def __init__(self, somebody_waits: threading.Event) -> None:
        self._lock = threading.Lock()
        self._somebody_waits = somebody_waits

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self._somebody_waits.set()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Between:
    """A connection that does something when the stations were read and their rows are not at hand yet."""

    def __init__(self, conn: Unit, do: Callable[[], object]) -> None:
        self._conn = conn
        self._do = do

    def execute(self, statement: Any, values: Any) -> Any:
        rows = cast(Any, self._conn).execute(statement, values).all()
        if statement is directory._STATIONS:
            self._do()
        return rows


async def test_what_one_thread_looks_up_is_not_forgotten_under_it_by_another(station: Desk) -> None:
    """Else a tip of a known room went to the unrouted lane."""
    asked, go_on = Directory(), threading.Event()
    asked._asking = cast(Any, Told(go_on))
    loop = asyncio.get_running_loop()
    others: list[asyncio.Future[list[Place]]] = []

    def ask(conn: Unit, tip: NewTip) -> list[Place]:
        try:
            return asked.places(conn, [tip])
        finally:
            go_on.set()

    def another_asks() -> None:
        """A minute later; it has to wait, or has its answer before the first one."""
        asked._until = 0.0
        by_station = NewTip("words", "test", "2", station="JNL")
        future = asyncio.run_coroutine_threadsafe(station.store.write(lambda conn: ask(conn, by_station)), loop)
        others.append(asyncio.wrap_future(future, loop=loop))
        assert go_on.wait(30)

    by_room = NewTip("words", "test", "1", room="JNL-12")
    (place,) = await station.store.write(lambda conn: ask(cast(Any, Between(conn, another_asks)), by_room))
    (other,) = await others[0]
    assert (place.station.code, place.unrouted_name, place.room_id is None) == ("JNL", None, False)
    assert other.station.code == "JNL"
