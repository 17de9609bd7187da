"""Rings when something appears in new/. Only a bell: a scan every few seconds is what nothing escapes from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

from console.words import gettext as _

_STEP_MS, _DEBOUNCE_MS = 5, 20
"""Milliseconds: an arrival rings within one step, a steady stream every 20; an idle step costs a few microseconds."""
_QUIET_MS = 1000
"""So long without a change, and it is known that the watch stands."""
_RETRY_S = 5.0


class Bell:
    """`rung` is set when it is worth a look; whoever looks clears it first. `tell` is called with a sentence when the
    folder cannot be watched, with '' when it can.

    A bell that `is_mute` never rings: on a network disk the kernel tells nothing of what others put there.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None], *, is_mute: bool = False) -> None:
        self.rung = asyncio.Event()
        self._tell = tell
        self._folder = folder
        self._is_mute = is_mute
        self._broken_off = asyncio.Event()

    def hang_anew(self) -> None:
        """The folder is another one under the same name: watch that."""
        self._broken_off.set()

    async def watch(self) -> None:
        """Until cancelled, or at once when mute."""
        while not self._is_mute:
            self._broken_off = asyncio.Event()
            try:
                await self._watch_once(self._broken_off)
            except FileNotFoundError:
                await self._wait_for_folder(self._broken_off)
            except (OSError, WatchfilesRustInternalError):
                self._tell(
                    _(
                        "Tips come some seconds later: the system has no watch left for the folder"
                        " (raise fs.inotify.max_user_watches and max_user_instances)."
                    )
                )
                await self._wait_for_folder(self._broken_off)

    async def _watch_once(self, broken_off: asyncio.Event) -> None:
        """Ring for what comes, until the folder is another one."""
        async for changes in awatch(
            self._folder,
            watch_filter=None,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_QUIET_MS,
            yield_on_timeout=True,
            stop_event=broken_off,
            recursive=True,
        ):
            self._tell("")
            if any(change is not Change.deleted for change, _path in changes):
                self.rung.set()
            if (Change.deleted, str(self._folder)) in changes:
                # A folder made in place of a removed one may have its very number: only this tells them apart.
                self.rung.set()
                return

    async def _wait_for_folder(self, broken_off: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(broken_off.wait(), _RETRY_S)
        except TimeoutError:
            return
