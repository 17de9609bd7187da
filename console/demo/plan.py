"""How big a seeded city is; the command line chooses one, the generators read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Exact counts of what is made. `open_tips` of the stations have not ended, `ringing` of them are alarms nobody
    acknowledged; `unrouted` name a room nobody knows. Tips are spread over `days` before now."""

    districts: int
    stations: int
    officers: int
    rooms: int
    members: int
    tips: int
    days: int
    open_tips: int
    ringing: int
    unrouted: int


STATION = Plan(1, 1, 9, 12, 500, 2_000, 60, 40, 1, 3)
"""What a demo opens: one duty desk after two months."""

CITY = Plan(16, 264, 5_500, 6_000, 270_000, 112_000, 365, 1_300, 6, 40)
"""A real city's size (domain.md): 112,000 tips of a year."""
