"""Rows of a past that seeding makes up and no verb writes: referrals of tips that came with their life. The desk's
`past` calls it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from console.model.referral import Referral
from console.store import tables as t


def add_referrals(conn: Connection, referrals: Sequence[tuple[Referral, int]]) -> None:
    """Referrals, each with the id of the officer who sent it."""
    rows = [
        {
            "station_id": one.station_id,
            "tip_id": one.tip_id,
            "n": one.n,
            "agency_id": one.agency_id,
            "state": one.state,
            "note": one.note,
            "officer_id": officer_id,
            "at": one.at,
        }
        for one, officer_id in referrals
    ]
    if rows:
        conn.execute(insert(t.referral), rows)
