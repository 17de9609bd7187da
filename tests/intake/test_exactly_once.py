"""A tip is one tip however many intakes run, start at once, or are sent it: real processes on both engines."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from console.paths import DataFolder
from tests.desk.conftest import Desk
from tests.intake.conftest import Inbox, count
from tests.intake.processes import intake_process, running, until
from tests.intake.test_envelope import OK

TIPS = 60


def drop_all(inbox: Inbox) -> None:
    for number in range(TIPS):
        inbox.drop(f"{number}.json", {**OK, "source": "hotline", "source_key": str(number), "text": f"words {number}"})


async def test_two_desks_that_are_sent_the_same_make_one_tip_of_each(
    inbox: Inbox, station: Desk, store_url: str, tmp_path: Path
) -> None:
    """Two data folders, one store and its key, both intakes at work at the same time."""
    other = Inbox(DataFolder(tmp_path / "other"))
    other.folder.make()
    inboxes = (inbox, other)
    async with AsyncExitStack() as stack:
        for one in inboxes:
            shared = {"TASKROOM_INTAKE__BATCH": "5", "TASKROOM_VAULT_KEY": str(tmp_path / "shared.key")}
            await stack.enter_async_context(running(one.folder, store_url, **shared))
        for one in inboxes:
            drop_all(one)

        async def all_done() -> bool:
            return all(len(one.names("done")) == TIPS for one in inboxes)

        await until(all_done)
    assert await count(station.store) == TIPS
    assert await count(station.store, "tip_event") == TIPS
    assert [one.names("rejected") for one in inboxes] == [[], []]


async def test_of_intakes_started_at_once_one_takes_everything(inbox: Inbox, station: Desk, store_url: str) -> None:
    drop_all(inbox)
    started = [await intake_process(inbox.folder, store_url, "--once") for _one in range(4)]
    await asyncio.gather(*(process.communicate() for process in started))
    codes = sorted(process.returncode or 0 for process in started)
    assert codes[0] == 0
    assert set(codes) <= {0, 75}
    assert await count(station.store) == TIPS
    assert len(inbox.names("done")) == TIPS


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_what_an_intake_left_in_claimed_is_taken_by_the_next(inbox: Inbox, station: Desk, store_url: str) -> None:
    """Tips of which some were stored before the crash, some not, and one that is broken."""
    drop_all(inbox)
    process = await intake_process(inbox.folder, store_url, "--once")
    await process.communicate()
    for number in range(0, TIPS, 2):  # as if the power went after the commit, before the move was on disk
        inbox.path("done", f"{number}.json").rename(inbox.path("claimed", f"{number}.json"))
    inbox.drop("new.json", {**OK, "source_key": "new"})
    inbox.path("new", "new.json").rename(inbox.path("claimed", "new.json"))
    inbox.path("claimed", "half.json").write_bytes(b'{"text": "wo')
    process = await intake_process(inbox.folder, store_url, "--once")
    await process.communicate()
    assert await count(station.store) == TIPS + 1
    assert len(inbox.names("done")) == TIPS + 1
    assert inbox.names("rejected") == ["half.json", "half.json.why.json"]
    assert inbox.names("claimed") == []
