"""A data folder with a real store and vault, and an intake over it whose steps a test takes by hand."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from console.intake.folder import FolderIntake
from console.intake.pulse import Pulse
from console.intake.shelves import Shelves
from console.intake.taking import Taker
from console.paths import FIXTURES_DIR, DataFolder
from console.settings import IntakeSettings
from console.store import Store
from console.store import tables as t
from tests.desk.conftest import Desk, station, vault

__all__ = ["station", "vault"]

LIMITS = IntakeSettings(settle_s=0.2, scan_every_s=0.2, heartbeat_s=0.05, picture_s=60.0)
GOOD = FIXTURES_DIR / "tips"
BAD = FIXTURES_DIR / "bad"


@dataclass(frozen=True)
class Inbox:
    """The four folders, as a sender and an operator use them."""

    folder: DataFolder

    def drop(self, name: str, content: bytes | str | dict[str, Any]) -> None:
        """As a sender should: written in tmp/, then renamed into new/."""
        draft = self.folder.intake / "tmp" / name
        draft.write_bytes(as_bytes(content))
        self._move(draft, name)

    def drop_copy(self, of: Path, name: str | None = None) -> None:
        """The same with a file or a bundle of the fixtures."""
        draft = self.folder.intake / "tmp" / of.name
        if of.is_dir():
            shutil.copytree(of, draft, copy_function=shutil.copyfile)
            for inside in draft.iterdir():
                written_before(inside)
        else:
            shutil.copyfile(of, draft)
        self._move(draft, name or of.name)

    def names(self, shelf: str) -> list[str]:
        return sorted(path.name for path in (self.folder.intake / shelf).iterdir())

    def path(self, shelf: str, name: str) -> Path:
        return self.folder.intake / shelf / name

    def why(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path("rejected", f"{name}.why.json").read_bytes())
        return found

    def _move(self, draft: Path, name: str) -> None:
        written_before(draft)
        draft.rename(self.path("new", name))


def written_before(path: Path) -> None:
    """The last write was a moment ago, as with any sender slower than the kernel's clock tick."""
    os.utime(path, (time.time() - 0.1, time.time() - 0.1))


def as_bytes(content: bytes | str | dict[str, Any]) -> bytes:
    if isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False)
    return content.encode() if isinstance(content, str) else content


@dataclass(frozen=True)
class Intake:
    """The intake's parts over one station's store."""

    inbox: Inbox
    desk: Desk
    pulse: Pulse
    taker: Taker
    folder: FolderIntake
    anew: Callable[..., FolderIntake]
    """The folder's intake as after a restart; other limits may be given."""

    async def texts(self) -> list[str]:
        """The words of all tips on file, in the order of their refs."""
        return await self.desk.store.read(
            lambda conn: list(conn.execute(select(t.tip.c.text).order_by(t.tip.c.ref)).scalars())
        )

    async def count(self, table: str = "tip") -> int:
        return await count(self.desk.store, table)


async def count(store: Store, table: str = "tip") -> int:
    """How many rows."""

    def ask(conn: Connection) -> int:
        return conn.execute(select(func.count()).select_from(t.metadata.tables[table])).scalar_one()

    return await store.read(ask)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    folder = DataFolder(tmp_path)
    folder.make()
    return Inbox(folder)


@pytest.fixture
def intake(inbox: Inbox, station: Desk) -> Iterator[Intake]:
    pulse = Pulse()
    taker = Taker(station.store, station.vault, pulse)
    made: list[Shelves] = []

    def anew(limits: IntakeSettings = LIMITS) -> FolderIntake:
        made.append(Shelves(inbox.folder, station.vault, limits))
        return FolderIntake(made[-1], taker, pulse, limits)

    yield Intake(inbox, station, pulse, taker, anew(), anew)
    for shelves in made:
        shelves.close()
