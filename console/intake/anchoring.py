"""Notes the audit's newest hashes away from the store, every quarter of an hour; what goes wrong with it is told with
the heartbeat. `process` runs it.
"""

from __future__ import annotations

import asyncio
import logging

from console.desk import audit
from console.desk.anchors import Anchors, NotAnchored
from console.errors import StoreDown
from console.intake.pulse import Pulse
from console.store import Store

log = logging.getLogger(__name__)

FIRST_S = 60.0
"""After the start, at most: a console that is opened for minutes leaves anchors too."""


class Anchoring:
    """Sees to it until `run` is cancelled; an outage of the store is told by others."""

    def __init__(self, store: Store, anchors: Anchors, every_s: float, pulse: Pulse) -> None:
        self._store = store
        self._anchors = anchors
        self._every_s = every_s
        self._pulse = pulse

    async def run(self) -> None:
        await asyncio.sleep(min(FIRST_S, self._every_s))
        while True:
            await self.note()
            await asyncio.sleep(self._every_s)

    async def note(self) -> None:
        """Once; never fails."""
        try:
            await audit.anchor(self._store, self._anchors)
        except NotAnchored as failed:
            if not self._pulse.anchor_trouble:
                log.warning("anchors: %s", failed.message)
            self._pulse.anchor_trouble = failed.message
        except StoreDown:
            return
        else:
            self._pulse.anchor_trouble = ""
