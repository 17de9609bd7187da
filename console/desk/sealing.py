"""The vault and a store's keys together: joining them, and changing the key. The intake, the screens and `taskroom
vault` call it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from console.errors import NotAllowed, VaultLocked
from console.model.audit import AuditAction
from console.model.officer import Officer
from console.model.ring import FILE_KEY, Ring
from console.model.station import UNROUTED_STATION_ID
from console.settings import Settings
from console.store import Store, audit, vault_keys
from console.store.unit import Unit
from console.store.vault_keys import SealedReporter
from console.vault import Vault
from console.words import gettext as _

ROWS = 200
"""Reporters sealed again in one transaction: some 5 ms that other writers wait for."""

SETTLED = timedelta(hours=1)
"""A running intake reads the store's keys every minute: none of them seals by a key that was retired so long ago."""

OnProgress = Callable[[str, int, int], None]


async def open_vault(store: Store, settings: Settings, *, create: bool = True) -> Vault:
    """The vault of this desk, joined with the store's keys. A key file is made only where the store has no keys yet and
    this account may give it some: another key would open none of them. Raises VaultLocked, StoreDown."""
    ring = await store.read(vault_keys.ring_of)
    file, is_new = settings.vault_key_file, create and ring is None
    if ring is None:
        await _refuse_no_keeper(store)
    elif not file.exists():
        raise VaultLocked(
            _(
                "There is no vault key {file}: copy there the one of fingerprint {fingerprint}, from its backup or "
                "from a desk that has it."
            ).format(file=file, fingerprint=ring.fingerprint)
        )
    vault = await asyncio.to_thread(Vault.open, file, create=is_new, passphrase=settings.vault_passphrase)
    await join_store(store, vault)
    return vault


async def vault_if_any(store: Store, settings: Settings) -> Vault | None:
    """The same for what goes on without it: None when the key is missing, locked, or another one. Raises StoreDown."""
    try:
        return await open_vault(store, settings, create=False)
    except VaultLocked:
        return None


async def _refuse_no_keeper(store: Store) -> None:
    """A desk's role gives a store no keys. Raises VaultLocked."""
    if not await store.read(vault_keys.may_keep):
        raise VaultLocked(_("The store has no keys yet: run `taskroom init` once as the database's owner."))


async def join_store(store: Store, vault: Vault) -> Ring:
    """Give the vault the store's keys, made when it has none. Raises VaultLocked, StoreDown."""
    ring = await store.read(vault_keys.ring_of)
    if ring is None:
        await _refuse_no_keeper(store)
        now = store.now()
        ring = await store.write(partial(vault_keys.keep_ring, ring=vault.new_ring(now)))
    if ring != vault.ring:
        vault.join(ring)
    return ring


@dataclass(frozen=True, slots=True)
class VaultStanding:
    """What `taskroom vault status` says: the store's keys, and how many reporters wait to be sealed by the newest."""

    ring: Ring | None
    reporters: int
    waiting: int


async def vault_standing(store: Store) -> VaultStanding:
    """Needs no key: numbers and times only."""

    def read(conn: Unit) -> VaultStanding:
        ring = vault_keys.ring_of(conn)
        number = FILE_KEY if ring is None else ring.number
        return VaultStanding(ring, vault_keys.count_before(conn, number + 1), vault_keys.count_before(conn, number))

    return await store.read(read)


class Rotation:
    """One change of the store's key, which may be broken off at any step and gone on with: `begin`, then `seal_again`,
    then whoever keeps files seals them again, then `finish`. An `officer` who does it must be an admin; None is the
    program itself."""

    def __init__(self, store: Store, vault: Vault, on_progress: OnProgress, officer: Officer | None = None) -> None:
        why = None if officer is None else officer.why_not_turn_keys()
        if why is not None:
            raise NotAllowed(why)
        self._officer_id = None if officer is None else officer.id
        self._store = store
        self._vault = vault
        self._on_progress = on_progress
        self._is_stopped = False

    def stop(self) -> None:
        self._is_stopped = True

    @property
    def is_stopped(self) -> bool:
        return self._is_stopped

    async def begin(self) -> Ring:
        """A new key that seals from now on, unless a change is under way already. Raises VaultLocked."""
        ring = await join_store(self._store, self._vault)
        if not ring.is_turning:
            now = self._store.now()
            key = self._vault.new_key(ring.number + 1, now)

            def write(conn: Unit) -> None:
                found = vault_keys.ring_of(conn)
                if found is None or found.number >= key.number:
                    return
                vault_keys.turn(conn, key)
                _write_down(conn, self._officer_id, now, "begun", key.number)

            await self._store.write(write)
            ring = await join_store(self._store, self._vault)
        await self._store.write(vault_keys.await_those_under_way)
        return ring

    async def seal_again(self) -> int:
        """Seal by the newest key what a retired one has sealed; how many reporters. The desk goes on working."""
        number, done, last = self._vault.number, 0, None
        total = await self._store.read(partial(vault_keys.count_before, number=number))
        while not self._is_stopped:
            rows = await self._store.read(partial(vault_keys.sealed_before, number=number, after=last, most=ROWS))
            if not rows:
                break
            last = rows[-1]
            again = [replace(one, sealed=self._again(one)) for one in rows]
            await self._store.write(partial(vault_keys.seal_again, rows=again, number=number))
            done += len(rows)
            self._on_progress("reporters", min(done, total), max(total, done))
        return done

    def _again(self, one: SealedReporter) -> bytes:
        return self._vault.seal_again(one.tip_id, one.station_id, one.sealed)

    async def finish(self, *, alone: bool) -> bool:
        """Drop the retired keys; False when they must stay for now: a row needs one, or, unless nobody else has worked
        with the store since they were retired (`alone`), somebody may still seal by one. A desk's role, which sees its
        own rows only, drops none."""
        ring = await join_store(self._store, self._vault)
        now = self._store.now()
        if not ring.is_turning:
            return True
        if not await self._store.read(vault_keys.may_keep) or not (alone or _are_settled(ring, now)):
            return False

        def write(conn: Unit) -> bool:
            dropped = vault_keys.drop_before(conn, ring.number)
            if dropped:
                _write_down(conn, self._officer_id, now, "finished", ring.number)
            return dropped

        dropped = await self._store.write(write)
        await join_store(self._store, self._vault)
        return dropped


def _are_settled(ring: Ring, now: datetime) -> bool:
    return all(key.retired_at is not None and now - key.retired_at >= SETTLED for key in ring.keys[:-1])


def _write_down(conn: Unit, officer_id: int | None, now: datetime, what: str, number: int) -> None:
    about: dict[str, str | int | None] = {"what": what, "key": number}
    audit.append(conn, UNROUTED_STATION_ID, officer_id, AuditAction.VAULT_ROTATED, now, about=about)
