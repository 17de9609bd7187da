"""A process that sends live tips as a sender does: a finished file is renamed into the intake's new/ folder. `taskroom
demo` starts it beside the console."""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import threading
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.demo.places import make_city
from console.demo.plan import STATION
from console.demo.telling import Subject, Teller
from console.demo.words import city_words
from console.model.incoming import NewTip
from console.paths import DataFolder

_LOOK_EVERY_S = 1.0
"""How often it looks whether whoever started it is still there."""
_WITH_PICTURE = 12
"""One tip in so many brings a picture."""


def run_stream(folder: DataFolder, per_minute: float, random_seed: int, count: int | None) -> None:
    """Send tips of the demo's station at that rate (by chance, not by the clock) until SIGTERM, the starter's end, or
    `count` tips."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    folder.make()
    sender = Sender(folder.intake, random_seed)
    rng = random.Random()
    starter = os.getppid()
    sent = 0
    while count is None or sent < count:
        wait = rng.expovariate(per_minute / 60)
        while wait > 0:
            if done.wait(min(wait, _LOOK_EVERY_S)) or os.getppid() != starter:
                return
            wait -= _LOOK_EVERY_S
        sender.send(datetime.now(UTC))
        sent += 1


class Sender:
    """Writes tips of the demo's station, one file or bundle each."""

    def __init__(self, intake: Path, random_seed: int) -> None:
        words = city_words()
        city = make_city(STATION, random_seed, words)
        self._words = words
        self._teller = Teller(city.beats[0], words, random_seed, STATION.tips)
        self._intake = intake
        self._rng = random.Random()
        self._run = f"live-{os.getpid()}-{self._rng.randrange(1 << 32):08x}"
        self._sent = 0
        self._last: Subject | None = None

    def send(self, at: datetime) -> Path:
        """Tell one tip and rename it into new/; returns where it was put."""
        self._sent += 1
        again = self._last is not None and self._rng.random() < 0.08
        if self._last is None or not again:
            hour = at.astimezone(self._teller.beat.station.zone).hour
            weights = [one.weight * one.hours[hour // 2] for one in self._words.categories]
            self._last = self._teller.subject(self._rng, self._rng.choices(self._words.categories, weights)[0])
        key = f"{self._run}-{self._sent}"
        tip = self._teller.tell(self._rng, self._last, at, key, again=again)
        content = json.dumps(_native(tip), ensure_ascii=False).encode()
        if self._rng.randrange(_WITH_PICTURE) == 0:
            return self._rename_in(self._bundle(key, content), key)
        draft = self._intake / "tmp" / f"{key}.json"
        draft.write_bytes(content)
        return self._rename_in(draft, f"{key}.json")

    def _bundle(self, key: str, content: bytes) -> Path:
        draft = self._intake / "tmp" / key
        draft.mkdir(mode=0o700)
        (draft / "tip.json").write_bytes(content)
        (draft / "photo.png").write_bytes(_picture(self._rng))
        return draft

    def _rename_in(self, draft: Path, name: str) -> Path:
        place = self._intake / "new" / name
        draft.rename(place)
        return place


def _native(tip: NewTip) -> dict[str, Any]:
    """The published shape, without what was not said."""
    said: dict[str, Any] = {
        "text": tip.text,
        "source": tip.source,
        "source_key": tip.source_key,
        "room": tip.room,
        "station": tip.station,
        "category": tip.category.value,
        "urgency": tip.urgency.value,
        "place": tip.place,
        "latitude": tip.latitude,
        "longitude": tip.longitude,
        "reported_at": tip.reported_at.isoformat() if tip.reported_at else None,
    }
    if tip.reporter is not None:
        said["reporter"] = {"contact": tip.reporter.contact, "kind": tip.reporter.kind}
    return {name: value for name, value in said.items() if value is not None}


def _picture(rng: random.Random) -> bytes:
    """A PNG of 64 × 48 points, one colour fading into another."""
    width, height = 64, 48
    first, last = ([rng.randrange(256) for _ in range(3)] for _ in range(2))
    rows = b"".join(
        b"\0" + bytes((a * (height - y) + b * y) // height for a, b in zip(first, last, strict=True)) * width
        for y in range(height)
    )

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
