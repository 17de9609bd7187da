"""What the system and the console itself tell about a running console: memory, CPU, descriptors, tasks. The long run
asks."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Counts:
    """Inside the console; what is not known is -1."""

    tasks: int = -1
    threads: int = -1
    objects: int = -1


def memory_mib(pid: int) -> float:
    """Resident memory that is its alone. What is shared, a few MiB of the interpreter and its libraries, is left out on
    both sides: a share of it (Pss) depends on what else runs (8 more interpreters: ours 66.1 → 63.4 MiB, an empty app
    48.1 → 43.7; alone 61.1 → 61.0 and 42.7 → 42.5)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = [int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:"))]
    if not own:
        raise RuntimeError("no private memory in smaps_rollup")
    return sum(own) / 1024


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def children_mib(pid: int) -> float:
    """Memory of the processes it started: the intake."""
    found = 0.0
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in file.read_text().split():
            try:
                found += memory_mib(int(child))
            except (OSError, RuntimeError):
                continue
    return found


def counts(pid: int, file: Path) -> Counts:
    """Ask `apps.counted`; nothing known when it does not answer within two seconds."""
    file.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    deadline = time.perf_counter() + 2
    while time.perf_counter() < deadline:
        if file.exists():
            return Counts(**json.loads(file.read_text()))
        time.sleep(0.02)
    return Counts()
