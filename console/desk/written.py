"""What an officer sees and hands out, as entries of the audit: searches, other stations on the screen, tips of other
stations, exports. Whoever shows it makes a `Note` at once and has it written when nobody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from console.errors import NotAllowed, VaultLocked
from console.model.audit import AuditAction
from console.model.officer import Officer
from console.model.query import Query, format_query
from console.model.station import Station
from console.store import Store
from console.store.audit import append
from console.store.unit import Unit

if TYPE_CHECKING:
    from console.model.tip import Tip
    from console.vault import Vault

_NAMED_AT_MOST = 8
"""Stations and files named by codes and ids; of more only the number is told."""
_TERM_LETTERS = 16
"""Of a term's hash: as many as tell the terms of a city's searches apart."""
_FREE = ("room", "by", "plate", "phone", "source", "ref")
"""Terms whose value is whatever somebody typed."""

About = dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Note:
    """One entry to be; `about` is worked out when it is written, as it may need the vault's key."""

    station_id: int
    officer: Officer
    action: AuditAction
    at: datetime
    about: Callable[[], About]
    tip_id: UUID | None = None
    version: int | None = None


async def write_down(store: Store, notes: Sequence[Note]) -> None:
    """All in one transaction, in order. Raises StoreDown, and then none is written."""
    abouts = await asyncio.to_thread(lambda: [one.about() for one in notes])

    def write(conn: Unit) -> None:
        for one, about in zip(notes, abouts, strict=True):
            who = one.officer.id or None  # 0 is the operator of the machine, who is no officer of the store
            append(conn, one.station_id, who, one.action, one.at, tip_id=one.tip_id, version=one.version, about=about)

    await store.write(write)


def searched(officer: Officer, vault: Vault, query: Query, stations: Sequence[Station], at: datetime) -> Note:
    """A finished search: its choices and times as they are, all that was typed as hashes, which are equal for equal
    words and say nothing without the vault's key."""

    def about() -> About:
        return terms_of(query, vault) | {"stations": named(stations)}

    return Note(officer.station_id, officer, AuditAction.SEARCHED, at, about)


def switched(officer: Officer, stations: Sequence[Station], at: datetime) -> Note:
    """Other stations' tips are listed."""
    return Note(officer.station_id, officer, AuditAction.STATION_SWITCHED, at, lambda: {"stations": named(stations)})


def opened(officer: Officer, station_id: int, tip_id: UUID, version: int, at: datetime) -> Note:
    """A tip of another station than the officer's own was opened: an entry of the tip's station."""
    return Note(station_id, officer, AuditAction.TIP_READ, at, dict, tip_id, version)


async def show_numbers(store: Store, officer: Officer, console: str) -> Officer:
    """The officer as one who sees whole numbers (setting `desk.mask` = false), which is written down. Raises
    StoreDown."""
    about: About = {"console": console}
    note = Note(officer.station_id, officer, AuditAction.NUMBERS_SHOWN, store.now(), lambda: about)
    await write_down(store, [note])
    return replace(officer, sees_numbers=True)


async def export_tips(store: Store, officer: Officer, query: Query, vault: Vault | None = None) -> None:
    """Write down that the words of tips are about to be handed out, the terms as a search has them. Raises StoreDown:
    then they must not."""

    def about() -> About:
        return terms_of(query, vault) | {"what": "tips"}

    await write_down(store, [Note(officer.station_id, officer, AuditAction.EXPORTED, store.now(), about)])


async def export_tip(store: Store, officer: Officer, tip: Tip) -> None:
    """The same for one tip: an entry of its station."""
    about: About = {"what": "tip"}
    at = store.now()
    note = Note(tip.station_id, officer, AuditAction.EXPORTED, at, lambda: about, tip.id, tip.version)
    await write_down(store, [note])


async def export_list(store: Store, officer: Officer, what: str) -> None:
    """The same for a list that has no words of tips, such as figures; `what` is the verb's own word for it."""
    about: About = {"what": what}
    await write_down(store, [Note(officer.station_id, officer, AuditAction.EXPORTED, store.now(), lambda: about)])


async def export_rejected(store: Store, officer: Officer, ids: Sequence[str]) -> None:
    """The same for what lies in rejected/, which belongs to no station yet: its words are for who reads tips. Raises
    NotAllowed for others."""
    why = officer.why_not_read_tips()
    if why is not None:
        raise NotAllowed(why)
    about: About = {"what": "rejected", "files": named_ids(ids)}
    await write_down(store, [Note(officer.station_id, officer, AuditAction.EXPORTED, store.now(), lambda: about)])


def terms_of(query: Query, vault: Vault | None) -> About:
    """`asked`: the choices and times; `terms`: what was typed, hashed, or only how much when there is no key."""
    typed = [*query.words, *query.without]
    typed += [value for name in _FREE if (value := getattr(query, name)) is not None]
    choices = replace(query, words=(), without=(), room=None, by=None, plate=None, phone=None, source=None, ref=None)
    told: About = {"asked": format_query(choices) or None, "terms": len(typed) or None}
    if vault is not None and typed:
        with suppress(VaultLocked):
            told["terms"] = " ".join(_hashed(vault, word) for word in typed)
    return {name: value for name, value in told.items() if value is not None}


def _hashed(vault: Vault, word: str) -> str:
    """Not what a reporter's contact is found by, though it be one; of half a character a mark is hashed."""
    whole = word.encode("utf-8", "replace").decode()
    return vault.contact_index(f"search\0{whole}").hex()[:_TERM_LETTERS]


def named(stations: Sequence[Station]) -> str | int:
    """Their codes, or how many they are."""
    return named_ids([one.code for one in stations])


def named_ids(ids: Sequence[str]) -> str | int:
    """The ids, or how many they are."""
    return " ".join(ids) if len(ids) <= _NAMED_AT_MOST else len(ids)
