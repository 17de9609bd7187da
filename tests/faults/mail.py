"""What senders hand in during a fault test, in every form the intake takes, and the list of what they may rely on."""

from __future__ import annotations

import hashlib
import json
import os
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.paths import DataFolder

Key = tuple[str, str]
"""Source and source key."""

_ROOMS = ("JNL-12", "JNL-7", "KDR-1", "NOWHERE-9")
"""Three rooms of two stations, and one that does not exist: such tips lie in the unrouted lane."""
_WORDS = (
    "楼道里有人聚众赌博",
    "A sofa blocks the fire lane at gate {n}",
    "深夜施工噪音，影响居民休息",
    "面包车沪A{n:05d}停了三天",
    "Someone tries the doors of parked cars, call 138{n:08d}",
    "群租房，隔断十余间，消防通道堵塞",
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the desk must hold of one tip; pictures by their content."""

    text: str
    reporter: bool = False
    pictures: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Mail:
    """Makes tips from `chance` and drops them into the folder. All times it tells nobody; `written` hears of each file
    before it has its name in new/."""

    folder: DataFolder
    chance: random.Random
    written: Callable[[Path, Path], None] = lambda _draft, _place: None
    promised: dict[Key, Promise] = field(default_factory=dict)
    """By delivery key: what was put into the folder whole, or acknowledged over the socket."""
    asked: dict[Key, Promise] = field(default_factory=dict)
    """Sent over the socket; it may or may not be in as long as no reply came."""
    bad: list[bytes] = field(default_factory=list)
    """Lines and files that no intake takes: they must be in rejected/, to the byte."""
    files: int = 0
    _serial: int = 0

    @property
    def tips(self) -> int:
        return len(self.promised)

    def drop(self, files: int) -> None:
        """So many further files or folders of tips, a few with a bad one beside them."""
        wanted = self.files + files
        while self.files < wanted:
            draw = self.chance.random()
            if draw < 0.01:
                self._drop_many(self.chance.randint(5, 45))
            elif draw < 0.04:
                self._drop_bundle()
            else:
                self._drop_one()

    def line(self) -> tuple[Key, bytes]:
        """A tip for the socket, which counts as asked for."""
        tip, promise = self._tip()
        key = ("fault", str(tip["source_key"])) if "source_key" in tip else ("socket", _digest(_bytes(tip)))
        self.asked[key] = promise
        return key, _bytes(tip) + b"\n"

    def acknowledged(self, key: Key) -> None:
        """The reply to that line says that it is stored."""
        self.promised[key] = self.asked[key]

    def _tip(self) -> tuple[dict[str, Any], Promise]:
        self._serial += 1
        n = self._serial
        text = f"{self.chance.choice(_WORDS).format(n=n)} #{n}#"
        tip: dict[str, Any] = {"text": text, "room": self.chance.choice(_ROOMS)}
        if self.chance.random() < 0.8:
            tip |= {"source": "fault", "source_key": f"k{n}"}
        if self.chance.random() < 0.3:
            tip["reporter"] = {"name": "植物园丁", "contact": f"1390000{n % 10000:04d}", "kind": "guard"}
        if self.chance.random() < 0.05:
            tip["urgency"] = "alarm"
        return tip, Promise(text, "reporter" in tip)

    def _promise(self, tip: dict[str, Any], digest: str, promise: Promise) -> None:
        key = ("fault", tip["source_key"]) if "source_key" in tip else ("folder", digest)
        self.promised[key] = promise

    def _drop_one(self) -> None:
        tip, promise = self._tip()
        if self.chance.random() < 0.01:
            self._drop_bad(tip)
        content = _bytes(tip)
        self._put(f"{self._serial}.json", {"": content})
        self._promise(tip, _digest(content), promise)

    def _drop_bad(self, tip: dict[str, Any]) -> None:
        content = _bytes({**tip, "urgency": "whenever", "reporter": None})
        self.bad.append(content)
        self._put(f"{self._serial}-bad.json", {"": content})

    def _drop_many(self, count: int) -> None:
        lines = []
        for _ in range(count):
            tip, promise = self._tip()
            lines.append(_bytes(tip))
            self._promise(tip, _digest(lines[-1]), promise)
        if self.chance.random() < 0.2:
            self.bad.append(_bytes({"text": f"no room in line #{self._serial}#"}))
            lines.insert(self.chance.randrange(len(lines) + 1), self.bad[-1])
        self._put(f"{self._serial}.jsonl", {"": b"\n".join(lines) + b"\n"})

    def _drop_bundle(self) -> None:
        tip, promise = self._tip()
        pictures = tuple(_picture(self.chance) for _ in range(self.chance.randint(1, 3)))
        content = _bytes(tip)
        files = {"tip.json": content} | {f"{n}.png": picture for n, picture in enumerate(pictures)}
        self._put(f"{self._serial}", files)
        digests = b"".join(hashlib.sha256(picture).digest() for picture in pictures)
        self._promise(tip, _digest(content + digests), Promise(promise.text, promise.reporter, pictures))

    def _put(self, name: str, files: dict[str, bytes]) -> None:
        """A file, or a folder of files, written and flushed in tmp/, then renamed into new/."""
        draft, place = self.folder.intake / "tmp" / name, self.folder.intake / "new" / name
        if "" not in files:
            draft.mkdir()
        for inside, content in files.items():
            path = draft / inside if inside else draft
            path.write_bytes(content)
            os.utime(path, (1_700_000_000, 1_700_000_000))
        self.written(draft, place)
        draft.rename(place)
        self.files += 1


def _bytes(tip: dict[str, Any]) -> bytes:
    return json.dumps(tip, ensure_ascii=False).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _picture(chance: random.Random) -> bytes:
    """A small PNG of one grey."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    size = chance.randint(1, 40)
    rows = zlib.compress((b"\0" + bytes([chance.randrange(256)]) * size) * size)
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
