"""Who is connected to the intake's socket: whose program it is, when it last moved, and who has to go when there is no
room. `socket` serves them."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from console.words import gettext as _

log = logging.getLogger(__name__)

Reply = dict[str, Any]

CHUNK = 64 << 10
STILL_S = 5.0
"""A peer that has neither sent nor read for so long gives way to another when there is no room."""
_LINGER_S = 0.5
_LINGERING_MOST = 64
"""A socket closed while its peer's words lie unread in it is reset, at which many a program drops the replies it has
not looked at yet: the words are read away first, from so many peers at once."""
_SAY_EVERY_S = 1.0


def refusal(code: str, sentence: str, field: str = "") -> Reply:
    """The reply to what is not taken."""
    return {"ok": False, "error": sentence, "field": field, "code": code}


def as_line(reply: Reply) -> bytes:
    return json.dumps(reply, ensure_ascii=False).encode() + b"\n"


class Peer:
    """One connection. `leaving` is set when it has to go: to the last reply it gets, or None for none."""

    __slots__ = ("_waits", "leaving", "lines", "moved_at", "pid", "reader", "refused", "uid", "unanswered", "writer")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.pid, self.uid = _credentials(writer.get_extra_info("socket"))
        self.leaving: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        self._waits: asyncio.Timeout | None = None
        """For what it sends; `leave` ends it."""
        self.moved_at = time.monotonic()
        self.lines = self.refused = self.unanswered = 0

    def moved(self) -> None:
        """It sent something, or read a reply."""
        self.moved_at = time.monotonic()

    async def chunk(self, until: float | None) -> bytes:
        """What it sent; b'' at its end and when it has to go. Raises TimeoutError at `until` (the event loop's time),
        OSError when it is gone."""
        if self.leaving.done():
            return b""
        try:
            async with asyncio.timeout_at(until) as self._waits:
                sent = await self.reader.read(CHUNK)
        except TimeoutError:
            if self.leaving.done():
                return b""
            raise
        finally:
            self._waits = None
        if self.leaving.done():
            return b""
        self.moved()
        return sent

    def leave(self, reply: Reply | None) -> None:
        """Have it go: with a last reply when it reads its replies, else at once."""
        if not self.leaving.done():
            self.leaving.set_result(reply)
            if self._waits is not None and not self._waits.expired():
                self._waits.reschedule(0.0)  # a time that is past: at once
        if reply is not None and self.unanswered:
            self.writer.transport.abort()

    async def part(self) -> None:
        """Close, so that the last reply still reaches it."""
        with suppress(OSError, RuntimeError):
            self.writer.write_eof()
            async with asyncio.timeout(_LINGER_S):
                while await self.reader.read(CHUNK):
                    pass
        self.writer.close()


def _credentials(connection: socket.socket) -> tuple[int, int]:
    """Process id and account, as the kernel noted them when it connected (unix(7), SO_PEERCRED)."""
    if not hasattr(socket, "SO_PEERCRED"):  # then the rights of the socket's file alone keep others out
        return 0, os.geteuid()
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _gid = struct.unpack("3i", found)
    return pid, uid


class Peers:
    """All that are connected: at most so many, only of this account or root."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._here: set[Peer] = set()
        self._lingering = 0
        self._log = SparseLog()

    async def admit(self, peer: Peer) -> bool:
        """Let it in, if need be in the place of one that stands still; else it is told why not and is gone."""
        if peer.uid not in (os.geteuid(), 0):
            why = refusal("not-allowed", _("Only the account that runs Taskroom sends here: send as that account."))
            self._log.say("account", "socket: process %d of account %d was refused", peer.pid, peer.uid)
        elif len(self._here) < self._most or self._has_made_room():
            self._here.add(peer)
            return True
        else:
            why = refusal("busy", _("Too many senders are connected: close some, then send again; nothing is doubled."))
            self._log.say("busy", "socket: all %d places are taken, process %d was sent away", self._most, peer.pid)
        with suppress(OSError):
            peer.writer.write(as_line(why))
        await self._part(peer)
        return False

    async def let_go(self, peer: Peer) -> None:
        """It is served to its end."""
        self._here.discard(peer)
        if peer.refused:
            words = "socket: process %d of account %d: %d of %d lines were refused"
            self._log.say("refused", words, peer.pid, peer.uid, peer.refused, peer.lines)
        await self._part(peer)

    def tell_late(self, peer: Peer, most_s: float) -> Reply:
        """The last reply to one that did not end a line in time."""
        self._log.say("late", "socket: process %d did not end a line within %g s", peer.pid, most_s)
        return refusal(
            "line-unfinished",
            _("A line was begun and not ended within {seconds:g} s: send it again, whole.").format(seconds=most_s),
        )

    def send_home(self) -> None:
        """All of them: the intake ends."""
        for peer in list(self._here):
            peer.leave(None)

    def _has_made_room(self) -> bool:
        """The one that stood still longest goes; False when all of them move."""
        oldest = min((one for one in self._here if not one.leaving.done()), key=lambda one: one.moved_at, default=None)
        if oldest is None or time.monotonic() - oldest.moved_at < STILL_S:
            return False
        self._log.say("idle", "socket: process %d stood still and gave way to another", oldest.pid)
        self._here.discard(oldest)
        oldest.leave(refusal("idle", _("Others wait for this place: connect again when there is something to send.")))
        return True

    async def _part(self, peer: Peer) -> None:
        if self._lingering >= _LINGERING_MOST:
            peer.writer.close()
            return
        self._lingering += 1
        try:
            await peer.part()
        finally:
            self._lingering -= 1


class SparseLog:
    """At most one line a second of each kind; how many were left out is said with the next one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said_at: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def say(self, kind: str, words: str, *values: object) -> None:
        now = self._clock()
        if now - self._said_at.get(kind, -_SAY_EVERY_S) < _SAY_EVERY_S:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        self._said_at[kind] = now
        left_out = self._left_out.pop(kind, 0)
        log.warning("%s%s", words % values, f" ({left_out} more like it before)" if left_out else "")
