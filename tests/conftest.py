"""Fixtures every test may ask for: a PostgreSQL that really runs, and the same test on both engines."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings

from console.store import Store, upgrade_store
from tests import pg
from tests.faults.tally import pytest_addoption, pytest_terminal_summary
from tests.until import until

__all__ = ["pytest_addoption", "pytest_terminal_summary"]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Else every worker rewrites the tests' asserts anew and every process a test starts compiles the console: installed, it
# is compiled.

settings.register_profile("house", deadline=None)
settings.load_profile("house")
# An example is not wrong because the machine had something else to do for 200 ms.


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What programs note in the OS's state folder (the audit's anchors) and keep in its config folder (the desks' keys)
    goes to folders of this run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real PostgreSQL server's own database, one server a run; fails where none can start."""
    with pg.running_server() as server:
        yield pg.words(server)


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database, dropped after the test."""
    with pg.fresh_database(pg.url_of(postgres_url)) as database:
        yield pg.words(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database: the same test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/taskroom.db"
    return cast(str, request.getfixturevalue("fresh_postgres_url"))


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a database that holds an empty store; tests get copies of it."""
    with pg.fresh_database(pg.url_of(postgres_url)) as database:
        asyncio.run(upgrade_store(pg.words(database)))
        yield cast(str, database.database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds an empty store; tests get copies of it."""
    file = tmp_path_factory.mktemp("store") / "taskroom.db"
    asyncio.run(upgrade_store(f"sqlite:///{file}"))
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty store on SQLite, at the newest revision."""
    shutil.copyfile(sqlite_template, tmp_path / "taskroom.db")
    return f"sqlite:///{tmp_path}/taskroom.db"


@pytest.fixture
def postgres_store_url(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """The URL of an empty store on PostgreSQL, at the newest revision; dropped after the test."""
    with pg.fresh_database(pg.url_of(postgres_url), postgres_template) as database:
        yield pg.words(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty store at the newest revision: the same test runs once on each engine."""
    return cast(str, request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_store_url"))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open, empty store on each engine; at the end every connection is back in its pool."""
    store = await Store.open(store_url)
    try:
        yield store
        await until(lambda: store.checked_out == 0)  # an announcement to other processes may be on its way
    finally:
        await store.close()
