"""P8: searches over five million tips through the desk, as the search box asks them; LIKE for the record."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from console import desk
from console.model.officer import Officer
from console.model.query import parse_query
from console.model.view import View
from console.store import Store
from tests.bench import cluster
from tests.bench.row import Row, below, median, missing, percentile
from tests.bench.stores import OFFICER, WORDS, NoStore, closing_store, store_of
from tests.everybody import officer_by_code

ROUNDS: Final = 12
ZONE: Final = ZoneInfo("Asia/Shanghai")
SEARCHES: Final = {
    "2-character word": ("赌博", "广场", "楼道", "陌生", "停车", "小孩"),
    "plate part": ("plate:97667", "plate:A12", "plate:沪B", "plate:D5", "plate:888", "plate:Z9"),
    "rare word": ("mahjong barber", "key ring", "银行 弄7号", "hardware fight", "night karaoke lane", "zzgone"),
    "word in one station, by status": (
        "赌博 status:solved",
        "广场 status:closed",
        "楼道 status:new",
        "door status:referred",
        "停车 status:solved,closed",
        "小孩 status:all",
    ),
}
"""Kind → texts an officer types; all stations unless one is named."""


class Searching:
    """One officer at one open store."""

    def __init__(self, store: Store, officer: Officer, home: int) -> None:
        self._store = store
        self._officer = officer
        self._home = home

    def view(self, kind: str, text: str) -> View:
        asked = text if "status:" in text else f"{text} status:all"
        stations = (self._home,) if "one station" in kind else tuple(sorted(self._officer.stations))
        return View(stations, parse_query(asked, now=datetime.now(UTC), tz=ZONE))

    async def take(self, kind: str, text: str) -> tuple[float, float, int]:
        """ms for the first screen of hits with their capped count, the processor's ms for them, and that count."""
        view = self.view(kind, text)
        began, busy = time.perf_counter(), time.process_time()
        window = await desk.tip_window(self._store, self._officer, view, older=100)
        return (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000, window.total


async def _measure(url: str) -> dict[str, tuple[list[float], str]]:
    store = await Store.open(url, create=False)
    try:
        officer = await officer_by_code(store, OFFICER)
        searching = Searching(store, officer, officer.station_id)
        await searching.take("2-character word", "赌博")
        gc.freeze()  # as the console does once it is up (`ui.run`): a collection of all modules takes 45 ms
        found: dict[str, tuple[list[float], str]] = {}
        for kind, texts in SEARCHES.items():
            taken: list[float] = []
            worked: list[float] = []
            slowest = (0.0, "", 0)
            for text in texts:
                await searching.take(kind, text)
                for _ in range(ROUNDS):
                    ms, cpu_ms, total = await searching.take(kind, text)
                    taken.append(ms)
                    worked.append(cpu_ms)
                    slowest = max(slowest, (ms, text, total))
            work = f"CPU p50 {median(worked):.1f}, p99 {percentile(worked, 99):.1f} ms"
            note = (
                f"p50 {median(taken):.1f} ms; {work}; slowest '{slowest[1]}', {slowest[2]} found, {slowest[0]:.0f} ms"
            )
            found[kind] = (taken, note)
        return found
    finally:
        await store.close()


def _like(name: str) -> Row:
    """The same question without an index: how long a reader of the whole table takes for the newest hundred."""
    folder = store_of(name)
    taken = []
    with closing_store(folder) as conn:
        for word in ("赌博", "zzgone"):
            began = time.perf_counter()
            conn.execute("SELECT n FROM tip WHERE folded LIKE ? ORDER BY n DESC LIMIT 100", (f"%{word}%",)).fetchall()
            taken.append((time.perf_counter() - began) * 1000)
    note = f"a frequent word {taken[0]:,.0f} ms, one that is nowhere {taken[1]:,.0f} ms"
    return Row("P8", f"LIKE, {WORDS[name]} tips, for the record", taken[1], note=note)


def _rows(name: str) -> list[Row]:
    measured = asyncio.run(_measure(f"sqlite:///{store_of(name).store}"))
    return [
        below("P8", f"{kind}, {WORDS[name]} tips, SQLite, p99", percentile(taken, 99), 15, note=note)
        for kind, (taken, note) in measured.items()
    ]


def finds() -> list[Row]:
    """P8."""
    rows: list[Row] = []
    takes: tuple[Callable[[str], Any], ...] = (_rows, lambda name: [_like(name)])
    for name in ("city", "5m", "10m"):
        for take in takes:
            try:
                rows += take(name)
            except NoStore as error:
                rows.append(missing("P8", f"search, {WORDS[name]} tips", str(error)))
    return [*rows, *_on_postgres()]


def _on_postgres() -> list[Row]:
    """In the biggest store there is."""
    absent = missing("P8", "search, PostgreSQL", "no store: make one with `python -m tests.bench.stores --postgres`")
    if not cluster.is_made():
        return [absent]
    with cluster.running_cluster() as server:
        stores = cluster.sizes(server)
        if not stores:
            return [absent]
        tips = max(stores)
        measured = asyncio.run(_measure(stores[tips].render_as_string(hide_password=False)))
    return [
        below("P8", f"{kind}, {tips:,} tips, PostgreSQL, p99", percentile(taken, 99), 40, note=note)
        for kind, (taken, note) in measured.items()
    ]
