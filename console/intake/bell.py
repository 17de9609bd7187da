"""Rings when something appears in new/. Only a bell: a scan every few seconds is what nothing escapes from."""

from __future__ import annotations

import asyncio
from pathlib import Path

from watchfiles import Change, awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

from console.words import gettext as _

_STEP_MS, _DEBOUNCE_MS = 5, 20
"""Milliseconds: an arrival rings within one step, a steady stream every 20; an idle step costs a few microseconds."""
_RETRY_S = 5.0


class Bell:
    """`rung` is set when it is worth a look; whoever looks clears it first. `trouble` is a sentence or ''."""

    def __init__(self, folder: Path) -> None:
        self.rung = asyncio.Event()
        self.trouble = ""
        self._folder = folder
        self._broken_off = asyncio.Event()

    def hang_anew(self) -> None:
        """The folder is another one under the same name: watch that."""
        self._broken_off.set()

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            self._broken_off = asyncio.Event()
            try:
                await self._watch_once(self._broken_off)
                self.trouble = ""
            except (OSError, WatchfilesRustInternalError):
                self.trouble = _("The folder cannot be watched: it is looked through every few seconds instead.")
                await asyncio.sleep(_RETRY_S)

    async def _watch_once(self, broken_off: asyncio.Event) -> None:
        async for _changes in awatch(
            self._folder,
            watch_filter=_is_arrival,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            stop_event=broken_off,
            recursive=True,
        ):
            self.trouble = ""
            self.rung.set()


def _is_arrival(change: Change, _path: str) -> bool:
    return change is not Change.deleted
