"""A desk seeded once per engine for all tests that only read it, and an empty one for those that change it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.paths import DataFolder
from tests import pg
from tests.cli.desk import Desk, seed_small


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def seeded_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One seeded desk per engine; tests read it."""
    folder = tmp_path_factory.mktemp("desk") / "data"
    if request.param == "sqlite":
        yield Desk(seed_small(folder, f"sqlite:///{folder}/taskroom.db"), None)
        return
    with pg.fresh_database(pg.url_of(request.getfixturevalue("postgres_url"))) as database:
        url = pg.words(database)
        yield Desk(seed_small(folder, url), url)


@pytest.fixture
def seeded(seeded_once: Desk, capsys: pytest.CaptureFixture[str]) -> Desk:
    """The seeded desk, its output caught."""
    return replace(seeded_once, capture=capsys)


@pytest.fixture
def fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A folder that is not there yet, with its own store to be."""
    return Desk(DataFolder(tmp_path / "data"), None, capsys)
