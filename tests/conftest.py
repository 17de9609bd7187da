"""Fixtures every test may ask for: a PostgreSQL that really runs, and the same test on both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests import pg


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
