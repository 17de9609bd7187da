"""Fixtures of kills, power cuts and failing disks: a data folder with a small station's store, seeded chance with
figures, and the disk. conftest.py hands them to the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.paths import DataFolder
from console.store import Store
from console.vault import Vault
from tests.desk.conftest import furnished
from tests.faults.disk import FaultyDisk, built_disk
from tests.faults.tally import Tally, tally_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where one test's intakes live: the data folder, the store's URL, and a folder beside for the test's own files."""

    folder: DataFolder
    url: str
    beside: Path

    @property
    def is_embedded(self) -> bool:
        return self.url.startswith("sqlite")


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    made = tally_of(request)
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """A station on SQLite; with an indirect parameter "postgresql" on that."""
    folder = DataFolder(tmp_path / "desk")
    folder.make()
    if getattr(request, "param", "sqlite") == "sqlite":
        url = f"sqlite:///{folder.store}"
    else:
        url = str(request.getfixturevalue("postgres_store_url"))
    asyncio.run(_furnish(folder, url))
    return Place(folder, url, tmp_path)


async def _furnish(folder: DataFolder, url: str) -> None:
    store = await Store.open(url)
    try:
        await furnished(store, Vault.open(folder.vault_key, create=True))
    finally:
        await store.close()


@pytest.fixture(scope="session")
def disk_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_disk(tmp_path_factory.mktemp("disk"))


@pytest.fixture
def disk(disk_library: Path, place: Place, tally: Tally) -> Iterator[FaultyDisk]:
    """A good disk under `place` until the test lets it fail."""
    made = FaultyDisk(disk_library, place.folder.root, place.beside, tally.chance("disk").getrandbits(62))
    yield made
    made.close()
