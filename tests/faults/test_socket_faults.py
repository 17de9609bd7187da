"""The socket of a running intake under senders that misbehave: each is told, nothing is lost or doubled, and a
neighbour is served all the while."""

from __future__ import annotations

import asyncio
import random
import socket
import stat
import time

import pytest

from console.intake.peers import STILL_S
from tests.faults.at_work import Start, start
from tests.faults.senders import Sender, beside, is_root, line_of, rss_mib, send_as_stranger
from tests.intake.conftest import count, inbox, station, vault

__all__ = ["inbox", "start", "station", "vault"]

pytestmark = [
    pytest.mark.parametrize("store_url", ["sqlite"], indirect=True),
    pytest.mark.timeout(300),
]

SEED = 11
LINE_BYTES = 64 << 10
CONNECTED = 200
MOST_GROWN_MIB = 48
"""Of memory, whatever is sent: the queues' own bounds, and what the allocator keeps."""


async def test_over_long_lines_are_told_and_cost_no_memory(start: Start) -> None:
    """40 lines of 80 KiB to 20 MiB among good ones: one reply each, in order."""
    drawn = random.Random(SEED)
    sizes = [drawn.choice((LINE_BYTES + 1, 80 << 10, 1 << 20, 20 << 20)) for _ in range(40)]
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        before = rss_mib(intake.process.pid)
        sender = await intake.connect()
        for number, size in enumerate(sizes):
            await sender.send(b"x" * size + b"\n" + line_of(f"long-{number}"))
            bad, good = await sender.reply(), await sender.reply()
            assert bad is not None
            assert good is not None
            assert (bad["ok"], bad["code"], good["ok"]) == (False, "too-large", True)
            assert "65536" in bad["error"].replace(",", "") or "64" in bad["error"]
        grown = rss_mib(intake.process.pid) - before
        await sender.close()
        assert "40 of 80 lines were refused" in await intake.logs("were refused")
    print(f"over-long: {len(sizes)} lines, {sum(sizes) >> 20} MiB, memory +{grown:.1f} MiB; {neighbour.told()}")
    assert grown < MOST_GROWN_MIB
    assert len(await intake.keys("long-")) == 40


async def test_a_line_without_an_end_is_cut_off_in_time(start: Start) -> None:
    """10 senders that never end their line, as fast as they can or a byte at a time, and one that fell silent in it."""
    async with start(TASKROOM_INTAKE__LINE_S="1") as intake, beside(intake.inbox.folder) as neighbour:
        before, sent = rss_mib(intake.process.pid), 0

        async def pour(chunk: bytes, pause_s: float) -> dict[str, object]:
            nonlocal sent
            sender = await intake.connect()
            told = asyncio.create_task(sender.reply())
            try:
                while not told.done():
                    await sender.send(chunk)
                    sent += len(chunk)
                    await asyncio.sleep(pause_s)
            except OSError:
                pass
            reply = await told
            await sender.close()
            return reply or {}

        silent = await intake.connect()
        await silent.send(line_of("silent-0") + b'{"text": "half')
        kinds = [(b"x" * 65_536, 0.0)] * 4 + [(b"y", 0.02)] * 6
        replies = await asyncio.gather(*(pour(*kind) for kind in kinds))
        taken, last = await silent.rest()
        await silent.close()
        grown = rss_mib(intake.process.pid) - before
        assert taken["ok"]
        assert {reply["code"] for reply in (*replies, last)} == {"line-unfinished"}
        assert "did not end a line within 1 s" in await intake.logs("did not end")
    print(f"no end: 11 senders, {sent >> 20} MiB, memory +{grown:.1f} MiB; {neighbour.told()}")
    assert grown < MOST_GROWN_MIB
    assert await intake.keys("silent-") == {"silent-0"}


async def test_half_a_line_then_a_hang_up_is_no_tip(start: Start) -> None:
    """60 lines cut at a drawn place: a hang-up keeps nothing of them, an end of sending is answered."""
    drawn = random.Random(SEED)
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        for number in range(60):
            sender = await intake.connect()
            whole = line_of(f"half-{number}")
            await sender.send(line_of(f"before-{number}") + whole[: drawn.randrange(1, len(whole) - 2)])
            if number % 3 == 0:
                assert (await sender.reply() or {})["ok"]
                sender.hang_up()
            elif number % 3 == 1:
                assert (await sender.reply() or {})["ok"]
                await sender.close()
            else:
                sender.writer.write_eof()
                good, bad = await sender.rest()
                assert (good["ok"], bad["ok"], bad["code"]) == (True, False, "not-json")
                await sender.close()
    print(f"half lines: 60; {neighbour.told()}")
    assert len(await intake.keys("before-")) == 60
    assert await intake.keys("half-") == set()


async def test_an_idle_sender_keeps_its_place_until_another_needs_it(start: Start) -> None:
    """12 idle ones in 12 places: one who comes then is told to wait; 5 s later the oldest give way, and are told."""
    async with start(TASKROOM_INTAKE__CONNECTIONS="12") as intake:
        idle = [await intake.connect() for _ in range(12)]
        since = time.monotonic()
        for number, sender in enumerate(idle):
            assert (await sender.ask(line_of(f"idle-{number}")))["ok"]
        turned_away, late_at = 0, time.monotonic()
        while (reply := await (late := await intake.connect()).ask(line_of("late-0"))).get("code") == "busy":
            assert await late.reply() is None
            await late.close()
            turned_away += 1
            await asyncio.sleep(0.2)
        assert reply["ok"]
        assert turned_away or late_at - since > STILL_S, "room was made before it was time"
        (last,) = await idle[0].rest()
        assert (last["ok"], last["code"]) == (False, "idle")
        assert "connect again" in last["error"]
        assert (await idle[-1].ask(line_of("idle-last")))["ok"]
        assert "places are taken" in await intake.logs("places are taken")
        assert "stood still" in await intake.logs("stood still")
        for sender in (*idle, late):
            await sender.close()
    print(f"idle: 12 of 12 places, {turned_away} turned away, 1 gave way")
    assert len(await intake.keys("idle-")) == 13


async def test_cut_in_the_middle_of_a_batch_and_sent_again_nothing_is_doubled(start: Start) -> None:
    """40 senders of 200 lines, each cut after a drawn number of replies; all lines sent again are all on file once."""
    drawn = random.Random(SEED)
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        acknowledged: set[str] = set()

        async def cut(number: int, after: int) -> None:
            sender = await intake.connect()
            await sender.send(b"".join(line_of(f"cut-{number}-{n}") for n in range(200)))
            for n in range(after):
                assert (await sender.reply() or {})["ok"]
                acknowledged.add(f"cut-{number}-{n}")
            sender.hang_up()

        await asyncio.gather(*(cut(number, drawn.randrange(150)) for number in range(40)))
        assert acknowledged <= await intake.keys("cut-"), "acknowledged and not on file"

        async def again(number: int) -> int:
            sender = await intake.connect()
            sending = asyncio.create_task(sender.send(b"".join(line_of(f"cut-{number}-{n}") for n in range(200))))
            replies = [await sender.reply() or {} for _ in range(200)]
            await sending
            await sender.close()
            assert all(reply["ok"] for reply in replies)
            return sum(reply["duplicate"] for reply in replies)

        doubles = sum(await asyncio.gather(*(again(number) for number in range(40))))
    print(f"cut: 40 senders, {len(acknowledged)} acknowledged, {doubles} of 8000 came twice; {neighbour.told()}")
    assert len(await intake.keys("cut-")) == 8000
    assert doubles >= len(acknowledged) > 0
    await neighbour.accounts_for(intake.tips, 8000)
    assert await count(intake.desk.store, "tip_event") == await intake.tips()


async def test_200_connections_at_once_are_all_served(start: Start) -> None:
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        senders = await asyncio.gather(*(intake.connect() for _ in range(CONNECTED)))

        async def ask(number: int, sender: Sender) -> None:
            await sender.send(b"".join(line_of(f"many-{number}-{n}") for n in range(5)))
            for _ in range(5):
                assert (await sender.reply() or {})["ok"]

        began = time.monotonic()
        await asyncio.gather(*(ask(number, sender) for number, sender in enumerate(senders)))
        took = time.monotonic() - began
        for sender in senders:
            await sender.close()
    print(f"at once: {CONNECTED} connections, 1000 tips in {took:.1f} s; {neighbour.told()}")
    assert len(await intake.keys("many-")) == 1000


async def test_a_sender_that_reads_no_reply_is_held_up_and_memory_is_not_spent(start: Start) -> None:
    """4 of them, each sends until nothing more is taken from it."""
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        before = rss_mib(intake.process.pid)
        deaf = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(4)]
        sent = [0] * len(deaf)
        for connection in deaf:
            connection.connect(str(intake.inbox.folder.socket))
            connection.setblocking(False)
        lines = [b"".join(line_of(f"deaf-{number}-{n}") for n in range(400)) for number in range(len(deaf))]
        held_since = time.monotonic()
        while time.monotonic() - held_since < 3.0:
            for number, connection in enumerate(deaf):
                try:
                    sent[number] += connection.send(lines[number])
                    held_since = time.monotonic()
                except BlockingIOError:
                    pass
            await asyncio.sleep(0.01)
        grown = rss_mib(intake.process.pid) - before
        for connection in deaf:
            connection.close()
    print(f"deaf: 4 senders, held up after {sum(sent) >> 10} KiB, memory +{grown:.1f} MiB; {neighbour.told()}")
    assert max(sent) < 8 << 20
    assert grown < MOST_GROWN_MIB
    await neighbour.accounts_for(intake.tips, len(await intake.keys("deaf-")))


async def test_another_account_is_refused_by_the_kernels_word_for_it(start: Start) -> None:
    """25 times, through a socket that somebody opened to everybody; it is shut again to others by its file's rights."""
    if not is_root():
        pytest.fail("this test becomes another account, which only root can: run the suite as root")
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        assert stat.S_IMODE(intake.inbox.folder.socket.stat().st_mode) == 0o600
        told = await send_as_stranger(intake.inbox.folder, 25)
        assert len(told) == 25
        assert all('"not-allowed"' in words and "Only the account" in words for words in told)
        assert "account 65534 was refused" in await intake.logs("was refused")
    print(f"another account: {len(told)} connections refused; {neighbour.told()}")
    await neighbour.accounts_for(intake.tips)


async def test_bytes_that_are_no_utf8_are_read_by_the_ladder_or_refused(start: Start) -> None:
    """300 drawn lines of bytes, each answered; words in GB18030 are taken, and marked as guessed."""
    drawn = random.Random(SEED)
    junk = [drawn.randbytes(drawn.randrange(1, 200)).replace(b"\n", b"").strip() or b"\xff" for _ in range(300)]
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        sender = await intake.connect()
        await sender.send(b"\n".join(junk) + b"\n")
        replies = [await sender.reply() or {} for _ in junk]
        assert not any(reply["ok"] for reply in replies)
        assert all(reply["error"].endswith(".") for reply in replies)
        words = "楼道里有人聚众赌博，请派人来看看，谢谢民警同志。"
        gb = f'{{"text": "{words}", "room": "JNL-12", "source": "fault", "source_key": "gb"}}\n'.encode("gb18030")
        assert (await sender.ask(gb))["ok"]
        nul = await sender.ask(b'{"text": "a\x00b", "room": "JNL-12"}\n')
        assert not nul["ok"]
        await sender.close()
    print(f"no UTF-8: {len(junk) + 2} lines, codes {sorted({reply['code'] for reply in replies})}; {neighbour.told()}")
    texts = await intake.desk.store.read(
        lambda conn: conn.exec_driver_sql("SELECT text, encoding_guessed FROM tip WHERE source_key = 'gb'").all()
    )
    assert [tuple(row) for row in texts] == [(words, 1)]


async def test_a_flood_of_bad_lines_is_answered_and_the_log_stays_short(start: Start) -> None:
    """6 senders of 10,000 bad lines each, among them a million blank ones; a neighbour goes on."""
    bad = (b"{}", b"[1]", b'{"text": 1}', b"nonsense", b'{"room": "JNL-12"}', b'{"text": "a", "text": "b"}')
    async with start() as intake, beside(intake.inbox.folder) as neighbour:
        before = rss_mib(intake.process.pid)

        async def flood(number: int) -> int:
            sender = await intake.connect()
            content = (bad[number] + b"\n" + b"\n" * 16) * 10_000
            sending = asyncio.create_task(sender.send(content))
            refused = 0
            for _ in range(10_000):
                reply = await sender.reply() or {}
                refused += not reply["ok"]
            await sending
            await sender.close()
            return refused

        refused = sum(await asyncio.gather(*(flood(number) for number in range(len(bad)))))
        grown = rss_mib(intake.process.pid) - before
        await intake.logs("10000 of 10000 lines were refused")
        assert len(intake.log) < 20
    print(f"bad lines: {refused} refused, memory +{grown:.1f} MiB, {len(intake.log)} lines of log; {neighbour.told()}")
    assert refused == 60_000
    assert grown < MOST_GROWN_MIB


async def test_senders_in_a_hurry_do_not_starve_one_that_is_not(start: Start) -> None:
    """8 senders pour in 1,000 tips each as fast as they are taken; the neighbour sends one at a time. How long it waits
    is counted in their lines: a machine that stands still holds up all of them."""
    async with start() as intake, beside(intake.inbox.folder) as neighbour:

        async def pour(number: int) -> None:
            sender = await intake.connect()
            content = b"".join(line_of(f"hurry-{number}-{n}") for n in range(1000))
            sending = asyncio.create_task(sender.send(content))
            for _ in range(1000):
                assert (await sender.reply() or {})["ok"]
                neighbour.overtaken += 1
            await sending
            await sender.close()

        began = time.monotonic()
        await asyncio.gather(*(pour(number) for number in range(8)))
        took = time.monotonic() - began
    print(f"hurry: 8,000 tips in {took:.1f} s; {neighbour.told()}")
    assert neighbour.taken > 5
    assert neighbour.most_overtaken < 8_000 / 4, "it waited behind others' lines"
    assert len(await intake.keys("hurry-")) == 8_000
