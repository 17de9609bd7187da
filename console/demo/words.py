"""The word lists of the synthetic city, read from fixtures/city; every generator draws from them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from console.model.tip import Category
from console.paths import FIXTURES_DIR

HOME = "JNL"
"""The station that `demo` and `seed` open; it comes first in every plan."""


@dataclass(frozen=True, slots=True)
class StationWords:
    """A station to be: its code, name and district."""

    code: str
    name: str
    district: str


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """How tips of one category come and what they say; `hours` are the weights of the day's two-hour slices, `plate`
    and `phone` the shares in percent that name one."""

    category: Category
    weight: int
    hours: tuple[int, ...]
    priority: int
    alarm: int
    plate: int
    phone: int
    en: tuple[str, ...]
    zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CityWords:
    """All lists; `lists` holds the plain ones by name."""

    districts: tuple[tuple[str, str], ...]
    stations: tuple[StationWords, ...]
    categories: tuple[CategoryWords, ...]
    rooms: tuple[dict[str, str], ...]
    agencies: tuple[dict[str, str], ...]
    streets: tuple[tuple[str, str], ...]
    lists: dict[str, tuple[str, ...]]


@cache
def city_words() -> CityWords:
    """The lists of this installation's fixtures, the home station first."""
    places, words, tips = _read("places"), _read("words"), _read("tips")
    stations = [
        StationWords(*_code_and_name(line), district["code"])
        for district in places["district"]
        for line in district["stations"]
    ]
    stations.sort(key=lambda one: one.code != HOME)
    lists = {name: tuple(value) for name, value in (words | tips).items() if _is_list_of_words(value)}
    return CityWords(
        districts=tuple((one["code"], one["name"]) for one in places["district"]),
        stations=tuple(stations),
        categories=tuple(_category(name, one) for name, one in tips["category"].items()),
        rooms=tuple(words["room"]),
        agencies=tuple(words["agency"]),
        streets=tuple((latin, chinese) for latin, chinese in words["streets"]),
        lists=lists,
    )


def _read(name: str) -> dict[str, Any]:
    with (FIXTURES_DIR / "city" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _code_and_name(line: str) -> tuple[str, str]:
    code, _, name = line.partition(" ")
    return code, name


def _is_list_of_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _category(name: str, one: dict[str, Any]) -> CategoryWords:
    priority, alarm = one["urgency"]
    return CategoryWords(
        Category(name),
        one["weight"],
        tuple(one["hours"]),
        priority,
        alarm,
        one["plate"],
        one["phone"],
        tuple(one["en"]),
        tuple(one["zh"]),
    )
