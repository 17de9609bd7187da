"""`taskroom erase`: counts before it does anything, erases, names the copies that still hold what is gone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from console.store import Store
from console.store import tables as t
from console.store.unit import Unit
from tests.cli.desk import Desk, seed_small


async def _make_due(url: str, reason: str) -> int:
    """The tips closed by that reason, as if their time were over; how many."""
    store = await Store.open(url)
    try:
        due = datetime.now(UTC) - timedelta(days=4)

        def write(conn: Unit) -> int:
            closed = t.tip.c.close_reason == reason
            conn.execute(update(t.tip).where(closed).values(erase_at=due))
            return conn.scalar(select(func.count()).select_from(t.tip).where(closed)) or 0

        return await store.write(write)
    finally:
        await store.close()


def test_it_counts_erases_and_names_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/d/taskroom.db"
    made = Desk(seed_small(tmp_path / "d", url), None, capsys)
    nothing = made.run("erase", "--dry-run")
    assert (nothing.code, "0 tips are to be erased" in nothing.out) == (0, True)
    due = asyncio.run(_make_due(url, "unfounded"))
    assert due
    late = made.run("doctor", "--json")
    assert [one["check"] for one in late.records if one.get("ok") is False] == ["erasing"]
    (made.folder.backups / "daily-20260101T000000Z.db").touch()
    counted = made.run("erase", "--dry-run")
    assert (counted.code, f"{due} tips are to be erased." in counted.out) == (0, True)
    assert "daily-20260101T000000Z.db" in counted.out
    erased = made.run("erase")
    assert (erased.code, f"Erased {due} tips" in erased.out) == (0, True)
    assert "JNL" in erased.out
    assert "0 tips are to be erased" in made.run("erase").out
    assert "erasing" not in {one["check"] for one in made.run("doctor", "--json").records if one.get("ok") is False}


def test_it_makes_good_what_a_run_before_left_in_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is due any more, but the words are in the store's files still."""
    url = f"sqlite:///{tmp_path}/d/taskroom.db"
    made = Desk(seed_small(tmp_path / "d", url), None, capsys)

    async def owe() -> None:
        store = await Store.open(url)
        await store.write(lambda conn: conn.execute(update(t.scrub_owed).values(erased=1)).close())
        await store.close()

    asyncio.run(owe())
    assert "hold some of what was erased" in made.run("doctor").out
    assert "0 tips are to be erased" in made.run("erase", "--dry-run").out
    erased = made.run("erase")
    assert (erased.code, "Erased 0 tips" in erased.out) == (0, True)
    assert "0 tips are to be erased" in made.run("erase").out
