"""`init`, `upgrade`, `seed` and `doctor`: what they make, what they refuse, what they find."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.cli.desk import ROOT, Desk, seed_small


def _doctor(desk: Desk) -> tuple[int, dict[str, bool]]:
    told = desk.run("doctor", "--json")
    for record in told.records:
        assert list(record) == ["check", "ok", "found"]
    return told.code, {record["check"]: record["ok"] for record in told.records}


def _break(desk: Desk, statement: str) -> None:
    engine = sa.create_engine(f"sqlite:///{desk.folder.store}")
    with engine.begin() as connection:
        for one in statement.split("; "):
            connection.execute(sa.text(one))
    engine.dispose()


def test_init_makes_a_private_folder_twice_the_same(fresh: Desk) -> None:
    told = fresh.run("init")
    assert told.code == 0
    assert "Nobody can sign in yet" in told.err
    key_file = fresh.folder.key_apart
    assert key_file is not None
    key = key_file.read_bytes()
    for path, mode in ((fresh.folder.root, 0o700), (fresh.folder.store, 0o600), (key_file, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert fresh.run("init").code == 0
    assert key_file.read_bytes() == key
    assert _doctor(fresh) == (
        0,
        dict.fromkeys(
            (
                *(
                    "folder",
                    "rights",
                    "key",
                    "disk",
                    "store",
                    "engine",
                    "counters",
                    "totals",
                    "feed",
                    "audit",
                    "chain",
                    "history",
                ),
                *("search", "clock", "erasing", "attachments", "backup", "leftovers", "intake"),
            ),
            True,
        ),
    )
    told = fresh.run("tips", "--json")
    assert (told.code, told.out) == (1, "")
    assert "Say who you are" in told.err


def test_init_and_upgrade_on_an_empty_database(database_url: str, fresh: Desk) -> None:
    desk = Desk(fresh.folder, database_url, fresh.capture)
    assert desk.run("init").code == 0
    assert "revision" in desk.run("upgrade").out


def test_a_postgresql_without_a_store_is_code_78(fresh_postgres_url: str, fresh: Desk) -> None:
    told = Desk(fresh.folder, fresh_postgres_url, fresh.capture).run("tips")
    assert told.code == 78
    assert "taskroom init" in told.err


def test_a_database_that_does_not_answer_is_code_75(fresh: Desk) -> None:
    desk = Desk(fresh.folder, "postgresql://nobody@127.0.0.1:1/none", fresh.capture)
    told = desk.run("tips")
    assert (told.code, told.out) == (75, "")
    assert told.err == "taskroom: The database does not answer: check it and try again.\n"
    (store,) = (record for record in desk.run("doctor", "--json").records if record["check"] == "store")
    assert "by itself" not in store["found"]


@pytest.mark.parametrize("verb", ["init", "tips", "upgrade"])
def test_a_read_only_disk_is_named(fresh: Desk, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is said to be read-only, and SQLite's file is one it cannot open."""
    fresh.folder.make()
    fresh.folder.store.mkdir()
    monkeypatch.setattr("os.statvfs", lambda _path: SimpleNamespace(f_flag=os.ST_RDONLY))
    told = fresh.run(verb)
    assert (told.code, told.out) == (78, "")
    assert "read-only" in told.err
    assert str(fresh.folder.root) in told.err


def test_seed_makes_the_station_of_the_demo_and_no_second_one(fresh: Desk) -> None:
    told = fresh.run("seed", "--random-seed", "5")
    assert told.code == 0
    assert "tips" in told.err
    assert "as JNL-001 (duty), JNL-002 (supervisor), JNL-008 (auditor), JNL-009 (admin);" in told.out
    jnl, unrouted = fresh.run("figures", "--json").records
    assert (jnl["station"], jnl["total"] + unrouted["total"]) == ("JNL", 2000)
    assert jnl["new"] + jnl["investigating"] + jnl["referred"] == 40
    assert jnl["alarms"] == 1
    assert len(fresh.run("rooms", "--json").records) == 12
    assert _doctor(fresh)[0] == 0
    again = fresh.run("seed")
    assert again.code == 1
    assert "fresh" in again.err


def test_a_stopped_seeding_leaves_a_store_that_works(tmp_path: Path, fresh: Desk) -> None:
    command = [sys.executable, "-m", "console", "seed", "--city", "--data", str(fresh.folder.root)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    patience = time.monotonic() + 60
    while not _has_officers(fresh) and time.monotonic() < patience:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Stopped" in err
    assert "Traceback" not in err
    code, found = _doctor(fresh)
    assert (code, all(found.values())) == (0, True)


def _has_officers(desk: Desk) -> bool:
    if not desk.folder.store.exists():
        return False
    engine = sa.create_engine(f"sqlite:///{desk.folder.store}")
    try:
        with engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT count(*) FROM officer")))
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


def test_doctor_finds_a_seeded_desk_well_on_both_engines(seeded: Desk) -> None:
    assert _doctor(seeded)[0] == 0
    told = seeded.run("doctor")
    assert told.out.count("\nok ") == told.out.count("\n") - 1 == (19 if seeded.url is None else 17)


@pytest.fixture
def breakable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def test_doctor_names_what_is_broken(breakable: Desk) -> None:
    for check, statement in (
        ("counters", "UPDATE station_counter SET solved = solved + 1 WHERE station_id = 1"),
        ("totals", "UPDATE room SET members = members + 1 WHERE number = 1"),
        ("history", "UPDATE tip SET version = version + 1 WHERE n = 3"),
        ("feed", "DELETE FROM tip_event WHERE station_id = 1 AND seq = 5"),
        ("audit", "DROP TRIGGER audit_is_not_shortened; DELETE FROM audit WHERE station_id = 1 AND seq = 7"),
        ("search", "INSERT INTO tip_words (rowid, words) VALUES (100000, 'zz')"),
    ):
        assert _doctor(breakable)[1][check] is True
        _break(breakable, statement)
        code, found = _doctor(breakable)
        assert (code, found[check]) == (1, False)
    named = [record["found"] for record in breakable.run("doctor", "--json").records if record["check"] == "feed"]
    assert "JNL" in named[0]


def test_doctor_looks_at_folder_key_and_what_waits(breakable: Desk) -> None:
    (breakable.folder.intake / "new" / "a.json").write_text("{}")
    assert _doctor(breakable)[1]["intake"] is False
    breakable.folder.root.chmod(0o755)
    breakable.folder.vault_key.chmod(0o644)
    code, found = _doctor(breakable)
    assert (code, found["folder"], found["key"]) == (1, False, False)


def test_doctor_changes_nothing_where_there_is_nothing(fresh: Desk) -> None:
    code, found = _doctor(fresh)
    assert code == 1
    assert found == {"folder": False, "key": False, "store": False}
    assert not fresh.folder.root.exists()


def test_doctor_does_not_migrate(breakable: Desk) -> None:
    _break(breakable, "UPDATE alembic_version SET version_num = '0000'")
    before = breakable.folder.store.read_bytes()
    told = breakable.run("doctor", "--json")
    assert told.code == 1
    assert "taskroom upgrade" in next(one["found"] for one in told.records if one["check"] == "store")
    assert breakable.folder.store.read_bytes() == before


def test_doctor_counts_what_lies_in_claimed_as_waiting(fresh: Desk) -> None:
    assert fresh.run("init").code == 0
    (fresh.folder.intake / "claimed" / "stuck.json").write_text("{")
    told = fresh.run("doctor")
    assert told.code == 1
    assert "1 waiting" in told.out


def _store_finding(desk: Desk) -> str:
    (found,) = (one["found"] for one in desk.run("doctor", "--json").records if one["check"] == "store")
    return str(found)


def test_doctor_advises_what_can_be_done(fresh: Desk) -> None:
    assert fresh.run("init").code == 0
    with closing(sqlite3.connect(fresh.folder.store)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    found = _store_finding(fresh)
    assert "install the newer program" in found
    assert "upgrade" not in found
    for beside in fresh.folder.root.glob("taskroom.db-*"):
        beside.unlink()
    fresh.folder.store.write_bytes(b"not a database at all" * 1000)
    assert "holds none" in _store_finding(fresh)
    (fresh.folder.backups / "before-0001-x.db").touch()
    found = _store_finding(fresh)
    assert "before-0001-x.db" in found
    assert "file is not a database" not in found


def test_a_saved_view_with_a_wrong_term_is_refused(fresh: Desk) -> None:
    fresh.folder.make()
    fresh.folder.config.write_text('[views]\nmine = "statsu:new"\n')
    told = fresh.run("keys")
    assert (told.code, told.out) == (78, "")
    assert "'mine'" in told.err
    assert "config.toml" in told.err
