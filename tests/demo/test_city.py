"""The generator: the same city for the same number, the sizes the plan tells, life-like in time, words and links."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.demo.history import History, PastTip
from console.demo.places import make_city, members_of, shares
from console.demo.plan import CITY, STATION, Plan
from console.demo.words import city_words
from console.model.observable import ObservableKind, find_observables
from console.model.officer import Role
from console.model.room import MemberState
from console.model.tip import Category, Urgency

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
WORDS = city_words()


def _history(plan: Plan = STATION, random_seed: int = 1, now: datetime = NOW) -> list[PastTip]:
    return list(History(plan, make_city(plan, random_seed, WORDS), WORDS, random_seed, now).tips())


@pytest.fixture(scope="module")
def station() -> list[PastTip]:
    return _history()


def test_the_word_lists_hold_the_city_of_the_plan() -> None:
    assert (len(WORDS.districts), len(WORDS.stations)) == (CITY.districts, CITY.stations)
    codes = [one.code for one in WORDS.stations]
    assert codes[0] == "JNL"
    assert len(set(codes)) == CITY.stations
    assert all(code.isalpha() and code.isupper() and len(code) == 3 for code in codes)
    assert "UNR" not in codes
    assert {one.category for one in WORDS.categories} == set(Category)
    for one in WORDS.categories:
        assert len(one.en) == len(one.zh)
        assert len(one.hours) == 12
    for name in ("outcomes", "handed", "notes", "reasons", "again", "closers", "plates", "phones"):
        assert WORDS.lists[f"{name}_en"]
        assert WORDS.lists[f"{name}_zh"]


def test_the_city_has_exactly_its_sizes() -> None:
    city = make_city(CITY, 1, WORDS)
    assert len(city.districts) == CITY.districts
    assert len(city.beats) == CITY.stations
    assert sum(len(beat.officers) for beat in city.beats) == CITY.officers
    assert sum(len(beat.rooms) for beat in city.beats) == CITY.rooms
    assert sum(sum(beat.members) for beat in city.beats) == CITY.members
    officers = [one for beat in city.beats for one in beat.officers]
    assert len({one.id for one in officers}) == len({one.code for one in officers}) == CITY.officers
    first = min(officers, key=lambda one: one.id)
    assert (first.code, first.role) == ("JNL-001", Role.DUTY)
    by_district = Counter(beat.station.district_id for beat in city.beats)
    for beat in city.beats:
        supervisor = beat.officers[1]
        assert supervisor.role is Role.SUPERVISOR
        assert len(supervisor.stations) == by_district[beat.station.district_id] + 1
        assert 0 in supervisor.stations
        assert all(one.stations == {beat.station.id} for one in beat.officers if one.role is Role.DUTY)
        assert {one.officer_id for one in beat.rooms} <= {one.id for one in beat.officers if one.role is Role.DUTY}
        assert len(beat.agencies) == 7
    assert {one.role for one in officers} == set(Role)


def test_members_are_pseudonyms_mostly_active() -> None:
    beat = make_city(STATION, 1, WORDS).beats[0]
    members = list(members_of(beat, 1, WORDS, NOW))
    assert len(members) == STATION.members
    assert members == list(members_of(beat, 1, WORDS, NOW))
    active = sum(one.state is MemberState.ACTIVE for one in members)
    assert 0.85 < active / len(members) < 1
    assert all(one.joined_at <= NOW for one in members)
    assert len({(one.room_id, one.pseudonym) for one in members}) == len(members)


@pytest.mark.parametrize("total, parts, least", [(9, 1, 4), (5500, 264, 4), (6000, 264, 4), (3, 3, 4), (40, 3, 5)])
def test_shares_add_up(total: int, parts: int, least: int) -> None:
    import random

    cut = shares(random.Random(3), total, parts, least=least)
    assert (len(cut), sum(cut)) == (parts, total)
    assert min(cut) >= min(least, total // parts)


def test_the_same_number_makes_the_same_tips(station: list[PastTip]) -> None:
    again = _history()
    assert [(one.tip, one.received_at) for one in again] == [(one.tip, one.received_at) for one in station]
    other = _history(random_seed=2)
    assert [one.tip.text for one in other] != [one.tip.text for one in station]
    assert {one.tip.source_key for one in other}.isdisjoint(one.tip.source_key for one in station)


def test_tips_come_in_order_and_never_ahead(station: list[PastTip]) -> None:
    assert len(station) == STATION.tips
    times = [one.received_at for one in station]
    assert times == sorted(times)
    assert times[-1] <= NOW
    assert times[0] >= NOW - timedelta(days=STATION.days + 1)
    for one in station:
        steps = [at for at, _ in one.life.moves]
        assert steps == sorted(steps)
        assert all(one.received_at < at < NOW for at in steps)
        assert one.tip.reported_at is None or one.tip.reported_at < one.received_at


def test_tips_are_life_like(station: list[PastTip]) -> None:
    chinese = sum(not one.tip.text.isascii() and "路" in one.tip.text for one in station)
    assert 0.4 < chinese / len(station) < 0.75
    urgencies = Counter(one.tip.urgency for one in station)
    assert urgencies[Urgency.ALARM] < 0.05 * len(station) < urgencies[Urgency.PRIORITY] < urgencies[Urgency.ROUTINE]
    assert {one.tip.category for one in station} == set(Category) - {Category.POLICE}, "none complains about police"
    hours = Counter(
        one.received_at.astimezone(make_city(STATION, 1, WORDS).beats[0].station.zone).hour
        for one in station
        if one.tip.category is Category.NOISE
    )
    assert sum(hours[hour] for hour in (20, 21, 22, 23, 0, 1)) > sum(hours[hour] for hour in range(6, 16))
    assert 0.9 < sum(one.tip.reporter is not None for one in station) / len(station) < 1
    assert max(len(one.tip.text) for one in station) < 400


def test_plates_phones_and_houses_are_shared(station: list[PastTip]) -> None:
    tips_of: Counter[tuple[str, str]] = Counter()
    for one in station:
        for found in find_observables(one.tip.text, one.tip.place):
            tips_of[found.kind.value, found.norm_value] += 1
    for kind, least in ((ObservableKind.PLATE, 30), (ObservableKind.PHONE, 10), (ObservableKind.ADDRESS, 100)):
        shared = [count for (of, _), count in tips_of.items() if of == kind.value and count > 1]
        assert len(shared) >= least, kind


def test_nobody_real_is_named(station: list[PastTip]) -> None:
    for one in station:
        for found in find_observables(one.tip.text, one.tip.place):
            if found.kind is ObservableKind.PLATE:
                assert found.norm_value.startswith("沪Z"), one.tip.text
            if found.kind is ObservableKind.PHONE:
                assert found.norm_value.startswith("+861390000"), one.tip.text
        assert one.tip.reporter is None or one.tip.reporter.name is None


def test_a_station_asked_at_any_hour_has_its_tips() -> None:
    small = replace(STATION, tips=150, open_tips=10)
    for hour in range(0, 24, 5):
        assert len(_history(small, now=NOW.replace(hour=hour))) == 150
