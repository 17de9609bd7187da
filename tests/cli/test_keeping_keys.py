"""`backup` and `restore` across a change of the vault's key: whatever is put back, what lies on disk opens."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.desk.sealing import open_vault
from console.errors import StoreDown
from console.intake.attachments import Attachments
from console.settings import Settings
from console.store import Store
from console.store.backup import back_up
from console.store.daily import copies, make_daily
from console.store.driver import plain_sqlite
from console.store.snapshot import take_snapshot
from console.vault import Vault
from tests.cli.desk import ADMIN, Desk, seed_small


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A seeded desk on SQLite that a test may change."""
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def _vault_of(desk: Desk) -> Vault:
    """The desk's vault with its store's keys."""

    async def work() -> Vault:
        store = await Store.open(f"sqlite:///{desk.folder.store}", create=False)
        try:
            return await open_vault(store, Settings(data=desk.folder.root), create=False)
        finally:
            await store.close()

    return asyncio.run(work())


def _keys(desk: Desk) -> list[int]:
    ring = _vault_of(desk).ring
    assert ring is not None
    return [key.number for key in ring.keys]


def _reporters_open(desk: Desk) -> bool:
    vault = _vault_of(desk)
    with closing(plain_sqlite(desk.folder.store)) as store:
        rows = store.execute("SELECT tip_id, station_id, sealed FROM reporter").fetchall()
    return bool(rows) and all(vault.opens(uuid.UUID(bytes=tip), station, sealed) for tip, station, sealed in rows)


@pytest.mark.parametrize("of", ["backup", "daily"])
def test_what_is_put_back_from_before_a_change_of_the_key_opens(own: Desk, tmp_path: Path, of: str) -> None:
    """Attachments stay where they lie, sealed by the key that came after; some come from the backup, by the old one."""
    root = own.folder.attachments
    held, lost = (Attachments(root, _vault_of(own)).put("a.jpg", content, "image/jpeg") for content in (b"a", b"b"))
    file = tmp_path / "desk.backup"
    if of == "daily":
        make_daily(own.folder.store, tmp_path / "daily", 7, datetime(2026, 11, 30, tzinfo=UTC))
        ((_made_at, file),) = copies(tmp_path / "daily")
    else:
        assert own.run("backup", str(file)).code == 0
    assert own.run("vault", "--officer", ADMIN, "rotate").code == 0
    if of == "backup":
        (root / lost.sha256[:2] / lost.sha256).unlink()
    told = own.run("restore", "--force", str(file))
    assert (told.code, "were taken over" in told.out) == (0, True), told
    for turned in (False, True):
        kept = Attachments(root, _vault_of(own))
        assert [kept.get(one.sha256) for one in (held, lost)] == [b"a", b"b"]
        assert _reporters_open(own)
        assert _keys(own) == ([2] if turned else [1, 2])
        assert own.run("vault", "--officer", ADMIN, "rotate").code == 0
    assert _keys(own) == [3]
    again = own.run("restore", "--force", str(next(own.folder.backups.glob("replaced-*.db"))))
    assert again.code == 0
    assert Attachments(root, _vault_of(own)).get(held.sha256) == b"a"


def test_a_store_of_before_it_had_keys_gets_those_that_seal_what_lies_there(own: Desk, tmp_path: Path) -> None:
    bare = tmp_path / "bare.db"
    take_snapshot(own.folder.store, bare)
    with closing(plain_sqlite(bare)) as copy:
        for table in ("vault", "vault_key", "reporter"):
            copy.execute(f"DELETE FROM {table}")
    assert own.run("vault", "--officer", ADMIN, "rotate").code == 0
    held = Attachments(own.folder.attachments, _vault_of(own)).put("a.jpg", b"a", "image/jpeg")
    assert own.run("restore", "--force", str(bare)).code == 0
    assert _keys(own) == [2]
    assert Attachments(own.folder.attachments, _vault_of(own)).get(held.sha256) == b"a"


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_store_without_keys_to_give_is_replaced_all_the_same(own: Desk, tmp_path: Path, is_damaged: bool) -> None:
    file = tmp_path / "desk.backup"
    assert own.run("backup", str(file)).code == 0
    own.folder.store.unlink()
    if is_damaged:
        own.folder.store.write_bytes(b"no store")
    told = own.run("restore", "--force", str(file))
    assert (told.code, "were taken over" in told.out) == (0, False), told
    assert (_keys(own), _reporters_open(own)) == ([1], True)


def test_no_backup_is_made_while_the_key_is_changed(own: Desk, tmp_path: Path) -> None:
    held = Attachments(own.folder.attachments, _vault_of(own)).put("a.jpg", b"a", "image/jpeg")
    target = tmp_path / "to" / "desk.backup"
    target.parent.mkdir()
    codes: list[int] = []

    def turn(stage: str, _done: int, _total: int) -> None:
        if stage == "pack MiB" and not codes:
            codes.append(own.run("vault", "--officer", ADMIN, "rotate").code)

    fingerprint = _vault_of(own).fingerprint
    with pytest.raises(StoreDown, match="back up again"):
        back_up(own.folder.store, target, own.folder.attachments, fingerprint, turn)
    assert (codes, list(target.parent.iterdir())) == ([0], [])
    back_up(own.folder.store, target, own.folder.attachments, fingerprint, turn)
    own.folder.store.unlink()
    shutil.rmtree(own.folder.attachments)
    assert own.run("restore", str(target)).code == 0
    assert Attachments(own.folder.attachments, _vault_of(own)).get(held.sha256) == b"a"
