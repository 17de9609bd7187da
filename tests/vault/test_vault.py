"""The vault: its key file, what opens and what does not, and that nothing clear is left in what it hands out."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from console.errors import VaultLocked
from console.model.incoming import NewReporter
from console.vault import Vault

TIP = UUID("0193d3c4-0000-7000-8000-000000000001")
OTHER = UUID("0193d3c4-0000-7000-8000-000000000002")
REPORTER = NewReporter(name="王小明", contact="138 0000 1111", kind="guard")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "vault.key", create=True)


def test_the_key_file_is_made_private_and_serves_again(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "vault.key"
    sealed = Vault.open(file, create=True).seal(b"words", b"a")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Vault.open(file, create=False).unseal(sealed, b"a") == b"words"
    assert os.listdir(file.parent) == ["vault.key"]


def test_a_missing_key_is_not_made_by_itself(tmp_path: Path) -> None:
    with pytest.raises(VaultLocked, match="no vault key"):
        Vault.open(tmp_path / "vault.key", create=False)
    assert not (tmp_path / "vault.key").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_key_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "vault.key"
    Vault.open(file, create=True)
    file.chmod(mode)
    with pytest.raises(VaultLocked, match="chmod 600"):
        Vault.open(file, create=True)


@pytest.mark.parametrize(
    "content",
    [b"", b"taskroom-vault-key 1\n", b"taskroom-vault-key 2\nAAAA\n", b"\xff\xfe", b"taskroom-vault-key 1\n!!\n"],
)
def test_a_damaged_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vault.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(VaultLocked, match="damaged"):
        Vault.open(file, create=True)
    assert file.read_bytes() == content


def test_a_link_to_a_key_is_refused(tmp_path: Path) -> None:
    Vault.open(tmp_path / "real.key", create=True)
    (tmp_path / "vault.key").symlink_to(tmp_path / "real.key")
    with pytest.raises(VaultLocked, match="cannot be opened"):
        Vault.open(tmp_path / "vault.key", create=True)


def test_many_who_make_the_key_at_once_agree_on_one(tmp_path: Path) -> None:
    file = tmp_path / "vault.key"
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: Vault.open(file, create=True), range(16)))
    sealed = vaults[0].seal(b"words", b"a")
    assert all(vault.unseal(sealed, b"a") == b"words" for vault in vaults)


def test_a_reporter_opens_for_its_own_tip_only(vault: Vault) -> None:
    sealed = vault.seal_reporter(TIP, 7, REPORTER)
    assert vault.open_reporter(TIP, 7, sealed) == REPORTER
    for tip, station in ((OTHER, 7), (TIP, 8)):
        with pytest.raises(VaultLocked):
            vault.open_reporter(tip, station, sealed)


def test_one_changed_bit_anywhere_does_not_open(vault: Vault) -> None:
    sealed = vault.seal_reporter(TIP, 7, REPORTER)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(VaultLocked):
            vault.open_reporter(TIP, 7, changed)
    for length in range(0, len(sealed), 7):
        with pytest.raises(VaultLocked):
            vault.open_reporter(TIP, 7, sealed[:length])


def test_nothing_clear_and_nothing_equal_in_what_is_sealed(vault: Vault) -> None:
    first, second = (vault.seal_reporter(TIP, 7, REPORTER) for _ in range(2))
    assert first != second
    for clear in ("王小明".encode(), b"0000", b"guard", b"name"):
        assert clear not in first


def test_another_key_does_not_open(vault: Vault, tmp_path: Path) -> None:
    other = Vault.open(tmp_path / "other.key", create=True)
    with pytest.raises(VaultLocked):
        other.unseal(vault.seal(b"words", b"a"), b"a")
    assert other.contact_index("138") != vault.contact_index("138")


def test_content_opens_only_as_what_it_was_sealed(vault: Vault) -> None:
    sealed = vault.seal(b"picture", b"attachment 1")
    assert vault.unseal(sealed, b"attachment 1") == b"picture"
    with pytest.raises(VaultLocked):
        vault.unseal(sealed, b"attachment 2")


@pytest.mark.parametrize(
    "written",
    [
        "13800001111",
        "138 0000 1111",
        "138-0000-1111",
        "+86 138 0000 1111",
        "0086-13800001111",
        "１３８００００１１１１",
    ],
)
def test_one_phone_in_all_its_writings_has_one_index(vault: Vault, written: str) -> None:
    assert vault.contact_index(written) == vault.contact_index("13800001111")
    assert len(vault.contact_index(written)) == 16


def test_different_contacts_have_different_indexes(vault: Vault) -> None:
    contacts = ["13800001111", "13800001112", "wx: Night_Owl", "wx: nightowl", "a@example.org", "", "王小明"]
    assert len({vault.contact_index(contact) for contact in contacts}) == len(contacts)
    assert vault.contact_index("WX:  night_owl") == vault.contact_index("wx: Night_Owl")
