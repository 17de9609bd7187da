"""UUIDv7 ids made by the client (RFC 9562, section 5.7): they sort by time, so that new rows go to the end of every
index."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

_last = [0, 0]


def new_id(at: datetime) -> UUID:
    """An id for the instant `at` (aware); ids of the same millisecond made in one process keep the order they were made
    in."""
    ms = int(at.timestamp() * 1000)
    if ms == _last[0]:
        _last[1] += 1
    else:
        _last[:] = [ms, int.from_bytes(os.urandom(2)) & 0x3FF]
    counter = _last[1]
    value = (ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (counter & 0xFFF) << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)
