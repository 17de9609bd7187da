"""What a cell of the table says, the patterns most rows follow, and the tips that are made ready for a cell."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from console.model import step as steps
from console.model.hold import HoldKind, NewHold
from console.model.officer import Officer
from console.model.tip import CloseReason, Tip, Urgency
from console.store import holds
from tests.desk.grants import City

Cells = Mapping[str, str]


def cells(duty: str, auditor: str, admin: str, lapsed: str) -> Cells:
    """A supervisor may what duty may, at more stations; the desk's own difference between them is not of reading."""
    return {
        "duty": duty,
        "supervisor": duty,
        "auditor": auditor,
        "admin": admin,
        "lapsed": lapsed,
        "disabled": "XXX",
    }


ONE_TIP = cells("YYN", "NNN", "NNN", "YNN")
TIPS = cells("YYL", "LLL", "LLL", "YLL")
TIPS_QUIETLY = cells("YYE", "EEE", "EEE", "YEE")
ONE_PLACE = cells("YYN", "NNN", "YYN", "YNN")
TREE = cells("YYL", "LLL", "YYL", "YLL")
PLACES = cells("YYE", "EEE", "YYE", "YEE")
OWN_STATIONS = cells("YYE", "YYE", "YYE", "YEE")
SUPERVISORS: Cells = {**cells("RRN", "NNN", "NNN", "RNN"), "supervisor": "YYN"}
ANYWHERE = cells("YYY", "RRR", "RRR", "YYY")
ALL_CODES = cells("YYY", "EEE", "EEE", "YYY")
AUDIT_OF_ONE = cells("NNN", "YYN", "NNN", "NNN")
AUDIT_OF_ALL = cells("NNN", "YYY", "NNN", "NNN")
CHAIN_OF_ONE = cells("EEE", "YYE", "EEE", "EEE")
CHAINS = cells("EEE", "YYY", "EEE", "EEE")
OWN_STEP = cells("YYR", "RRR", "RRR", "YRR")


async def nothing(_city: City, _officer: Officer, _station_id: int) -> Tip | None:
    return None


async def new(city: City, _officer: Officer, station_id: int) -> Tip:
    return await city.tip(station_id)


async def alarm(city: City, _officer: Officer, station_id: int) -> Tip:
    return await city.tip(station_id, Urgency.ALARM)


FOR_ANYBODY = (new, alarm)
"""Whoever tries, the tip is the same."""


async def claimed(city: City, officer: Officer, station_id: int) -> Tip:
    tip = await city.tip(station_id)
    return await city.moved(tip, officer, steps.claim(tip, officer.id, city.now))


async def closed(city: City, officer: Officer, station_id: int) -> Tip:
    tip = await city.tip(station_id)
    return await city.moved(tip, officer, steps.close(tip, city.now, CloseReason.UNFOUNDED, ""))


async def linked(city: City, officer: Officer, station_id: int) -> Tip:
    tip, other = await city.tip(station_id), await city.tip(station_id)
    return await city.moved(tip, officer, steps.link(tip, other))


def hold(city: City) -> NewHold:
    return NewHold(HoldKind.COURT, "evidence", "court 12/2026", city.now + timedelta(days=30))


async def held(city: City, officer: Officer, station_id: int) -> Tip:
    """Held for a court by the station's own officer."""
    tip = await closed(city, officer, station_id)
    own = city.own(station_id)
    await city.store.write(lambda conn: holds.add_hold(conn, own, tip, hold(city), city.now))
    return tip


async def asked_for(city: City, officer: Officer, station_id: int) -> Tip:
    """The officer has asked to see who sent it."""
    tip = await city.tip(station_id)
    city.reveals[tip.id] = await city.asked(tip, officer)
    return tip


async def asked_by_another(city: City, _officer: Officer, station_id: int) -> Tip:
    return await asked_for(city, city.own(station_id), station_id)


async def approved(city: City, officer: Officer, station_id: int) -> Tip:
    tip = await city.tip(station_id)
    city.reveals[tip.id] = await city.asked(tip, officer, approved=True)
    return tip


@dataclass(frozen=True)
class Pattern:
    """One row: what is done, on which tip, and who may."""

    cells: Cells
    call: Callable[[City, Officer, int, Any], Any]
    prepare: Callable[[City, Officer, int], Coroutine[Any, Any, Tip | None]] = nothing
