"""The one way in for tips: a batch is one transaction, whoever brings it (folder, socket, the desk's own form,
seeding)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from console.desk import guard
from console.desk.sealing import join_store
from console.errors import KeyTurned, NotAllowed
from console.model.fold import bigrams, fold
from console.model.ids import new_id
from console.model.incoming import NewReporter, NewTip, Receipt
from console.model.observable import ObservableKind, find_observables
from console.model.officer import Officer
from console.model.tip import Tip
from console.store import Store
from console.store.arrivals import Delivery
from console.store.lot import Arrival, PastStep, Seal
from console.vault import Vault, number_of

Life = Callable[[Tip], Sequence[PastStep]]


async def receive_tips(
    store: Store, vault: Vault, batch: Sequence[NewTip], *, officer: Officer | None = None
) -> list[Receipt]:
    """One receipt per tip, in order, after one commit; a tip that came before is answered with its ref and `duplicate`.

    `officer` is who typed it in at the desk, None for the intake; whose station a tip is for is its room's to say, not
    the officer's grants'. Raises NotAllowed (role), StoreDown, and then nothing of the batch is in.
    """
    if officer is not None:
        why_not = (await guard.in_force(store, officer)).why_not_take_in()
        if why_not is not None:
            raise NotAllowed(why_not)
    now = store.now()
    arrivals = [make_ready(tip, now) for tip in batch]
    return await receive_arrivals(store, vault, arrivals, officer)


async def receive_arrivals(
    store: Store, vault: Vault, arrivals: Sequence[Arrival], officer: Officer | None = None
) -> list[Receipt]:
    """The same for tips already made ready (seeding gives them their time and their life)."""
    if not arrivals:
        return []
    delivery = Delivery(arrivals, sealing(vault), None if officer is None else officer.id)
    if vault.ring is None and any(one.tip.reporter for one in arrivals):
        await join_store(store, vault)
    try:
        return await store.write_together(store.arrivals.receive, delivery)
    except KeyTurned:
        await join_store(store, vault)
        return await store.write_together(store.arrivals.receive, delivery)


def sealing(vault: Vault) -> Seal:
    """How this vault seals a reporter for its tip."""

    def seal(tip_id: UUID, station_id: int, reporter: NewReporter) -> tuple[bytes, bytes | None, int]:
        sealed = vault.seal_reporter(tip_id, station_id, reporter)
        index = vault.contact_index(reporter.contact) if reporter.contact else None
        return sealed, index, number_of(sealed)  # the vault may know of a newer key by now

    return seal


def make_ready(tip: NewTip, received_at: datetime, life: Life | None = None) -> Arrival:
    """All that needs no row: id, search form and its pairs of letters, observables."""
    observables = find_observables(tip.text, tip.place)
    folded = fold(f"{tip.text} {tip.place}" if tip.place else tip.text)
    for one in observables:
        if one.kind is not ObservableKind.ADDRESS:
            value = fold(one.norm_value)
            if value not in folded:
                folded = f"{folded} {value}"
    return Arrival(new_id(received_at), tip, received_at, folded, tuple(bigrams(folded)), observables, life)
