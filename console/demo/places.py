"""The synthetic city's set-up: districts, stations, officers, agencies, rooms and members, drawn from seeded chance.

Seeding writes it; the stream and the tips are told inside it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.demo.plan import Plan
from console.demo.words import CityWords, StationWords
from console.model.officer import Officer, Role
from console.model.room import Member, MemberKind, MemberState, Room
from console.model.station import UNROUTED_STATION_ID, Agency, AgencyKind, District, EraseAfter, Station

_KINDS = {
    MemberKind.RESIDENT: 55,
    MemberKind.VOLUNTEER: 12,
    MemberKind.SHOP: 10,
    MemberKind.GUARD: 8,
    MemberKind.PROPERTY: 6,
    MemberKind.CLEANER: 5,
    MemberKind.COMMITTEE: 4,
}
_STATES = {MemberState.ACTIVE: 94, MemberState.LEFT: 3, MemberState.PENDING: 2, MemberState.REMOVED: 1}
_KEPT = EraseAfter(closed_days=365)
"""A city made up of a year keeps all of it: with the usual 30 days a fifth of it would be erased the first night."""
_STREETS = 6
"""Streets of one station's beat."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One station with all that belongs to it; `members` says how many each room gets."""

    station: Station
    officers: tuple[Officer, ...]
    agencies: tuple[Agency, ...]
    rooms: tuple[Room, ...]
    members: tuple[int, ...]
    streets: tuple[tuple[str, str], ...]

    @property
    def at_desk(self) -> list[Officer]:
        """Those who work tips."""
        return [one for one in self.officers if one.role in (Role.DUTY, Role.SUPERVISOR)]


@dataclass(frozen=True, slots=True)
class City:
    """Districts and beats, the home station's first."""

    districts: tuple[District, ...]
    beats: tuple[Beat, ...]


def make_city(plan: Plan, random_seed: int, words: CityWords, first_id: int = 1) -> City:
    """The same city for the same plan and number, its officers numbered from `first_id`. A plan of one district takes
    the home station's."""
    rng = random.Random(f"places {random_seed}")
    told = words.stations[: plan.stations]
    wanted = {one.district for one in told}
    named = [pair for pair in words.districts if pair[0] in wanted]
    districts = tuple(District(n, code, name) for n, (code, name) in enumerate(named, 1))
    stations = _stations(told, districts)
    beats = []
    officers, rooms = (shares(rng, total, plan.stations, least=4) for total in (plan.officers, plan.rooms))
    members = iter(shares(rng, plan.members, plan.rooms, least=5))
    by_district = _by_district(stations)
    for station, some_officers, some_rooms in zip(stations, officers, rooms, strict=True):
        district = next(one for one in districts if one.id == station.district_id)
        staff = _officers(rng, words, station, first_id, some_officers, by_district[station.district_id])
        first_id += some_officers
        streets = tuple(rng.sample(words.streets, _STREETS))
        on_duty = [one for one in staff if one.role is Role.DUTY]
        beats.append(
            Beat(
                station,
                tuple(staff),
                _agencies(words, station, district),
                tuple(_rooms(rng, words, station, on_duty, streets, some_rooms)),
                tuple(next(members) for _ in range(some_rooms)),
                streets,
            )
        )
    return City(districts, tuple(beats))


def shares(rng: random.Random, total: int, parts: int, *, least: int) -> list[int]:
    """`total` cut into uneven `parts` of at least `least` (or as near as it goes)."""
    least = min(least, total // parts)
    weights = [rng.uniform(0.6, 1.4) for _ in range(parts)]
    free, whole = total - least * parts, sum(weights)
    cut = [least + int(free * weight / whole) for weight in weights]
    for n in range(total - sum(cut)):
        cut[n % parts] += 1
    return cut


def members_of(beat: Beat, random_seed: int, words: CityWords, now: datetime) -> Iterator[Member]:
    """The members of a station's rooms, room by room; `now` is the latest they joined at."""
    rng = random.Random(f"members {random_seed} {beat.station.code}")
    names = (words.lists["pseudonyms_en"], words.lists["pseudonyms_zh"])
    member_id = 0
    for room, count in zip(beat.rooms, beat.members, strict=True):
        kinds = rng.choices(list(_KINDS), list(_KINDS.values()), k=count)
        states = rng.choices(list(_STATES), list(_STATES.values()), k=count)
        for n in range(count):
            member_id += 1
            name = f"{rng.choice(names[rng.random() < 0.6])} {n + 1:02}"
            joined_at = now - timedelta(seconds=rng.randrange(700 * 86_400))
            yield Member(beat.station.id, member_id, room.id, name, kinds[n], states[n], joined_at)


def _stations(told: tuple[StationWords, ...], districts: tuple[District, ...]) -> list[Station]:
    ids = {one.code: one.id for one in districts}
    return [Station(n, ids[one.district], one.code, one.name, erase_after=_KEPT) for n, one in enumerate(told, 1)]


def _by_district(stations: list[Station]) -> dict[int, frozenset[int]]:
    ids = {one.district_id for one in stations}
    return {id_: frozenset(one.id for one in stations if one.district_id == id_) for id_ in ids}


def _officers(
    rng: random.Random, words: CityWords, station: Station, first_id: int, count: int, district: frozenset[int]
) -> list[Officer]:
    """The duty officer first, then a supervisor with grants for the district and the unrouted lane; a district's first
    station also has its auditor, with the same grants, and its admin."""
    is_seat = station.id == min(district) and count >= 6
    made = []
    for n in range(1, count + 1):
        role = Role.SUPERVISOR if n == 2 else Role.DUTY
        if is_seat and n > count - 2:
            role = Role.AUDITOR if n == count - 1 else Role.ADMIN
        is_of_district = role in (Role.SUPERVISOR, Role.AUDITOR)
        granted = district | {UNROUTED_STATION_ID} if is_of_district else frozenset((station.id,))
        code = f"{station.code}-{n:03}"
        made.append(Officer(first_id + n - 1, code, _name(rng, words), role, station.id, granted))
    return made


def _name(rng: random.Random, words: CityWords) -> str:
    given = rng.choice(words.lists["given"])
    if rng.random() < 0.6:
        given += rng.choice(words.lists["given"]).lower()
    return f"{rng.choice(words.lists['surnames'])} {given}"


def _agencies(words: CityWords, station: Station, district: District) -> tuple[Agency, ...]:
    return tuple(
        Agency(station.id, n, AgencyKind(one["kind"]), one["name"].format(station=station.name, district=district.name))
        for n, one in enumerate(words.agencies, 1)
    )


def _rooms(
    rng: random.Random,
    words: CityWords,
    station: Station,
    on_duty: list[Officer],
    streets: tuple[tuple[str, str], ...],
    count: int,
) -> Iterator[Room]:
    for number in range(1, count + 1):
        told = words.rooms[(number - 1) % len(words.rooms)]
        latin, chinese = rng.choice(streets)
        in_chinese = rng.random() < 0.5
        name = told["zh"].format(街=chinese) if in_chinese else told["en"].format(street=latin)
        purpose = told["purpose_zh"] if in_chinese else told["purpose_en"]
        officer = on_duty[(number - 1) % len(on_duty)]
        yield Room(station.id, number, officer.id, number, f"{station.code}-{number}", name, purpose)
