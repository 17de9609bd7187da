"""A figure and its limit: the row, the printed table, the JSON and the line about the machine."""

from __future__ import annotations

import os
import platform
import statistics
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from console.store.driver import sqlite_module

_HEADS: Final = ("id", "what", "ours", "limit or peer", "ratio", "goal", "verdict")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ours` and `limit` are in `unit`; `ok` None means: no verdict, `note` says why."""

    id: str
    what: str
    ours: float | None = None
    limit: float | None = None
    limit_is: str = ""
    goal: str = ""
    ok: bool | None = None
    unit: str = "ms"
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.ours is None or not self.limit else self.ours / self.limit

    def cells(self) -> tuple[str, ...]:
        limit = f"{_number(self.limit, self.unit)} {self.limit_is}".strip()
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} ×"
        verdict = {True: "met", False: "MISSED", None: "–"}[self.ok]
        return self.id, self.what, _number(self.ours, self.unit), limit, ratio, self.goal, verdict

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "what": self.what,
            "ours": self.ours,
            "limit": self.limit,
            "limit_is": self.limit_is,
            "unit": self.unit,
            "ratio": self.ratio,
            "goal": self.goal,
            "ok": self.ok,
            "note": self.note,
        }


def within(id: str, what: str, ours: float, limit: float, limit_is: str, most: float, **more: Any) -> Row:
    """A row whose goal is a ratio of at most `most`."""
    return Row(id, what, ours, limit, limit_is, f"≤ {most:g} ×", ours <= most * limit, **more)


def at_least(id: str, what: str, ours: float, limit: float, limit_is: str, least: float, **more: Any) -> Row:
    """A row whose goal is a ratio of at least `least`: a rate."""
    return Row(id, what, ours, limit, limit_is, f"≥ {least:g} ×", ours >= least * limit, **more)


def below(id: str, what: str, ours: float, most: float, unit: str = "ms", **more: Any) -> Row:
    """A row whose goal is a plain figure."""
    return Row(id, what, ours, None, more.pop("limit_is", ""), f"≤ {most:.3g} {unit}", ours <= most, unit, **more)


def missing(id: str, what: str, why: str) -> Row:
    """A row that could not be taken, and why."""
    return Row(id, what, note=why)


def percentile(values: Sequence[float], percent: float) -> float:
    """By the nearest rank: of few values p99 is the greatest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * len(ordered) + 0.5) - 1))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown, columns aligned; notes below."""
    lines = [_HEADS, *(row.cells() for row in rows)]
    widths = [max(_cells(line[n]) for line in lines) for n in range(len(_HEADS))]
    shown = [_line(lines[0], widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    shown += [_line(line, widths) for line in lines[1:]]
    notes = [f"{row.id} {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join([*shown, "", *notes] if notes else shown)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _cells(cell)) for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join(padded) + " |"


def _cells(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in words)


def machine() -> str:
    """What the figures were taken on."""
    loads = "/".join(f"{one:.1f}" for one in os.getloadavg())
    kernel = f"{platform.system()} {platform.release()}"
    versions = f"Python {platform.python_version()} · SQLite {sqlite_module().sqlite_version}"
    return f"{os.cpu_count()} cores · load {loads} · {kernel} · {versions} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
