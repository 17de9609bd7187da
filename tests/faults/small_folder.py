"""A small station's data folder for tests that run the real programs on it; `conftest` hands it out."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from console.paths import DataFolder
from tests.ui.small_station import Clock, fill, settings_in


@pytest.fixture(scope="session")
def station_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once a run; tests get copies."""
    root = tmp_path_factory.mktemp("station")
    asyncio.run(fill(settings_in(root), Clock()))
    return root


@pytest.fixture
def folder(station_template: Path, tmp_path: Path) -> DataFolder:
    """A data folder with a key and a store of four tips."""
    root = tmp_path / "data"
    shutil.copytree(station_template, root)
    return DataFolder(root)
