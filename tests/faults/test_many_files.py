"""A folder in which very many files wait: the newest come first, memory stays flat, and what arrives meanwhile is not
made to wait for the rest."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import Connection, select

from console.store import Store
from console.store import tables as t
from tests.faults.conftest import MakeRig
from tests.faults.folder_rig import FolderRig, rss_mib, stopped

MANY = int(os.environ.get("TASKROOM_TEST_MANY_FILES", "100000"))
GROWTH_MIB = 48.0
"""More than with 1,000 files: 5,000 entries of one look, a batch, and the kernel's queue of 16,384 names."""


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_very_many_files_wait(make_rig: MakeRig) -> None:
    rig = await make_rig()
    rig.patience_s = 900.0
    async with rig.running():
        with stopped(rig.pid):
            rig.drop(1000)
        await rig.until(rig.is_all_taken)
        before = rss_mib(rig.pid, "VmHWM")
        with stopped(rig.pid):
            rig.drop(MANY)
            rig.injected.append(f"{MANY:,} files at once")
        began_at = time.monotonic()
        newest = rig.sent
        await rig.until(lambda: rig.beat().waiting > 0)
        await taken_more_than(rig, 1000)
        keys = await keys_in_order(rig, 1000, 1500)
        assert min(keys) > newest - 5000
        assert newest in keys
        fresh_at = time.monotonic()
        rig.drop()
        await rig.until(lambda: is_on_file(rig, str(rig.sent)))
        fresh_s = time.monotonic() - fresh_at
        assert await rig.rows() < rig.sent / 2 or MANY < 50_000
        await rig.until(rig.is_all_taken)
        took_s, most = time.monotonic() - began_at, rss_mib(rig.pid, "VmHWM")
        print(f"\n{MANY:,} files: {took_s:.0f} s, {MANY / took_s:,.0f}/s; one that came meanwhile {fresh_s:.2f} s")
        print(f"  memory at most: {before:.1f} MiB with 1,000, {most:.1f} MiB with {MANY:,}")
        assert most - before < GROWTH_MIB
        async with rig.recovery(f"{MANY:,} files waiting"):
            pass


async def taken_more_than(rig: FolderRig, count: int) -> None:
    async def ask() -> bool:
        return await rig.rows() >= count + 500

    await rig.until(ask)


async def keys_in_order(rig: FolderRig, start: int, stop: int) -> list[int]:
    """The keys of the tips taken as number `start` to `stop`."""
    assert isinstance(rig.store, Store)

    def ask(conn: Connection) -> list[int]:
        ordered = select(t.tip.c.source_key).order_by(t.tip.c.n).offset(start).limit(stop - start)
        return [int(key) for key in conn.execute(ordered).scalars()]

    return await rig.store.read(ask)


async def is_on_file(rig: FolderRig, key: str) -> bool:
    assert isinstance(rig.store, Store)
    return await rig.store.read(
        lambda conn: conn.execute(select(t.tip.c.n).where(t.tip.c.source_key == key)).first() is not None
    )
