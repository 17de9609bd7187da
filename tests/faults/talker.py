"""A sender at the intake's socket for the fault tests: it notes what was acknowledged, and sends the rest again."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress

from tests.faults.mail import Key, Mail


class Talker:
    """Sends lines of `mail` to whichever intake listens; a line without a reply waits for the next intake."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._unanswered: deque[tuple[Key, bytes]] = deque()
        self.replies = 0
        self.refusals = 0
        """Replies that say: not now. Their lines are sent again."""

    @property
    def is_waiting(self) -> bool:
        return bool(self._unanswered)

    async def talk(self, lines: int) -> None:
        """Connect, send what is unanswered and so many new lines, read replies until all came or the line is cut."""
        self._unanswered.extend(self._mail.line() for _ in range(lines))
        try:
            reader, writer = await asyncio.open_unix_connection(self._mail.folder.socket)
        except OSError:
            return
        try:
            again: list[tuple[Key, bytes]] = []
            writer.write(b"".join(line for _key, line in self._unanswered))
            while self._unanswered and (reply := await reader.readline()).endswith(b"\n"):
                self._hear(json.loads(reply), again)
            self._unanswered.extend(again)
        except OSError:
            return
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _hear(self, reply: dict[str, object], again: list[tuple[Key, bytes]]) -> None:
        """Replies come in the order of the lines."""
        key, line = self._unanswered.popleft()
        if reply["ok"]:
            self._mail.acknowledged(key)
            self.replies += 1
        else:
            assert reply["code"] == "store-down", reply
            again.append((key, line))
            self.refusals += 1
