"""Looks whether the newest audit entries that consoles of this folder saw are still there, soon after the store is open
and then every minute. The app starts it, and refuses to go on when one is gone.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError
from console.words import gettext as _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from console.model.chain import Fault
    from console.store import Store

FIRST_S: Final = 1.0
"""The first tips, or who is asked to sign in, are on the screen by then."""
EVERY_S: Final = 60.0


class Recall:
    """One console's."""

    def __init__(self, store: Store, file: Path) -> None:
        self._store = store
        self._file = file

    async def refuse_by(self, refuse: Callable[[str], Awaitable[None]]) -> None:
        """Look until an entry is gone or is another one now, then call `refuse` with what an officer is told."""
        await asyncio.sleep(FIRST_S)
        while True:
            with suppress(ConsoleError, OSError):
                fault = await self.look()
                if fault is not None:
                    await refuse(sentence_of(fault, str(self._file)))
                    return
            await asyncio.sleep(EVERY_S)

    async def look(self) -> Fault | None:
        """Once: what is remembered is looked for, then what is newest now is remembered. Raises StoreDown, OSError."""
        from console.desk import audit
        from console.ui.heads_seen import HeadsSeen

        seen = HeadsSeen(self._file)
        noted = await asyncio.to_thread(seen.read)
        faults = await audit.faults_against(self._store, noted)
        if faults:
            return faults[0]
        heads = await audit.heads(self._store)
        known = {one.station: one.seq for one in noted}
        if any(known.get(one.station, 0) < one.seq for one in heads):
            await asyncio.to_thread(seen.keep, heads)
        return None


def sentence_of(fault: Fault, file: str) -> str:
    """What an officer is told."""
    return _(
        "The record of who did or saw what was tampered with: entry {seq} of {station}, which this desk has seen, is "
        "gone or is another one. Nothing is shown until that is cleared up: keep the store as it is and run "
        "`taskroom audit verify`. If a backup was put back on purpose, remove {file}."
    ).format(seq=fault.seq, station=fault.station, file=file)
