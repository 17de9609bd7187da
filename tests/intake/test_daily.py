"""The daily copy as a running intake makes it: in a pause, once, rotated; what goes wrong is told until it works."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from console.intake.daily import DailyCopy
from console.intake.heartbeat import IntakeState, read_heartbeat
from console.intake.pulse import Pulse
from console.model.audit import AuditAction
from console.settings import BackupSettings
from console.store import Store
from console.store import tables as t
from console.store.daily import copies, is_due, make_daily
from tests.desk.conftest import Desk
from tests.intake.conftest import Inbox, count
from tests.intake.processes import beat_of, running
from tests.intake.processes import until as until_process
from tests.intake.test_envelope import OK
from tests.until import until

IDLE = {"TASKROOM_BACKUP__IDLE_S": "0.3"}


def _store(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _told(conn: Connection) -> str | None:
    return conn.scalar(select(t.audit.c.about).where(t.audit.c.action == AuditAction.BACKED_UP))


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_running_intake_makes_one_and_rotates(inbox: Inbox, station: Desk, store_url: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=30)
    for day in range(9):
        (inbox.folder.backups / f"daily-{long_ago + timedelta(days=day):%Y%m%dT%H%M%SZ}.db").touch(0o600)
    await station.new_tip()
    async with running(inbox.folder, store_url, **IDLE, TASKROOM_BACKUP__KEEP="3"):

        async def is_made() -> bool:
            return len(copies(inbox.folder.backups)) == 3 and await station.store.read(_told) is not None

        await until_process(is_made)
    newest = copies(inbox.folder.backups)[-1][1]
    assert newest.stat().st_mode & 0o777 == 0o600
    copy = await Store.open(f"sqlite:///{newest}", create=False)
    assert await count(copy) == await count(station.store) == 1
    await copy.close()
    told = json.loads(str(await station.store.read(_told)))
    assert told == {"what": "daily", "tips": 1, "account": os.getuid()}


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_its_failure_is_in_the_heartbeat_until_it_works_and_tips_flow_meanwhile(
    inbox: Inbox, station: Desk, store_url: str
) -> None:
    shutil.rmtree(inbox.folder.backups)
    elsewhere = inbox.folder.root / "elsewhere"
    elsewhere.write_text("a file where the folder should be")
    settings = {**IDLE, "TASKROOM_BACKUP__FOLDER": str(elsewhere)}
    async with running(inbox.folder, store_url, **settings) as process:

        async def is_told() -> bool:
            beat = read_heartbeat(inbox.folder.heartbeat)
            return beat is not None and beat.problem.startswith("The daily backup failed.")

        await until_process(is_told)
        inbox.drop("a.json", {**OK, "source_key": "a"})

        async def is_taken() -> bool:
            return inbox.names("done") == ["a.json"]

        await until_process(is_taken)
        assert (await beat_of(inbox.folder, process.pid)).state is IntakeState.OK
        elsewhere.unlink()

        async def is_well() -> bool:
            beat = read_heartbeat(inbox.folder.heartbeat)
            return beat is not None and not beat.problem and len(copies(elsewhere)) == 1

        await until_process(is_well)


@pytest.mark.parametrize("keep", [7, 1])
async def test_a_copy_by_a_clock_set_back_is_kept(sqlite_url: str, tmp_path: Path, keep: int) -> None:
    await (await Store.open(sqlite_url)).close()
    folder, now = tmp_path / "daily", datetime(2020, 1, 1, tzinfo=UTC)
    folder.mkdir()
    future = [folder / f"daily-2026112{day}T000000Z.db" for day in range(keep)]
    for file in future:
        file.touch()
    make_daily(_store(sqlite_url), folder, keep, now)
    assert [file for _made_at, file in copies(folder)] == [folder / "daily-20200101T000000Z.db", *future[1:]]
    assert not is_due(folder, now)


async def test_copies_from_the_future_are_given_up_before_older_ones(sqlite_url: str, tmp_path: Path) -> None:
    await (await Store.open(sqlite_url)).close()
    folder = tmp_path / "daily"
    folder.mkdir()
    for day in ("20191230", "20191231", "20261120", "20261121"):
        (folder / f"daily-{day}T000000Z.db").touch()
    made = []
    for new_year in range(1, 4):
        make_daily(_store(sqlite_url), folder, 4, datetime(2020, 1, new_year, tzinfo=UTC))
        made.append([file.name[6:14] for _made_at, file in copies(folder)])
    assert made == [
        ["20191230", "20191231", "20200101", "20261121"],
        ["20191230", "20191231", "20200101", "20200102"],
        ["20191231", "20200101", "20200102", "20200103"],
    ]


async def test_it_waits_for_a_pause_but_not_for_ever(sqlite_url: str, tmp_path: Path) -> None:
    await (await Store.open(sqlite_url)).close()
    folder, now = tmp_path / "daily", datetime(2026, 11, 21, tzinfo=UTC)
    folder.mkdir()
    last = now - timedelta(hours=25)
    (folder / f"daily-{last:%Y%m%dT%H%M%SZ}.db").touch()
    moment = [now]
    pulse = Pulse(clock=lambda: 0.0)
    copying = asyncio.create_task(
        DailyCopy(_store(sqlite_url), folder, BackupSettings(idle_s=0.02), pulse, lambda: moment[0]).run()
    )
    looks = 0
    real = is_due

    def counted(where: Path, at: datetime) -> bool:
        nonlocal looks
        looks += 1
        return real(where, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.intake.daily.is_due", counted)
        await until(lambda: looks > 5)
        assert len(copies(folder)) == 1, "the desk has not paused"
        moment[0] = now + timedelta(hours=2)
        await until(lambda: len(copies(folder)) == 2)
    copying.cancel()
    await asyncio.gather(copying, return_exceptions=True)


async def test_an_intake_that_ends_breaks_it_off_and_leaves_nothing(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await Store.open(sqlite_url)).close()
    begun, real = threading.Event(), make_daily

    def slow(store: Path, folder: Path, keep: int, now: datetime, is_stopped: Callable[[], bool]) -> object:
        def asked() -> bool:
            begun.set()
            return is_stopped()

        asked()
        while not is_stopped():
            threading.Event().wait(0.005)
        return real(store, folder, keep, now, asked)

    monkeypatch.setattr("console.intake.daily.make_daily", slow)
    folder = tmp_path / "daily"
    copying = asyncio.create_task(
        DailyCopy(
            _store(sqlite_url), folder, BackupSettings(idle_s=0.01), Pulse(clock=iter(range(10**9)).__next__)
        ).run()
    )
    await until(begun.is_set)
    copying.cancel()
    (ended,) = await asyncio.gather(copying, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    assert [path.name for path in folder.iterdir()] == []
