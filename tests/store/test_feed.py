"""The change feed: nothing lost and nothing twice, whoever commits when; who is woken how; outages."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, make_url, text

from console.model.change import Cursor, Event, EventKind
from console.model.officer import Officer, Role
from console.model.tip import Status
from console.store import Store, bells
from console.store.feed import LIMIT, Changes, changes_after
from tests import pg
from tests.store.rows import AT, add_event, add_stations
from tests.until import until

HOUR_S = 3600.0

READER = Officer(1, "O1", "Li", Role.SUPERVISOR, 1, frozenset({1, 2, 3}))
"""Whoever follows the three stations."""


@pytest.fixture
async def desk(store: Store) -> Store:
    """A store with stations 1, 2 and 3 whose feed does not look by itself, so that only a bell wakes it."""
    store.feed.net_s = HOUR_S
    await store.write(lambda connection: add_stations(connection, 1, 2, 3))
    return store


@pytest.fixture
async def neighbour(desk: Store, store_url: str) -> AsyncIterator[Store]:
    """Another store object on the same database, as another process has it."""
    other = await Store.open(store_url)
    yield other
    await other.close()


def happens(station: int, times: int = 1) -> Callable[[Connection], list[int]]:
    return lambda connection: [add_event(connection, station) for _ in range(times)]


async def seen_until(store: Store, after: Cursor, wanted: Cursor) -> tuple[list[Event], list[Changes]]:
    """Follow until the cursor stands at `wanted`; every event and every `Changes` on the way."""
    events: list[Event] = []
    slices: list[Changes] = []
    async with asyncio.timeout(60), aclosing(store.feed.follow(READER, after, list(wanted))) as following:
        async for changes in following:
            slices.append(changes)
            events += changes.events
            if changes.cursor == wanted:
                break
    return events, slices


def numbers(events: list[Event], station: int) -> list[int]:
    return [event.seq for event in events if event.station_id == station]


async def following(store: Store, after: Cursor, wanted: Cursor) -> asyncio.Task[tuple[list[Event], list[Changes]]]:
    """A follower that has read once and now waits for a bell."""
    looked = asyncio.Event()
    read = store.feed._read

    async def reading(fn: Callable[[Connection], tuple[Changes, bool]], /) -> tuple[Changes, bool]:
        answer = await read(fn)
        looked.set()
        return answer

    store.feed._read = reading
    task = asyncio.create_task(seen_until(store, after, wanted))
    await looked.wait()
    return task


async def test_an_event_arrives_whole(desk: Store) -> None:
    await desk.write(lambda connection: add_event(connection, 1, "seen twice"))
    events, _ = await seen_until(desk, {}, {1: 1})
    (event,) = events
    assert (event.station_id, event.seq, event.kind, event.at) == (1, 1, EventKind.RECEIVED, AT)
    assert (event.from_status, event.to_status, event.version) == (None, Status.NEW, 1)
    assert (event.officer_id, event.officer_code, event.why, event.undone) == (1, "O1", "seen twice", False)


async def test_only_what_is_after_the_cursor_and_of_the_stations(desk: Store) -> None:
    for station in (1, 2, 3):
        await desk.write(happens(station, 3))
    events, _ = await seen_until(desk, {1: 2, 3: 3}, {1: 3, 2: 3})
    assert (numbers(events, 1), numbers(events, 2), numbers(events, 3)) == ([3], [1, 2, 3], [])


async def test_a_long_absence_comes_in_slices_without_a_gap(desk: Store) -> None:
    await desk.write(happens(1, 700))
    await desk.write(happens(2, 600))
    events, slices = await seen_until(desk, {}, {1: 700, 2: 600, 3: 0})
    assert numbers(events, 1) == list(range(1, 701))
    assert numbers(events, 2) == list(range(1, 601))
    assert max(len(changes.events) for changes in slices) == LIMIT


async def test_a_refused_write_leaves_no_event_and_no_gap(desk: Store) -> None:
    def refused(connection: Connection) -> None:
        add_event(connection, 1)
        raise ValueError

    await desk.write(happens(1))
    with pytest.raises(ValueError, match=r"^$"):
        await desk.write(refused)
    await desk.write(happens(1))
    events, _ = await seen_until(desk, {}, {1: 2})
    assert numbers(events, 1) == [1, 2]


async def test_the_own_process_is_woken_by_its_commit(desk: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "LOOK_EVERY_S", HOUR_S)  # and PostgreSQL's bell leaves out what is one's own
    task = await following(desk, {}, {1: 1})
    await desk.write(happens(1))
    events, _ = await task
    assert numbers(events, 1) == [1]


async def test_another_process_is_woken(desk: Store, neighbour: Store) -> None:
    neighbour.feed.net_s = HOUR_S
    task = await following(neighbour, {}, {1: 2})
    await desk.write(happens(1))
    await desk.write(happens(1))
    events, _ = await task
    assert numbers(events, 1) == [1, 2]


async def test_the_net_catches_what_no_bell_rang_for(desk: Store, store_url: str) -> None:
    silent = await Store.open(store_url)
    silent.feed.net_s = 0.05
    silent.feed._bell.start = lambda ring: None  # type: ignore[method-assign]
    task = await following(silent, {}, {1: 1})
    await desk.write(happens(1))
    events, _ = await task
    assert numbers(events, 1) == [1]
    await silent.close()


async def test_several_follow_at_once(desk: Store) -> None:
    tasks = [await following(desk, {}, {station: 1}) for station in (1, 2, 1)]
    await asyncio.gather(desk.write(happens(1)), desk.write(happens(2)))
    assert [len(events) for events, _ in await asyncio.gather(*tasks)] == [1, 1, 1]


async def test_many_writers_and_nothing_is_lost(desk: Store, neighbour: Store) -> None:
    wanted = {1: 80, 2: 80, 3: 80}
    tasks = [asyncio.create_task(seen_until(reader, {}, wanted)) for reader in (desk, neighbour)]
    await asyncio.gather(
        *(writer.write(happens(station)) for _ in range(40) for station in (1, 2, 3) for writer in (desk, neighbour))
    )
    for events, _ in await asyncio.gather(*tasks):
        assert all(numbers(events, station) == list(range(1, 81)) for station in (1, 2, 3))


class Slow:
    """A write that has its number and keeps its transaction open until it is let go, on a thread of its own."""

    def __init__(self, url: str, station: int) -> None:
        self.numbered, self.let_go = threading.Event(), threading.Event()
        self._url, self._station = url, station
        self._thread = threading.Thread(target=lambda: asyncio.run(self._write()))
        self._thread.start()

    async def _write(self) -> None:
        store = await Store.open(self._url)
        await store.write(self._hold)
        await store.close()

    def _hold(self, connection: Connection) -> None:
        add_event(connection, self._station)
        self.numbered.set()
        assert self.let_go.wait(30)

    async def end(self) -> None:
        self.let_go.set()
        await asyncio.to_thread(self._thread.join)


async def test_commits_out_of_order_lose_nothing(postgres_store_url: str) -> None:
    """Station 1's first number is taken before station 2's, and committed after it; a third writer waits behind it."""
    patient = make_url(postgres_store_url).update_query_dict({"options": "-c lock_timeout=60s"})
    desk = await Store.open(pg.words(patient))
    await desk.write(lambda connection: add_stations(connection, 1, 2))
    slow = Slow(postgres_store_url, 1)
    assert await asyncio.to_thread(slow.numbered.wait, 30)
    behind = asyncio.create_task(desk.write(happens(1)))
    await desk.write(happens(2))
    events, _ = await seen_until(desk, {}, {1: 0, 2: 1})
    assert (numbers(events, 1), numbers(events, 2)) == ([], [1])
    task = await following(desk, {1: 0, 2: 1}, {1: 2, 2: 1})
    await slow.end()
    assert await behind == [2]
    late, _ = await task
    assert (numbers(late, 1), numbers(late, 2)) == ([1, 2], [])
    await desk.close()


async def test_a_store_put_back_lowers_the_cursor(desk: Store) -> None:
    await desk.write(happens(1, 2))
    _, slices = await seen_until(desk, {1: 9}, {1: 2})
    assert slices == [Changes((), {1: 2})]


async def test_closing_ends_who_follows(desk: Store) -> None:
    task = await following(desk, {}, {1: 1})
    await desk.close()
    assert await task == ([], [])


async def test_the_limit_serves_who_misses_least_first(desk: Store) -> None:
    await desk.write(happens(1, 9))
    await desk.write(happens(2, 2))
    changes, is_all = await desk.read(lambda connection: changes_after(connection, READER, {1: 0, 2: 0}, limit=5))
    assert (numbers(list(changes.events), 2), numbers(list(changes.events), 1)) == ([1, 2], [1, 2, 3])
    assert (changes.cursor, is_all) == ({1: 3, 2: 2}, False)


@contextmanager
def shut(server: str, database: str) -> Iterator[None]:
    """The database refuses everybody and throws out who is there."""
    url = pg.url_of(server)
    name = sql.Identifier(str(make_url(database).database))
    with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name._obj[0],))
        try:
            yield
        finally:
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


async def test_an_outage_is_told_and_waited_out(postgres_url: str, postgres_store_url: str) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    desk = await Store.open(postgres_store_url, now=lambda: at)
    await desk.write(lambda connection: add_stations(connection, 1))
    task = await following(desk, {}, {1: 1})
    assert not desk.feed.down_since
    with shut(postgres_url, postgres_store_url):
        await until(lambda: desk.feed.down_since == at)
    await desk.write(happens(1))
    events, _ = await task
    assert numbers(events, 1) == [1]
    assert desk.feed.down_since is None
    await desk.close()


async def test_a_listener_cut_off_listens_again(postgres_store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "HEARTBEAT_S", HOUR_S)  # LISTEN stays the last thing that the listener asked
    desk, other = await Store.open(postgres_store_url), await Store.open(postgres_store_url)
    await desk.write(lambda connection: add_stations(connection, 1))
    desk.feed.net_s = HOUR_S
    task = await following(desk, {}, {1: 1})
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"

    async def are_there(query: str) -> bool:
        return await other.read(lambda connection: bool(connection.execute(text(query)).scalar_one()))

    await until(lambda: are_there(listening))
    assert await are_there(listening.replace("count(*)", "count(pg_terminate_backend(pid))"))
    await until(lambda: are_there(listening))
    await other.write(happens(1))
    events, _ = await task
    assert numbers(events, 1) == [1]
    await desk.close()
    await other.close()
