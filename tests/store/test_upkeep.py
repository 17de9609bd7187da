"""What SQLite's writer thread does while nobody waits: segments merged, settings kept, the log short under readers that
come and go."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from console.store import Store, search_index, upkeep, write_ahead
from console.store.driver import plain_sqlite
from console.store.engine import sqlite_writing_engine
from console.store.gate import Gate
from console.store.upkeep import Upkeep
from tests.until import until

SEGMENTS = "SELECT count(DISTINCT segid) FROM tip_words_idx"
PAGE = 4096
FULL = 2
"""What `PRAGMA synchronous` says where no tip is lost to a power cut."""


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Store]:
    """An open store on SQLite."""
    store = await Store.open(sqlite_url)
    yield store
    await store.close()


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return Path(str(make_url(sqlite_url).database))


def log_of(file: Path) -> int:
    """Bytes of the write-ahead log."""
    return file.with_name(file.name + "-wal").stat().st_size


def segments(connection: Connection) -> int:
    return int(connection.execute(text(SEGMENTS)).scalar_one())


def entry(number: int) -> str:
    return " ".join(f"w{number * 7 + k}" for k in range(40))


async def add_entries(store: Store, numbers: range) -> None:
    """Each in a transaction of its own, which is a segment of its own."""
    for number in numbers:
        await store.write(lambda conn, n=number: search_index.add(conn, [(n, entry(n))], search_index.INDEX))  # type: ignore[misc]


async def test_segments_are_merged_while_nobody_writes(desk: Store) -> None:
    await add_entries(desk, range(1, 31))

    async def are_few() -> bool:
        return await desk.read(segments) < search_index.MERGING["usermerge"]

    await until(are_few)
    found = text("SELECT count(*) FROM tip_words WHERE tip_words MATCH 'w77'")
    assert await desk.read(lambda connection: connection.execute(found).scalar_one()) > 0
    kept = text("SELECT k, v FROM tip_words_config")
    rows = await desk.read(lambda connection: [tuple(row) for row in connection.execute(kept)])
    assert search_index.MERGING.items() <= dict(rows).items()


async def test_segments_stay_few_without_a_pause(desk: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of the time is made so great here that it is enough on any machine."""
    monkeypatch.setattr(upkeep, "PAUSE_S", 600.0)
    monkeypatch.setattr(upkeep, "MERGED_SHARE", 1000.0)
    await add_entries(desk, range(1, 101))
    assert await desk.read(segments) <= 2 * search_index.MERGING["usermerge"]


@contextmanager
def writing(file: Path) -> Iterator[Connection]:
    engine = sqlite_writing_engine(file)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_merging_ends_as_soon_as_somebody_waits(sqlite_url: str, file: Path) -> None:
    is_wanted = True
    gate = Gate(file)
    with writing(file) as connection:
        for number in range(1, 21):
            with connection.begin():
                search_index.add(connection, [(number, entry(number))], search_index.INDEX)
        chores = Upkeep(gate, lambda: is_wanted)
        chores.after_group(connection, took_s=0.0)
        chores.rest(connection)
        assert (segments(connection), chores.due_in_s) == (20, upkeep.PAUSE_S)
        connection.rollback()
        is_wanted = False
        chores.rest(connection)
        assert chores.due_in_s == upkeep.IDLE_S
        assert segments(connection) < search_index.MERGING["usermerge"]
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == FULL
    gate.close()


def test_merging_leaves_the_gate_to_another_process(sqlite_url: str, file: Path) -> None:
    mine, others = Gate(file), Gate(file)
    with writing(file) as connection, others.held(1) as through:
        assert through
        chores = Upkeep(mine, lambda: False)
        chores.after_group(connection, took_s=0.0)
        chores.rest(connection)
        assert chores.due_in_s == upkeep.IDLE_S
    mine.close()
    others.close()


class Readers:
    """Two connections that take turns in such a way that one of them always has a snapshot."""

    def __init__(self, file: Path) -> None:
        self._one, self._other = (plain_sqlite(file) for _ in range(2))
        self._look(self._one)

    def _look(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM district").fetchall()

    def take_turns(self) -> None:
        self._look(self._other)
        self._one.execute("COMMIT")
        self._one, self._other = self._other, self._one

    def close(self) -> None:
        self._one.close()
        self._other.close()


async def _log_at_its_longest(desk: Store, file: Path, writes: int) -> int:
    """Write while readers come and go, never without one; the log's greatest length, in bytes."""
    longest = 0
    with closing(Readers(file)) as readers:

        async def come_and_go() -> None:
            while True:
                readers.take_turns()
                await asyncio.sleep(0)

        coming = asyncio.create_task(come_and_go())
        for number in range(writes):
            words = f"{number:08}" * 4_000
            await desk.write(lambda conn, w=words: conn.execute(text("UPDATE district SET name = :w"), {"w": w}))  # type: ignore[misc]
            longest = max(longest, log_of(file))
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
    return longest


async def test_the_log_is_bounded_under_readers_without_a_gap(
    desk: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine pages a write, 400 writes: 3,600 pages when nothing bounds it."""
    monkeypatch.setattr(write_ahead, "LOOK_S", 0.0)
    monkeypatch.setattr(write_ahead, "PRESSED_FROM", ((500, 30.0),))
    assert await _log_at_its_longest(desk, file, writes=400) < 600 * PAGE
    await until(lambda: log_of(file) == 0)


async def test_a_reader_that_stays_holds_nobody_up_for_long(
    desk: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pressing in vain is not tried again at every look, and the log is emptied once the reader has gone."""
    monkeypatch.setattr(write_ahead, "LOOK_S", 0.0)
    monkeypatch.setattr(write_ahead, "PRESSED_FROM", ((100, 0.01),))
    monkeypatch.setattr(write_ahead, "PRESSED_SHARE", 1e-9)
    tries: list[float] = []
    empty = write_ahead.WriteAheadLog._empty

    def tried(log: write_ahead.WriteAheadLog, raw: sqlite3.Connection, patience_s: float) -> bool:
        tries.append(patience_s)
        return empty(log, raw, patience_s)

    monkeypatch.setattr(write_ahead.WriteAheadLog, "_empty", tried)
    with closing(plain_sqlite(file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM district").fetchall()
        for number in range(100):
            words = f"{number:08}" * 4_000
            await desk.write(lambda conn, w=words: conn.execute(text("UPDATE district SET name = :w"), {"w": w}))  # type: ignore[misc]
        assert [one for one in tries if one] == [0.01]
        assert log_of(file) > 800 * PAGE
        reader.execute("COMMIT")
        await until(lambda: log_of(file) == 0)
