"""What this data folder's consoles remember of the audit: the newest entry of each station that any of them saw. The
app's `Recall` keeps it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from console.model.chain import Head


class HeadsSeen:
    """One file (0600): `{"JNL": [5961, "13b8…"]}`. Raises OSError when it cannot be written."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> list[Head]:
        """What is remembered; nothing when there is no such file, or none that can be read."""
        try:
            told = json.loads(self.file.read_bytes())
            return [Head(str(code), int(seq), bytes.fromhex(made)) for code, (seq, made) in told.items()]
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return []

    def keep(self, heads: Iterable[Head]) -> None:
        """Remember these beside what other consoles saw meanwhile: of each station the later one."""
        newest = {one.station: one for one in self.read()}
        for one in heads:
            known = newest.get(one.station)
            if known is None or known.seq < one.seq:
                newest[one.station] = one
        told = {code: [one.seq, one.hash.hex()] for code, one in sorted(newest.items())}
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.file.with_name(f".{self.file.name}.draft-{secrets.token_hex(6)}")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "wb") as opened:
                opened.write(json.dumps(told, separators=(",", ":")).encode())
            draft.replace(self.file)
        finally:
            draft.unlink(missing_ok=True)
