"""R8 on PostgreSQL: planted names, phones and contacts are in no table of any schema and in no file of the server, and
of what was erased no words are in a table. What of them stays in the server's files until they are written over is
counted.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL

from console.paths import DataFolder
from console.store import upgrade_store
from console.store.scrubbing import TABLES
from tests import pg
from tests.faults.plants import MARKS, Plant, found_in, writings
from tests.faults.pty_console import console_on
from tests.faults.test_console_crash import COMMAND, crash
from tests.faults.test_planted import erased_all, exported, took_in, worked_on
from tests.ui.small_station import Clock, fill, settings_in

_WORDS = re.compile(rb"unmistakable(\d{5})words")
_PARTS = {"tables and indexes": "base", "write-ahead log": "pg_wal"}
"""Of the server's folder; all the rest is the third part."""


@dataclass(frozen=True)
class Cluster:
    """A server of the test's own: its folder, its superuser's URL, and that of a database's owner, who is none."""

    place: Path
    server: URL
    owner: URL

    def tables(self) -> Iterator[tuple[str, bytes]]:
        """Every row of every table of every schema as text, the server's own catalogues and statistics too."""
        everything = "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'm') ORDER BY 1"
        host, database = str(self.server.query["host"]), self.owner.database
        with psycopg.connect(host=host, user=self.server.username, dbname=database, autocommit=True) as connection:
            for (table,) in connection.execute(everything).fetchall():
                rows = connection.execute(f"SELECT whole::text FROM {table} AS whole".encode())
                yield table, "\n".join(str(row[0]) for row in rows).encode()

    def files(self) -> Iterator[tuple[str, bytes]]:
        """By part of the folder, once the server has written down what it holds in memory."""
        pg.admin(self.server, sql.SQL("CHECKPOINT"))
        for file in sorted(self.place.rglob("*")):
            if file.is_file():
                top = file.relative_to(self.place).parts[0]
                yield next((part for part, name in _PARTS.items() if name == top), "the rest"), file.read_bytes()


@contextmanager
def cluster() -> Iterator[Cluster]:
    with pg.own_server() as server:
        url = pg.url_of(server.get_uri(driver="psycopg"))
        pg.admin(url, sql.SQL("CREATE ROLE city LOGIN"), sql.SQL("CREATE DATABASE city OWNER city"))
        yield Cluster(server.pgdata, url, url.set(username="city", database="city"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_plants_are_found_nowhere_on_postgresql(tmp_path: Path) -> None:
    with cluster() as shared:
        run(shared, tmp_path, 1_000)


def run(shared: Cluster, tmp_path: Path, count: int) -> None:
    plants = [Plant.number(n) for n in range(1, count + 1)]
    erased, kept = (frozenset(n for n in range(1, count + 1) if (n % 3 == 1) is gone) for gone in (True, False))
    url, temp = pg.words(shared.owner), tmp_path / "tmp"
    temp.mkdir()
    settings = replace(settings_in(tmp_path / "data"), database=url)
    folder = settings.folder
    asyncio.run(upgrade_store(url))
    asyncio.run(fill(settings, Clock()))
    goes_through(folder, url, plants, tmp_path)
    pg.admin(shared.owner, sql.SQL("ANALYZE"))
    before = tell("before erasing", shared)
    assert before.tables["pg_statistic"], "PostgreSQL quotes rows in its statistics"
    assert before.numbers("tip") == erased | kept
    assert asyncio.run(erased_all(folder, url)) == len(erased)
    after = tell("after erasing", shared)
    assert {name for name, numbers in after.tables.items() if numbers & erased} == set()
    assert after.numbers("tip") == kept
    assert after.files["write-ahead log"] & erased, "the look finds what is there"
    pg.admin(shared.owner, *(sql.SQL("VACUUM FULL {}").format(sql.Identifier(table)) for table in TABLES))
    pg.admin(shared.server.set(database="city"), sql.SQL("VACUUM FULL pg_statistic"))
    anew = tell("after VACUUM FULL", shared)
    assert anew.files["tables and indexes"] & erased == set()
    assert anew.files["the rest"] == set()
    places = [place for place in folder.root.iterdir() if place.name != "intake"]
    assert found_in([*places, folder.intake / "done", tmp_path / "export.jsonl", temp]) == []


def goes_through(folder: DataFolder, url: str, plants: list[Plant], tmp_path: Path) -> None:
    """What `test_planted` does to an embedded store: intake with a kill, work, search, export, a crash of a console."""
    unread = b'{"text": "cut off", "reporter": {"name": "' + plants[0].name.encode()
    (folder.intake / "new" / "unread.json").write_bytes(unread)
    took_in(folder, url, plants, tmp_path / "tmp")
    asyncio.run(worked_on(url, plants))
    asyncio.run(exported(url, tmp_path / "export.jsonl"))
    with console_on(folder, command=COMMAND, env={"TASKROOM_DATABASE": url}) as console:
        console.is_at_work()
        console.press(f"/{plants[1].name}\r")
        console.sees("Esc ends the search")
        crash(console)
        assert console.ends() == 1


@dataclass(frozen=True)
class Found:
    """The numbers of the plants whose words stand in each table and each part of the files."""

    tables: dict[str, set[int]]
    files: dict[str, set[int]]

    def numbers(self, table: str) -> set[int]:
        return self.tables.get(table, set())


def tell(when: str, shared: Cluster) -> Found:
    """Look through everything, print the counts; a planted identity is in none of it."""
    marks = [writing for mark in MARKS for writing in writings(mark)]
    found = Found({}, {part: set() for part in (*_PARTS, "the rest")})
    for where, looked in ((found.tables, shared.tables()), (found.files, shared.files())):
        for name, content in looked:
            assert not [mark for mark in marks if mark in content], f"{when}: a planted identity in {name}"
            numbers = {int(n) for n in _WORDS.findall(content)}
            if numbers:
                where[name] = where.get(name, set()) | numbers
    for name, numbers in (*found.tables.items(), *found.files.items()):
        print(f"{when}: words of {len(numbers):,} tips in {name}, {sum(n % 3 == 1 for n in numbers):,} to be erased")
    return found
