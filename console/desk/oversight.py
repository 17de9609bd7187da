"""Passing a tip that complains about police to the oversight lane. Errors as in `desk.tips`."""

from __future__ import annotations

from collections.abc import Sequence

from console.desk import guard
from console.desk.receiving import make_ready, sealing
from console.desk.sealing import join_store
from console.desk.tips import check, words_of
from console.errors import KeyTurned, NotAllowed
from console.model.officer import Officer
from console.model.tip import Tip
from console.store import Store
from console.store.oversight import Passing
from console.store.tips import Tips
from console.store.unit import Unit
from console.vault import Vault
from console.words import gettext as _


@guard.one
async def pass_to_oversight(
    store: Store, officer: Officer, tip: Tip, vault: Vault, why: str, named: Sequence[str] = ()
) -> Tip:
    """Out of its station's sight into the lane, with its words, its sealed reporter and what officers wrote; `named`
    are codes of the officers it complains about; one that nobody has is refused. Returns the tombstone that stays; it
    cannot be taken back.

    Raises VaultLocked besides, when its reporter cannot be sealed anew.
    """
    reason, now = words_of(why), store.now()
    check(officer, tip, tip.why_not_pass(), now)
    if not reason:
        raise NotAllowed(_("Say why it goes to oversight."))

    def write(conn: Unit) -> Tip:
        tips = Tips(conn, officer)
        tips.check_version(tip)
        passing = Passing(conn, officer, tip, now)
        passing.check_codes(named)
        arrival = make_ready(passing.whole(vault.open_reporter, named), now, passing.life(reason))
        passing.admit(store.arrivals, arrival, sealing(vault))
        return tips.one(tip.station_id, tip.id)

    if tip.has_reporter and vault.ring is None:
        await join_store(store, vault)
    try:
        return await store.write(write)
    except KeyTurned:
        await join_store(store, vault)
        return await store.write(write)
