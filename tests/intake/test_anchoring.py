"""Anchors as a running intake notes them: in the file and the system log; what goes wrong is told until it works."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from pathlib import Path

import pytest

from console.desk import audit
from console.desk.anchors import Anchors
from console.intake.heartbeat import IntakeState, read_heartbeat
from tests.desk.conftest import Desk
from tests.intake.conftest import Inbox
from tests.intake.processes import beat_of, running
from tests.intake.processes import until as until_process
from tests.intake.test_envelope import OK


async def test_a_running_intake_notes_the_newest_entries(
    inbox: Inbox, station: Desk, store_url: str, tmp_path: Path
) -> None:
    anchors = Anchors(tmp_path / "elsewhere" / "anchors.jsonl", tmp_path / "log.sock")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as log:
        log.bind(str(anchors.syslog))
        log.setblocking(False)
        settings = {
            "TASKROOM_AUDIT__ANCHORS": str(anchors.file),
            "TASKROOM_AUDIT__SYSLOG": str(anchors.syslog),
            "TASKROOM_AUDIT__EVERY_S": "0.2",
        }
        inbox.drop("a.json", {**OK, "source_key": "a"})
        async with running(inbox.folder, store_url, **settings):

            async def is_noted() -> bool:
                return anchors.file.is_file() and b"\n" in anchors.file.read_bytes()

            await until_process(is_noted)
            said = (await asyncio.get_running_loop().sock_recv(log, 4096)).decode()
    noted = [one for one in anchors.read() if one is not None]
    (head,) = await audit.heads(station.store)
    assert [(one.station, one.seq, one.hash) for one in noted] == [(head.station, head.seq, head.hash)]
    assert said == f"<109>taskroom: audit {head.station} {head.seq} {head.hash.hex()}"
    assert (await audit.verify(station.store, await audit.operator(station.store), noted)).is_sound


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_file_that_cannot_be_written_is_told_and_tips_flow(
    inbox: Inbox, station: Desk, store_url: str, tmp_path: Path
) -> None:
    await station.new_tip()
    file = tmp_path / "anchors.jsonl"
    file.mkdir()
    settings = {"TASKROOM_AUDIT__ANCHORS": str(file), "TASKROOM_AUDIT__EVERY_S": "0.2"}
    async with running(inbox.folder, store_url, **settings) as process:

        async def is_told() -> bool:
            beat = read_heartbeat(inbox.folder.heartbeat)
            return beat is not None and "anchors cannot be written" in beat.problem

        await until_process(is_told)
        assert (await beat_of(inbox.folder, process.pid)).state is IntakeState.OK
        inbox.drop("a.json", {**OK, "source_key": "a"})

        async def is_taken() -> bool:
            return inbox.names("done") == ["a.json"]

        await until_process(is_taken)
        file.rmdir()

        async def is_well() -> bool:
            beat = read_heartbeat(inbox.folder.heartbeat)
            return beat is not None and not beat.problem and file.is_file()

        await until_process(is_well)
