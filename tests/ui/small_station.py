"""A small real store for the screen's tests: two stations, three officers, two rooms, a handful of tips with fixed
times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console import desk
from console.desk import setup
from console.model.incoming import NewTip
from console.model.officer import Officer, Role
from console.model.room import Member, MemberKind, MemberState, Room
from console.model.station import Agency, AgencyKind, District, Station
from console.model.tip import Category, Urgency
from console.paths import DataFolder
from console.settings import Settings, load_settings
from console.store import Store
from console.vault import Vault
from tests.passwords import CHEAP_HASH, signs_in

NIGHT = datetime(2026, 11, 20, 18, 14, 7, tzinfo=UTC)
"""02:14:07 in Shanghai."""

ZHOU = Officer(7, "JNL-007", "Zhou Yaping", Role.DUTY, 1, frozenset({1}))
LI = Officer(8, "JNL-008", "Li Na", Role.DUTY, 1, frozenset({1}))
CHEN = Officer(9, "JNL-001", "Chen Wei", Role.SUPERVISOR, 1, frozenset({0, 1, 2}))

TIPS = (
    NewTip(
        text="楼道里有人聚众赌博，车牌沪A12345，十几个人。", source="x", source_key="1", room="JNL-12",
        category=Category.GAMBLING, urgency=Urgency.PRIORITY, place="Weihai Rd 118",
    ),
    NewTip(
        text="A sofa blocks the fire exit of gate 3.", source="x", source_key="2", room="JNL-7",
        category=Category.FIRE, place="Lane 22, gate 3",
    ),
    NewTip(
        text="The same car 沪A12345 waits in front of the school again.", source="x", source_key="3", room="JNL-7",
        category=Category.STRANGER, place="Kangding Rd 40",
    ),
    NewTip(
        text="Loud music until three every night.", source="x", source_key="4", station="JNL", category=Category.NOISE,
        place="Weihai Rd 90",
    ),
)  # fmt: skip


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = NIGHT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


def settings_in(folder: Path, **more: Any) -> Settings:
    """Settings of a data folder that is made, by which Zhou signs in; they stand in its config file too, for a console
    that is started there."""
    DataFolder(folder).make()
    signs_in(folder, ZHOU.code)
    return replace(load_settings(data=folder), **more)


async def set_up(store: Store) -> None:
    """Places, officers, rooms and members."""
    await setup.add_places(
        store,
        districts=[District(1, "JA", "Jing'an")],
        stations=[
            Station(1, 1, "JNL", "Jiangning Road"),
            Station(2, 1, "CJD", "Caojiadu"),
        ],
        officers=[ZHOU, LI, CHEN],
        password=CHEAP_HASH,
        agencies=[Agency(1, 1, AgencyKind.FIRE, "Fire brigade"), Agency(1, 2, AgencyKind.PROPERTY, "Property firm")],
        rooms=[
            Room(1, 12, 7, 12, "JNL-12", "Room 12", "noise at night"),
            Room(1, 7, 8, 7, "JNL-7", "Room 7", "fire safety"),
        ],
    )
    await setup.add_members(
        store,
        [
            Member(1, n, 12 if n % 2 else 7, f"Wolf {n}", MemberKind.GUARD, MemberState.ACTIVE, NIGHT)
            for n in range(1, 8)
        ],
    )


_MADE: dict[tuple[datetime, tuple[NewTip, ...]], tuple[bytes, bytes]] = {}
"""Store and key file of what was filled before, by clock and tips: another test gets copies."""


async def fill(settings: Settings, clock: Clock, tips: Sequence[NewTip] = TIPS) -> None:
    """A store with places and these tips, a minute between them; the last one is the newest."""
    store, key = settings.folder.store, settings.vault_key_file
    if settings.database is not None or store.exists() or key.exists():
        await _fill(settings, clock, tips)
        return
    about = (clock(), tuple(tips))
    if about not in _MADE:
        await _fill(settings, clock, tips)
        _MADE[about] = store.read_bytes(), key.read_bytes()
        return
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file, content in zip((store, key), _MADE[about], strict=True):
        file.touch(0o600)
        file.write_bytes(content)


async def _fill(settings: Settings, clock: Clock, tips: Sequence[NewTip]) -> None:
    store = await Store.open(settings.database_url, now=clock)
    try:
        await set_up(store)
        vault = Vault.open(settings.vault_key_file, create=True)
        clock.move(minutes=-len(tips))
        for tip in tips:
            await desk.receive_tips(store, vault, [tip])
            clock.move(minutes=1)
    finally:
        await store.close()
