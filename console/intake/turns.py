"""What many senders ask, taken from each in turn, so that one in a hurry waits behind itself and not others behind it.
The socket puts questions in and takes batches out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """At most about `most` things wait, shared evenly among those who ask; each sender may always have one in."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._total = 0
        self._waiting: OrderedDict[object, deque[T]] = OrderedDict()
        self._is_some = asyncio.Event()
        self._has_moved = asyncio.Event()

    async def put(self, whose: object, thing: T) -> None:
        """Behind what the same sender put in before; waits while its share is full."""
        while not self._has_room(whose):
            self._has_moved.clear()
            await self._has_moved.wait()
        self._waiting.setdefault(whose, deque()).append(thing)
        self._total += 1
        self._is_some.set()

    async def take(self, most: int) -> list[T]:
        """At least one, at most so many: one of each sender, then one more of each."""
        await self._is_some.wait()
        taken: list[T] = []
        while self._waiting and len(taken) < most:
            whose = next(iter(self._waiting))
            things = self._waiting[whose]
            taken.append(things.popleft())
            if things:
                self._waiting.move_to_end(whose)
            else:
                del self._waiting[whose]
        self._total -= len(taken)
        if not self._waiting:
            self._is_some.clear()
        self._has_moved.set()
        return taken

    def _has_room(self, whose: object) -> bool:
        own = self._waiting.get(whose)
        if own is None:
            return True
        return self._total < self._most and len(own) < max(self._most // len(self._waiting), 1)
