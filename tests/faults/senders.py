"""Senders that misbehave at the intake's socket, and what is measured beside them."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.paths import DataFolder

PATIENCE_S = 60.0

Reply = dict[str, Any]


class Sender:
    """One connection; what it is told is read when asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, folder: DataFolder) -> Sender:
        return cls(*await asyncio.open_unix_connection(folder.socket))

    async def send(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    async def reply(self) -> Reply | None:
        """The next one, None at the end."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = await self.reader.readline()
        except ConnectionError:
            return None
        return json.loads(line) if line else None

    async def rest(self) -> list[Reply]:
        """All replies up to the end."""
        async with asyncio.timeout(PATIENCE_S):
            return [json.loads(line) for line in (await self.reader.read()).splitlines()]

    async def ask(self, content: bytes) -> Reply:
        await self.send(content)
        reply = await self.reply()
        assert reply is not None
        return reply

    def hang_up(self) -> None:
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


def line_of(key: str, **more: Any) -> bytes:
    """A good tip on a line; the key makes it one of a kind."""
    tip = {"text": f"words {key}", "room": "JNL-12", "source": "fault", "source_key": key, **more}
    return json.dumps(tip, ensure_ascii=False).encode() + b"\n"


@dataclass
class Neighbour:
    """A sender with good manners who sends one tip after the other while others misbehave; each must be taken."""

    folder: DataFolder
    name: str = "neighbour"
    sent: int = 0
    taken: int = 0
    waits_s: list[float] = field(default_factory=list)
    overtaken: int = 0
    """Lines of others that were answered while it waits; who sends them counts them here."""
    most_overtaken: int = 0

    async def send_on(self) -> None:
        """Until cancelled."""
        sender = await Sender.connect(self.folder)
        try:
            while True:
                began, self.overtaken = time.monotonic(), 0
                self.sent += 1
                reply = await sender.ask(line_of(f"{self.name}-{self.taken}"))
                assert reply["ok"], reply
                self.waits_s.append(time.monotonic() - began)
                self.most_overtaken = max(self.most_overtaken, self.overtaken)
                self.taken += 1
        finally:
            await sender.close()

    async def accounts_for(self, tips: Callable[[], Awaitable[int]], others: int = 0) -> None:
        """All that is on file is its own or one of `others`; its last tip may be on file before its reply is here."""
        least = others + self.taken
        found = await tips()
        assert least <= found <= others + self.sent

    def told(self) -> str:
        ms = sorted(1000 * wait_s for wait_s in self.waits_s)
        p99 = ms[min(len(ms) - 1, int(len(ms) * 0.99))]
        return (
            f"neighbour: {self.taken} tips, p50 {statistics.median(ms):.0f} ms, p99 {p99:.0f} ms, worst {ms[-1]:.0f} ms"
        )


@asynccontextmanager
async def beside(folder: DataFolder) -> AsyncIterator[Neighbour]:
    """A neighbour who is served for as long as the block lasts, and at least once in it."""
    neighbour = Neighbour(folder)
    sending = asyncio.create_task(neighbour.send_on())
    try:
        await _until_taken(neighbour, 1, sending)
        yield neighbour
        await _until_taken(neighbour, neighbour.taken + 2, sending)
    finally:
        is_over = sending.done()
        sending.cancel()
        (ended,) = await asyncio.gather(sending, return_exceptions=True)
    assert not is_over, f"the neighbour was not served: {ended!r}"


async def _until_taken(neighbour: Neighbour, count: int, sending: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while neighbour.taken < count and not sending.done():  # noqa: ASYNC110 - counted, no event tells it
            await asyncio.sleep(0.01)


def rss_mib(pid: int) -> float:
    """What the process keeps in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kib) / 1024


STRANGER = """
import json, os, socket, sys
inside = os.open(sys.argv[1], os.O_PATH | os.O_DIRECTORY)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
told = []
for _ in range(int(sys.argv[2])):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"/proc/self/fd/{inside}/intake.sock")
        try:
            connection.sendall(sys.stdin.buffer.read() or b'{"text": "let me in"}' + b"\\n")
        except OSError:
            pass
        told.append(b"".join(iter(lambda: connection.recv(65536), b"")).decode())
print(json.dumps(told))
"""
"""Another account's program, which somebody let in as far as the socket: what a careless chmod does."""


async def send_as_stranger(folder: DataFolder, times: int) -> list[str]:
    """What another account is told, each time. Needs root, as only that can become another account."""
    folder.root.chmod(0o711)
    folder.socket.chmod(0o666)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", STRANGER, str(folder.root), str(times)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    folder.root.chmod(0o700)
    assert process.returncode == 0, err.decode()
    told: list[str] = json.loads(out)
    return told


def is_root() -> bool:
    return os.geteuid() == 0
