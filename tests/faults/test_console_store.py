"""The console while its store or its intake is in trouble: what the officer sees, that nothing typed is lost, that it
goes on when the trouble is over."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from console.paths import DataFolder
from console.settings import Settings
from tests import pg
from tests.faults.pty_console import console_on, intake_of, left, send_tip, status_of, takes, wait_stored
from tests.ui.small_station import TIPS, Clock, fill, settings_in

pytestmark = pytest.mark.timeout(240)
NEWEST = TIPS[-1].text


def test_another_program_holds_the_store(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("Loud music")
        holder = sqlite3.connect(folder.store, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        send_tip(folder, "while it was held")
        console.press("i")
        console.sees("Not done: Another program holds the store")
        console.press("j")
        console.press("k")
        console.sees("● live")
        holder.execute("ROLLBACK")
        holder.close()
        wait_stored(folder, "while it was held")
        console.sees("while it was held")
        console.press("i")
        console.until(lambda: status_of(folder.store, NEWEST) == "investigating", "the step, now that it is free")
        left(console)


def test_the_disk_takes_no_more(folder: DataFolder) -> None:
    """Files may not grow, for console and intake alike, as on a full disk; then there is room again."""
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("Loud music")
        intake = intake_of(folder)
        assert intake is not None
        for pid in (console.process.pid, intake):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        send_tip(folder, "while it was full")
        console.press("i")
        console.sees("Not done: The disk")
        console.sees("Loud music")
        for pid in (console.process.pid, intake):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_stored(folder, "while it was full")
        console.sees("while it was full")
        console.press("i")
        console.until(lambda: status_of(folder.store, NEWEST) == "investigating", "the step, now that there is room")
        left(console)


@pytest.mark.parametrize("how", ["gone", "replaced"])
def test_the_store_is_taken_from_under_it(folder: DataFolder, how: str) -> None:
    """What is written to a file without a name is lost: nothing is, and the screen says why."""
    aside = folder.root / "aside"
    aside.mkdir()
    with console_on(folder) as console:
        console.is_at_work()
        console.sees("Loud music")
        for file in folder.root.glob("taskroom.db*"):
            if how == "replaced" and file == folder.store:
                shutil.copyfile(file, aside / "copy")
            file.rename(aside / file.name)
        if how == "replaced":
            (aside / "copy").rename(folder.store)
        send_tip(folder, "while it was away")
        console.press("i")
        console.sees("Not done: The store's file")
        for file in aside.glob("taskroom.db*"):
            file.replace(folder.root / file.name)
        wait_stored(folder, "while it was away")
        console.sees("while it was away")
        console.press("i")
        console.until(lambda: status_of(folder.store, NEWEST) == "investigating", "the step, now that it is back")
        left(console)


def test_its_intake_stands_still_and_dies(folder: DataFolder) -> None:
    with console_on(folder) as console:
        console.is_at_work()
        intake = intake_of(folder)
        assert intake is not None
        os.kill(intake, signal.SIGSTOP)
        console.sees("× intake")
        send_tip(folder, "while it stood still")
        os.kill(intake, signal.SIGCONT)
        wait_stored(folder, "while it stood still")
        os.kill(intake, signal.SIGKILL)
        takes(folder, "after it died")
        assert intake_of(folder) != intake
        console.sees("after it died")
        left(console)


def test_postgresql_is_stopped_and_started_again(tmp_path: Path) -> None:
    with pg.own_server() as server:
        url = pg.words(pg.url_to(server))
        settings = replace(settings_in(tmp_path / "data"), database=url)
        asyncio.run(_ready(settings))
        with console_on(settings.folder, env={"TASKROOM_DATABASE": url}) as console:
            console.is_at_work()
            console.sees("Loud music")
            server.stop()
            console.sees("◌ stale")
            console.sees("Loud music")
            send_tip(settings.folder, "while it was stopped")
            console.press("i")
            console.sees("Not done: The database does not answer")
            server.start()
            console.sees("while it was stopped")
            console.sees("● live")
            left(console)


async def _ready(settings: Settings) -> None:
    from console.store import upgrade_store

    await upgrade_store(settings.database_url)
    await fill(settings, Clock())


CAN_MOUNT = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not CAN_MOUNT, reason="this account may not mount")
def test_the_whole_folder_is_read_only(folder: DataFolder) -> None:
    """Nothing could be stored: it says so, stays up for F5, and is left as always."""
    read_only = f"mount --bind {folder.root} {folder.root} && mount -o remount,bind,ro {folder.root}"
    command = ("unshare", "-m", "/bin/sh", "-c", f"{read_only} && exec {sys.executable} -m console")
    with console_on(folder, command=command) as console:
        console.sees("F5 tries again; Ctrl+Q leaves.")
        console.sees("× not open")
        console.press("jis")
        console.press(b"\x1b[15~")
        console.sees("F5 tries again; Ctrl+Q leaves.")
        send_tip(folder, "while it was read-only")
        left(console)
        assert len([*(folder.intake / "new").iterdir()]) == 1
