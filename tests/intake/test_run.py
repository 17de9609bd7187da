"""The intake as a process of its own, on both engines: it starts, beats, takes, ends cleanly, and dies without loss."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from console.intake.heartbeat import IntakeState, read_heartbeat
from console.intake.lock import is_locked
from tests.desk.conftest import Desk
from tests.intake.conftest import GOOD, Inbox, count
from tests.intake.processes import beat_of, environment, intake_process, running, until
from tests.intake.test_envelope import OK
from tests.intake.test_folder import TIPS
from tests.intake.test_socket import lines, send, tip


async def test_folder_and_socket_of_a_running_intake(inbox: Inbox, station: Desk, store_url: str) -> None:
    inbox.drop("before.json", {**OK, "source_key": "before"})
    async with running(inbox.folder, store_url) as process:
        assert is_locked(inbox.folder.intake_lock)
        inbox.drop("after.json", {**OK, "source_key": "after"})
        (reply,) = await send(inbox, lines([tip(1)]))
        assert reply["ok"]

        async def all_there() -> bool:
            return await count(station.store) == 3 and inbox.names("done") == ["after.json", "before.json"]

        await until(all_there)

        async def beaten() -> bool:
            beat = read_heartbeat(inbox.folder.heartbeat)
            return beat is not None and (beat.taken_total, beat.taken_last_minute) == (3, 3)

        await until(beaten)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    await beat_of(inbox.folder, process.pid, IntakeState.STOPPED)
    assert not is_locked(inbox.folder.intake_lock)
    assert not inbox.folder.socket.exists()


async def test_once_takes_what_lies_there_and_ends(inbox: Inbox, station: Desk, store_url: str) -> None:
    for name in TIPS:
        inbox.drop_copy(GOOD / name)
    inbox.drop("bad.json", {"text": "no room"})
    process = await intake_process(inbox.folder, store_url, "--once")
    output, _none = await process.communicate()
    assert (process.returncode, output) == (0, b"")
    assert await count(station.store) == sum(TIPS.values())
    assert inbox.names("done") == sorted(TIPS)
    assert inbox.names("rejected") == ["bad.json", "bad.json.why.json"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_second_intake_says_so_and_leaves(inbox: Inbox, station: Desk, store_url: str) -> None:
    async with running(inbox.folder, store_url):
        for more in ((), ("--once",)):
            second = await intake_process(inbox.folder, store_url, *more)
            output, _none = await second.communicate()
            assert second.returncode == 75
            assert output.startswith(b"Another intake")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_killed_again_and_again_nothing_is_lost_or_doubled(inbox: Inbox, station: Desk, store_url: str) -> None:
    """300 files and more, the intake killed by SIGKILL in the middle of them, twice at least, until all are done."""
    dropped = kills = 0

    def waiting() -> int:
        return len(inbox.names("new")) + len(inbox.names("claimed"))

    while kills < 2 or waiting():
        if not waiting():
            for number in range(dropped, dropped + 300):
                reporter = {"reporter": {"name": "植物园丁一"}} if number % 3 == 0 else {}
                inbox.drop(f"{number}.json", {**OK, "text": f"words {number}", **reporter})
            dropped += 300
        wanted = min(dropped, len(inbox.names("done")) + 130)
        async with running(inbox.folder, store_url, TASKROOM_INTAKE__BATCH="20") as process:

            async def moved_on(wanted: int = wanted, is_last: bool = wanted == dropped) -> bool:
                """The last life is left until it has cleaned up what earlier ones were killed over."""
                return len(inbox.names("done")) >= wanted and not (is_last and waiting())

            await until(moved_on)
            process.kill()
            await process.wait()
            kills += bool(waiting())
        assert dropped <= 3_000, "it is never killed in the middle"
    assert await count(station.store) == dropped
    assert await count(station.store, "tip_event") == dropped
    assert inbox.names("rejected") == []


async def test_parts_the_console_reads_are_light(inbox: Inbox) -> None:
    code = (
        "import sys; from console.intake import heartbeat, lock; "
        "print(*{'watchfiles', 'pydantic', 'sqlalchemy', 'cryptography'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


@pytest.mark.parametrize("content", [b"", b"{}", b'{"pid":', b"[" * 5000, b"\xff\xfe", b'{"pid": "x"}', b"null"])
def test_a_broken_heartbeat_is_none(inbox: Inbox, content: bytes) -> None:
    assert read_heartbeat(inbox.folder.heartbeat) is None
    inbox.folder.heartbeat.write_bytes(content)
    assert read_heartbeat(inbox.folder.heartbeat) is None


STARTER = """
import os, subprocess, sys, time
more = ["--ends-with", str(os.getpid())] if sys.argv[1] == "with" else []
process = subprocess.Popen([sys.executable, "-m", "console", "intake", *more], stdout=2, start_new_session=True)
print(process.pid, flush=True)
process.wait()
"""


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", ["with", "without"])
async def test_an_intake_outlives_its_starter_unless_it_is_to_end_with_it(
    inbox: Inbox, station: Desk, store_url: str, how: str
) -> None:
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, how, env=environment(inbox.folder, store_url), stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    pid = int(await starter.stdout.readline())
    try:
        before = await beat_of(inbox.folder, pid)
        starter.kill()
        await starter.wait()
        if how == "without":
            died_at = datetime.now(UTC) + timedelta(seconds=1)

            async def beats_on() -> bool:
                beat = read_heartbeat(inbox.folder.heartbeat)
                return beat is not None and beat.state is before.state and beat.at > died_at

            await until(beats_on)
            os.kill(pid, signal.SIGTERM)
        await beat_of(inbox.folder, pid, IntakeState.STOPPED)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
