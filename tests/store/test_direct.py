"""Statements past SQLAlchemy: the same rows, the same errors, no word of a row in an error; on both engines."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

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
