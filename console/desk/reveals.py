"""The verbs of a reveal: asked by one officer, approved by another with their own password, shown to the first for ten
minutes. Nothing is opened before the entry that says so is on disk.

All raise NotAllowed (the sentence to show), NotFound, StoreDown.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from console.desk import guard
from console.desk.sealing import join_store
from console.desk.signing import check_password
from console.errors import NotAllowed
from console.model.officer import Officer
from console.model.reveal import SHOWN_FOR, Opened, Reveal, why_not_ask
from console.model.tip import Tip
from console.store import Store, chain
from console.store.reveals import Reveals, end_own
from console.store.tips import Tips
from console.store.unit import Unit
from console.vault import Vault

if TYPE_CHECKING:
    from console.desk.anchors import Anchors


@guard.one
async def ask_reveal(store: Store, officer: Officer, tip: Tip, reason: str, reference: str) -> Reveal:
    """Ask to see who sent this tip, with a reason and the number of the case."""
    now, words, number = store.now(), reason.strip(), reference.strip()
    why = tip.why_not_read(now) or why_not_ask(tip, reason, reference)
    if why is not None:
        raise NotAllowed(why)
    return await store.write(lambda conn: Reveals(conn, officer).ask(tip.station_id, tip.id, words, number, now))


@guard.one
async def open_reveals(store: Store, officer: Officer) -> list[Reveal]:
    """What waits for an answer at the officer's stations, own requests too, and what the officer may see now."""
    now = store.now()
    return await store.read(lambda conn: Reveals(conn, officer).open_at(now))


@guard.one
async def approve_reveal(
    store: Store, officer: Officer, reveal: Reveal, code: str, password: str, console: str
) -> Reveal:
    """Approved by the officer of that code and password, at whoever's console: `officer` is at it. Raises MustWait."""
    await store.read(lambda conn: Reveals(conn, officer).one(reveal.station_id, reveal.n))
    second = await check_password(store, code, password, console)
    now = store.now()
    why = reveal.why_not_answer(second, now)
    if why is not None:
        raise NotAllowed(why)
    return await store.write(lambda conn: Reveals(conn, second).answer(reveal, approved=True, now=now))


@guard.one
async def refuse_reveal(store: Store, officer: Officer, reveal: Reveal) -> Reveal:
    """Refused by the officer at the console."""
    now = store.now()
    return await store.write(lambda conn: Reveals(conn, officer).answer(reveal, approved=False, now=now))


@guard.one
async def show_reveal(
    store: Store, officer: Officer, reveal: Reveal, vault: Vault, anchors: Anchors | None = None
) -> Opened:
    """Who sent the tip. The entry is on disk before anything is opened; when it cannot be written, nothing is. The
    audit's newest hashes are anchored, too. Raises VaultLocked, NotAnchored."""
    await join_store(store, vault)
    now = store.now()

    def write(conn: Unit) -> tuple[Reveal, bytes, Tip]:
        shown, sealed = Reveals(conn, officer).show(reveal, now)
        tip = Tips(conn, replace(officer, sees_numbers=True)).one(shown.station_id, shown.tip_id)
        if (why := tip.why_not_read(now)) is not None:
            raise NotAllowed(why)
        return shown, sealed, tip

    shown, sealed, tip = await store.write(write)
    if anchors is not None:
        heads = await store.read(chain.heads)
        await asyncio.to_thread(anchors.keep, heads, now)
    reporter = vault.open_reporter(shown.tip_id, shown.station_id, sealed)
    return Opened(shown, reporter, tip.text, tip.place, now + SHOWN_FOR)


async def end_reveal(store: Store, officer: Officer, reveal: Reveal) -> None:
    """It is sealed again, before its time or at its end. Of one's own reveal alone, and then whatever became of the
    officer meanwhile: that it is over is written down of a disabled one too."""
    now = store.now()
    await store.write(lambda conn: end_own(conn, officer, reveal, now))
