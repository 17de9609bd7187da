"""What verbs hand out, and what they do to the store as a whole, as entries of the audit: who, and no word of a tip."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from console.store.driver import plain_sqlite
from tests.cli.desk import SUPERVISOR, Desk, about, entries, seed_small, taskroom


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A seeded desk on SQLite that a test may change."""
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def do(desk: Desk, statement: str) -> None:
    with closing(plain_sqlite(desk.folder.store)) as store:
        store.execute(statement)


def test_lists_and_searches_of_the_command_line_are_entries(seeded: Desk) -> None:
    for verb in ("figures", "rooms"):
        assert seeded.run(verb).code == 0
        newest = entries(seeded, "desk.exported")[0]
        assert (newest.officer, about(newest)) == (SUPERVISOR, {"what": verb})
    assert seeded.run("tips", "赌博", "status:new").code == 0
    told = about(entries(seeded, "desk.exported")[0])
    assert (told["what"], told["asked"]) == ("tips", "status:new")
    assert len(told["terms"]) == 16
    assert int(told["terms"], 16)
    again = seeded.run("tips", "赌博").code, about(entries(seeded, "desk.exported")[0])["terms"]
    assert again == (0, told["terms"]), "equal words have equal hashes"


def test_who_reads_whole_numbers_is_an_entry(seeded: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(entries(seeded, "desk.numbers-shown"))
    assert seeded.run("tips", "--limit", "1").code == 0
    assert len(entries(seeded, "desk.numbers-shown")) == before
    monkeypatch.setenv("TASKROOM_DESK__MASK", "false")
    assert seeded.run("tips", "--limit", "1").code == 0
    newest = entries(seeded, "desk.numbers-shown")
    assert (len(newest), newest[0].officer) == (before + 1, SUPERVISOR)


def test_a_backup_has_the_entry_that_it_was_made_and_a_restore_adds_its_own(own: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    assert own.run("backup", str(file)).code == 0
    [made] = entries(own, "store.backed-up")
    assert (made.station, made.officer, about(made)) == ("UNR", SUPERVISOR, {"what": "backup"})
    assert own.run("backup", str(file)).code == 1
    assert len(entries(own, "store.backed-up")) == 1, "nothing was made"
    wrong = own.folder.root / "wrong"
    wrong.write_text("not the password")
    wrong.chmod(0o600)
    refused = own.run("backup", "--password-file", str(wrong), str(tmp_path / "other.backup"))
    assert (refused.code, (tmp_path / "other.backup").exists()) == (1, False)
    assert own.run("restore", "--force", str(file)).code == 0
    assert entries(own, "store.backed-up") == [made]
    [back] = entries(own, "store.restored")
    assert (back.station, back.officer, about(back)) == ("UNR", None, {"tips": 200, "account": os.getuid()})
    assert own.run("audit", "verify").code == 0


def test_by_the_clock_a_backup_is_the_accounts(own: Desk, tmp_path: Path) -> None:
    unattended = taskroom("backup", str(tmp_path / "desk.backup"), "--data", str(own.folder.root))
    assert unattended.returncode == 0, unattended.stderr
    [made] = entries(own, "store.backed-up")
    assert (made.officer, about(made)) == (None, {"what": "backup", "account": os.getuid()})


def test_what_is_made_anew_or_erased_by_hand_is_an_entry(own: Desk) -> None:
    account = {"account": os.getuid()}
    assert own.run("search", "rebuild").code == 0
    assert [about(one) for one in entries(own, "store.search-rebuilt")] == [{"tips": 200, **account}]
    do(own, "UPDATE station_counter SET new = new + 1 WHERE station_id = 1")
    assert own.run("doctor", "--repair").code == 0
    assert own.run("doctor", "--repair").code == 0
    assert [about(one) for one in entries(own, "store.repaired")] == [{"repairs": 1, **account}]
    do(own, "UPDATE tip SET erase_at = 1 WHERE n = (SELECT max(n) FROM tip WHERE erase_at IS NOT NULL)")
    assert own.run("erase", "--dry-run").code == 0
    assert own.run("erase").code == 0
    by_hand = [about(one) for one in entries(own, "tip.erased") if one.tip is None]
    assert by_hand == [{"what": "by hand", "tips": 1, **account}]
    assert own.run("audit", "verify").code == 0
