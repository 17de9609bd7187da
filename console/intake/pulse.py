"""What the running intake took and what troubles it. All its parts tell it; the beat reads it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from console.intake.heartbeat import Heartbeat, IntakeState

_MINUTE_S = 60.0


class Pulse:
    """Counters and the present troubles; `beat()` is them as a Heartbeat. A disk that refuses is told before what comes
    of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rejected = 0
        self.waiting = 0
        self.store_trouble = ""
        self.disk_trouble = ""
        self.folder_trouble = ""
        self.socket_trouble = ""
        self.backup_trouble = ""
        self.anchor_trouble = ""
        self.erase_trouble = ""
        self.chore_troubles: dict[str, str] = {}
        """By the name of what broke off beside the taking of tips."""
        self.is_running = False
        self._clock = clock
        self._started_at = datetime.now(UTC)
        self._total = 0
        self._took_at = clock()
        self._recent: deque[tuple[float, int]] = deque()

    def took(self, tips: int) -> None:
        """So many tips were stored just now."""
        if tips:
            self._total += tips
            self._took_at = self._clock()
            self._recent.append((self._clock(), tips))

    def tell_folder_trouble(self, sentence: str) -> None:
        """What is wrong with the folder now; '' when nothing is."""
        self.folder_trouble = sentence

    @property
    def total(self) -> int:
        return self._total

    @property
    def idle_s(self) -> float:
        """Since the last tip was stored, or since the start."""
        return self._clock() - self._took_at

    @property
    def _lesser_trouble(self) -> str:
        lasting = self.folder_trouble or self.socket_trouble or self.backup_trouble
        return lasting or self.anchor_trouble or self.erase_trouble or next(iter(self.chore_troubles.values()), "")

    @property
    def state(self) -> IntakeState:
        if self.store_trouble:
            return IntakeState.STORE_DOWN
        return IntakeState.FOLDER_TROUBLE if self.disk_trouble or self.folder_trouble else IntakeState.OK

    def beat(self, state: IntakeState | None = None) -> Heartbeat:
        """The present state, or the one given (starting, stopped)."""
        while self._recent and self._recent[0][0] < self._clock() - _MINUTE_S:
            self._recent.popleft()
        return Heartbeat(
            pid=os.getpid(),
            started_at=self._started_at,
            at=datetime.now(UTC),
            state=state or self.state,
            taken_last_minute=sum(tips for _at, tips in self._recent),
            taken_total=self._total,
            rejected=self.rejected,
            waiting=self.waiting,
            problem=self.disk_trouble or self.store_trouble or self._lesser_trouble,
        )
