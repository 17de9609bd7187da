"""What a made-up tip says: words in Chinese and English with places, plates and phones that come up again."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from console.demo.places import Beat
from console.demo.words import CategoryWords, CityWords
from console.model.incoming import NewReporter, NewTip
from console.model.room import MemberKind
from console.model.tip import Category, Urgency

_T = TypeVar("_T")

_SLOT = re.compile(r"\{(\w+)\}")
_CHINESE = 0.6
"""Share of tips told in Chinese."""
_KINDS = [kind.value for kind in MemberKind]
_HOUSES_OF_A_LANE = 12
_CENTRE = (31.2304, 121.4737)
"""Degrees; places of tips lie within some kilometres around it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a tip is about, so that a second reporter can tell it again, perhaps in the other language: `saying` is the
    number of its sentence, `floor`, `gate` and `count` the figures in it."""

    words: CategoryWords
    saying: int
    street: tuple[str, str]
    number: int
    floor: int
    gate: int
    count: int
    plate: str | None
    phone: str | None


class Teller:
    """Tells tips of one station; its plates, phones and houses are few, so that tips share them."""

    def __init__(self, beat: Beat, words: CityWords, random_seed: int, tips_expected: int) -> None:
        rng = random.Random(f"beat {random_seed} {beat.station.code}")
        some = max(6, tips_expected // 12)
        self.beat = beat
        self._words = words
        self._plates = [_plate(rng) for _ in range(some)]
        self._phones = [f"139 0000 {rng.randrange(10_000):04}" for _ in range(some)]
        self._houses = [(rng.choice(beat.streets), rng.randrange(2, 400)) for _ in range(some)]

    def subject(self, rng: random.Random, words: CategoryWords) -> Subject:
        street, number = _again(rng, self._houses)
        plate = _again(rng, self._plates) if rng.randrange(100) < words.plate else None
        phone = _again(rng, self._phones) if rng.randrange(100) < words.phone else None
        saying = rng.randrange(len(words.en))
        figures = rng.randrange(2, 19), rng.randrange(1, 7), rng.randrange(3, 15)
        return Subject(words, saying, street, number, *figures, plate, phone)

    def tell(self, rng: random.Random, about: Subject, at: datetime, key: str, *, again: bool = False) -> NewTip:
        """The tip as one reporter sends it; `again` when somebody told of it before. `key` is its delivery key."""
        in_chinese = rng.random() < _CHINESE
        language = "zh" if in_chinese else "en"
        place = _place(rng, about, in_chinese)
        text = self._text(rng, about, language, place, again)
        source, room, reporter = self._reporter(rng)
        told_place = place if rng.random() < 0.75 else None
        near = rng.random() < 0.12
        return NewTip(
            text=text,
            source=source,
            source_key=key,
            room=room,
            station=None if room else self.beat.station.code,
            reported_at=at - timedelta(seconds=rng.randrange(2, 240)) if room else None,
            category=_category(about.words.category),
            urgency=_urgency(rng, about.words),
            place=told_place,
            latitude=round(_CENTRE[0] + rng.gauss(0, 0.04), 5) if near else None,
            longitude=round(_CENTRE[1] + rng.gauss(0, 0.05), 5) if near else None,
            reporter=reporter,
        )

    def _text(self, rng: random.Random, about: Subject, language: str, place: str, again: bool) -> str:
        lists = self._words.lists
        parts = [(about.words.zh if language == "zh" else about.words.en)[about.saying]]
        if again:
            parts.insert(0, rng.choice(lists[f"again_{language}"]))
        if about.plate:
            parts.append(rng.choice(lists[f"plates_{language}"]))
        if about.phone:
            parts.append(rng.choice(lists[f"phones_{language}"]))
        parts.append(rng.choice(lists[f"closers_{language}"]))
        suffix = "_zh" if language == "zh" else ""
        slots = {
            "place": lambda: place,
            "floor": lambda: str(about.floor),
            "gate": lambda: str(about.gate),
            "count": lambda: str(about.count),
            "time": lambda: f"{rng.randrange(24)}:{rng.choice(('00', '15', '30', '45'))}",
            "shop": lambda: rng.choice(lists[f"shops{suffix}"]),
            "colour": lambda: rng.choice(lists[f"colours{suffix}"]),
            "plate": lambda: _written(rng, about.plate or ""),
            "phone": lambda: (about.phone or "").replace(" ", rng.choice(("", " ", "-"))),
        }
        text = _SLOT.sub(lambda slot: slots[slot[1]](), "".join(parts))
        return text[0].upper() + text[1:]

    def _reporter(self, rng: random.Random) -> tuple[str, str | None, NewReporter | None]:
        """How it came: mostly from a room, else by phone or at the counter; one in ten says nothing of himself."""
        way = rng.random()
        contact = f"139 0000 {rng.randrange(10_000):04}"
        if way < 0.84:
            kind = rng.choice(_KINDS)
            return "miniapp", rng.choice(self.beat.rooms).code, NewReporter(contact=contact, kind=kind)
        if way < 0.94:
            return "phone", None, NewReporter(contact=contact, kind="phone") if way < 0.92 else None
        return "counter", None, NewReporter(contact=contact, kind="counter") if way < 0.97 else None


def _urgency(rng: random.Random, words: CategoryWords) -> Urgency:
    drawn = rng.randrange(100)
    if drawn < words.alarm:
        return Urgency.ALARM
    return Urgency.PRIORITY if drawn < words.alarm + words.priority else Urgency.ROUTINE


def _again(rng: random.Random, pool: list[_T]) -> _T:
    """One of the pool, the first ones more often: some cars and houses come up again and again."""
    return pool[int(len(pool) * rng.random() ** 2)]


def _plate(rng: random.Random) -> str:
    """沪Z and five signs, at least four of them digits: an office letter that is not given out."""
    signs = [str(rng.randrange(10)) for _ in range(5)]
    if rng.random() < 0.4:
        signs[rng.randrange(5)] = rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
    return "沪Z" + "".join(signs)


def _written(rng: random.Random, plate: str) -> str:
    """A plate as different people write it."""
    return rng.choice((plate, plate, plate, f"{plate[:2]}·{plate[2:]}", f"{plate[:2]} {plate[2:]}", plate.lower()))


def _place(rng: random.Random, about: Subject, in_chinese: bool) -> str:
    latin, chinese = about.street
    house = about.number % _HOUSES_OF_A_LANE + 1
    if in_chinese:
        return rng.choice((f"{chinese}路{about.number}号", f"{chinese}路{about.number}弄{house}号"))
    road = f"{latin} {rng.choice(('Rd', 'Road'))} {about.number}"
    return rng.choice((road, road, f"{road}, house {house}"))


def _category(told: Category) -> Category:
    """A made-up city has no complaints about police: what it says of police is thanks and impatience."""
    return Category.OTHER if told is Category.POLICE else told
