"""A process that has imported the intake and forks one a line of its standard input: lives without the start's second.

`python -m tests.faults.nursery`; tests/faults/lives.py talks to it. It answers `<pid>` at birth and `<pid> <status>` at
death, one line each; when its input ends it kills the child it has and leaves.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys

import console.intake.process  # noqa: F401 - what every life needs, imported once
from console.intake.run import run_intake
from console.settings import load_settings


def _live() -> None:
    """In the child: an intake as the command line runs it, with the environment's settings."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        code = asyncio.run(run_intake(load_settings(), once=False))
    except BaseException:  # noqa: BLE001 - a forked child must not go on as its parent
        sys.excepthook(*sys.exc_info())
        code = 70
    os._exit(code)


def _bear() -> None:
    pid = os.fork()
    if pid == 0:
        _live()
    print(pid, flush=True)
    watched = os.pidfd_open(pid)
    ready, _none, _none = select.select([watched, sys.stdin], [], [])
    if watched not in ready:
        os.kill(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    os.close(watched)
    print(pid, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    while sys.stdin.readline():
        _bear()
