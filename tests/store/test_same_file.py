"""A store whose file is taken away while it is open: nothing is written to a file without a name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from console.errors import StoreDown
from console.store import Store


def note(words: str) -> Callable[[Connection], None]:
    def write(connection: Connection) -> None:
        connection.execute(text("UPDATE station SET name = :words"), {"words": words})

    return write


def look(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM station WHERE id >= 0")).scalar_one())


@pytest.mark.parametrize("how", ["moved", "replaced", "folder moved"])
async def test_taken_away_it_is_an_outage_until_it_is_put_back(sqlite_url: str, tmp_path: Path, how: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = home / "taskroom.db"
    (tmp_path / "taskroom.db").rename(file)
    store = await Store.open(f"sqlite:///{file}")
    try:
        await store.write(note("before"))
        assert await store.read(look) == 1
        moved, aside = (home, tmp_path / "aside") if how == "folder moved" else (file, tmp_path / "aside.db")
        moved.rename(aside)
        if how == "replaced":
            shutil.copyfile(aside, file)
        for _ in range(2):
            with pytest.raises(StoreDown, match="taken away or replaced"):
                await store.write(note("lost"))
            with pytest.raises(StoreDown, match="taken away or replaced"):
                await store.read(look)
        assert file.exists() == (how == "replaced")
        aside.replace(moved)
        await store.write(note("after"))
        assert await store.read(look) == 1
    finally:
        await store.close()
