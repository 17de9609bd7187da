"""A seeded sender of hostile files: each kind of them by name, made for real in a folder of the intake's.

`test_hostile_files` sends them; the kinds are in hostile_words, hostile_things and hostile_bundles.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

_TOKEN = re.compile(rb"x(\d{6})x")
_AGO_S = 5.0


class End(StrEnum):
    """Where a hostile thing has to end: its tip is on file, it is refused with a reason, or one of the two or both."""

    TAKEN = "taken"
    REFUSED = "refused"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Spot:
    """The place for one hostile thing: its number is in its name and its tip's source_key, by which it is found again.

    `beside` is a folder outside of the intake's, with what links lead to.
    """

    chance: random.Random
    number: int
    intake: Path
    beside: Path

    @property
    def token(self) -> str:
        return f"x{self.number:06d}x"

    @property
    def tmp(self) -> Path:
        return self.intake / "tmp" / self.token

    def tip(self, **more: Any) -> dict[str, Any]:
        """A tip that would be taken."""
        words = {"text": "楼道里有人 leaves e-bikes", "room": "JNL-12", "source": "hostile", "source_key": self.token}
        return {**words, **more}

    def words(self, **more: Any) -> bytes:
        return json.dumps(self.tip(**more), ensure_ascii=self.chance.random() < 0.5).encode(errors="surrogatepass")

    def send(self, content: bytes, ending: str = ".json") -> None:
        """As a sender should: written beside, renamed into new/."""
        self.tmp.write_bytes(content)
        os.utime(self.tmp, (time.time() - _AGO_S, time.time() - _AGO_S))
        self.arrive(f"{self.token}{ending}")

    def sparse(self, size: int, ending: str = ".json") -> None:
        with self.tmp.open("wb") as opened:
            opened.truncate(size)
        self.arrive(f"{self.token}{ending}")

    def bundle(self, words: bytes | None, **files: bytes | int) -> None:
        """A folder with tip.json and files of that content or, sparse, of that size; `_` in a name stands for `.`."""
        self.tmp.mkdir()
        if words is not None:
            (self.tmp / "tip.json").write_bytes(words)
        for name, content in files.items():
            with (self.tmp / name.replace("_", ".")).open("wb") as opened:
                opened.write(content) if isinstance(content, bytes) else opened.truncate(content)
        self.arrive(self.token)

    def arrive(self, name: str | bytes) -> None:
        """Rename what lies at `tmp` into new/."""
        os.rename(os.fsencode(self.tmp), os.fsencode(self.intake / "new") + b"/" + os.fsencode(name))


Make = Callable[[Spot], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of hostile thing; of two kinds the one of twice the weight comes twice as often."""

    name: str
    end: End
    weight: int
    make: Make


KINDS: dict[str, Kind] = {}


def kind(end: End, *, weight: int = 20, when: bool = True) -> Callable[[Make], Make]:
    """Registers the function's name as a kind, where it can be made at all (`when`)."""

    def register(make: Make) -> Make:
        name = make.__name__.replace("_", " ")
        assert name not in KINDS
        if when:
            KINDS[name] = Kind(name, end, weight, make)
        return make

    return register


class Sender:
    """Makes hostile things in `intake`, the same ones for the same seed: first one of each kind, then by weight."""

    def __init__(self, intake: Path, seed: int, kinds: Iterable[Kind] | None = None) -> None:
        self.kinds = sorted(KINDS.values() if kinds is None else kinds, key=lambda found: found.name)
        self.seed = seed
        self.beside = intake.with_name("beside")
        self.sent: dict[int, Kind] = {}
        self._intake = intake
        self._next = self._drawn()

    def send(self, count: int) -> None:
        """So many more."""
        for found in islice(self._next, count):
            number = len(self.sent) + 1
            found.make(Spot(random.Random(f"{self.seed}/{number}"), number, self._intake, self.beside))
            self.sent[number] = found

    def counts(self) -> Counter[str]:
        return Counter(found.name for found in self.sent.values())

    def _drawn(self) -> Iterator[Kind]:
        yield from self.kinds
        chance = random.Random(self.seed)
        weights = [found.weight for found in self.kinds]
        while True:
            yield from chance.choices(self.kinds, weights, k=100)


def number_in(name: bytes) -> int | None:
    """Which hostile thing a name of a file is of."""
    found = _TOKEN.search(name)
    return None if found is None else int(found[1])
