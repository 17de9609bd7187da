"""Pictures are taken when the console has done what it was asked to."""

from collections.abc import Iterator

import pytest

from tests.settling import quick_pilots


@pytest.fixture(scope="package", autouse=True)
def _pilots() -> Iterator[None]:
    with quick_pilots():
        yield
