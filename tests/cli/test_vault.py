"""`taskroom vault`: where the key lies, what is sealed by which, another key, and a passphrase."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from console.vault import Vault
from tests.cli.desk import ADMIN, Desk, about, entries, seed_small, taskroom

PHRASE = "four grey herons stand"
AS_ADMIN = ("--officer", ADMIN)


@pytest.fixture
def own(fresh: Desk) -> Desk:
    """A small desk of this test alone, its key in the data folder."""
    seed_small(fresh.folder.root, f"sqlite:///{fresh.folder.store}")
    return fresh


def test_init_puts_the_key_apart_from_the_data(fresh: Desk) -> None:
    assert fresh.run("init").code == 0
    apart = fresh.folder.key_apart
    assert apart is not None
    assert not apart.is_relative_to(fresh.folder.root)
    assert stat.S_IMODE(apart.stat().st_mode) == 0o600
    assert stat.S_IMODE(apart.parent.stat().st_mode) == 0o700
    assert not fresh.folder.vault_key.exists()
    assert str(apart) in fresh.run("vault", "status").out
    assert "move it" not in fresh.run("doctor").out


def test_a_moved_folder_finds_its_key_and_another_has_its_own(fresh: Desk, tmp_path: Path) -> None:
    assert fresh.run("init").code == 0
    moved = fresh.folder.root.rename(tmp_path / "moved")
    status = fresh.run("vault", "status", "--data", str(moved))
    assert status.code == 0
    assert fresh.run("init").code == 0
    assert fresh.folder.key_apart != type(fresh.folder)(moved).key_apart


def test_a_seed_keeps_its_key_beside_and_doctor_says_where_to_move_it(own: Desk) -> None:
    told = own.run("doctor")
    assert told.code == 0
    assert f"move it to {own.folder.key_apart}" in " ".join(told.out.split())
    apart = own.folder.key_apart
    assert apart is not None
    apart.parent.mkdir(parents=True, exist_ok=True)
    own.folder.vault_key.rename(apart)
    told = own.run("doctor")
    assert told.code == 0
    assert "move it" not in told.out


def test_a_key_is_changed_and_everything_opens(own: Desk) -> None:
    assert "key 1" in own.run("vault", "status").out
    told = own.run("vault", *AS_ADMIN, "rotate")
    assert (told.code, "sealed by key 2; the keys before it are dropped" in told.out) == (0, True), told
    status = own.run("vault", "status")
    assert "key 2" in status.out
    assert "key 1 " not in status.out
    assert ", of which 0 are sealed by an older key" in status.out
    assert own.run("doctor").code == 0


def test_a_film_that_was_refused_does_not_keep_the_old_key(own: Desk, tmp_path: Path) -> None:
    film = own.folder.intake / "rejected" / "film.json"
    film.write_bytes(b'{"reporter": {"sealed": "AQ=="}}' + bytes(17 << 20))
    os.link(film, tmp_path / "linked")
    told = own.run("vault", *AS_ADMIN, "rotate")
    assert (told.code, "sealed by key 2; the keys before it are dropped" in told.out) == (0, True), told
    assert "key 1 " not in own.run("vault", "status").out


def test_a_file_that_does_not_open_keeps_the_old_key(own: Desk) -> None:
    closed = own.folder.intake / "done" / "a.json"
    closed.write_text(json.dumps({"reporter": {"sealed": base64.b64encode(b"\x01" + bytes(60)).decode()}}))
    told = own.run("vault", *AS_ADMIN, "rotate")
    assert (told.code, f"{closed} first; the old key is kept" in told.err) == (1, True), told
    assert "key 1 " in own.run("vault", "status").out
    closed.unlink()
    assert own.run("vault", *AS_ADMIN, "rotate").code == 0
    assert "key 1 " not in own.run("vault", "status").out


def test_a_passphrase_is_wanted_from_then_on(own: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprint = Vault.open(own.folder.vault_key, create=False).fingerprint
    file = tmp_path / "phrase"
    file.write_text("short\n")
    file.chmod(0o640)
    monkeypatch.setenv("TASKROOM_VAULT_PASSPHRASE_FILE", str(file))
    refused = own.run("vault", "passphrase")
    assert (refused.code, "Others may read the passphrase file" in refused.err) == (78, True)
    file.chmod(0o600)
    assert own.run("vault", "passphrase").code == 1
    for held in (b"gr\xfcn und lang genug\n", b"long " * 1_000):
        file.write_bytes(held)
        refused = own.run("vault", "passphrase")
        assert (refused.code, "holds no UTF-8 text of at most 4096 bytes" in refused.err) == (78, True)
    file.write_text(f"{PHRASE}\n")
    assert fingerprint in own.run("vault", "passphrase").out
    assert "locked by a passphrase" in own.run("vault", "status").out
    assert own.run("vault", *AS_ADMIN, "rotate").code == 0
    monkeypatch.delenv("TASKROOM_VAULT_PASSPHRASE_FILE")
    refused = own.run("vault", *AS_ADMIN, "rotate")
    assert (refused.code, "TASKROOM_VAULT_PASSPHRASE_FILE" in refused.err) == (78, True)
    assert own.run("tips", "--limit", "1").code == 0, "tips are read without it"
    monkeypatch.setenv("TASKROOM_VAULT_PASSPHRASE_FILE", str(file))
    assert own.run("vault", "passphrase", "--remove").code == 0
    assert Vault.open(own.folder.vault_key, create=False).fingerprint == fingerprint


def test_a_lost_key_is_not_replaced(own: Desk) -> None:
    own.folder.vault_key.unlink()
    for words in (["vault", *AS_ADMIN, "rotate"], ["init"], ["intake", "--once"]):
        refused = own.run(*words)
        assert (refused.code, "no vault key" in refused.err) == (78, True), refused
    apart = own.folder.key_apart
    assert apart is not None
    assert not apart.exists()
    assert own.run("tips", "--limit", "1").code == 0
    own.folder.vault_key.mkdir()
    refused = own.run("vault", *AS_ADMIN, "rotate")
    assert (refused.code, "put the key file there" in refused.err) == (78, True), refused
    status = own.run("vault", "status")
    assert (status.code, "put the key file there" in status.out) == (0, True), status


def test_only_an_admin_changes_the_vaults_key(own: Desk) -> None:
    refused = own.run("vault", "rotate")
    assert (refused.code, "Only an admin" in refused.err) == (1, True), refused
    nobody = taskroom("vault", "rotate", *own.options)
    assert (nobody.returncode, b"Say who you are" in nobody.stderr) == (1, True)
    assert entries(own, "vault.rotated") == []
    assert own.run("vault", "--officer", ADMIN, "rotate").code == 0
    done = [(one.station, one.officer, about(one)) for one in entries(own, "vault.rotated")]
    steps = [("UNR", ADMIN, {"key": 2, "what": what}) for what in ("finished", "begun")]
    assert done == steps


def test_a_passphrase_of_the_vaults_key_is_an_entry(own: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "phrase"
    file.write_text("four grey herons stand")
    file.chmod(0o600)
    monkeypatch.setenv("TASKROOM_VAULT_PASSPHRASE_FILE", str(file))
    assert own.run("vault", "passphrase").code == 0
    assert own.run("vault", "passphrase", "--remove").code == 0
    told = [about(one)["now"] for one in entries(own, "setting.changed")]
    assert told == ["open", "locked"]
    assert "herons" not in "".join(one.about or "" for one in entries(own, "setting.changed"))
