"""An app with nothing but the auditor's screen, on the small station's store; its clock stands."""

from __future__ import annotations

import asyncio

from console import desk
from console.desk import audit
from console.desk.anchors import Anchors
from console.desk.setup import add_places
from console.model.audit import AuditAction
from console.model.officer import Officer, Role
from console.model.station import Station
from console.paths import STYLES_DIR
from console.settings import Settings
from console.store import Store
from console.store.audit import append
from console.ui.screens.audit_screen import AuditScreen
from tests.passwords import CHEAP_HASH
from tests.ui.hosts import Host
from tests.ui.small_station import LI, NIGHT, ZHOU, Clock, fill

WANG = Officer(12, "JNL-A1", "Wang Fang", Role.AUDITOR, 1, frozenset({0, 1, 2}))


class AuditHost(Host):
    """Opens the store as it is mounted and shows the screen."""

    CSS_PATH = sorted(STYLES_DIR.glob("*.tcss"))

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.store: Store | None = None
        self.auditing: AuditScreen | None = None

    async def on_load(self) -> None:
        self.store = await Store.open(self.settings.database_url, now=Clock(NIGHT))
        zone = Station(1, 1, "JNL", "").zone
        self.auditing = AuditScreen(self.store, WANG, Anchors.of(self.settings), now=Clock(NIGHT), zone=zone, keymap={})

    def on_mount(self) -> None:
        assert self.auditing is not None
        self.push_screen(self.auditing)

    async def on_unmount(self) -> None:
        if self.store is not None:
            await self.store.close()


async def made(settings: Settings, entries: int = 0) -> None:
    """The small station's tips, the auditor with their grants, some steps, and `entries` locks of the desk besides."""
    clock = Clock(NIGHT)
    await fill(settings, clock)
    store = await Store.open(settings.database_url, now=clock)
    try:
        await add_places(store, officers=[WANG], password=CHEAP_HASH)
        tip = (await desk.tip_file_by_ref(store, ZHOU, "JNL-1121-0004")).tip
        tip = await desk.claim_tip(store, ZHOU, tip)
        clock.move(seconds=20)
        await desk.note_tip(store, LI, tip, "Words that are no part of the audit")

        def lock(conn: object) -> None:
            for n in range(entries):
                about = {"console": f"desk-{n}", "why": "[/] idle"}
                append(conn, 2, 9, AuditAction.LOCKED, clock(), about=about)  # type: ignore[arg-type]  # a Unit

        await store.write(lock)
        assert await audit.heads(store)
    finally:
        await store.close()


def made_now(settings: Settings, entries: int = 0) -> None:
    """The same where no loop runs."""
    asyncio.run(made(settings, entries))
