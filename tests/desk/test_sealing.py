"""A store's keys: made once, changed while tips come in, gone on with when it was broken off, on both engines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from console.desk.sealing import SETTLED, Rotation, join_store, open_vault, vault_standing
from console.errors import VaultLocked
from console.model.audit import AuditAction
from console.model.incoming import NewReporter, NewTip
from console.settings import Settings
from console.store import tables as t
from console.store.unit import Unit
from console.vault import Vault
from tests.desk.conftest import Desk


def tip(n: int) -> NewTip:
    reporter = NewReporter(f"Person {n}", f"1390000{n:04}", "guard", f"heron-{n}")
    return NewTip(f"words {n}", "test", str(n), room="JNL-12", reporter=reporter)


def progress(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


async def opened(desk: Desk, vault: Vault) -> dict[str | None, int]:
    """Every reporter opened: its member, and the number of the key that its row names."""
    await join_store(desk.store, vault)
    columns = (t.reporter.c.tip_id, t.reporter.c.station_id, t.reporter.c.sealed, t.reporter.c.key_number)
    rows = await desk.store.read(lambda conn: conn.execute(select(*columns)).all())
    return {vault.open_reporter(row.tip_id, row.station_id, row.sealed).member: row.key_number for row in rows}


async def actions(desk: Desk) -> list[str]:
    a = t.audit.c
    query = select(a.about).where(a.action == AuditAction.VAULT_ROTATED).order_by(a.seq)
    return list(await desk.store.read(lambda conn: conn.scalars(query).all()))


async def test_the_first_reporter_makes_the_stores_key(station: Desk, tmp_path: Path) -> None:
    await station.take(tip(1))
    assert station.vault.ring is not None
    other = Vault.open(tmp_path / "vault.key", create=False)
    assert await opened(station, other) == {"heron-1": 1}
    assert (await vault_standing(station.store)).ring == other.ring


async def test_two_who_make_the_stores_keys_agree(station: Desk, tmp_path: Path) -> None:
    other = Vault.open(tmp_path / "vault.key", create=False)
    rings = [await join_store(station.store, one) for one in (station.vault, other)]
    assert rings[0] == rings[1]


async def test_a_key_is_changed_while_tips_come_in(station: Desk, tmp_path: Path) -> None:
    """The one who takes them in holds the old key until the store refuses it."""
    await station.take(*(tip(n) for n in range(5)))
    vault = Vault.open(tmp_path / "vault.key", create=False)
    rotation = Rotation(station.store, vault, progress)
    ring = await rotation.begin()
    assert (ring.number, ring.is_turning) == (2, True)
    await station.take(tip(7))
    assert station.vault.number == 2
    assert await rotation.seal_again() == 5
    assert set((await opened(station, vault)).values()) == {2}
    assert await rotation.finish(alone=True)
    assert (await vault_standing(station.store)).ring == vault.ring
    assert len(await opened(station, station.vault)) == 6
    assert await actions(station) == ['{"key":2,"what":"begun"}', '{"key":2,"what":"finished"}']


async def test_a_key_that_is_changed_between_a_sealing_and_its_row_is_the_row_s(
    station: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the row would not be sealed again, and would never open once the old key is gone."""
    await station.take(tip(1))
    vault = Vault.open(tmp_path / "vault.key", create=False)
    rotation = Rotation(station.store, vault, progress)
    ring = await rotation.begin()
    seal = station.vault.seal_reporter

    def seal_and_join(*given: Any) -> bytes:
        sealed = seal(*given)
        station.vault.join(ring)
        return sealed

    monkeypatch.setattr(station.vault, "seal_reporter", seal_and_join)
    await station.take(tip(2))
    await rotation.seal_again()
    assert await rotation.finish(alone=True)
    assert await opened(station, vault) == {"heron-1": 2, "heron-2": 2}


async def test_broken_off_it_goes_on_with_the_same_key(station: Desk, tmp_path: Path) -> None:
    await station.take(*(tip(n) for n in range(5)))
    first = Rotation(station.store, Vault.open(tmp_path / "vault.key", create=False), progress)
    await first.begin()
    first.stop()
    assert await first.seal_again() == 0
    vault = Vault.open(tmp_path / "vault.key", create=False)
    second = Rotation(station.store, vault, progress)
    assert (await second.begin()).number == 2
    assert await second.finish(alone=True) is False, "rows need the old key"
    assert await second.seal_again() == 5
    assert await second.finish(alone=True)
    assert (await Rotation(station.store, vault, progress).begin()).number == 3


async def test_a_key_somebody_may_still_use_is_kept_for_an_hour(station: Desk) -> None:
    await station.take(tip(1))
    rotation = Rotation(station.store, station.vault, progress)
    ring = await rotation.begin()
    await rotation.seal_again()
    assert not await rotation.finish(alone=False)
    assert (await vault_standing(station.store)).ring == ring
    long_ago = station.store.now() - SETTLED - timedelta(seconds=1)

    def age(conn: Unit) -> None:
        conn.execute(update(t.vault_key).where(t.vault_key.c.number == 1).values(retired_at=long_ago))

    await station.store.write(age)
    assert await rotation.finish(alone=False)


async def test_reporters_of_before_the_store_had_keys_are_sealed_by_them(station: Desk, tmp_path: Path) -> None:
    (receipt,) = await station.take(tip(1))
    bare = Vault.open(tmp_path / "vault.key", create=False)
    sealed = bare.seal_reporter(receipt.id, receipt.station_id, NewReporter("Person 1", member="heron-1"))
    await station.store.write(
        lambda conn: conn.execute(update(t.reporter).values(sealed=sealed, key_number=0)).rowcount
    )
    assert await opened(station, bare) == {"heron-1": 0}
    rotation = Rotation(station.store, station.vault, progress)
    await rotation.begin()
    await rotation.seal_again()
    assert await opened(station, bare) == {"heron-1": 2}


async def test_a_key_file_is_made_only_where_the_store_has_no_keys(station: Desk, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, vault_key=tmp_path / "elsewhere.key")
    await station.take(tip(1))
    with pytest.raises(VaultLocked, match="no vault key"):
        await open_vault(station.store, settings)
    assert not settings.vault_key_file.exists()
    Vault.open(settings.vault_key_file, create=True)
    with pytest.raises(VaultLocked, match="wrapped by the vault key"):
        await open_vault(station.store, settings)


async def test_without_the_key_tips_are_read_and_none_with_a_reporter_is_taken(station: Desk) -> None:
    (receipt,) = await station.take(tip(1))
    station.vault.join(await join_store(station.store, station.vault))
    locked = Desk(**{**vars(station), "vault": Vault(b"", why_locked="There is no vault key.")})
    with pytest.raises(VaultLocked, match="no vault key"):
        await locked.take(tip(2))
    assert (await locked.take(NewTip("no name", "test", "3", room="JNL-12")))[0].ref
    assert (await locked.tip(receipt)).text == "words 1"


async def test_nothing_of_a_reporter_stands_in_any_other_row(station: Desk) -> None:
    """The member too is in the sealed payload alone."""
    await station.take(tip(1))
    for table in t.metadata.sorted_tables:
        rows = await station.store.read(partial(_all_rows, table=table))
        for told in ("Person 1", "13900000001", "heron-1"):
            assert not any(told in repr(row) for row in rows), table.name


def _all_rows(conn: Unit, table: object) -> list[object]:
    from sqlalchemy import Table

    assert isinstance(table, Table)
    columns = [one for one in table.c if one.name != "n" or table.name != "tip"]
    return [tuple(row) for row in conn.execute(select(*columns))]
