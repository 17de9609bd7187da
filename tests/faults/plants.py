"""Planted identities: reporters whose names, phones and contacts share rare marks, so that one look for a mark in every
writing finds whichever of them leaked. `test_planted` sows and looks."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MARKS: Final = ("植园丁", "Zaehlbar", "1380013")
"""Of every Chinese name; every Latin name, contact and member's pseudonym; every phone."""


@dataclass(frozen=True, slots=True)
class Plant:
    """One made-up reporter, and the words of the tip they send, which hold none of it."""

    name: str
    contact: str
    words: str

    @classmethod
    def number(cls, n: int) -> Plant:
        name = f"植园丁{chr(0x4E00 + n % 3000)}{n}" if n % 2 else f"Zaehlbar Plant{n}"
        phone = f"1380013{n:04}"
        contact = (phone, f"+86 {phone}", f"wx: Zaehlbar{n}", f"Zaehlbar{n}@example.org")[n % 4]
        return cls(name, contact, f"unmistakable{n:05}words of a tip about gate {n}")

    def record(self, n: int) -> dict[str, object]:
        """As a sender writes it."""
        who = {"name": self.name, "contact": self.contact, "kind": "guard", "member": f"Zaehlbar {n:04}"}
        return {"text": self.words, "room": "JNL-12", "source": "plant", "source_key": f"plant-{n}", "reporter": who}


def writings(mark: str) -> list[bytes]:
    """The mark as UTF-8, UTF-16, JSON's escapes, and in base64 at each of its three places, without the letters that
    depend on what stands beside it."""
    plain = mark.encode()
    found = [plain, mark.encode("utf-16-le"), mark.encode("utf-16-be"), json.dumps(mark)[1:-1].encode()]
    for before in range(3):
        whole = base64.b64encode(bytes(before) + plain)
        found.append(whole[(before * 8 + 5) // 6 : ((before + len(plain)) * 8) // 6])
    return list(dict.fromkeys(found))


def content_of(places: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file in these places and what it holds; of a tar also each of its members, unpacked."""
    for place in places:
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if not file.is_file() or file.is_symlink():
                continue
            yield str(file), file.read_bytes()
            if tarfile.is_tarfile(file):
                with tarfile.open(file) as packed:
                    for member in packed:
                        inside = packed.extractfile(member)
                        if inside is not None:
                            yield f"{file}:{member.name}", inside.read()


def found_in(places: list[Path], marks: tuple[str, ...] = MARKS) -> list[str]:
    """Where a mark stands in any of its writings."""
    wanted = [(mark, writing) for mark in marks for writing in writings(mark)]
    return [
        f"{mark} in {where}" for where, content in content_of(places) for mark, writing in wanted if writing in content
    ]
