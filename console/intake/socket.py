"""The Unix socket: one JSON object a line, one reply a line after commit; all senders share transactions."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from console.errors import BadSettings, BadTip, StoreDown
from console.intake.formats.many import too_long
from console.intake.formats.one import try_one
from console.intake.peers import Peer, Peers, Reply, as_line, refusal
from console.intake.taking import Answer, Taker
from console.intake.turns import Turns
from console.model.incoming import NewTip, Receipt
from console.settings import IntakeSettings
from console.words import gettext as _

SOURCE = "socket"
"""The source of a tip that names none."""
_BACKLOG = 256
_DRAFT = ".new"
"""Its ending until it has its name; not a longer one: an address has 108 bytes."""
_UNANSWERED_LINES = 1000
"""Of one sender: then its next lines wait in the kernel until replies went out."""
_CLOSE_S = 5.0
"""How long the end waits for senders that do not read their replies; their tips are stored, a repeat is a duplicate."""
_LINES_A_TURN = 32
"""Then others have their turn: a line takes some 50 µs to read."""
_BATCH_S, _LEAST_BATCH = 0.15, 50
"""A batch takes about so long when more wait than it holds: who comes in the middle of it waits for the rest of it and
for the next. Of fewer tips each costs more."""
_LOOK_EVERY_S = 1.0
"""At whether the socket is still where senders look for it."""

Question = tuple[NewTip, "asyncio.Future[Reply]"]
Replies = asyncio.Queue["asyncio.Future[Reply] | Reply | None"]


class LineCutter:
    """Cuts a stream of bytes at LF; of a line beyond the limit only the fact is kept."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._begun = bytearray()
        self._is_too_long = False

    def feed(self, chunk: bytes) -> list[bytes | None]:
        """The lines that end in this chunk, without their ends; None for one that was too long."""
        *ended, rest = chunk.split(b"\n")
        lines = [self._end(part) for part in ended]
        self._add(rest)
        return lines

    @property
    def has_begun(self) -> bool:
        """Whether part of a line is in."""
        return bool(self._begun) or self._is_too_long

    def rest(self) -> bytes | None:
        """The last line, which no LF ended; b'' when there is none."""
        return self._end(b"")

    def _add(self, part: bytes) -> None:
        if len(self._begun) + len(part) > self._most:
            self._is_too_long = True
        if self._is_too_long:
            self._begun.clear()
        else:
            self._begun += part

    def _end(self, part: bytes) -> bytes | None:
        self._add(part)
        line = None if self._is_too_long else bytes(self._begun).strip(b" \t\r")
        self._begun.clear()
        self._is_too_long = False
        return line


class SocketIntake:
    """Listens at `path` from `open` (or the first `look`) to `close`; `answer` does the taking and must run meanwhile,
    `stay_open` sees to the place."""

    def __init__(self, path: Path, taker: Taker, limits: IntakeSettings) -> None:
        self._path = path
        self._taker = taker
        self._limits = limits
        self._questions: Turns[Question] = Turns(2 * limits.batch)
        self._batch = limits.batch
        self._peers = Peers(limits.connections)
        self._senders: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._server: asyncio.Server | None = None
        self._identity: tuple[int, int] | None = None

    async def open(self) -> None:
        """Bind and listen. Raises BadSettings when the place is taken or not private."""
        bound = _bound(self._path)
        found = self._path.stat()
        before, self._identity = self._server, (found.st_dev, found.st_ino)
        self._server = await asyncio.start_unix_server(self._serve, sock=bound, backlog=_BACKLOG)
        if before is not None:
            before.close()  # who is connected stays so

    async def stay_open(self, tell: Callable[[str], None]) -> None:
        """Until closed: `look` again and again."""
        while not self._is_closing:
            await asyncio.sleep(_LOOK_EVERY_S)
            await self.look(tell)

    async def look(self, tell: Callable[[str], None]) -> None:
        """Listen as soon as the place is free, anew when the socket's file was taken away; `tell` is called with what
        is wrong, and with '' when nothing is."""
        why = ""
        try:
            if not self._is_closing and not self._is_in_place():
                await self.open()
        except BadSettings as error:
            why = error.message
        except OSError as error:
            sentence = _("The intake's socket {path} cannot be made ({reason}): mend that.")
            why = sentence.format(path=self._path, reason=error.strerror)
        tell(why and _("{why} The folder takes tips meanwhile.").format(why=why))

    async def answer(self) -> None:
        """Take what waits, as much as there is in one transaction; until cancelled."""
        while True:
            batch = await self._questions.take(self._batch)
            began = time.monotonic()
            replies = await self._replies([tip for tip, _asked in batch])
            self._fit_batch(len(batch), time.monotonic() - began)
            for (_tip, asked), reply in zip(batch, replies, strict=True):
                if not asked.done():
                    asked.set_result(reply)

    def _fit_batch(self, size: int, took_s: float) -> None:
        """A full batch that took long makes the next one smaller, a quick one lets it grow."""
        if size >= self._batch:
            fitting = int(size * _BATCH_S / max(took_s, 1e-3))
            self._batch = max(min(fitting, 2 * size, self._limits.batch), min(_LEAST_BATCH, self._limits.batch))

    async def close(self) -> None:
        """Listen no more; every line that was read is still answered."""
        self._is_closing = True
        if self._server is None:
            return
        self._server.close()
        self._peers.send_home()
        if self._senders:
            _answered, deaf = await asyncio.wait(self._senders, timeout=_CLOSE_S)
            for sender in deaf:
                sender.cancel()
            await asyncio.gather(*deaf, return_exceptions=True)
        if self._is_in_place():
            self._path.unlink(missing_ok=True)

    def _is_in_place(self) -> bool:
        try:
            found = self._path.lstat()
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    async def _replies(self, tips: list[NewTip]) -> list[Reply]:
        try:
            return [_reply(answer) for answer in await self._taker.take(tips)]
        except StoreDown as down:
            return [refusal("store-down", down.message)] * len(tips)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in a task of its own
        self._senders.add(task)
        try:
            peer = Peer(reader, writer)
            if await self._peers.admit(peer):
                await self._converse(peer)
                await self._peers.let_go(peer)
        finally:
            writer.close()
            self._senders.discard(task)

    async def _converse(self, peer: Peer) -> None:
        """A reply a line, until it ends, is gone, or has to go."""
        if self._is_closing:
            return
        replies: Replies = asyncio.Queue(maxsize=_UNANSWERED_LINES)
        writing = asyncio.create_task(_write(replies, peer))
        last: Reply | None = None
        try:
            async for line in self._lines(peer):
                reply = await self._ask(peer, line)
                peer.lines += 1
                peer.unanswered += 1
                peer.refused += isinstance(reply, dict)
                await replies.put(reply)
        except TimeoutError:
            last = self._peers.tell_late(peer, self._limits.line_s)
        except OSError:
            pass  # the sender is gone; what it sent whole is taken
        finally:
            if peer.leaving.done():
                last = peer.leaving.result()
            if last is not None:
                peer.unanswered += 1
                await replies.put(last)
            await replies.put(None)
            await writing

    async def _lines(self, peer: Peer) -> AsyncIterator[bytes | None]:
        """The lines of one sender that are not blank; a last one without its end counts unless it is us who end."""
        loop = asyncio.get_running_loop()
        cutter = LineCutter(self._limits.line_bytes)
        until: float | None = None
        while chunk := await peer.chunk(until):
            ended = cutter.feed(chunk)
            for number, line in enumerate(ended, start=1):
                if line != b"":
                    yield line
                if not number % _LINES_A_TURN:
                    await asyncio.sleep(0)
            if not cutter.has_begun:
                until = None
            elif ended or until is None:
                until = loop.time() + self._limits.line_s
        rest = cutter.rest()
        if rest != b"" and not peer.leaving.done():
            yield rest

    async def _ask(self, peer: Peer, line: bytes | None) -> asyncio.Future[Reply] | Reply:
        read = too_long(self._limits.line_bytes) if line is None else try_one(line, source=SOURCE)
        if isinstance(read, BadTip):
            return _reply(read)
        asked: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await self._questions.put(peer, (read.tip, asked))
        return asked


async def _write(replies: Replies, peer: Peer) -> None:
    """Send the replies in order until None; once the sender is gone they are only waited for."""
    is_there = True
    while (reply := await replies.get()) is not None:
        words = await reply if isinstance(reply, asyncio.Future) else reply
        peer.unanswered -= 1
        if not is_there:
            continue
        try:
            peer.writer.write(as_line(words))
            await peer.writer.drain()
            peer.moved()
        except OSError:
            is_there = False


def _reply(answer: Answer) -> Reply:
    if isinstance(answer, BadTip):
        return refusal(answer.code, answer.message, answer.field)
    return _receipt(answer)


def _receipt(receipt: Receipt) -> Reply:
    unrouted = {"unrouted": True} if receipt.unrouted else {}
    return {"ok": True, "ref": receipt.ref, "duplicate": receipt.duplicate, **unrouted}


def _bound(path: Path) -> socket.socket:
    """A socket file only this account can open; one that nobody listens at any more is replaced. It gets its name once
    it is listened at (a link, as a renaming would replace what came there meanwhile): a sender that finds it is not
    refused, and another intake does not take it for a dead one's."""
    _check_private(path.parent)
    draft = path.with_suffix(_DRAFT)
    for place in (path, draft):
        _clear(place)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        made.bind(str(draft))
        made.listen(_BACKLOG)
        os.link(draft, path)
    except OSError as error:
        made.close()
        raise BadSettings(
            _("The intake's socket {path} cannot be made ({reason}): choose another data folder.").format(
                path=path, reason=error.strerror
            )
        ) from None
    finally:
        os.umask(before)
        with suppress(OSError):
            if draft.is_socket():
                draft.unlink()
    made.setblocking(False)
    return made


def _check_private(folder: Path) -> None:
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadSettings(
            _("The folder {folder} of the intake's socket is not this account's alone: remove it.").format(
                folder=folder
            )
        )


def _clear(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            if not stat.S_ISSOCK(path.lstat().st_mode):
                raise BadSettings(_("{path} is in the way of the intake's socket: move it away.").format(path=path))
            probe.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise BadSettings(_("Another program answers at {path}: end it, then start again.").format(path=path))
