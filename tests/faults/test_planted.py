"""R8: planted names, phones and contacts of reporters are nowhere in what the program writes, through intake, kills,
work, search, export, backup, a crash and erasing; and of what was erased no words are left.

`rejected/` is left out by design: what lies there could not be read, so that nothing of it could be sealed.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from console import desk
from console.desk.erasing import Erasing
from console.desk.whole import whole_tips
from console.intake.heartbeat import IntakeState, read_heartbeat
from console.intake.nightly import kept_by
from console.model.query import Query
from console.model.tip import CloseReason
from console.model.view import View
from console.paths import DataFolder
from console.settings import load_settings
from console.store import Store
from tests.cli.desk import taskroom
from tests.everybody import everything
from tests.faults.plants import MARKS, Plant, content_of, found_in, writings
from tests.faults.pty_console import console_on
from tests.faults.test_console_crash import COMMAND, crash
from tests.intake.processes import COMMAND as INTAKE
from tests.intake.processes import environment
from tests.ui.small_station import LI, ZHOU

PATIENCE_S = 240.0


@pytest.mark.timeout(600)
def test_a_few_plants_are_found_nowhere(folder: DataFolder, tmp_path: Path) -> None:
    run(folder, tmp_path, 24)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_plants_are_found_nowhere(folder: DataFolder, tmp_path: Path) -> None:
    run(folder, tmp_path, 1_000)


def test_the_look_finds_every_writing(tmp_path: Path) -> None:
    """The search itself: a plant written in any of the ways is found."""
    for n in range(1, 8):
        plant = Plant.number(n)
        for mark in MARKS:
            if mark not in plant.name + plant.contact:
                continue
            for written in (
                f"xx {mark}7 yy".encode(),
                json.dumps(f"a{mark}b").encode(),
                f"q{mark}q".encode("utf-16-le"),
            ):
                (tmp_path / "file").write_bytes(written)
                assert found_in([tmp_path], (mark,))
            for before in range(3):
                (tmp_path / "file").write_bytes(base64.b64encode(b"x" * before + mark.encode() + b"tail"))
                assert found_in([tmp_path], (mark,)), (mark, before)
    assert all(len(one) >= 6 for mark in MARKS for one in writings(mark))


def run(folder: DataFolder, tmp_path: Path, count: int) -> None:
    plants = [Plant.number(n) for n in range(1, count + 1)]
    url = f"sqlite:///{folder.store}"
    temp = tmp_path / "tmp"
    temp.mkdir()
    unread = b'{"text": "cut off", "reporter": {"name": "' + plants[0].name.encode()
    (folder.intake / "new" / "unread.json").write_bytes(unread)
    took_in(folder, url, plants, temp)
    asyncio.run(worked_on(url, plants))
    export = tmp_path / "export.jsonl"
    asyncio.run(exported(url, export))
    crashed(folder, plants[1])
    backup = tmp_path / "backup.tar"
    assert taskroom("backup", "--data", str(folder.root), str(backup)).returncode == 0
    places = [place for place in sorted(folder.root.iterdir()) if place.name != "intake"]
    places += [place for place in sorted(folder.intake.iterdir()) if place.name != "rejected"]
    places += [export, backup, temp]
    words = [plant.words.encode() for plant in plants]
    assert found_in(places) == []
    assert any(
        plant.name.encode() in content for _, content in content_of([folder.intake / "rejected"]) for plant in plants
    )
    before = stands_in(words, places)
    assert before >= {"taskroom.db", "export.jsonl"}, "the look finds what is there"
    erased = asyncio.run(erased_all(folder, url))
    assert erased == sum(n % 3 == 0 for n in range(count))
    gone = [word for n, word in enumerate(words) if n % 3 == 0]
    left = [folder.store, *folder.root.glob("taskroom.db-*"), folder.intake / "done", folder.log, folder.state]
    assert stands_in(gone, [place for place in left if place.exists()]) == set()
    assert found_in(places) == []
    looked = [len(content) for _, content in content_of(places)]
    print(f"{count:,} plants: 0 found in {len(looked):,} files of {sum(looked):,} bytes;", end=" ")
    print(f"of {erased:,} erased tips no words in {len(left)} places, before in {len(before):,} files")


def stands_in(words: Sequence[bytes], places: list[Path]) -> set[str]:
    return {Path(where).name for where, content in content_of(places) for word in words if word in content}


# ── what the program goes through ────────────────────────────────────────────────────────────────────────────────────
def took_in(folder: DataFolder, url: str, plants: Sequence[Plant], temp: Path) -> None:
    """By folder (files, one of many) and socket, with a kill -9 in the middle."""
    third = len(plants) // 3
    for n, plant in enumerate(plants[:third]):
        drop(folder, f"one-{n}.json", json.dumps(plant.record(n), ensure_ascii=bool(n % 2)))
    intake = started(folder, url, temp)
    wait(lambda: stored(url) > third // 3, "some are taken")
    many = [
        json.dumps(plant.record(third + n), ensure_ascii=False) for n, plant in enumerate(plants[third : 2 * third])
    ]
    drop(folder, "many.jsonl", "\n".join(many))
    os.kill(intake.pid, signal.SIGKILL)
    intake.wait()
    intake = started(folder, url, temp)
    lines = "".join(json.dumps(plant.record(2 * third + n)) + "\n" for n, plant in enumerate(plants[2 * third :]))
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder.socket))
        line.sendall(lines.encode())
        line.shutdown(socket.SHUT_WR)
        while line.recv(1 << 16):
            pass
    wait(lambda: stored(url) == len(plants), f"all {len(plants)} are taken")
    wait(lambda: any((folder.intake / "rejected").iterdir()), "the unread one is put aside")
    intake.send_signal(signal.SIGTERM)
    intake.wait()


def drop(folder: DataFolder, name: str, content: str) -> None:
    draft = folder.intake / "tmp" / name
    draft.write_text(content, "utf-8")
    draft.rename(folder.intake / "new" / name)


def started(folder: DataFolder, url: str, temp: Path) -> subprocess.Popen[bytes]:
    """An intake at work, its log where a console's would be."""
    env = environment(folder, url, TMPDIR=str(temp), TASKROOM_ERASE__NIGHTLY="false")
    with (folder.log / "intake.log").open("ab") as log:
        process = subprocess.Popen(INTAKE, env=env, stdout=log, stderr=log)

    def beats() -> bool:
        beat = read_heartbeat(folder.heartbeat)
        return beat is not None and beat.pid == process.pid and beat.state is not IntakeState.STARTING

    wait(beats, "it beats")
    return process


def stored(url: str) -> int:
    async def count() -> int:
        store = await Store.open(url)
        try:
            view = View((1,), Query(source="plant"), ended_too=True)
            reader = await everything(store)
            return len([one async for one in whole_tips(store, reader, view)])
        finally:
            await store.close()

    return asyncio.run(count())


def wait(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.1)


async def worked_on(url: str, plants: Sequence[Plant]) -> None:
    """Claims, notes, ends; searches for words and for the plants themselves."""
    store = await Store.open(url)
    try:
        for n in range(len(plants)):
            if n % 3 == 1:
                continue
            window = await desk.tip_window(store, ZHOU, View((1,), Query(words=(f"unmistakable{n + 1:05}words",))))
            tip = (await desk.tip_file(store, ZHOU, 1, window.lines[0].id)).tip
            tip = await desk.note_tip(store, LI, tip, f"spoke with them about unmistakable{n + 1:05}words")
            if n % 3 == 0:
                await desk.close_tip(store, ZHOU, tip, CloseReason.UNFOUNDED, "nothing there")
            else:
                claimed = await desk.claim_tip(store, ZHOU, tip)
                await desk.solve_tip(store, ZHOU, claimed, "fined")
        for plant in plants[:20]:
            for word in (plant.name, plant.contact):
                found = await desk.tip_window(store, ZHOU, View((1,), Query(words=(word,)), ended_too=True))
                assert found.lines == (), "a reporter is found by searching"
    finally:
        await store.close()


async def exported(url: str, file: Path) -> None:
    """Every tip whole, as `taskroom tips --json` prints them."""
    from console.cli.tips import tip_record

    store = await Store.open(url)
    try:
        reader = await everything(store)
        view = View(tuple(reader.stations), Query(), ended_too=True)
        records = [tip_record(one, "JNL") async for one in whole_tips(store, reader, view)]
        file.write_text("\n".join(json.dumps(one, ensure_ascii=False, default=str) for one in records), "utf-8")
    finally:
        await store.close()


def crashed(folder: DataFolder, plant: Plant) -> None:
    """A console that broke off in the middle of a search for a reporter."""
    with console_on(folder, command=COMMAND) as console:
        console.is_at_work()
        console.press(f"/{plant.name}\r")
        console.sees("Esc ends the search")
        crash(console)
        assert console.ends() == 1


async def erased_all(folder: DataFolder, url: str) -> int:
    """What was closed, a month and a day later."""
    store = await Store.open(url)
    try:
        real = store.now
        store.now = lambda: real() + timedelta(days=31)
        run = Erasing(store, url, kept_by(load_settings(data=folder.root)), lambda *_: None)
        erased = await run.run()
        assert erased.is_clean
        return erased.tips
    finally:
        await store.close()
