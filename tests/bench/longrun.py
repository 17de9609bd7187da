"""P10 and P11: memory, CPU and latency of the console over time, with tips coming in and keys pressed.

`python -m tests.bench --only P10,P11 --minutes 60` is the real one; by default a few minutes tell whether it is worth
the hour, and the note says so.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from console.paths import DataFolder
from tests.bench.arrivals import line_to, native, running_desk
from tests.bench.keys import press
from tests.bench.row import Row, below, median, percentile, within
from tests.bench.stores import copy_of, first_desk
from tests.bench.terminal import DOWN, ENTER, PAGE_DOWN, PAGE_UP, UP, Terminal, shows

IDLE_S: Final = 30.0
BURST_S: Final = 60.0
_TICK: Final = os.sysconf("SC_CLK_TCK")
minutes: float = 3.0
"""Of the run at ten tips a second; the command line's `--minutes`."""


def memory_mib(pid: int) -> float:
    """Resident memory of its own and its share of the shared."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no Pss in smaps_rollup")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


class Sending:
    """Tips at a steady rate through the socket, from a thread; replies are read and counted."""

    def __init__(self, folder: DataFolder, rate: float) -> None:
        self._folder = folder
        self._rate = rate
        self._station, _room = first_desk(folder)
        self._end = threading.Event()
        self.sent = self.answered = 0
        self._threads = [threading.Thread(target=self._send, daemon=True)]

    def __enter__(self) -> Sending:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(10)

    def _send(self) -> None:
        run = f"{random.randrange(1 << 32):08x}"
        with line_to(self._folder) as line:
            reader = threading.Thread(target=self._count, args=(line.makefile("rb"),), daemon=True)
            reader.start()
            began = time.perf_counter()
            while not self._end.wait(0.02):
                due = int((time.perf_counter() - began) * self._rate)
                content = [native(f"{run}-{n}", self._station) for n in range(self.sent, due)]
                if content:
                    line.sendall(b"\n".join(content) + b"\n")
                    self.sent = due

    def _count(self, replies: object) -> None:
        try:
            for _ in replies:  # type: ignore[attr-defined]
                self.answered += 1
        except OSError:
            return


@dataclass(slots=True)
class Span:
    """What was seen of the console in one stretch of time."""

    minute: float
    memory: float
    cpu: float
    tips: float
    keys: list[float] = field(default_factory=list)
    descriptors: int = 0

    def words(self) -> str:
        keys = f"{median(self.keys):5.1f} {percentile(self.keys, 99):6.1f}" if self.keys else "    –      –"
        return f"{self.minute:6.1f} {self.memory:8.1f} {self.cpu:6.1f} {self.tips:8.1f} {keys} {self.descriptors:5d}"


HEAD: Final = "minute      MiB  CPU %   tips/s    p50    p99   fds"


def watch(terminal: Terminal, seconds: float, sending: Sending | None, minute: float, *, pressing: bool) -> Span:
    """One stretch: keys pressed about once a second, then CPU and memory over all of it."""
    pid = terminal.process.pid
    busy, began = cpu_s(pid), time.perf_counter()
    answered = sending.answered if sending else 0
    keys: list[float] = []
    plan = deque((DOWN, DOWN, PAGE_DOWN, UP, UP, PAGE_UP))
    while (left := began + seconds - time.perf_counter()) > 0:
        if pressing:
            keys.append(press(terminal, plan[0], has_detail=False)[0])
            plan.rotate(-1)
        terminal.settle(min(1.0, left), min(1.0, left))
    took = time.perf_counter() - began
    tips = (sending.answered - answered) / took if sending else 0.0
    share = (cpu_s(pid) - busy) / took * 100
    return Span(minute + took / 60, memory_mib(pid), share, tips, keys, descriptors(pid))


def list_all(terminal: Terminal) -> None:
    """The station's ended tips too, and the cursor some pages down, so that every key moves it."""
    terminal.send(b":")
    terminal.settle()
    terminal.send(b"search status:all" + ENTER)
    terminal.wait(lambda screen: shows(screen, "/status:all"))
    for _ in range(3):
        terminal.send(PAGE_DOWN)
        terminal.settle(0.3)


def _limit() -> float:
    with Terminal([sys.executable, "-m", "tests.bench.apps.imports"]) as terminal:
        terminal.wait_bytes(b"first paint")
        terminal.settle(1)
        return memory_mib(terminal.process.pid)


_taken: list[Row] = []


def _take() -> list[Row]:
    """Both figures come from one run."""
    if _taken:
        return _taken
    limit = _limit()
    with copy_of("city") as folder, running_desk(folder) as terminal:
        list_all(terminal)
        idle = watch(terminal, IDLE_S, None, 0, pressing=False)
        spans: list[Span] = []
        with Sending(folder, 10) as sending:
            stretch = min(300.0, minutes * 60 / 4)
            while (minute := spans[-1].minute if spans else 0.0) < minutes:
                spans.append(watch(terminal, stretch, sending, minute, pressing=True))
                print(HEAD if len(spans) == 1 else "", spans[-1].words(), sep="\n", file=sys.stderr, flush=True)
        with Sending(folder, 1000) as sending:
            burst = watch(terminal, BURST_S, sending, spans[-1].minute, pressing=True)
    _taken.extend(_rows(limit, idle, spans, burst))
    return _taken


def _rows(limit: float, idle: Span, spans: list[Span], burst: Span) -> list[Row]:
    last = spans[-1].memory / spans[-1 - max(1, len(spans) // 4)].memory * 100 - 100
    what = f"after {spans[-1].minute:.0f} min of 10 tips/s"
    why = "" if spans[-1].minute >= 59 else "a short run; --minutes 60 is the real one"
    steady = median([span.cpu for span in spans])
    burst_words = f"{burst.tips:.0f} tips/s were answered; memory {burst.memory:.0f} MiB"
    keys = [ms for span in spans for ms in span.keys]
    return [
        within(
            "P10", f"memory, city, {what}", spans[-1].memory, limit, "empty app + SQLAlchemy", 1.6, unit="MiB", note=why
        ),
        below("P10", "memory's growth in the last quarter", last, 2, "%"),
        below("P11", "CPU, idle", idle.cpu, 1, "%"),
        below("P11", "CPU, 10 tips/s and a key a second", steady, 12, "%"),
        below("P11", "CPU, burst of 1,000 tips/s", burst.cpu, 50, "%", note=burst_words),
        below("P11", "key → painted p99, 10 tips/s", percentile(keys, 99), 60),
        below("P11", "key → painted p99, burst", percentile(burst.keys, 99), 60),
    ]


def memory() -> list[Row]:
    """P10."""
    return [row for row in _take() if row.id == "P10"]


def work() -> list[Row]:
    """P11."""
    return [row for row in _take() if row.id == "P11"]
