"""Waiting for a fact instead of for a time; any test may use it."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(is_so: Callable[[], bool | Awaitable[bool]], *, patience_s: float = 30.0) -> None:
    """Return as soon as `is_so()` is true, asked again and again; raises TimeoutError after `patience_s` seconds."""
    async with asyncio.timeout(patience_s):
        while True:
            answer = is_so()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)
