"""A rig for every test of the folder under faults; one whose test injected nothing fails."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from console.paths import DataFolder
from console.store import Store
from tests.desk.conftest import Desk, station, vault
from tests.faults.folder_rig import FolderRig
from tests.faults.namespaces import CountedInside, Room
from tests.faults.place import disk, disk_library, place, tally
from tests.faults.small_folder import folder, station_template

__all__ = ["disk", "disk_library", "folder", "place", "station", "station_template", "tally", "vault"]

MakeRig = Callable[..., Awaitable[FolderRig]]


@pytest.fixture
async def make_rig(tmp_path: Path, station: Desk, store_url: str) -> AsyncIterator[MakeRig]:
    """`await make_rig()` on a plain folder; with `disk="size=8m"` the whole data folder is a tmpfs of that size, with
    `room` the intake runs in it."""
    rigs: list[FolderRig] = []
    async with AsyncExitStack() as stack:

        async def make(*, disk: str | None = None, room: Room | None = None) -> FolderRig:
            place, url = tmp_path / "data", store_url
            place.mkdir(mode=0o700)
            if disk is not None:
                room = Room("-m")
                room.mount("-t", "tmpfs", "-o", f"mode=700,{disk}", "taskroom-test", str(place))
            if room is not None:
                stack.callback(room.close)
            folder = DataFolder(room.seen(place) if room is not None else place)
            folder.make()
            if url.startswith("sqlite"):
                await station.store.close()
                shutil.copyfile(tmp_path / "taskroom.db", folder.store)
                url = f"sqlite:///{place / folder.store.name}"
            store: Store | CountedInside
            if room is not None and url.startswith("sqlite"):
                store = CountedInside(room, place / folder.store.name)
                stack.callback(store.close)
            else:
                store = await Store.open(url)
                stack.push_async_callback(store.close)
            rigs.append(FolderRig(place, folder, store, url, room))
            return rigs[-1]

        yield make
    assert rigs, "no rig was asked for"
    for rig in rigs:
        assert rig.injected, "nothing was injected"
