"""UUIDv7 ids made by the client: they sort by time, so that new rows go to the end of every index."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

_last = [0, 0]


def new_id(at: datetime) -> UUID:
    """An id for the instant `at` (aware).

    Ids of the same millisecond made one after another in one process keep the order they were made in: rand_a and the
    first 14 bits of rand_b are a counter from a random start (RFC 9562, section 6.2, method 1).
    """
    ms = int(at.timestamp() * 1000)
    if ms == _last[0]:
        _last[1] += 1
    else:
        _last[:] = [ms, int.from_bytes(os.urandom(3))]
    counter = _last[1]
    high, low = counter >> 14, counter & 0x3FFF
    tail = low << 48 | int.from_bytes(os.urandom(6))
    return UUID(int=(ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (high & 0xFFF) << 64 | 0b10 << 62 | tail)
