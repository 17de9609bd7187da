"""The console, which on SIGUSR1 also writes how many asyncio tasks, threads and objects it has: the long run asks.

`TASKROOM_COUNTS` is taken as the file's name. `python -m tests.bench.apps.counted OPTIONS…`, options as `taskroom`'s.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import threading
from pathlib import Path

from console.cli import main

_FILE = Path(os.environ.pop("TASKROOM_COUNTS"))


def _write(*_: object) -> None:
    """In the main thread, in the midst of its event loop; the file appears whole."""
    counts = {"tasks": len(asyncio.all_tasks()), "threads": threading.active_count(), "objects": len(gc.get_objects())}
    draft = _FILE.with_suffix(".draft")
    draft.write_text(json.dumps(counts))
    draft.rename(_FILE)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _write)
    main()
