"""`doctor` beyond the store's rows, and `doctor --repair`: what is wrong is found, mended where it can be, and told."""

from __future__ import annotations

import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from console.store import checks
from console.store.driver import sqlite_module
from console.vault import Vault
from tests import pg
from tests.cli.desk import Desk, seed_small

WRONG = (
    "UPDATE station_counter SET solved = solved + 3, alarms = alarms + 1 WHERE station_id = 1",
    "UPDATE station_counter SET event_seq = event_seq - 2, audit_seq = audit_seq - 1 WHERE station_id = 1",
    "UPDATE room SET members = members + 5 WHERE number = 1",
    "UPDATE officer SET rooms = 99 WHERE id = 2",
    "UPDATE station SET officers = officers - 1 WHERE id = 1",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def own(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """A seeded desk on each engine that a test may break."""
    if request.param == "sqlite":
        yield Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)
        return
    with pg.fresh_database(pg.url_of(request.getfixturevalue("postgres_url"))) as database:
        yield Desk(seed_small(tmp_path / "data", pg.words(database)), pg.words(database), capsys)


@pytest.fixture
def embedded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def _do(desk: Desk, *statements: str) -> None:
    engine = sa.create_engine(
        (desk.url or f"sqlite:///{desk.folder.store}").replace("postgresql:", "postgresql+psycopg:")
    )
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def _found(desk: Desk, *words: str) -> tuple[int, dict[str, str], list[str]]:
    """Exit code, what is bad with its sentence, and what was repaired."""
    told = desk.run("doctor", "--json", *words)
    bad = {one["check"]: one["found"] for one in told.records if one.get("ok") is False}
    return told.code, bad, [one["repaired"] for one in told.records if "repaired" in one]


def test_counts_are_made_anew_and_told(own: Desk) -> None:
    figures = own.run("figures", "--json").out
    _do(own, *WRONG)
    code, bad, _none = _found(own)
    assert (code, set(bad)) == (1, {"counters", "totals", "feed", "audit", "chain"})
    assert all("--repair" in bad[check] for check in ("counters", "totals"))
    assert "3 counts" in bad["totals"]
    code, bad, repaired = _found(own, "--repair")
    assert (code, bad) == (0, {})
    assert len(repaired) == 2
    assert "1 stations" in repaired[0]
    assert "3 counts" in repaired[1]
    assert own.run("figures", "--json").out == figures
    assert _found(own, "--repair") == (0, {}, [])


def test_a_missing_event_is_not_papered_over(own: Desk) -> None:
    _do(
        own,
        "DELETE FROM tip_event WHERE station_id = 1 AND seq = (SELECT max(seq) FROM tip_event WHERE station_id = 1)",
    )
    for words in ((), ("--repair",), ()):
        code, bad, _repaired = _found(own, *words)
        assert (code, set(bad)) == (1, {"feed", "history"})


def test_a_lost_index_is_made_anew(own: Desk) -> None:
    before = own.run("tips", "有人", "--json").out
    assert before
    if own.url is None:
        _do(own, "DELETE FROM tip_words_docsize WHERE id % 2 = 0")
    else:
        _do(own, "DROP INDEX ix_tip_grams")
    assert set(_found(own)[1]) == {"search"}
    code, bad, repaired = _found(own, "--repair")
    assert (code, bad) == (0, {})
    assert "200 tips" in repaired[0]
    assert own.run("tips", "有人", "--json").out == before


def test_entries_with_the_wrong_words_are_found(embedded: Desk) -> None:
    """As many entries as tips, and yet words lead to the wrong tip: only asking the index tells."""
    _do(
        embedded,
        "INSERT INTO tip_words (tip_words) VALUES ('delete-all')",
        "INSERT INTO tip_words (rowid, words) SELECT n, 'zz' FROM tip",
    )
    assert "not found by their words" in _found(embedded)[1]["search"]
    assert _found(embedded, "--repair")[:2] == (0, {})


def test_rights_and_leftovers_are_mended_and_what_senders_left_is_left(embedded: Desk) -> None:
    folder = embedded.folder
    wrong = [folder.store, folder.vault_key, folder.log, folder.intake / "done" / "a.json", folder.root]
    (folder.intake / "done" / "a.json").write_text("{}")
    sent = folder.intake / "tmp" / "sent.json"
    sent.write_text("{}")
    for path in (*wrong, sent):
        path.chmod(0o755)
    old, new = folder.backups / ".daily-1.db.part-1", folder.backups / ".daily-2.db.part-2"
    for draft in (old, new):
        draft.touch(0o600)
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    code, bad, _none = _found(embedded)
    assert (code, set(bad)) == (1, {"folder", "rights", "key", "leftovers"})
    assert "5 files or folders" in bad["rights"]
    code, bad, repaired = _found(embedded, "--repair")
    assert (code, bad) == (0, {})
    assert len(repaired) == 2
    modes = {stat.S_IMODE(path.stat().st_mode) for path in wrong}
    assert modes == {0o600, 0o700}
    assert stat.S_IMODE(sent.stat().st_mode) == 0o755
    assert (old.exists(), new.exists()) == (False, True)


def test_folders_that_are_gone_are_made(embedded: Desk) -> None:
    (embedded.folder.intake / "new").rmdir()
    assert "folder" in _found(embedded)[1]
    code, bad, repaired = _found(embedded, "--repair")
    assert (code, bad) == (0, {})
    assert "were made" in repaired[0]


def test_a_clock_that_jumped_back_and_an_unknown_zone_are_told(own: Desk) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    value = int(ahead.timestamp() * 1_000_000) if own.url is None else f"'{ahead.isoformat()}'"
    _do(own, f"UPDATE tip SET received_at = {value} WHERE id = (SELECT id FROM tip ORDER BY id LIMIT 1)")
    code, bad, _none = _found(own)
    assert (code, set(bad)) == (1, {"clock"})
    assert "jumped back" in bad["clock"]
    _do(own, "UPDATE station SET timezone = 'Moon/Tycho' WHERE id = 1")
    assert "Moon/Tycho" in _found(own)[1]["clock"]


def test_another_key_lost_attachments_and_an_old_backup_are_told(embedded: Desk) -> None:
    folder = embedded.folder
    _do(
        embedded,
        "INSERT INTO attachment SELECT station_id, id, 1, 'a', 'image/png', 6, 'ab11' FROM tip WHERE n < 4",
    )
    made_at = datetime.now(UTC) - timedelta(days=3)
    (folder.backups / f"daily-{made_at:%Y%m%dT%H%M%SZ}.db").touch(0o600)
    folder.vault_key.unlink()
    Vault.open(folder.vault_key, create=True)
    code, bad, _none = _found(embedded)
    assert (code, set(bad)) == (1, {"attachments", "backup", "reporters"})
    assert "1 of 1 contents" in bad["attachments"]
    assert "3 d" in bad["backup"]
    assert "another key" in bad["reporters"]
    (folder.backups / f"daily-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db").touch(0o600)
    assert "backup" not in _found(embedded)[1]


def test_a_disk_with_no_room_for_a_backup_is_told(embedded: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=200 << 20))
    code, bad, _none = _found(embedded)
    assert (code, set(bad)) == (1, {"disk"})
    assert "200 MiB free" in bad["disk"]


@pytest.mark.parametrize("version, is_noted", [((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False)])
def test_a_sqlite_with_the_wal_bug_is_noted(
    embedded: Desk, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], is_noted: bool
) -> None:
    like = SimpleNamespace(sqlite_version_info=version, Error=sqlite_module().Error)
    monkeypatch.setattr(checks, "sqlite_module", lambda: like)
    (engine,) = (one for one in embedded.run("doctor", "--json").records if one["check"] == "engine")
    assert ("NOTE" in engine["found"]) is is_noted
