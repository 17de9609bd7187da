"""`Store.read` and `Store.write`: transactions, snapshots, refusals and outages, the same on both engines."""

import asyncio
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from console.errors import NotAllowed, StoreDown, StoreRefused
from console.store import Store
from console.store.driver import plain_sqlite, sqlite_module
from console.store.outages import outage
from tests import pg
from tests.store.rows import add_district, districts
from tests.until import until


@pytest.fixture
def commit_elsewhere(store_url: str) -> Callable[[str], None]:
    """Commits one statement on a connection that is not the store's, at once."""

    def commit(statement: str) -> None:
        url = make_url(store_url)
        if url.get_backend_name() == "sqlite":
            connection = plain_sqlite(Path(str(url.database)))
            connection.execute(statement)
            connection.close()
        else:
            host = str(url.query["host"])
            with psycopg.connect(host=host, user=url.username, dbname=url.database) as other:
                other.execute(statement)

    return commit


NORTH = "INSERT INTO district (id, code, name) VALUES (7, 'D7', 'North')"


async def test_what_is_written_is_read(store: Store) -> None:
    assert await store.write(lambda connection: add_district(connection, 3)) == 3
    assert await store.read(districts) == [3]


async def test_a_refusal_writes_nothing_and_arrives_unchanged(store: Store) -> None:
    refusal = NotAllowed("Only the officer who claimed this tip may release it.")

    def refused(connection: Connection) -> None:
        add_district(connection, 3)
        raise refusal

    with pytest.raises(NotAllowed) as caught:
        await store.write(refused)
    assert caught.value is refusal
    assert await store.read(districts) == []


async def test_concurrent_writes_are_all_kept(store: Store) -> None:
    await asyncio.gather(*(store.write(partial(add_district, number=number)) for number in range(1, 101)))
    assert await store.read(districts) == list(range(1, 101))


async def test_a_read_is_one_snapshot(store: Store, commit_elsewhere: Callable[[str], None]) -> None:
    def twice(connection: Connection) -> tuple[list[int], list[int]]:
        before = districts(connection)
        commit_elsewhere(NORTH)
        return before, districts(connection)

    assert await store.read(twice) == ([], [])
    assert await store.read(districts) == [7]


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError):
        await store.read(lambda connection: add_district(connection, 3))
    await store.write(lambda connection: add_district(connection, 4))
    assert await store.read(districts) == [4]


async def test_tables_made_in_a_refused_write_are_gone(store: Store) -> None:
    def refused(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE scratch (n integer)"))
        raise NotAllowed("No.")

    with pytest.raises(NotAllowed):
        await store.write(refused)
    with pytest.raises(DBAPIError):
        await store.read(lambda connection: connection.execute(text("SELECT n FROM scratch")).all())


async def test_error_texts_carry_no_values(store: Store) -> None:
    secret = "13812345678"

    def add(connection: Connection) -> None:
        statement = text("INSERT INTO district (id, code, name) VALUES (:id, :code, 'x')")
        connection.execute(statement, [{"id": 5, "code": secret}, {"id": 6, "code": secret}])

    with pytest.raises(IntegrityError) as caught:
        await store.write(add)
    assert secret not in str(caught.value)
    assert secret not in str(caught.value.orig)


async def test_a_mistake_in_sql_is_no_outage(store: Store) -> None:
    with pytest.raises(DBAPIError):
        await store.write(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))
    with pytest.raises(DBAPIError):
        await store.read(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreDown, match="closed"):
        await store.read(districts)
    with pytest.raises(StoreDown, match="closed"):
        await store.write(lambda connection: add_district(connection, 3))
    await store.close()


async def test_cancelled_readers_leave_no_connection_behind(store: Store) -> None:
    for steps in range(30):
        reading = asyncio.create_task(store.read(districts))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    await until(lambda: store.checked_out == 0)
    assert await store.read(districts) == []


def count_for_ever(connection: Connection) -> None:
    words = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1e18) SELECT count(*) FROM n"
    connection.execute(text(words))


async def counting(store: Store) -> asyncio.Task[None]:
    """A reading that has begun and does not end by itself."""
    began = threading.Event()

    def tell_and_count(connection: Connection) -> None:
        began.set()
        count_for_ever(connection)

    reading = asyncio.create_task(store.read(tell_and_count))
    await asyncio.to_thread(began.wait)
    return reading


async def test_the_query_of_a_reader_cancelled_before_it_began_is_broken_off(store: Store) -> None:
    for steps in range(20):
        reading = asyncio.create_task(store.read(count_for_ever))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await until(lambda: store.checked_out == 0)
    assert await store.read(districts) == []


async def test_the_query_of_a_cancelled_reader_is_broken_off(store: Store) -> None:
    reading = await counting(store)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until(lambda: store.checked_out == 0)
    assert await store.read(districts) == []


async def test_a_reader_cancelled_twice_is_broken_off_too(store: Store) -> None:
    reading = await counting(store)
    reading.cancel()
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until(lambda: store.checked_out == 0)


async def test_a_reader_cancelled_while_the_store_is_being_closed_holds_nothing_up(store: Store) -> None:
    reading = await counting(store)
    closing = asyncio.create_task(store.close())
    for _ in range(3):
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with asyncio.timeout(20):  # less than the server's own limit of a statement
        await closing


async def test_who_waits_no_longer_for_the_close_breaks_no_reader_off(postgres_store_url: str) -> None:
    store = await Store.open(postgres_store_url)
    reading = asyncio.create_task(store.read(lambda connection: connection.execute(text("SELECT pg_sleep(0.2)")).all()))
    await until(lambda: store.checked_out == 1)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    assert len(await reading) == 1
    await asyncio.gather(closing, return_exceptions=True)
    await store._engine.end_reading()


async def test_a_connection_is_closed_of_which_it_is_not_known_whether_it_is_still_to_be_broken_off(
    postgres_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request may come to the server when the next reader's statement runs there."""
    store = await Store.open(postgres_store_url)
    really_cancel = psycopg.AsyncConnection.cancel_safe

    async def cancel(connection: psycopg.AsyncConnection, **given: float) -> None:
        await really_cancel(connection, **given)
        raise psycopg.errors.CancellationTimeout

    def number(connection: Connection) -> int:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

    monkeypatch.setattr(psycopg.AsyncConnection, "cancel_safe", cancel)
    before = await store.read(number)
    reading = asyncio.create_task(store.read(count_for_ever))
    await until(lambda: store.checked_out == 1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until(lambda: store.checked_out == 0)
    assert await store.read(number) != before
    await store.close()


async def test_a_snapshot_whose_end_was_broken_off_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Store.open(f"sqlite:///{tmp_path}/taskroom.db", create=True)
    assert await store.read(districts) == []
    readers = cast(Any, store)._engine._readers
    error: Any = sqlite_module().OperationalError("interrupted")
    error.sqlite_errorcode = sqlite_module().SQLITE_INTERRUPT
    fails = [error]

    def roll_back(connection: Any) -> None:
        if fails:
            raise fails.pop()
        connection.rollback()

    def read_and_fail(connection: Connection) -> None:
        districts(connection)
        raise RuntimeError

    monkeypatch.setattr(readers._engine.dialect, "do_rollback", roll_back)
    with pytest.raises(OperationalError):
        await store.read(read_and_fail)
    await store.write(lambda connection: add_district(connection, 3))
    assert await store.read(districts) == [3]
    await store.close()


async def test_closing_waits_for_readers(store: Store) -> None:
    reading = asyncio.create_task(store.read(districts))
    await asyncio.sleep(0)
    await store.close()
    assert await reading == []


async def test_a_lost_race_for_a_key_is_run_again(postgres_store_url: str) -> None:
    store = await Store.open(postgres_store_url)
    runs: list[list[int]] = []
    url = make_url(postgres_store_url)

    def add_unless_there(connection: Connection) -> int:
        runs.append(districts(connection))
        if 7 in runs[-1]:
            return 7
        if len(runs) == 1:
            with psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database) as other:
                other.execute(NORTH)
        return add_district(connection, 7)

    assert await store.write(add_unless_there) == 7
    assert runs == [[], [7]]
    await store.close()


async def test_a_connection_that_is_cut_is_an_outage_and_then_none(postgres_store_url: str) -> None:
    store = await Store.open(postgres_store_url)

    def cut(connection: Connection) -> None:
        add_district(connection, 3)
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StoreDown):
        await store.write(cut)
    assert await store.read(districts) == []
    await store.write(lambda connection: add_district(connection, 4))
    assert store.checked_out == 0
    await store.close()


async def test_a_statement_without_end_is_given_up(postgres_store_url: str) -> None:
    store = await Store.open(postgres_store_url)

    def slow(connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = '20ms'"))
        connection.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(StoreDown, match="too long"):
        await store.write(slow)
    await store.close()


async def test_an_absent_server_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(StoreDown, match="does not answer"):
        await Store.open(f"postgresql://nobody@/nothing?host={tmp_path}")


async def test_a_server_that_does_not_let_in_says_why(postgres_url: str) -> None:
    url = make_url(postgres_url)
    with pytest.raises(StoreDown, match="no such database"):
        await Store.open(pg.words(url.set(database="nothing")))
    with pytest.raises(StoreDown, match="not let this account in"):
        await Store.open(pg.words(url.set(username="nobody_at_all")))
    with pytest.raises(StoreDown, match="sslmode"):
        await Store.open(pg.words(url.update_query_dict({"sslmode": "sometimes"})))


@pytest.mark.parametrize(
    "said, meant",
    [
        ('failed: FATAL:  password authentication failed for user "desk_jnl"', "name and password"),
        ("failed: fe_sendauth: no password supplied", "name and password"),
        ('failed: FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "desk_jnl"', "pg_hba"),
        ("failed to resolve host 'db.example': [Errno -2] Name or service not known", "found by its name"),
        ("failed: FATAL:  sorry, too many clients already", "max_connections"),
        ('failed: FATAL:  too many connections for role "desk_jnl"', "max_connections"),
        ("failed: FATAL:  remaining connection slots are reserved for roles with SUPERUSER", "max_connections"),
        ("failed: Connection refused", "does not answer"),
    ],
)
def test_what_libpq_says_of_a_refused_connection_becomes_a_sentence(said: str, meant: str) -> None:
    """The words of PostgreSQL 15 and 18, as they were told by servers set up so."""
    found = outage(OperationalError("", None, psycopg.OperationalError(f"connection {said}")))
    assert found is not None
    assert meant in found.message


@pytest.mark.parametrize(
    "url",
    ["mysql://localhost/x", "sqlite://", "no url at all", "postgresql://a@b:port/c", "postgresql://a@b/c?sslmod=on"],
)
async def test_a_url_that_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(StoreRefused):
        await Store.open(url)


async def test_a_missing_driver_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreRefused, match=r"\.\[postgres\]"):
        await Store.open("postgresql://desk_jnl@db.example/taskroom")
