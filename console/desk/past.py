"""Tips of a made-up past, with the lives they had; seeding alone calls it."""

from __future__ import annotations

from collections.abc import Sequence

from console.desk.receiving import receive_arrivals
from console.model.incoming import Receipt
from console.model.referral import Referral
from console.store import Store
from console.store.lot import Arrival
from console.store.past import add_referrals
from console.vault import Vault


async def receive_past(
    store: Store, vault: Vault, arrivals: Sequence[Arrival], referrals: Sequence[tuple[Referral, int]]
) -> list[Receipt]:
    """Receive tips in order of time, then write the referrals of their lives, each with its officer's id."""
    receipts = await receive_arrivals(store, vault, arrivals)
    await store.write(lambda conn: add_referrals(conn, referrals))
    return receipts
