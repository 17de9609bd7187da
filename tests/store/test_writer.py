"""SQLite's writer thread: groups, refusals, cancelled callers, full and locked files, and several processes at once."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from console.errors import NotAllowed, StoreDown
from console.store import Store, writer
from console.store.driver import plain_sqlite
from console.store.gate import Gate
from tests.store.rows import add_district, districts
from tests.until import until


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Store]:
    """An open store on SQLite."""
    store = await Store.open(sqlite_url)
    yield store
    await store.close()


def file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


class Hold:
    """A write function that keeps the writer thread inside its transaction until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, connection: Connection) -> None:
        self.entered.set()
        assert self.let_go.wait(30)


def add(store: Store, number: int) -> asyncio.Task[int]:
    return asyncio.create_task(store.write(lambda connection: add_district(connection, number)))


async def test_callers_that_wait_share_a_commit(desk: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that holds it up, then all that have come meanwhile, however slow the machine is."""
    groups: list[list[int]] = []
    monkeypatch.setattr(writer, "GROUP_S", 600.0)
    monkeypatch.setattr(desk.feed, "ring", lambda: groups.append([]))
    hold = Hold()
    holding = asyncio.create_task(desk.write(hold))
    await asyncio.to_thread(hold.entered.wait)
    waiting = [add(desk, number) for number in range(1, 65)]
    await asyncio.sleep(0)
    hold.let_go.set()
    await asyncio.gather(holding, *waiting)
    assert len(groups) == 2
    assert await desk.read(districts) == list(range(1, 65))


async def test_one_refusal_costs_nobody_else(desk: Store) -> None:
    def refuse(connection: Connection) -> None:
        add_district(connection, 50)
        raise NotAllowed("No.")

    hold = Hold()
    holding = asyncio.create_task(desk.write(hold))
    await asyncio.to_thread(hold.entered.wait)
    tasks = [add(desk, 1), add(desk, 2), asyncio.create_task(desk.write(refuse)), add(desk, 3)]
    await asyncio.sleep(0)
    hold.let_go.set()
    first, second, refused, third = await asyncio.gather(*tasks, return_exceptions=True)
    await holding
    assert (first, second, third) == (1, 2, 3)
    assert isinstance(refused, NotAllowed)
    assert await desk.read(districts) == [1, 2, 3]


class Strange(BaseException):
    """Nothing that an `except Exception` would catch."""


@pytest.mark.parametrize("raised, told", [(Strange(), Strange), (StopIteration(), RuntimeError)])
async def test_the_thread_outlives_whatever_is_raised(
    desk: Store, raised: BaseException, told: type[BaseException]
) -> None:
    def strange(_connection: Connection) -> None:
        raise raised

    with pytest.raises(told):
        await desk.write(strange)
    assert await add(desk, 3) == 3


async def test_a_caller_cancelled_in_the_queue_writes_nothing(desk: Store) -> None:
    hold = Hold()
    holding = asyncio.create_task(desk.write(hold))
    await asyncio.to_thread(hold.entered.wait)
    cancelled, kept = add(desk, 1), add(desk, 2)
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    hold.let_go.set()
    await asyncio.gather(holding, kept)
    assert await desk.read(districts) == [2]


async def test_a_caller_cancelled_while_it_is_written_breaks_nothing(desk: Store) -> None:
    hold = Hold()
    holding = asyncio.create_task(desk.write(hold))
    await asyncio.to_thread(hold.entered.wait)
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    hold.let_go.set()
    assert await add(desk, 3) == 3


async def test_closing_writes_what_waits(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url)
    tasks = [add(store, number) for number in range(1, 301)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*tasks) == list(range(1, 301))
    again = await Store.open(sqlite_url)
    assert len(await again.read(districts)) == 300
    await again.close()


async def test_a_locked_file_is_an_outage_and_then_none(desk: Store, sqlite_url: str) -> None:
    await desk.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 0").all())
    other = plain_sqlite(file_of(sqlite_url))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreDown, match="Another program"):
        await add(desk, 1)
    other.execute("COMMIT")
    other.close()
    assert await add(desk, 2) == 2
    assert await desk.read(districts) == [2]


async def test_a_full_disk_is_an_outage_and_loses_nothing_before(desk: Store) -> None:
    await add(desk, 1)

    def leave_no_room(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").all()

    def write_much(connection: Connection) -> None:
        connection.execute(text("UPDATE district SET name = :words"), {"words": "x" * 1_000_000})

    await desk.write(leave_no_room)
    with pytest.raises(StoreDown, match="disk is full"):
        await desk.write(write_much)
    assert await desk.read(districts) == [1]
    await desk.write(write_much)  # the limit went with the connection that had failed


async def test_the_log_is_emptied_when_nobody_writes(desk: Store, sqlite_url: str) -> None:
    await add(desk, 1)
    file = file_of(sqlite_url)
    log = file.with_name(file.name + "-wal")
    assert log.stat().st_size > 0
    await until(lambda: log.stat().st_size == 0)
    assert await add(desk, 2) == 2


COUNT_UP = """
import asyncio, sys
from sqlalchemy import text
from console.store import Store

async def main():
    store = await Store.open(sys.argv[1])
    up = text("UPDATE station_counter SET event_seq = event_seq + 1 WHERE station_id = 0")
    await asyncio.gather(*(store.write(lambda connection: connection.execute(up).rowcount) for _ in range(200)))
    await store.close()

asyncio.run(main())
"""


async def test_several_processes_lose_no_update(desk: Store, sqlite_url: str) -> None:
    command = [sys.executable, "-c", COUNT_UP, sqlite_url]
    await asyncio.gather(*(asyncio.to_thread(subprocess.run, command, check=True) for _ in range(3)))
    counted = text("SELECT event_seq FROM station_counter WHERE station_id = 0")
    assert await desk.read(lambda connection: connection.execute(counted).scalar_one()) == 600


def test_the_gate_lets_one_through_at_a_time_and_can_be_given_up(tmp_path: Path) -> None:
    first, second = Gate(tmp_path / "a.db"), Gate(tmp_path / "a.db")
    with first.held(1) as through:
        assert through
        with second.held(0.01) as other:
            assert not other
    with second.held(1) as other:
        assert other
    first.close()
    second.close()


async def test_items_that_wait_together_are_written_together_and_a_refused_one_alone(tmp_path: Path) -> None:
    """One call for all that wait; when one is refused, each of the others is written all the same."""
    store = await Store.open(f"sqlite:///{tmp_path}/taskroom.db")
    calls: list[list[int]] = []

    def add(connection: Connection, numbers: list[int]) -> list[int]:
        calls.append(list(numbers))
        if 13 in numbers:
            raise NotAllowed("not that one")
        return [add_district(connection, number) for number in numbers]

    try:
        first = await asyncio.gather(*(store.write_together(add, number) for number in range(1, 9)))
        assert first == list(range(1, 9))
        assert len(calls) < 8
        second = await asyncio.gather(
            *(store.write_together(add, number) for number in range(10, 16)), return_exceptions=True
        )
        assert [one for one in second if not isinstance(one, NotAllowed)] == [10, 11, 12, 14, 15]
        assert await store.read(districts) == [*range(1, 9), 10, 11, 12, 14, 15]
    finally:
        await store.close()
