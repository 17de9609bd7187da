"""The place of the intake's socket: held by another, left by the dead, taken away; and the end of an intake at work."""

from __future__ import annotations

import asyncio
import signal

import pytest

from console.intake.heartbeat import read_heartbeat
from tests.faults.at_work import Start, start
from tests.faults.senders import beside, line_of
from tests.intake.conftest import Inbox, inbox, station, vault
from tests.intake.processes import intake_process, until
from tests.intake.test_envelope import OK

__all__ = ["inbox", "start", "station", "vault"]

pytestmark = [
    pytest.mark.parametrize("store_url", ["sqlite"], indirect=True),
    pytest.mark.timeout(300),
]


async def test_a_socket_left_by_a_killed_intake_is_replaced(start: Start) -> None:
    """5 kills."""
    for number in range(5):
        async with start() as intake:
            sender = await intake.connect()
            assert (await sender.ask(line_of(f"killed-{number}")))["ok"]
            intake.process.send_signal(signal.SIGSTOP)
            intake.process.send_signal(signal.SIGCONT)
            await sender.close()
        assert intake.inbox.folder.socket.exists(), "a kill leaves the file"
    async with start() as intake:
        sender = await intake.connect()
        assert (await sender.ask(line_of("after")))["ok"]
        await sender.close()
    print("stale socket: 5 kills")
    assert len(await intake.keys("killed-")) == 5


async def test_a_place_held_by_another_program_is_told_and_the_folder_goes_on(start: Start, inbox: Inbox) -> None:
    """Then the other one leaves, and senders are served without a restart."""
    other = await asyncio.start_unix_server(lambda _r, w: w.close(), inbox.folder.socket)
    async with start() as intake:
        beat = read_heartbeat(inbox.folder.heartbeat)
        assert beat is not None
        assert "Another program answers at" in beat.problem
        assert "folder takes tips" in beat.problem
        inbox.drop("a.json", {**OK, "source_key": "while"})

        async def is_taken() -> bool:
            return inbox.names("done") == ["a.json"]

        await until(is_taken)
        other.close()
        await other.wait_closed()

        async def is_well() -> bool:
            beat = read_heartbeat(inbox.folder.heartbeat)
            return beat is not None and not beat.problem

        await until(is_well)
        sender = await intake.connect()
        assert (await sender.ask(line_of("after")))["ok"]
        await sender.close()
        assert len([line for line in intake.log if "Another program" in line]) == 1
    print("bound by another: 1, told once in the log, in the banner until it was gone")


async def test_a_second_intake_leaves_the_first_ones_socket_alone(start: Start, store_url: str) -> None:
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        for _ in range(3):
            second = await intake_process(intake.inbox.folder, store_url)
            await second.communicate()
            assert second.returncode == 75
    print(f"bound twice: 3 second intakes left with 75; {neighbour.told()}")


async def test_a_socket_taken_away_comes_back_and_who_is_connected_stays(start: Start) -> None:
    """6 times: deleted, or a file put in its place."""
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        place = intake.inbox.folder.socket
        for number in range(6):
            if number % 2:
                draft = place.with_name("mine")
                draft.write_text("mine")
                draft.replace(place)

                async def is_told() -> bool:
                    beat = read_heartbeat(intake.inbox.folder.heartbeat)
                    return beat is not None and "in the way of the intake's socket" in beat.problem

                await until(is_told)
                assert place.read_text() == "mine"
            place.unlink()

            async def is_back() -> bool:
                return place.is_socket()

            await until(is_back)
            sender = await intake.connect()
            assert (await sender.ask(line_of(f"back-{number}")))["ok"]
            await sender.close()
    print(f"taken away: 6 times; {neighbour.told()}")


async def test_told_to_end_it_answers_what_it_read_and_all_that_was_answered_is_on_file(start: Start) -> None:
    """Ended by SIGTERM under 10 senders, three times over."""
    acknowledged: set[str] = set()
    ends = 0
    for turn in range(3):
        async with start() as intake:

            async def pour(number: int, turn: int = turn) -> None:
                sender = await intake.connect()
                sending = asyncio.create_task(
                    sender.send(b"".join(line_of(f"end-{turn}-{number}-{n}") for n in range(3000)))
                )
                answered = 0
                while (reply := await sender.reply()) is not None:
                    assert reply["ok"], reply
                    acknowledged.add(f"end-{turn}-{number}-{answered}")
                    answered += 1
                    if answered == 200 and number == 0:
                        intake.process.send_signal(signal.SIGTERM)
                await asyncio.gather(sending, return_exceptions=True)
                await sender.close()

            await asyncio.gather(*(pour(number) for number in range(10)))
            assert await intake.process.wait() == 0
            ends += 1
        assert acknowledged <= await intake.keys("end-")
    print(f"ended: {ends} times, {len(acknowledged)} acknowledged, none missing")
    assert len(acknowledged) >= 3 * 200
