"""Stores of 1,000 to 10 million tips, made once and kept in the user's cache folder; every measurement asks here.

`python -m tests.bench.stores NAME…` makes them beforehand: the big ones take a quarter of an hour and 27 GB.
`python -m tests.bench.stores --postgres [TIPS]` makes one on PostgreSQL, of 5 million if not told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, cast

from console.demo.plan import CITY, STATION, Plan
from console.demo.seeding import Seeding
from console.paths import DataFolder
from console.settings import load_settings
from console.store import Store, upgrade_store
from console.store.driver import plain_sqlite
from console.store.engine import sqlite_writing_engine
from console.store.migrations import VERSIONS
from console.store.revisions import _run_alembic, newest_revision
from console.vault import Vault
from console.vault.password_file import made_password
from console.vault.passwords import hash_password
from tests.bench import cluster, scratch
from tests.bench.multiply import multiply
from tests.bench.multiply_shared import multiply_shared

CACHE: Final = scratch.CACHE
FIRST: Final = "JNL-001"
"""The first duty officer of every seeded store."""
OFFICER: Final = "BENCH-001"
"""An officer at the first station who may see every station, the unrouted and the oversight lane."""

SEEDED: Final[dict[str, Plan]] = {"1k": replace(STATION, tips=1_000, open_tips=40), "city": CITY}
MULTIPLIED: Final[dict[str, int]] = {"5m": 5_000_000, "10m": 10_000_000}
"""The city with its ended tips again and again below it: a history of so many tips in all. (`seed` goes through the
desk's verbs, at a few hundred tips a second.)"""
WORDS: Final = {"1k": "1,000", "city": "112,000", "5m": "5 million", "10m": "10 million"}


class NoStore(Exception):
    """A store that is not in the cache and takes too long to make by the way; the message says how."""


def store_of(name: str, *, make: bool = False) -> DataFolder:
    """The data folder of that store, to be read only. Raises NoStore for a big one that has not been made."""
    folder = DataFolder(CACHE / name)
    if not (folder.root / "whole").exists():
        if name in MULTIPLIED and not make:
            raise NoStore(f"no store of {WORDS[name]} tips: make it with `python -m tests.bench.stores {name}`")
        _make(name, folder)
    _bring_up(folder)
    _let_sign_in(folder)
    return folder


@contextmanager
def copy_of(name: str) -> Iterator[DataFolder]:
    """A copy of a small store, to be written to; gone at the end. On the same disk as the cache."""
    source = store_of(name)
    with scratch.scratch() as place:
        root = place / "d"
        shutil.copytree(source.root, root, ignore=shutil.ignore_patterns("*.lock", "*.sock", "taskroom.db-*"))
        yield DataFolder(root)


def signing(folder: DataFolder) -> list[str]:
    """Options by which the first duty officer signs in; another `--officer` behind them wins."""
    return ["--officer", FIRST, "--password-file", str(folder.demo_password)]


def connect(folder: DataFolder) -> sqlite3.Connection:
    """The store's own library on its file, in autocommit mode."""
    return plain_sqlite(folder.store)


def first_desk(folder: DataFolder) -> tuple[str, str]:
    """Code of the station of the first duty officer, and of one of its rooms."""
    with closing_store(folder) as conn:
        found = conn.execute(
            "SELECT s.code, r.code FROM officer o JOIN station s ON s.id = o.station_id JOIN room r ON"
            " r.station_id = s.id WHERE o.role = 'duty' ORDER BY o.id, r.id LIMIT 1"
        ).fetchone()
    return cast(tuple[str, str], tuple(found))


@contextmanager
def closing_store(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    conn = connect(folder)
    try:
        yield conn
    finally:
        conn.close()


def _make(name: str, folder: DataFolder) -> None:
    print(f"making the store of {WORDS[name]} tips in {folder.root} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    if name in MULTIPLIED:
        city = store_of("city", make=True)
        shutil.rmtree(folder.root, ignore_errors=True)
        folder.make()
        shutil.copy(city.vault_key, folder.vault_key)
        shutil.copy(city.demo_password, folder.demo_password)
        asyncio.run(_create(folder))
        with _standing_still(city) as still:
            multiply(still, folder, MULTIPLIED[name])
    else:
        shutil.rmtree(folder.root, ignore_errors=True)
        folder.make()
        asyncio.run(_seed(folder, SEEDED[name]))
        _grant_everything(folder)
    (folder.root / "whole").touch()
    took = time.monotonic() - began
    with closing_store(folder) as conn:
        tips = conn.execute("SELECT count(*) FROM tip").fetchone()[0]
    print(f"made in {took:.0f} s: {tips:,} tips, {tips / took:,.0f} a second", file=sys.stderr, flush=True)


@contextmanager
def _standing_still(city: DataFolder) -> Iterator[DataFolder]:
    """The city as it is now: it is copied table by table, and whoever signs in meanwhile to be measured adds to it."""
    with scratch.scratch() as place:
        still = DataFolder(place)
        with closing_store(city) as conn, closing_store(still) as copy:
            conn.backup(copy)
        yield still


def _bring_up(folder: DataFolder) -> None:
    """To this program's revision, without the copy that the console makes before: 17 GB here, and it can be remade."""
    with closing_store(folder) as conn:
        found = conn.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    if found == newest_revision():
        return
    print(f"{folder.root} goes from revision {found} to {newest_revision()} …", file=sys.stderr, flush=True)
    engine = sqlite_writing_engine(folder.store)
    try:
        with engine.begin() as conn:
            _run_alembic(conn, VERSIONS)
    finally:
        engine.dispose()


def _let_sign_in(folder: DataFolder) -> None:
    """A store made before officers had passwords gets one for them all."""
    if folder.demo_password.exists():
        return
    hashed = hash_password(made_password(folder.demo_password))
    with closing_store(folder) as conn:
        conn.execute("UPDATE officer SET password = ?", (hashed,))


async def _create(folder: DataFolder) -> None:
    await (await Store.open(f"sqlite:///{folder.store}")).close()


async def _seed(folder: DataFolder, plan: Plan) -> None:
    """What `taskroom seed` does, without its progress bar; the key lies beside: a copy of the folder is whole."""
    settings = load_settings(data=folder.root)
    store = await Store.open(settings.database_url)
    try:
        vault = Vault.open(folder.vault_key, create=True)
        hashed = hash_password(made_password(folder.demo_password))
        await Seeding(store, vault, plan, 1, lambda *_: None, password=hashed).run()
    finally:
        await store.close()


def _grant_everything(folder: DataFolder) -> None:
    with closing_store(folder) as conn:
        conn.execute(
            "INSERT INTO officer (id, station_id, code, name, role, rooms, password) SELECT max(id) + 1,"
            " (SELECT station_id FROM officer WHERE role = 'duty' ORDER BY id LIMIT 1), ?, 'Bench', 'supervisor', 0,"
            " max(password) FROM officer",
            (OFFICER,),
        )
        conn.execute(
            "INSERT INTO officer_grant (officer_id, station_id) SELECT o.id, s.id FROM officer o, station s"
            " WHERE o.code = ? AND s.id != o.station_id",
            (OFFICER,),
        )


def compile_everything() -> None:
    """A user's installation has its modules compiled; so has the one that is measured."""
    command = [sys.executable, "-m", "compileall", "-q", "console"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, env=env)


def make_shared(tips: int = MULTIPLIED["5m"]) -> None:
    """A store of so many tips on PostgreSQL."""
    city = store_of("city", make=True)
    began = time.monotonic()
    with cluster.running_cluster() as server, cluster.draft(server, tips) as database:
        print(f"making a PostgreSQL store of {tips:,} tips in {cluster.PLACE} …", file=sys.stderr, flush=True)
        asyncio.run(upgrade_store(database.render_as_string(hide_password=False)))
        with _standing_still(city) as still:
            multiply_shared(still, database, tips)
    took = time.monotonic() - began
    print(f"made in {took:.0f} s: {tips / took:,.0f} tips a second", file=sys.stderr, flush=True)


def _number(words: str) -> int:
    try:
        return int(words.replace(",", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words} is no number of tips") from None


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stores", description="Makes the stores of the bench.")
    names = [*SEEDED, *MULTIPLIED]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(names)}; all of them if none is named")
    parser.add_argument(
        "--postgres",
        nargs="?",
        type=_number,
        const=MULTIPLIED["5m"],
        metavar="TIPS",
        help="a store on PostgreSQL of so many tips, 5,000,000 if not told",
    )
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in names]:
        parser.error(f"there is no store {', '.join(unknown)}: name some of {', '.join(names)}")
    asked.names = asked.names or ([] if asked.postgres else names)
    return asked


if __name__ == "__main__":
    wanted = _asked()
    if wanted.postgres:
        make_shared(wanted.postgres)
    for wanted_name in wanted.names:
        print(store_of(wanted_name, make=True).root)
