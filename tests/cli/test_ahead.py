"""A password that is tried while the console is being imported: only time is gained by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.cli.ahead import TriedAhead, try_ahead
from console.settings import Settings
from console.store.first_look import mark_damaged
from console.store.tenancy import alone
from tests.passwords import CHEAP_HASH, PASSWORD, password_file
from tests.ui.small_station import ZHOU, Clock, fill, settings_in


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    made = settings_in(tmp_path / "desk")
    await fill(made, Clock())
    return made


def ahead(settings: Settings) -> TriedAhead:
    begun = try_ahead(settings)
    assert begun is not None
    return begun


async def test_the_pair_that_was_tried_is_answered_once(settings: Settings) -> None:
    tried = ahead(replace(settings, officer=f" {ZHOU.code.lower()} "))
    assert tried(CHEAP_HASH, PASSWORD) is True
    assert tried(CHEAP_HASH, PASSWORD) is None


async def test_a_wrong_password_is_told_as_wrong(settings: Settings) -> None:
    password_file(settings.data, "nobody's password")
    assert ahead(settings)(CHEAP_HASH, "nobody's password") is False


@pytest.mark.parametrize("hashed, password", [(CHEAP_HASH + "x", PASSWORD), (CHEAP_HASH, "other"), (None, PASSWORD)])
async def test_another_pair_has_no_answer(settings: Settings, hashed: str | None, password: str) -> None:
    assert ahead(settings)(hashed, password) is None


async def test_a_code_nobody_has_is_tried_as_long(settings: Settings) -> None:
    assert ahead(replace(settings, officer="XXX-1"))(None, PASSWORD) is False


async def test_a_store_that_may_not_be_opened_is_left_alone(settings: Settings) -> None:
    mark_damaged(settings.folder.store)
    assert ahead(settings)(CHEAP_HASH, PASSWORD) is None
    settings.folder.store.with_name("taskroom.db-damaged").unlink()
    settings.folder.store.write_bytes(b"no store")
    assert ahead(settings)(CHEAP_HASH, PASSWORD) is None
    settings.folder.store.unlink()
    assert ahead(settings)(CHEAP_HASH, PASSWORD) is None
    assert not settings.folder.store.exists()


async def test_a_store_that_is_being_restored_is_left_alone(settings: Settings) -> None:
    with alone(settings.folder.store):
        assert ahead(settings)(CHEAP_HASH, PASSWORD) is None
    assert ahead(settings)(CHEAP_HASH, PASSWORD) is True


async def test_a_password_file_others_may_read_is_not_tried(settings: Settings) -> None:
    password_file(settings.data).chmod(0o644)
    assert ahead(settings)(CHEAP_HASH, PASSWORD) is None


def test_nothing_is_tried_where_nobody_signs_in_by_a_file(tmp_path: Path) -> None:
    by_file = Settings(data=tmp_path, officer="A", password_file=tmp_path / "x")
    for settings in (
        replace(by_file, officer=None),
        replace(by_file, password_file=None),
        replace(by_file, database="sqlite:///elsewhere.db"),
    ):
        assert try_ahead(settings) is None
