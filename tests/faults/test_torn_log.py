"""A death in the middle of a write leaves half a page at the end of the log: the store is opened all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.store import first_look
from console.store.driver import plain_sqlite
from console.store.first_look import beside, stamp, why_not_open


def _store_with_log(file: Path) -> bytes:
    """A stamped store and the log, copied while open, of a commit that wrote its first page."""
    connection = plain_sqlite(file)
    connection.execute("PRAGMA journal_mode = WAL")
    stamp(connection)
    connection.close()
    connection = plain_sqlite(file)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE tip (words TEXT)")
    kept = file.read_bytes(), beside(file, "-wal").read_bytes()
    connection.close()
    beside(file, "-shm").unlink(missing_ok=True)
    file.write_bytes(kept[0])
    return kept[1]


@pytest.mark.parametrize("size", [56, 60, 57 + 60, 32 + 24 + 4095])
def test_half_a_first_page_in_the_log_is_not_anothers(tmp_path: Path, size: int) -> None:
    file = tmp_path / "taskroom.db"
    log = _store_with_log(file)
    assert int.from_bytes(log[32:36], "big") == 1
    beside(file, "-wal").write_bytes(log[:size])
    assert why_not_open(file) is None


def test_an_older_page_behind_a_new_head_is_not_anothers(tmp_path: Path) -> None:
    file = tmp_path / "taskroom.db"
    log = _store_with_log(file)
    beside(file, "-wal").write_bytes(log[:56] + bytes(4096) + log[56 + 4096 :])
    assert why_not_open(file) is None


def test_a_whole_page_of_another_store_is_refused(tmp_path: Path) -> None:
    log = _store_with_log(tmp_path / "other.db")
    file = tmp_path / "taskroom.db"
    _store_with_log(file)
    beside(file, "-wal").write_bytes(log)
    assert "another store" in str(why_not_open(file))


def test_a_store_that_its_last_user_closes_meanwhile_has_lost_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index goes first, then the log; here both go between two looks at them."""
    file = tmp_path / "taskroom.db"
    beside(file, "-wal").write_bytes(_store_with_log(file))
    connection = plain_sqlite(file)
    connection.execute("CREATE TABLE person (name TEXT)")
    assert beside(file, "-shm").exists()
    read = first_look._Header.of

    def close_and_read(content: bytes) -> object:
        connection.close()
        return read(content)

    monkeypatch.setattr(first_look._Header, "of", close_and_read)
    assert first_look._look(file) is None
    assert not beside(file, "-wal").exists()
