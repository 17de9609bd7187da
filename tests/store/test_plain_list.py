"""Lists as one parameter: they come out of the server as they went in."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, Text, Uuid, bindparam, select

from console.model.tip import Status
from console.store import Store
from console.store.plain_list import PlainList

LISTS: tuple[tuple[Any, list[Any] | None], ...] = (
    (Integer, [-1, 0, 1, 266, 2_000_000_000]),
    (Integer, []),
    (Integer, None),
    (Uuid, [UUID(int=0), UUID(int=(1 << 128) - 1)]),
    (Text, ["00000", "fffff", *(status.value for status in Status)]),
)


async def test_lists_come_back_as_they_went(postgres_store_url: str) -> None:
    """All over one store: statements that differ in the kind alone are compiled each."""
    store = await Store.open(postgres_store_url)
    try:
        for kind, values in LISTS:
            asked = select(bindparam("values", type_=PlainList(kind)))
            assert (
                await store.read(partial(Connection.scalar, statement=asked, parameters={"values": values})) == values
            )
    finally:
        await store.close()
