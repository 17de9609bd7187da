"""What was erased leaves the store's own files too, on both engines; a run that could not see to it is made good."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from console import desk
from console.desk.erasing import Erased, Left, owes_scrubbing
from console.errors import StoreDown
from console.model.tip import CloseReason
from console.store import scrubbing
from console.store.driver import plain_sqlite
from console.store.scrubbing import Scrubbing
from tests import pg
from tests.desk.conftest import Desk
from tests.desk.test_erasing import Clock, run
from tests.store.both import Both, both, owned_url

__all__ = ["both", "owned_url"]

WORDS = "zebrafishquartz at the shed"


@pytest.fixture
async def due(station: Desk) -> Desk:
    """A tip of some words whose time is over."""
    clock = Clock(station.store)
    tip = await station.new_tip(WORDS)
    await desk.close_tip(station.store, station.zhou, tip, CloseReason.UNFOUNDED)
    clock.forward(days=40)
    return station


def file_of(url: str) -> Path:
    if not url.startswith("sqlite"):
        pytest.skip("a file of its own has SQLite only")
    return Path(url.removeprefix("sqlite:///"))


def left_in(file: Path) -> int:
    return sum(one.read_bytes().count(b"zebrafish") for one in file.parent.glob(f"{file.name}*"))


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process grows beyond 60 kB, like on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def erase(one: Desk, url: str, place: Path) -> Erased:
    return await run(one.store, url, place)


async def test_a_disk_without_room_is_an_outage_and_the_next_run_makes_it_good(
    due: Desk, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real = file_of(store_url), scrubbing._scrub_file

    def full(file: Path, *, anew: bool) -> bool:
        with no_room():
            return real(file, anew=anew)

    with monkeypatch.context() as patched:
        patched.setattr(scrubbing, "_scrub_file", full)
        with pytest.raises(StoreDown, match="disk"):
            await erase(due, store_url, tmp_path)
    assert await owes_scrubbing(due.store)
    erased = await erase(due, store_url, tmp_path)
    assert (erased.tips, erased.is_clean, left_in(file)) == (0, True, 0)
    assert not await owes_scrubbing(due.store)


async def test_a_file_that_another_program_holds_is_an_outage(
    due: Desk, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_of(store_url)
    monkeypatch.setattr(scrubbing, "plain_sqlite", partial(plain_sqlite, timeout_s=0.1))
    with closing(plain_sqlite(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreDown, match="Another program"):
            scrubbing._scrub_file(file, anew=True)


@pytest.mark.parametrize("left", [Left.LOG, Left.STOPPED, None])
async def test_what_a_run_left_is_owed_until_it_is_clean(
    due: Desk, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: Left | None
) -> None:
    """Left by a run that was told so, or by one for what is no police matter, which leaves the thorough part."""
    if left is not None:
        with monkeypatch.context() as patched:
            patched.setattr(Scrubbing, "_vacuum", lambda _self: _answer(left))
            patched.setattr(Scrubbing, "_scrub", lambda _self: _answer(left))
            assert (await erase(due, store_url, tmp_path)).left is left
    else:
        file_of(store_url)
        tip = await due.new_tip(WORDS, "2")
        await desk.close_not_police(due.store, due.zhou, tip)
        Clock(due.store).forward(days=2)
        assert (await run(due.store, store_url, tmp_path, CloseReason.NOT_POLICE_MATTER)).tips == 1
    assert await owes_scrubbing(due.store)
    assert (await erase(due, store_url, tmp_path)).is_clean
    assert not await owes_scrubbing(due.store)


async def _answer(left: Left) -> Left:
    return left


async def test_what_is_erased_meanwhile_is_owed_still(
    due: Desk, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await due.new_tip(WORDS, "2")

    async def meanwhile(_self: Scrubbing) -> Left:
        await desk.pass_to_oversight(due.store, due.zhou, other, due.vault, "names police")
        return Left.NOTHING

    monkeypatch.setattr(Scrubbing, "_vacuum", meanwhile)
    monkeypatch.setattr(Scrubbing, "_scrub", meanwhile)
    await erase(due, store_url, tmp_path)
    assert await owes_scrubbing(due.store)


async def test_a_desks_role_says_that_the_owner_has_to_clear_old_rows(both: Both, tmp_path: Path) -> None:
    """VACUUM passes over another's tables with a warning only."""
    clock = Clock(both.mine.store)
    await desk.close_tip(both.mine.store, both.mine.zhou, both.own, CloseReason.UNFOUNDED)
    clock.forward(days=40)
    url = pg.words(make_url(both.url).set(username=both.role))
    erased = await erase(both.mine, url, tmp_path)
    assert (erased.tips, erased.left) == (1, Left.OWNER)
    assert "owner of the database" in erased.left.sentence
    assert await owes_scrubbing(both.owner.store)
    assert (await erase(both.owner, both.url, tmp_path)).is_clean
    assert not await owes_scrubbing(both.mine.store)
