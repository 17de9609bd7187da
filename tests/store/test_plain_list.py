"""Lists as one parameter: they come out of the server as they went in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Integer, Text, Uuid, bindparam, select

from console.model.tip import Status
from console.store import Store
from console.store.plain_list import PlainList

LISTS: tuple[tuple[Any, list[Any]], ...] = (
    (Integer, [-1, 0, 1, 266, 2_000_000_000]),
    (Integer, []),
    (Uuid, [UUID(int=0), UUID(int=(1 << 128) - 1)]),
    (Text, ["00000", "fffff", *(status.value for status in Status)]),
)


@pytest.mark.parametrize("kind, values", LISTS)
async def test_a_list_comes_back_as_it_went(postgres_store_url: str, kind: Any, values: list[Any]) -> None:
    store = await Store.open(postgres_store_url)
    asked = select(bindparam("values", type_=PlainList(kind)))
    try:
        assert await store.read(lambda conn: conn.scalar(asked, {"values": values})) == values
    finally:
        await store.close()
