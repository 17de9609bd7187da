"""Handing a tip to an agency with a clock; the desk's `refer_tip` makes one, the detail pane shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ReferralState(StrEnum):
    """sent → seen → accepted / declined → done / returned."""

    SENT = "sent"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral of one tip; `note` are the officer's words to the agency."""

    station_id: int
    tip_id: UUID
    n: int
    agency_id: int
    agency: str
    state: ReferralState
    note: str
    at: datetime
