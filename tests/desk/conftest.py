"""A small station on either engine, and tips to work on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from console import desk
from console.desk.setup import add_members, add_places
from console.model.incoming import NewTip, Receipt
from console.model.officer import Officer, Role
from console.model.room import Member, MemberKind, MemberState, Room
from console.model.station import Agency, AgencyKind, District, Station
from console.model.tip import Tip
from console.store import Store
from console.vault import Vault
from tests.passwords import CHEAP_HASH


@dataclass(frozen=True)
class Desk:
    """A store with two stations and their officers."""

    store: Store
    vault: Vault
    zhou: Officer
    """Duty, station 1."""
    lin: Officer
    """Duty, station 1."""
    gao: Officer
    """Duty, station 2."""
    chen: Officer
    """Supervisor of both stations and the unrouted lane."""

    async def take(self, *tips: NewTip) -> list[Receipt]:
        return await desk.receive_tips(self.store, self.vault, tips)

    async def tip(self, receipt: Receipt) -> Tip:
        return (await desk.tip_file(self.store, self.chen, receipt.station_id, receipt.id)).tip

    async def tip_again(self, tip: Tip) -> Tip:
        return (await desk.tip_file(self.store, self.chen, tip.station_id, tip.id)).tip

    async def new_tip(self, text: str = "Sofa blocks the fire escape", key: str = "1") -> Tip:
        (receipt,) = await self.take(NewTip(text, "test", key, room="JNL-12"))
        return await self.tip(receipt)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "vault.key", create=True)


@pytest.fixture
async def station(store: Store, vault: Vault) -> Desk:
    return await furnished(store, vault)


async def furnished(store: Store, vault: Vault) -> Desk:
    """Two stations of one district, their officers, agencies, rooms and members, in an empty store."""
    officers = [
        Officer(1, "JNL-001", "Zhou", Role.DUTY, 1, frozenset({1})),
        Officer(2, "JNL-002", "Lin", Role.DUTY, 1, frozenset({1})),
        Officer(3, "KDR-001", "Gao", Role.DUTY, 2, frozenset({2})),
        Officer(4, "JA-S1", "Chen", Role.SUPERVISOR, 1, frozenset({0, 1, 2})),
        Officer(5, "JA-A1", "Auditor", Role.AUDITOR, 1, frozenset({1})),
    ]
    await add_places(
        store,
        districts=[District(1, "JA", "Jing'an")],
        stations=[Station(1, 1, "JNL", "Jiangning Road"), Station(2, 1, "KDR", "Kangding Road")],
        officers=officers,
        password=CHEAP_HASH,
        agencies=[
            Agency(1, 1, AgencyKind.FIRE, "Fire brigade"),
            Agency(1, 2, AgencyKind.PROPERTY, "Property firm"),
            Agency(2, 1, AgencyKind.HOUSING, "Housing office"),
        ],
        rooms=[
            Room(1, 1, 1, 12, "JNL-12", "Lane 22", "night watch"),
            Room(1, 2, 2, 7, "JNL-7", "Gate 3", "fire safety"),
            Room(2, 1, 3, 1, "KDR-1", "Block 40", "night watch"),
        ],
    )
    joined_at = store.now()
    await add_members(
        store,
        [
            Member(1, n, 1, f"m{n}", MemberKind.GUARD, MemberState.ACTIVE if n < 4 else MemberState.LEFT, joined_at)
            for n in range(1, 6)
        ],
    )
    return Desk(store, vault, *officers[:4])
