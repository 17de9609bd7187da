"""A progress line with rate and time left, for long work on the command line."""

from __future__ import annotations

import sys
import time

_REDRAW_S = 0.1
_SAY_S = 10.0
"""Between lines where nobody watches: a log."""
_BAR = 24


class Progress:
    """Call it with (stage, done, total); draws one line over itself on a terminal, else a line now and then and as a
    stage ends."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._stage = ""
        self._started = self._drawn = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._started, self._drawn = stage, now, now
        is_over = done >= total
        if not is_over and now - self._drawn < (_REDRAW_S if self._is_terminal else _SAY_S):
            return
        self._drawn = now
        words = self._words(done, total, now)
        sys.stderr.write(f"\r\x1b[K{words}" if self._is_terminal else words)
        sys.stderr.write("\n" if is_over or not self._is_terminal else "")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line as it stands; for work that was stopped."""
        if self._is_terminal:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _words(self, done: int, total: int, now: float) -> str:
        spent = max(now - self._started, 1e-6)
        rate = done / spent
        share = done / total if total else 1.0
        if done >= total:
            return f"{self._stage:<10} {done:>9,}  in {spent:.1f} s ({rate:,.0f}/s)"
        bar = "█" * int(share * _BAR) + "░" * (_BAR - int(share * _BAR))
        left = f"{time_left((total - done) / rate)} left" if rate else ""
        return f"{self._stage:<10} {bar} {done:>9,}/{total:,}  {rate:,.0f}/s  {left}"


def time_left(seconds: float) -> str:
    """'42 s', '3 min', '1 h 05'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02}"
