"""Which packages a start of the console spends its imports on: `-X importtime` read from the pty, where Python writes
it between the frames. P1 has the table in its note."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from console.paths import DataFolder
from tests.bench.stores import signing
from tests.bench.terminal import Terminal

_LINE = re.compile(rb"import time: +(\d+) \| +(\d+) \| ( *)([\w.]+)")


@dataclass(frozen=True, slots=True)
class Import:
    """One module: µs of its own, µs with what it imported first, and how deep it was imported."""

    name: str
    own_us: int
    whole_us: int
    depth: int

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]


@dataclass(slots=True)
class Weight:
    """ms of one top-level package: with what it imported first, and of its own modules alone."""

    whole: float = 0.0
    own: float = 0.0


def imports_of_start(folder: DataFolder, first: bytes) -> list[Import]:
    """Every import from the start of the process until `first` stands on the pty, in the order they ended."""
    command = [sys.executable, "-X", "importtime", "-m", "console", "--data", str(folder.root), *signing(folder)]
    with Terminal(command) as terminal:
        told = b"".join(_pieces(terminal, first))
    return [
        Import(name.decode(), int(own), int(whole), len(spaces) // 2)
        for own, whole, spaces, name in _LINE.findall(told)
    ]


def _pieces(terminal: Terminal, first: bytes) -> Iterator[bytes]:
    """What came until `first`; Textual draws each word whole."""
    tail = b""
    while True:
        _now, chunk = terminal.read(30)
        yield chunk
        tail = (tail + chunk)[-(len(chunk) + len(first)) :]
        if first in tail or not chunk:
            return


def weights(imports: list[Import]) -> dict[str, Weight]:
    """By top-level package. A module ends after those it imported, so that from the end each comes before its own."""
    found: dict[str, Weight] = defaultdict(Weight)
    above: list[str] = []
    for one in reversed(imports):
        del above[one.depth :]
        found[one.package].own += one.own_us / 1000
        if one.package not in above:
            found[one.package].whole += one.whole_us / 1000
        above += [one.package] * (one.depth + 1 - len(above))
    return dict(found)


def heaviest(folder: DataFolder, first: bytes, count: int = 10) -> str:
    """The heaviest packages of one start, as one line."""
    imports = imports_of_start(folder, first)
    found = weights(imports)
    ordered = sorted(found.items(), key=lambda item: -item[1].whole)[:count]
    named = " · ".join(f"{name} {of.whole:.0f} ({of.own:.0f})" for name, of in ordered)
    own = sum(one.own_us for one in imports) / 1000
    return f"-X importtime: {len(imports)} modules, {own:.0f} ms; ms a package with what it imported (alone): {named}"
