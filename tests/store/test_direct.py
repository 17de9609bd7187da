"""Statements past SQLAlchemy: the same rows, the same errors, no word of a row in an error; on both engines."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from console.errors import StoreDown
from console.store import Store
from console.store.direct import ROWS_AT_ONCE, direct
from tests.store.rows import add_district, districts

DISTRICTS = "INSERT INTO district (id, code, name)"


def named(first: int, last: int) -> list[tuple[int, str, str]]:
    return [(number, f"D{number}", "a district") for number in range(first, last + 1)]


@pytest.mark.parametrize("count", [1, 7, ROWS_AT_ONCE[1], ROWS_AT_ONCE[0] + ROWS_AT_ONCE[1] + 2, 3 * ROWS_AT_ONCE[0]])
async def test_every_row_is_inserted_once_whatever_their_number(store: Store, count: int) -> None:
    await store.write(lambda conn: direct(conn).insert([(DISTRICTS, named(1, count)), (DISTRICTS, [])]))
    assert await store.read(districts) == list(range(1, count + 1))


async def test_it_asks_in_the_transaction_of_core(store: Store) -> None:
    def both(conn: Connection) -> list[tuple[object, ...]]:
        add_district(conn, 1)
        direct(conn).insert([(DISTRICTS, named(2, 3))])
        return direct(conn).ask("SELECT id FROM district WHERE id > ? ORDER BY id", (0,))

    assert [row[0] for row in await store.write(both)] == [1, 2, 3]


async def test_a_refused_row_is_told_as_core_tells_it_and_nothing_is_written(store: Store) -> None:
    def twice(conn: Connection) -> None:
        add_district(conn, 1)
        direct(conn).insert([(DISTRICTS, [(2, "Planted Words", ""), (3, "Planted Words", "")])])

    with pytest.raises(IntegrityError) as told:
        await store.write(twice)
    assert "Planted" not in f"{told.value} {told.value.orig} {told.value.orig.args if told.value.orig else ''}"
    assert await store.read(districts) == []
    await store.write(lambda conn: direct(conn).insert([(DISTRICTS, named(2, 2))]))
    assert await store.read(districts) == [2]


class Cut:
    """A write whose connection the server ends the first time: within it, or when nothing but its COMMIT is left."""

    def __init__(self, *, before_commit: bool) -> None:
        self.before_commit = before_commit
        self.calls = 0

    def __call__(self, conn: Connection) -> None:
        self.calls += 1
        driver = direct(conn)
        if self.calls == 1 and self.before_commit:
            driver.ask("SELECT pg_terminate_backend(pg_backend_pid())", ())
        driver.insert([(DISTRICTS, named(1, 1))])
        if self.calls == 1:
            ((me,),) = driver.ask("SELECT pg_backend_pid()", ())
            with conn.engine.connect() as other:
                direct(other).ask("SELECT pg_terminate_backend(?, 5000)", (me,))


async def test_a_write_cut_off_before_its_commit_runs_again(postgres_store_url: str) -> None:
    store, cut = await Store.open(postgres_store_url), Cut(before_commit=True)
    await store.write(cut)
    assert (cut.calls, await store.read(districts)) == (2, [1])
    await store.close()


async def test_a_write_whose_commit_is_not_answered_is_an_outage(postgres_store_url: str) -> None:
    """Whether it is written is not known, so it does not run again by itself."""
    store, cut = await Store.open(postgres_store_url), Cut(before_commit=False)
    with pytest.raises(StoreDown):
        await store.write(cut)
    assert cut.calls == 1
    await store.write(lambda conn: add_district(conn, 2))
    assert await store.read(districts) == [2]
    await store.close()
