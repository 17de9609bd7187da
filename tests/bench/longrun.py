"""P10 and P11: memory, CPU and latency of the console over time, with tips coming in and keys pressed.

`python -m tests.bench --only P10,P11 --minutes 60` is the real one; by default a few minutes tell whether it is worth
the hour, and the note says so. `--minutes 36 --rate 200` brings the tips of twelve hours. A line is printed every five
minutes; `--json` has the table.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from console.paths import DataFolder
from tests.bench.arrivals import line_to, native, running_desk
from tests.bench.keys import press
from tests.bench.process import Counts, children_mib, counts, cpu_s, descriptors, memory_mib
from tests.bench.row import Row, below, median, percentile, within
from tests.bench.stores import copy_of, first_desk, signing
from tests.bench.terminal import DOWN, ENTER, HOME, PAGE_DOWN, PAGE_UP, UP, NotSeen, Terminal, shows

IDLE_S: Final = 30.0
BURST_S: Final = 60.0
STRETCH_S: Final = 300.0
NEVER_MS: Final = 10_000.0
"""A key whose row was not painted within so long counts as this."""
MORE_TASKS: Final = 4
"""So many come and go by themselves from one moment to the next; a leak in an hour is more."""
GOALS_RATE: Final = 10.0
minutes: float = 3.0
"""Of the run of tips; the command line's `--minutes`."""
rate: float = GOALS_RATE
"""Tips a second meanwhile; the command line's `--rate`."""


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
    """What was seen of the console in one stretch of time; memory and counts are those at its end."""

    minute: float
    memory_mib: float
    intake_mib: float
    cpu_percent: float
    tips_per_s: float
    descriptors: int
    counts: Counts
    keys_ms: list[float] = field(default_factory=list)

    def words(self) -> str:
        keys = f"{median(self.keys_ms):6.1f} {percentile(self.keys_ms, 99):7.1f}" if self.keys_ms else "     –       –"
        return (
            f"{self.minute:6.1f} {self.memory_mib:7.1f} {self.intake_mib:7.1f} {self.cpu_percent:6.1f}"
            f" {self.tips_per_s:7.1f} {keys} {self.descriptors:5d} {self.counts.tasks:6d} {self.counts.threads:8d}"
            f" {self.counts.objects:9,d}"
        )

    def as_json(self) -> dict[str, Any]:
        """Keys as p50 and p99."""
        found = asdict(self)
        keys = found.pop("keys_ms")
        return {**found, "key_p50_ms": median(keys), "key_p99_ms": percentile(keys, 99)} if keys else found


HEAD: Final = "minute     MiB  intake  CPU %  tips/s    p50     p99   fds  tasks  threads   objects"


class Watch:
    """One console, seen stretch by stretch."""

    def __init__(self, terminal: Terminal, told: Path) -> None:
        self._terminal = terminal
        self._pid = terminal.process.pid
        self._told = told
        self._began = time.perf_counter()

    def span(self, seconds: float, sending: Sending | None = None, *, pause_s: float = 0.0) -> Span:
        """One stretch: a key pressed, then a pause of `pause_s`, again and again (0: no keys)."""
        busy, began = cpu_s(self._pid), time.perf_counter()
        answered = sending.answered if sending else 0
        keys: list[float] = []
        if pause_s:
            some_pages_down(self._terminal)
        plan = deque((DOWN, DOWN, PAGE_DOWN, UP, UP, PAGE_UP))
        while (left := began + seconds - time.perf_counter()) > 0:
            if pause_s:
                keys.append(self._press(plan[0]))
                plan.rotate(-1)
            pause = min(pause_s or 1.0, left)
            self._terminal.settle(pause, pause)
        took = time.perf_counter() - began
        return Span(
            (time.perf_counter() - self._began) / 60,
            memory_mib(self._pid),
            children_mib(self._pid),
            (cpu_s(self._pid) - busy) / took * 100,
            (sending.answered - answered) / took if sending else 0.0,
            descriptors(self._pid),
            counts(self._pid, self._told),
            keys,
        )

    def _press(self, key: bytes) -> float:
        try:
            return press(self._terminal, key, has_detail=False)[0]
        except NotSeen as error:
            print(f"a key was not answered: {error}", file=sys.stderr, flush=True)
            return NEVER_MS


def list_all(terminal: Terminal) -> None:
    """The station's ended tips too, and the cursor some pages down, so that every key moves it."""
    terminal.send(b":")
    terminal.settle()
    terminal.send(b"search status:all" + ENTER)
    terminal.wait(lambda screen: shows(screen, "/status:all"))
    some_pages_down(terminal)


def some_pages_down(terminal: Terminal) -> None:
    """Each stretch begins there: a key at an end of the list moves nothing, and pages whose lines are not read yet lead
    some lines farther or less far while tips come in."""
    terminal.send(HOME)
    for _ in range(3):
        terminal.settle(0.3, 1)
        terminal.send(PAGE_DOWN)
    terminal.settle(0.3, 1)


def _limit() -> float:
    with Terminal([sys.executable, "-m", "tests.bench.apps.imports"]) as terminal:
        terminal.wait_bytes(b"first paint")
        terminal.settle(1)
        return memory_mib(terminal.process.pid)


@dataclass(slots=True)
class Run:
    """All that one run saw."""

    limit_mib: float
    idle: Span
    steady: list[Span] = field(default_factory=list)
    burst: Span | None = None

    def table(self) -> list[tuple[str, Span]]:
        burst = [("burst", self.burst)] if self.burst else []
        return [("idle", self.idle), *((f"{rate:g}/s", span) for span in self.steady), *burst]


_runs: list[Run] = []


def _take() -> Run:
    """Both figures come from one run."""
    if _runs:
        return _runs[0]
    limit = _limit()
    with copy_of("city") as folder:
        told = folder.root / "counts.json"
        command = [sys.executable, "-m", "tests.bench.apps.counted", "--data", str(folder.root)]
        command += signing(folder)
        with running_desk(folder, command, TASKROOM_COUNTS=str(told)) as terminal:
            list_all(terminal)
            watch = Watch(terminal, told)
            run = Run(limit, watch.span(IDLE_S))
            _runs.append(run)
            _tell(HEAD, run.idle)
            _steady(folder, watch, run)
            with Sending(folder, 1000) as sending:
                run.burst = watch.span(BURST_S, sending, pause_s=0.4)
            _tell("burst of 1,000 tips/s for a minute:", run.burst)
    return run


def _steady(folder: DataFolder, watch: Watch, run: Run) -> None:
    stretch = min(STRETCH_S, minutes * 60 / 4)
    with Sending(folder, rate) as sending:
        for _ in range(round(minutes * 60 / stretch)):
            run.steady.append(watch.span(stretch, sending, pause_s=1.0))
            _tell(run.steady[-1])
        late = sending.sent - sending.answered
    if late > rate:
        _tell(f"{late:,} tips were sent and not answered in time")


def _tell(*lines: str | Span) -> None:
    for line in lines:
        print(line if isinstance(line, str) else line.words(), file=sys.stderr, flush=True)


def table() -> str:
    """The run's table; "" when there was none."""
    return "\n".join([HEAD, *(f"{span.words()}  {name}" for name, span in _runs[0].table())]) if _runs else ""


def as_json() -> list[dict[str, Any]]:
    return [{"phase": name, **span.as_json()} for name, span in _runs[0].table()] if _runs else []


def memory() -> list[Row]:
    """P10."""
    run = _take()
    spans = run.steady
    tips = sum(span.tips_per_s for span in spans) / len(spans) * minutes * 60
    what = f"after {minutes:g} min of {rate:g} tips/s"
    why = f"{tips:,.0f} tips came" + ("" if minutes >= 59 or rate > GOALS_RATE else "; --minutes 60 is the real one")
    growth = spans[-1].memory_mib / spans[-1 - max(1, len(spans) // 4)].memory_mib * 100 - 100
    rows = [
        within("P10", f"memory, city, {what}", spans[-1].memory_mib, run.limit_mib, "empty app + SQLAlchemy", 1.6,
               unit="MiB", note=why),
        below("P10", f"memory's growth in the last quarter of {minutes:g} min", growth, 2, "%"),
    ]  # fmt: skip
    grown: tuple[tuple[str, Callable[[Span], float]], ...] = (
        ("file descriptors", lambda span: span.descriptors),
        ("asyncio tasks", lambda span: span.counts.tasks),
    )
    for name, of in grown:
        first, last = of(spans[0]), of(spans[-1])
        goal = f"≤ + {MORE_TASKS}"
        rows.append(Row("P10", f"{name} at the end", last, first, "in the first stretch", goal,
                        last <= first + MORE_TASKS, unit=""))  # fmt: skip
    return rows


def work() -> list[Row]:
    """P11."""
    run = _take()
    burst = run.burst
    if burst is None:
        raise RuntimeError("the run was broken off")
    steady = median([span.cpu_percent for span in run.steady])
    keys = [ms for span in run.steady for ms in span.keys_ms]
    words = f"{burst.tips_per_s:.0f} tips/s were answered; memory {burst.memory_mib:.0f} MiB; {len(burst.keys_ms)} keys"
    at = f"{rate:g} tips/s"
    return [
        below("P11", "CPU, idle", run.idle.cpu_percent, 1, "%"),
        below("P11", f"CPU, {at} and a key a second", steady, 12 if rate <= GOALS_RATE else 50, "%"),
        below("P11", "CPU, burst of 1,000 tips/s", burst.cpu_percent, 50, "%", note=words),
        below("P11", f"key → painted p99, {at}", percentile(keys, 99), 60),
        below("P11", "key → painted p99, burst", percentile(burst.keys_ms, 99), 60),
    ]
