"""Revisions: the tables as `tables.py` names them, older stores migrated after a copy, newer ones refused."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, make_url

from console.errors import StoreRefused
from console.store import Store, upgrade_store
from console.store.driver import plain_sqlite
from console.store.migrations import FOLDER, VERSIONS, statements
from console.store.revisions import newest_revision, ready_sqlite
from console.store.tables import metadata
from tests.store.rows import add_district, districts

LATER = '''
"""A later revision, for tests."""

from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade() -> None:
    op.execute("CREATE TABLE later_{number} (n integer)")
    {then}
'''


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The versions of a later program: one more revision, which makes a table `later_<number>`."""
    return later_versions(tmp_path / "later")


def later_versions(folder: Path, then: str = "pass") -> Path:
    shutil.copytree(VERSIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = newest_revision()
    number = f"{int(before) + 1:04}"
    (folder / f"{number}_later.py").write_text(LATER.format(number=number, before=before, then=then))
    return folder


def file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


async def test_the_columns_are_those_of_tables_py(store: Store) -> None:
    columns = await store.read(
        lambda connection: {
            table: {column["name"] for column in inspect(connection).get_columns(table)} for table in metadata.tables
        }
    )
    expected = {name: set(table.columns.keys()) for name, table in metadata.tables.items()}
    if store.dialect == "postgresql":
        expected["tip"].remove("n")
    assert columns == expected


def test_the_newest_revision_is_alembics_head() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "newline")
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


def test_statements_end_at_semicolons_outside_of_words() -> None:
    script = """
        -- a comment; with one
        INSERT INTO a VALUES ('x;''y', "b;c"); /* and ; here */
        CREATE FUNCTION f() AS $$ SELECT 1; SELECT '$'; $$;
        CREATE FUNCTION g() AS $body$ SELECT $$;$$; $body$;;
        SELECT 1
    """
    assert [" ".join(statement.split()) for statement in statements(script)] == [
        "INSERT INTO a VALUES ('x;''y', \"b;c\")",
        "CREATE FUNCTION f() AS $$ SELECT 1; SELECT '$'; $$",
        "CREATE FUNCTION g() AS $body$ SELECT $$;$$; $body$",
        "SELECT 1",
    ]


async def test_an_older_file_is_migrated_after_a_copy(sqlite_url: str, later: Path) -> None:
    store = await Store.open(sqlite_url)
    await store.write(lambda connection: add_district(connection, 3))
    await store.close()
    newer = await Store.open(sqlite_url, versions=later)
    assert await newer.read(districts) == [3]
    table = f"later_{newest_revision(later)}"
    assert await newer.read(lambda connection: inspect(connection).has_table(table))
    await newer.close()
    (copy,) = (file_of(sqlite_url).parent / "backups").iterdir()
    assert copy.name.startswith(f"before-{newest_revision()}-")
    assert copy.stat().st_mode & 0o777 == 0o600
    kept = await Store.open(f"sqlite:///{copy}", create=False)
    assert await kept.read(districts) == [3]
    await kept.close()


async def test_a_migration_that_fails_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    broken = later_versions(tmp_path / "broken", then='raise RuntimeError("half way")')
    with pytest.raises(RuntimeError, match="half way"):
        await Store.open(sqlite_url, versions=broken)
    store = await Store.open(sqlite_url)
    assert not await store.read(lambda connection: inspect(connection).has_table(f"later_{newest_revision(broken)}"))
    await store.close()


async def test_a_newer_store_is_refused(store_url: str, later: Path) -> None:
    assert await upgrade_store(store_url, versions=later) == newest_revision(later)
    with pytest.raises(StoreRefused, match="newer than this program"):
        await Store.open(store_url)
    with pytest.raises(StoreRefused, match="newer than this program"):
        await upgrade_store(store_url)


async def test_postgresql_is_made_and_migrated_by_command_only(fresh_postgres_url: str, later: Path) -> None:
    with pytest.raises(StoreRefused, match="taskroom init"):
        await Store.open(fresh_postgres_url)
    assert await upgrade_store(fresh_postgres_url) == newest_revision()
    await (await Store.open(fresh_postgres_url)).close()
    with pytest.raises(StoreRefused, match="taskroom init"):
        await Store.open(fresh_postgres_url, versions=later)
    upgrades = await asyncio.gather(*(upgrade_store(fresh_postgres_url, versions=later) for _ in range(4)))
    assert upgrades == [newest_revision(later)] * 4
    await (await Store.open(fresh_postgres_url, versions=later)).close()


def test_many_starts_at_once_migrate_once(sqlite_url: str, later: Path) -> None:
    file = file_of(sqlite_url)
    together, ready = threading.Barrier(8), list[Path]()

    def start() -> None:
        together.wait()
        ready_sqlite(file, create=True, versions=later)
        ready.append(file)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ready) == 8
    assert len(list((file.parent / "backups").iterdir())) == 1


def test_many_starts_at_once_make_one_store(tmp_path: Path) -> None:
    file = tmp_path / "new" / "taskroom.db"
    threads = [threading.Thread(target=ready_sqlite, args=(file,), kwargs={"create": True}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.stat().st_mode & 0o777 == 0o600
    connection = plain_sqlite(file)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest_revision(),)]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_an_absent_file_is_made_only_when_wanted(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="taskroom init"):
        await Store.open(f"sqlite:///{tmp_path}/none.db", create=False)
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    words, foreign = tmp_path / "words.db", tmp_path / "foreign.db"
    words.write_bytes(b"Dear diary, " * 500)
    connection = plain_sqlite(foreign)
    connection.execute("CREATE TABLE theirs (n)")
    connection.close()
    before = words.read_bytes(), foreign.read_bytes()
    with pytest.raises(StoreRefused, match="is not a store"):
        await Store.open(f"sqlite:///{words}")
    with pytest.raises(StoreRefused, match="another program"):
        await Store.open(f"sqlite:///{foreign}")
    assert (words.read_bytes(), foreign.read_bytes()) == before


async def test_a_damaged_store_is_refused(sqlite_url: str) -> None:
    file = file_of(sqlite_url)
    content = bytearray(file.read_bytes())
    content[100:4096] = bytes(3996)  # the root page of the schema
    file.write_bytes(content)
    with pytest.raises(StoreRefused, match=r"damaged: .* a backup of your own; backups/ holds none"):
        await Store.open(sqlite_url)
    copies = file.parent / "backups"
    copies.mkdir(exist_ok=True)
    for at, name in enumerate(("before-0002-new.db", "before-0001-old.db")):
        (copies / name).touch()
        os.utime(copies / name, (1000 - at, 1000 - at))
    with pytest.raises(StoreRefused, match=r"damaged: .*`taskroom restore --force .*/before-0002-new\.db`"):
        await Store.open(sqlite_url)


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefused, match="cannot be made"):
        await Store.open(f"sqlite:///{tmp_path}/file/taskroom.db")


def test_a_store_at_the_newest_revision_opens_without_alembic(sqlite_url: str) -> None:
    program = """
import asyncio, sys
from console.store import Store
asyncio.run(asyncio.wait_for(Store.open(sys.argv[1]), 60))
sys.exit("alembic" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program, sqlite_url], check=False).returncode == 0
