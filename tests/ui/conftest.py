"""Consoles on a small real station, at the three sizes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.settling import quick_pilots
from tests.ui.console_host import SIZES, Console, console
from tests.ui.small_station import settings_in


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def at_desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Console]:
    """Zhou's console at each of the three sizes; the cursor is on tip 4, the newest."""
    async with console(settings_in(tmp_path), request.param) as one:
        yield one


@pytest.fixture
async def wide(tmp_path: Path) -> AsyncIterator[Console]:
    """Zhou's console at 120×40."""
    async with console(settings_in(tmp_path), (120, 40)) as one:
        yield one


@pytest.fixture(scope="package", autouse=True)
def _pilots() -> Iterator[None]:
    with quick_pilots():
        yield
