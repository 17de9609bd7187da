"""One run of the intake with all its parts: store, vault, folder, socket, heartbeat, signals. `run` starts it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from console.desk import operated
from console.desk.anchors import Anchors
from console.desk.sealing import join_store, open_vault
from console.errors import ConsoleError, StoreDown
from console.intake.anchoring import Anchoring
from console.intake.chores import Chore, keep_doing
from console.intake.daily import DailyCopy
from console.intake.folder import FolderIntake
from console.intake.heartbeat import HeartbeatFile, IntakeState
from console.intake.nightly import Nightly
from console.intake.pulse import Pulse
from console.intake.shelves import Shelves
from console.intake.socket import SocketIntake
from console.intake.taking import Taker
from console.model.audit import AuditAction
from console.settings import Settings
from console.store import Store
from console.store.engine import file_of
from console.store.snapshot import Held
from console.vault import Vault
from console.words import gettext as _

log = logging.getLogger(__name__)

_KEYS_EVERY_S = 60.0
"""How often the store's keys are read: after a change of the key nothing is sealed by the old one for longer, and it is
dropped only after an hour (`desk.sealing.SETTLED`)."""
_STORE_PAUSES_S = (0.5, 1.0, 2.0, 5.0)
"""Between tries to open a store that does not answer; the last one from then on."""


class Intake:
    """One run of the intake, its parts and how it ends. With a `starter` (a process id) it ends when that is no longer
    its parent; without, it goes on when the console that started it has crashed."""

    def __init__(self, settings: Settings, pulse: Pulse, *, starter: int | None = None) -> None:
        self._settings = settings
        self._pulse = pulse
        self._starter = starter
        self._heartbeat = HeartbeatFile(settings.folder.heartbeat)
        self._stop = asyncio.Event()

    async def run(self, *, once: bool) -> None:
        """Until stopped; the last beat says so."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        beating = asyncio.create_task(self._beat())
        try:
            store = await self._open_store(patient=not once)
            if store is not None:
                await self._take(store, once=once)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            self._write_beat(IntakeState.STOPPED)
            self._heartbeat.close()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def _take(self, store: Store, *, once: bool) -> None:
        try:
            vault = await open_vault(store, self._settings)
            await self._take_with(store, vault, once=once)
        finally:
            await store.close()

    async def _take_with(self, store: Store, vault: Vault, *, once: bool) -> None:
        taker = Taker(store, vault, self._pulse)
        limits = self._settings.intake
        folder = FolderIntake(Shelves(self._settings.folder, vault, limits), taker, self._pulse, limits)
        self._pulse.is_running = True
        following = keep_doing(_("Reading the vault's keys"), partial(_follow_keys, store, vault), self._pulse)
        beside = [asyncio.create_task(self._pass_on_stop(folder)), asyncio.create_task(following)]
        try:
            if once:
                await folder.run_once()
            else:
                socket = SocketIntake(self._settings.folder.socket, taker, limits)
                await self._take_both(folder, socket, self._chores(store, socket))
        finally:
            for task in beside:
                task.cancel()

    async def _take_both(self, folder: FolderIntake, socket: SocketIntake, chores: Sequence[tuple[str, Chore]]) -> None:
        """Take from both until told to stop; `chores` are done beside it."""
        await socket.look(self._tell_socket_trouble)
        beside = [asyncio.create_task(keep_doing(name, chore, self._pulse)) for name, chore in chores]
        answering = asyncio.create_task(socket.answer())
        taking = asyncio.create_task(folder.run())
        try:
            # Neither ends by itself: when one does, it was told to stop or something is broken that a restart may mend.
            await asyncio.wait((answering, taking), return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                await answering
            await socket.close()
            await taking
        finally:
            for task in (answering, taking, *beside):
                task.cancel()
            await asyncio.gather(answering, taking, *beside, return_exceptions=True)

    def _chores(self, store: Store, socket: SocketIntake) -> list[tuple[str, Chore]]:
        """By the name of each as an officer reads it."""
        settings, pulse = self._settings, self._pulse
        anchoring = Anchoring(store, Anchors.of(settings), settings.audit.every_s, pulse)
        chores: list[tuple[str, Chore]] = [
            (_("Watching the socket"), partial(socket.stay_open, self._tell_socket_trouble)),
            (_("Noting the audit's anchors"), anchoring.run),
        ]
        if settings.erase.nightly:
            chores.append((_("The nightly erasing"), Nightly(store, settings, pulse).run))
        file = file_of(settings.database_url)
        if file is not None and settings.backup.daily:
            daily = DailyCopy(file, settings.backups, settings.backup, pulse, tell=partial(_tell_copied, store))
            chores.append((_("The daily backup"), daily.run))
        return chores

    def _tell_socket_trouble(self, sentence: str) -> None:
        if sentence and sentence != self._pulse.socket_trouble:
            log.warning("socket: %s", sentence)
        self._pulse.socket_trouble = sentence

    async def _pass_on_stop(self, folder: FolderIntake) -> None:
        await self._stop.wait()
        folder.stop()

    async def _open_store(self, *, patient: bool) -> Store | None:
        """The store, waited for while it does not answer; None when the intake ends before."""
        tries = 0
        while not self._stop.is_set():
            try:
                return await Store.open(self._settings.database_url)
            except StoreDown as down:
                if not patient:
                    raise
                self._pulse.store_trouble = down.message
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _STORE_PAUSES_S[min(tries, len(_STORE_PAUSES_S) - 1)])
            tries += 1
        return None

    async def _beat(self) -> None:
        while True:
            if self._starter is not None and os.getppid() != self._starter:
                self._stop.set()
            ready = self._pulse.is_running or self._pulse.store_trouble
            self._write_beat(None if ready else IntakeState.STARTING)
            await asyncio.sleep(self._settings.intake.heartbeat_s)

    def _write_beat(self, state: IntakeState | None) -> None:
        try:
            self._heartbeat.write(self._pulse.beat(state))
        except OSError as error:
            log.warning("heartbeat: %s", error.strerror)


async def _tell_copied(store: Store, held: Held) -> None:
    """The daily copy, as an entry of the audit."""
    await operated.write_down(store, AuditAction.BACKED_UP, {"what": "daily", "tips": held.tips})


async def _follow_keys(store: Store, vault: Vault) -> None:
    """Seal by the store's newest key, also what is not written into the store."""
    while True:
        await asyncio.sleep(_KEYS_EVERY_S)
        try:
            await join_store(store, vault)
        except ConsoleError as error:
            log.warning("vault: %s", error)
