"""The search index made anew while tips come and are searched for, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, create_engine, make_url, select, text, update

from console import desk
from console.desk.setup import add_places
from console.errors import NotAllowed
from console.model.incoming import NewTip
from console.model.officer import Officer, Role
from console.model.query import parse_query
from console.model.room import Room
from console.model.station import District, Station
from console.model.view import View
from console.store import Store, rebuild, reindex, search_index
from console.store import tables as t
from console.store.checks import Finding, check_rows
from console.store.erasing import erase_due
from console.store.rebuild import Rebuild
from console.vault import Vault
from tests.until import until

T = TypeVar("T")

ZHOU = Officer(1, "JNL-001", "Zhou", Role.DUTY, 1, frozenset({1}))


class Room12:
    """A store with one station, its tips and its search."""

    def __init__(self, store: Store, url: str, vault: Vault) -> None:
        self.store = store
        self.url = url
        self._vault = vault
        self.told: list[tuple[str, int, int]] = []

    async def take(self, *numbers: int) -> None:
        tips = [NewTip(f"楼道里有人聚众赌博 k{n}z", "test", str(n), room="JNL-12") for n in numbers]
        await desk.receive_tips(self.store, self._vault, tips)

    async def found(self, words: str = "赌博") -> int:
        """How many tips a search finds."""
        view = View((1,), parse_query(words, now=self.store.now(), tz=UTC))
        return (await desk.tip_window(self.store, ZHOU, view)).total

    async def checked(self) -> Finding:
        findings = await self.store.read(check_rows)
        return next(one for one in findings if one.check == "search")

    def rebuild(self) -> Rebuild:
        return Rebuild(self.store, self.url, lambda *step: self.told.append(step))

    async def statement(self, words: str) -> None:
        """Outside of a transaction, as a mishap would have it."""

        def run() -> None:
            url = make_url(self.url)
            is_sqlite = self.store.dialect == "sqlite"
            engine = create_engine(url if is_sqlite else url.set(drivername="postgresql+psycopg"))
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(words))
            engine.dispose()

        await asyncio.to_thread(run)

    async def lose_the_index(self) -> None:
        is_sqlite = self.store.dialect == "sqlite"
        forget = "INSERT INTO tip_words (tip_words) VALUES ('delete-all')"
        await self.statement(forget if is_sqlite else f"DROP INDEX {reindex.INDEX}")


@pytest.fixture
async def room(store: Store, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room12:
    """Forty tips of one room; a rebuild takes seven at a time."""
    monkeypatch.setattr(rebuild, "TIPS_A_SLICE", 7)
    monkeypatch.setattr(rebuild, "ROWS_DRAINED", 3)
    await add_places(
        store,
        districts=[District(1, "JA", "Jing'an")],
        stations=[Station(1, 1, "JNL", "Jiangning Road")],
        officers=[ZHOU],
        rooms=[Room(1, 1, 1, 12, "JNL-12", "Lane 22", "night watch")],
    )
    room = Room12(store, store_url, Vault.open(tmp_path / "vault.key", create=True))
    await room.take(*range(40))
    return room


@pytest.fixture
async def second(store_url: str) -> AsyncIterator[Store]:
    """The same store, opened as another process would."""
    store = await Store.open(store_url)
    yield store
    await store.close()


async def test_what_was_not_found_is_found_again(room: Room12) -> None:
    assert await room.found() == 40
    await room.lose_the_index()
    if room.store.dialect == "sqlite":
        assert await room.store.read(_indexed) == 0
    broken = await room.checked()
    assert not broken.ok
    assert "taskroom search rebuild" in broken.found
    assert await room.rebuild().run() == 40
    if room.store.dialect == "sqlite":
        assert await room.store.read(_indexed) == 40
    assert await room.found() == 40
    assert await room.found("k7z") == 1
    assert (await room.checked()).ok
    assert room.told[-1] == ("search", 40, 40)
    assert all(done < total for _, done, total in room.told[:-1])
    assert await room.store.read(_beside) == []


def _indexed(conn: Connection) -> int:
    """Tips that the index itself finds, on SQLite."""
    found = text('SELECT count(*) FROM tip_words WHERE tip_words MATCH \'"赌博" AND "station1"\'')
    return int(conn.execute(found).scalar_one())


def _beside(conn: Connection) -> list[str]:
    if conn.dialect.name == "sqlite":
        return search_index.leftovers(conn)
    return list(conn.execute(text(reindex._LEFTOVERS), {"index": reindex.INDEX}).scalars())


async def test_tips_that_come_meanwhile_are_found_at_once_and_afterwards(room: Room12, second: Store) -> None:
    """From this process and another; the search is asked after every one of them."""
    wrong = []
    other = Room12(second, room.url, room._vault)

    async def come() -> None:
        for number in range(40, 100):
            await (room if number % 2 else other).take(number)
            if (found := await room.found()) != number + 1:
                wrong.append((number, found))

    coming = asyncio.create_task(come())
    counts = []
    while not coming.done():
        counts.append(await room.rebuild().run())
    await coming
    assert wrong == []
    assert counts == sorted(counts, key=lambda count: count or 0)
    assert await room.found() == await other.found() == 100
    assert await room.rebuild().run() == 100
    assert (await room.checked()).ok
    await room.take(100)
    assert await other.found() == await room.found() == 101


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_words_erased_meanwhile_stay_out_of_the_new_index(room: Room12, monkeypatch: pytest.MonkeyPatch) -> None:
    """Erased right before their slice is written; PostgreSQL keeps an index that is being made up to date itself."""
    store, write = room.store, room.store.write
    three = t.tip.c.n == await store.read(lambda conn: conn.scalar(select(t.tip.c.n).where(t.tip.c.source_key == "3")))
    await write(lambda conn: conn.execute(update(t.tip).where(three).values(erase_at=store.now())))
    erased: list[int] = []

    async def erasing_first(fn: Callable[[Connection], T]) -> T:
        if getattr(fn, "func", None) is rebuild._add and not erased:
            erased.append(await write(lambda conn: erase_due(conn, store.now(), None)))
        return await write(fn)

    monkeypatch.setattr(store, "write", erasing_first)
    assert await room.rebuild().run() == 40
    assert erased == [1]
    assert await store.read(_indexed) == 39
    assert await room.found("k3z") == 0
    assert await room.found("k4z") == 1
    assert (await room.checked()).ok


async def test_a_stopped_rebuild_changes_nothing(room: Room12) -> None:
    run = room.rebuild()
    run.stop()
    assert await run.run() is None
    assert await room.found() == 40
    assert (await room.checked()).ok
    assert await room.store.read(_beside) == []
    assert await room.rebuild().run() == 40


async def test_a_rebuild_that_waits_for_an_old_transaction_can_be_stopped(
    postgres_store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL has half an index by then; it goes when the old transaction has gone."""
    monkeypatch.setattr(reindex, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(reindex, "CLEARING_S", 1)
    store = await Store.open(postgres_store_url)
    room = Room12(store, postgres_store_url, Vault.open(tmp_path / "vault.key", create=True))
    engine = create_engine(make_url(room.url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as old:
            old.execute(text("INSERT INTO district (id, code, name) VALUES (9, 'OLD', 'Old')"))
            old.execute(text("SELECT count(*) FROM tip"))
            run = room.rebuild()
            running = asyncio.create_task(run.run())

            async def is_under_way() -> bool:
                return bool(await store.read(_beside))

            await until(is_under_way)
            run.stop()
            assert await running is None
        assert (await room.checked()).ok
        assert await room.rebuild().run() == 0
        assert await store.read(_beside) == []
    finally:
        engine.dispose()
        await store.close()


async def test_what_a_broken_off_rebuild_left_is_told_and_cleared_away(room: Room12) -> None:
    if room.store.dialect == "sqlite":
        await room.store.write(search_index.make_coming)
        await room.store.write(lambda conn: search_index.add(conn, [(1, "ab bc c")], search_index.COMING))
    else:
        await room.statement(f"CREATE INDEX {reindex.INDEX}_ccnew ON tip (ref)")
        await room.statement(
            f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{reindex.INDEX}_ccnew'::regclass"
        )
    assert await room.store.read(_beside) != []
    told = await room.checked()
    assert told.ok
    assert "broken off" in told.found
    assert await room.rebuild().run() == 40
    assert await room.store.read(_beside) == []
    assert "broken off" not in (await room.checked()).found


async def test_a_second_rebuild_is_refused_while_one_runs(room: Room12) -> None:
    if room.store.dialect == "sqlite":
        with rebuild._alone(Path(str(make_url(room.url).database))), pytest.raises(NotAllowed, match="already"):
            await room.rebuild().run()
    else:
        lock = text("SELECT pg_advisory_lock(:number)")
        engine = create_engine(make_url(room.url).set(drivername="postgresql+psycopg"))
        with engine.connect() as other:
            other.execute(lock, {"number": reindex._ADVISORY_LOCK})
            with pytest.raises(NotAllowed, match="already"):
                await room.rebuild().run()
        engine.dispose()
    assert await room.rebuild().run() == 40


async def test_the_new_index_is_made_like_the_first(room: Room12) -> None:
    def made(conn: Connection) -> object:
        if conn.dialect.name == "sqlite":
            words = conn.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'tip_words'").scalar_one()
            return "".join(words.partition("(")[1:]).lower()
        return conn.execute(text(f"SELECT pg_get_indexdef('{reindex.INDEX}'::regclass)")).scalar_one()

    first = await room.store.read(made)
    await room.lose_the_index()
    await room.rebuild().run()
    assert await room.store.read(made) == first
    if room.store.dialect == "sqlite":
        rows = text("SELECT k, v FROM tip_words_config")
        kept = await room.store.read(lambda conn: [tuple(row) for row in conn.execute(rows)])
        assert search_index.MERGING.items() <= dict(kept).items()
