"""A made-up year: which tips came when to which station, in time order, each with its words and its life. Seeding
takes them from here."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from console.demo.fates import ENDED_FATES, OPEN_FATES, Fate, Fates, Life
from console.demo.places import Beat, City
from console.demo.plan import Plan
from console.demo.telling import Subject, Teller
from console.demo.words import CategoryWords, CityWords
from console.model.incoming import NewTip
from console.model.station import UNROUTED_CODE
from console.model.tip import Urgency

_DUPLICATES = 0.05
"""Share of tips that tell again what another told within the hours before."""
_AGAIN_S = 1_500.0
"""Mean seconds until a second reporter tells the same."""
_SLICE_S = 7_200
_DAY_S = 86_400


@dataclass(slots=True, eq=False)
class _Coming:
    """A tip to be: when, where, about what; `first` is the one it tells again."""

    at: datetime
    beat: int
    category: CategoryWords
    first: _Coming | None = None
    is_told_again: bool = False
    subject: Subject | None = field(default=None, repr=False)
    ref: str = ""


@dataclass(frozen=True, slots=True)
class PastTip:
    """One tip of the past, ready for the desk."""

    tip: NewTip
    received_at: datetime
    life: Life


class History:
    """All tips of a plan for a city, up to `now` (aware, UTC); the same for the same plan, number and `now`."""

    def __init__(self, plan: Plan, city: City, words: CityWords, random_seed: int, now: datetime) -> None:
        self._plan = plan
        self._city = city
        self._words = words
        self._seed = random_seed
        self._now = now
        self._rng = random.Random(f"tips {random_seed}")
        each = plan.tips // len(city.beats)
        self._tellers = [Teller(beat, words, random_seed, each) for beat in city.beats]
        self._fates = [Fates(self._rng, beat, words) for beat in city.beats]
        self._numbers: dict[str, tuple[date | None, int]] = defaultdict(lambda: (None, 0))

    def tips(self) -> Iterator[PastTip]:
        """In order of time."""
        coming = self._coming()
        count = len(coming)
        unrouted = set(self._rng.sample(range(count), min(count, self._plan.unrouted)))
        free = [n for n, one in enumerate(coming) if one.first is None and n not in unrouted]
        still_open = self._recent(free, self._plan.open_tips)
        ringing = set(sorted(still_open)[-1 - self._plan.ringing : -1])
        for n, one in enumerate(coming):
            tip = self._tell(n, one)
            is_open = n in still_open
            if n in unrouted:
                yield self._unrouted(one, tip)
                continue
            one.ref = self._ref(self._city.beats[one.beat].station.code, one.at)
            rings = n in ringing
            if rings:
                tip = replace(tip, urgency=Urgency.ALARM)
            yield PastTip(tip, one.at, self._life(one, tip, is_open=is_open, rings=rings))

    def _coming(self) -> list[_Coming]:
        """Times, stations and categories of all tips, sorted by time."""
        weights = [len(beat.rooms) * self._rng.uniform(0.5, 1.6) for beat in self._city.beats]
        again = int(self._plan.tips * _DUPLICATES)
        beats = self._rng.choices(range(len(weights)), weights, k=self._plan.tips - again)
        categories = self._rng.choices(
            self._words.categories, [one.weight for one in self._words.categories], k=len(beats)
        )
        made = [_Coming(self._when(beat, one), beat, one) for beat, one in zip(beats, categories, strict=True)]
        for first in self._rng.sample(made, again):
            at = min(first.at + timedelta(seconds=30 + self._rng.expovariate(1 / _AGAIN_S)), self._now)
            first.is_told_again = True
            made.append(_Coming(at, first.beat, first.category, first))
        made.sort(key=lambda one: one.at)
        return made

    def _when(self, beat: int, category: CategoryWords) -> datetime:
        """A day of the plan's span and a time of day as the category has it; what would lie ahead came a span ago."""
        zone = self._city.beats[beat].station.zone
        slice_ = self._rng.choices(range(12), category.hours)[0]
        seconds = slice_ * _SLICE_S + self._rng.random() * _SLICE_S
        days = self._rng.randrange(self._plan.days)
        midnight = self._now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + timedelta(seconds=seconds - days * _DAY_S)
        if at >= self._now:
            at -= timedelta(days=self._plan.days)
        return at.astimezone(self._now.tzinfo)

    def _recent(self, numbers: list[int], wanted: int) -> set[int]:
        """`wanted` of the numbers: the newest ones, and most of the others from the last days."""
        wanted = min(wanted, len(numbers))
        found = set(numbers[len(numbers) - wanted // 8 :])
        while len(found) < wanted:
            back = int(self._rng.expovariate(1 / (2.0 * wanted)))
            if back < len(numbers):
                found.add(numbers[-1 - back])
        return found

    def _tell(self, n: int, one: _Coming) -> NewTip:
        teller = self._tellers[one.beat]
        key = f"seed-{self._seed}-{n + 1:06}"
        if one.first is not None and one.first.subject is not None:
            return teller.tell(self._rng, one.first.subject, one.at, key, again=True)
        subject = teller.subject(self._rng, one.category)
        if one.is_told_again:
            one.subject = subject
        return teller.tell(self._rng, subject, one.at, key)

    def _life(self, one: _Coming, tip: NewTip, *, is_open: bool, rings: bool) -> Life:
        if one.first is not None and one.first.ref:
            fate = Fate.DUPLICATE
        else:
            fates = self._open_fates(one, tip) if is_open else ENDED_FATES
            fate = Fate.NEW if rings else self._rng.choices(list(fates), list(fates.values()))[0]
        first_ref = one.first.ref if one.first is not None else None
        fates_here = self._fates[one.beat]
        return fates_here.life(fate, tip.category, tip.urgency, one.at, self._now, first_ref, rings=rings)

    def _open_fates(self, one: _Coming, tip: NewTip) -> dict[Fate, int]:
        """A tip of the last quarter of an hour is new, one of the day often, an older one or an alarm hardly ever."""
        age = self._now - one.at
        if tip.urgency is Urgency.ALARM:
            return OPEN_FATES | {Fate.NEW: 0}
        if age < timedelta(minutes=15):
            return {Fate.NEW: 1}
        return OPEN_FATES if age < timedelta(hours=20) else OPEN_FATES | {Fate.NEW: 2}

    def _unrouted(self, one: _Coming, tip: NewTip) -> PastTip:
        """It names a room that nobody set up; nobody has taken a step."""
        self._ref(UNROUTED_CODE, one.at)
        beat: Beat = self._city.beats[one.beat]
        unknown = f"{beat.station.code}-{900 + self._rng.randrange(100)}"
        told = replace(tip, room=unknown, station=None, urgency=Urgency.ROUTINE)
        return PastTip(told, one.at, Life((), 0))

    def _ref(self, code: str, at: datetime) -> str:
        """The ref the store will give: tips are numbered within the station's local day, in order of time."""
        zone = self._city.beats[0].station.zone
        today = at.astimezone(zone).date()
        day, number = self._numbers[code]
        number = number + 1 if day == today else 1
        self._numbers[code] = (today, number)
        return f"{code}-{today:%m%d}-{number:04}"
