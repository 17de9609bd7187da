"""The vault: its key file, what opens and what does not, and that nothing clear is left in what it hands out."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.errors import KeyTurned, VaultLocked
from console.model.incoming import NewReporter
from console.model.ring import Ring
from console.vault import Vault, number_of
from console.vault.keyfile import is_locked

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
    with pytest.raises(VaultLocked, match="it is a link: put the key file itself there"):
        Vault.open(tmp_path / "vault.key", create=True)


def test_a_folder_in_the_keys_place_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "vault.key").mkdir(mode=0o700)
    for create in (False, True):
        with pytest.raises(VaultLocked, match="not a regular file: put the key file there"):
            Vault.open(tmp_path / "vault.key", create=create)
    assert (tmp_path / "vault.key").is_dir()


def test_a_key_that_cannot_be_read_says_what_to_see_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for file in (tmp_path / "file" / "vault.key", tmp_path / ("k" * 300)):
        for create in (False, True):
            with pytest.raises(VaultLocked, match="see to its disk and its folders"):
                Vault.open(file, create=create)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(tmp_path: Path, size: int) -> None:
    file = tmp_path / "vault.key"
    file.write_bytes(b"taskroom-vault-key 1\n" + base64.b64encode(bytes(size)) + b"\n")
    file.chmod(0o600)
    with pytest.raises(VaultLocked, match="damaged or of a newer version: bring back its backup copy"):
        Vault.open(file, create=False)


def test_a_key_file_that_cannot_be_written_again_stays(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(VaultLocked, match="cannot be written again"):
        vault.lock(tmp_path / "gone" / "vault.key", "four grey herons stand")


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


# ── a store's keys ───────────────────────────────────────────────────────────────────────────────────────────────────
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def turned(vault: Vault) -> Ring:
    """The vault's ring with one key more."""
    assert vault.ring is not None
    return replace(vault.ring, keys=(*vault.ring.keys, vault.new_key(vault.number + 1, NOW)))


def test_the_stores_key_is_wrapped_and_does_the_sealing(vault: Vault, tmp_path: Path) -> None:
    before = vault.seal_reporter(TIP, 7, REPORTER)
    ring = vault.new_ring(NOW)
    vault.join(ring)
    sealed = vault.seal_reporter(TIP, 7, replace(REPORTER, member="heron-3"))
    assert (number_of(before), number_of(sealed)) == (0, 1)
    again = Vault.open(tmp_path / "vault.key", create=False)
    with pytest.raises(VaultLocked):
        again.open_reporter(TIP, 7, sealed)
    again.join(ring)
    assert again.open_reporter(TIP, 7, sealed).member == "heron-3"
    assert again.open_reporter(TIP, 7, before) == REPORTER


def test_a_ring_of_another_key_file_is_refused(vault: Vault, tmp_path: Path) -> None:
    other = Vault.open(tmp_path / "other.key", create=True)
    with pytest.raises(VaultLocked, match=other.fingerprint):
        vault.join(other.new_ring(NOW))
    assert vault.ring is None


def test_contacts_have_the_same_index_after_every_change_of_keys(vault: Vault) -> None:
    index = vault.contact_index("13800001111")
    vault.join(vault.new_ring(NOW))
    assert vault.contact_index("13800001111") == index
    vault.join(turned(vault))
    assert vault.contact_index("13800001111") == index


@given(
    there=st.tuples(st.uuids(), st.integers(-1, 300), st.integers(1, 3)),
    here=st.tuples(st.uuids(), st.integers(-1, 300), st.integers(1, 3)),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_moved_to_another_tip_station_or_key_it_does_not_open(
    there: tuple[UUID, int, int], here: tuple[UUID, int, int]
) -> None:
    """The key's number stands in what is sealed: told another number, it does not open either."""
    vault = Vault(b"k" * 32)
    vault.join(vault.new_ring(NOW))
    (tip, station, key), (other_tip, other_station, other_key) = there, here
    while vault.number < key:
        vault.join(turned(vault))
    sealed = vault.seal_reporter(tip, station, REPORTER)
    while vault.number < other_key:
        vault.join(turned(vault))
    moved = sealed[:1] + other_key.to_bytes(4) + sealed[5:]
    if there == here:
        assert vault.open_reporter(other_tip, other_station, moved) == REPORTER
        return
    with pytest.raises(VaultLocked):
        vault.open_reporter(other_tip, other_station, moved)


def test_a_newer_key_than_it_knows_of_says_that_the_keys_have_changed(vault: Vault, tmp_path: Path) -> None:
    """Who holds the keys of before reads them again, as when something is to be sealed."""
    ring = vault.new_ring(NOW)
    vault.join(ring)
    vault.join(turned(vault))
    sealed = vault.seal(b"words", b"a")
    late = Vault.open(tmp_path / "vault.key", create=False)
    late.join(ring)
    with pytest.raises(KeyTurned):
        late.unseal(sealed, b"a")


def test_a_retired_key_that_is_dropped_opens_nothing(vault: Vault) -> None:
    vault.join(vault.new_ring(NOW))
    old = vault.seal(b"words", b"a")
    ring = turned(vault)
    vault.join(ring)
    new = vault.seal(vault.unseal(old, b"a"), b"a")
    vault.join(replace(ring, keys=ring.keys[1:]))
    assert vault.unseal(new, b"a") == b"words"
    with pytest.raises(VaultLocked):
        vault.unseal(old, b"a")


def test_without_its_key_a_desk_has_a_vault_that_says_so(tmp_path: Path) -> None:
    locked = Vault.open_or_locked(tmp_path / "vault.key", create=False)
    for use in (lambda: locked.seal(b"a", b"a"), lambda: locked.contact_index("a"), lambda: locked.new_ring(NOW)):
        with pytest.raises(VaultLocked, match="no vault key"):
            use()


# ── a passphrase ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_passphrase_locks_the_key_file_and_the_key_stays(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / "vault.key"
    key = file.read_bytes().split()[-1]
    vault.lock(file, "four grey herons stand")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert is_locked(file)
    assert key not in file.read_bytes()
    for wrong in ("four grey herons stood", ""):
        with pytest.raises(VaultLocked, match="does not unlock"):
            Vault.open(file, create=True, passphrase=lambda: wrong)  # noqa: B023 - asked at once
    with pytest.raises(VaultLocked, match="TASKROOM_VAULT_PASSPHRASE_FILE"):
        Vault.open(file, create=True)
    again = Vault.open(file, create=False, passphrase=lambda: "four grey herons stand")
    assert again.fingerprint == vault.fingerprint
    again.lock(file, "")
    assert Vault.open(file, create=False).fingerprint == vault.fingerprint


@pytest.mark.parametrize("content", [b"taskroom-vault-key 2\n", b"taskroom-vault-key 2\nAAAA\nAAAA\n"])
def test_a_damaged_locked_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vault.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(VaultLocked):
        Vault.open(file, create=False, passphrase=lambda: "four grey herons stand")
