"""Opening of the store with its vault after the first paint, and of the desk once somebody is signed in. The app and
`Presence` call it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.model.officer import Officer
    from console.model.station import Station
    from console.settings import Settings
    from console.store import Store
    from console.vault import Vault


@dataclass(frozen=True, slots=True)
class OpenStore:
    """What is open before anybody is signed in."""

    store: Store
    vault: Vault
    settings: Settings

    async def close(self) -> None:
        await self.store.close()


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """What the desk screen works with once an officer is signed in."""

    store: Store
    vault: Vault
    officer: Officer
    stations: tuple[Station, ...]
    settings: Settings


async def open_store(settings: Settings, now: Callable[[], datetime]) -> OpenStore:
    """Open everything; the heavy imports run in a thread, so that the screen stays alive. Raises ConsoleError
    children."""
    for module in ("console.store.store", "console.desk", "console.vault"):
        await asyncio.to_thread(import_module, module)
    from console.desk import check_somebody_is_there
    from console.store import Store

    store = await Store.open(settings.database_url, now=now)
    try:
        vault = await _vault_of(store, settings)
        await check_somebody_is_there(store)
        return OpenStore(store, vault, settings)
    except BaseException:
        await store.close()
        raise


async def open_desk(opened: OpenStore, officer: Officer) -> OpenDesk:
    """The desk of an officer who works tips. Raises StoreDown."""
    from console import desk

    settings = opened.settings
    stations = tuple(await desk.stations(opened.store, officer))
    if not settings.desk.mask:
        from console.desk.signing import this_console
        from console.desk.written import show_numbers

        officer = await show_numbers(opened.store, officer, this_console())
    return OpenDesk(opened.store, opened.vault, officer, stations, settings)


async def _vault_of(store: Store, settings: Settings) -> Vault:
    """The desk's vault; a desk without its key opens all the same, with everything sealed. The store's keys are asked
    for when something is to be sealed or opened."""
    from console.vault import Vault

    file = settings.vault_key_file
    if settings.is_embedded and not settings.has_vault_key:
        from console.desk.sealing import open_vault
        from console.errors import VaultLocked

        try:
            return await open_vault(store, settings)
        except VaultLocked as error:
            return Vault(b"", why_locked=error.message)
    return await asyncio.to_thread(Vault.open_or_locked, file, create=False, passphrase=settings.vault_passphrase)
