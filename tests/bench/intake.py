"""P6 and P7: durable tips a second through the desk, against a bare driver that writes the same rows."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import psycopg
from sqlalchemy.engine import URL

from console.desk import receive_tips
from console.desk.setup import add_places
from console.model.incoming import NewReporter, NewTip
from console.model.officer import Officer, Role
from console.model.room import Room
from console.model.station import District, Station
from console.store import Store, upgrade_store
from console.store.driver import plain_sqlite
from console.vault import Vault
from tests import pg
from tests.bench.row import Row, at_least, median
from tests.bench.stores import CACHE
from tests.bench.tape import Batch, Written, listening

ROUNDS: Final = 5
WORDS: Final = (
    "楼道里有人聚众赌博，车牌沪A12345",
    "Sofa blocks the fire escape at Weihai Rd 118, gate 3",
    "康定路40号502室群租，电话13900001234",
    "Loud music after midnight again, third night",
    "电动车在楼道充电，担心起火",
    "Someone tries car doors in lane 22",
)
COUNTER: Final = (
    "UPDATE station_counter SET event_seq = event_seq + %s, audit_seq = audit_seq + %s, ref_no = ref_no + %s,"
    " new = new + %s, audit_head = %s WHERE station_id = 1"
)
_number = itertools.count()


def new_tip() -> NewTip:
    """One tip in three has a reporter to seal, two in three an observable or an address."""
    k = next(_number)
    reporter = NewReporter("张某", f"1390000{k % 10000:04}", "resident") if k % 3 == 0 else None
    return NewTip(f"{WORDS[k % 6]} no {k}", "bench", str(k), room="JNL-12", reporter=reporter)


class Intake:
    """One open store with one station; it counts what it takes."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self.store = store
        self.vault = vault

    @classmethod
    async def open(cls, url: str, folder: Path) -> Intake:
        store = await Store.open(url)
        await add_places(
            store,
            districts=[District(1, "JA", "Jing'an")],
            stations=[Station(1, 1, "JNL", "Jiangning Road")],
            officers=[Officer(1, "JNL-001", "Zhou", Role.DUTY, 1, frozenset({1}))],
            rooms=[Room(1, 1, 1, 12, "JNL-12", "Room 12", "watch")],
        )
        return cls(store, Vault.open(folder / "vault.key", create=True))

    async def rate(self, callers: int, batch: int, tips: int) -> float:
        """Tips a second of so many callers at once with batches of that size."""
        left = iter([[new_tip() for _ in range(batch)] for _ in range(0, tips, batch)])

        async def call() -> None:
            for brought in left:
                await receive_tips(self.store, self.vault, brought)

        began = time.perf_counter()
        await asyncio.gather(*(call() for _ in range(callers)))
        return tips / (time.perf_counter() - began)

    async def tape(self, batch: int) -> list[list[Written]]:
        """What is written for each of six batches (one a kind of words)."""
        tapes = []
        for _ in range(6 if batch == 1 else 1):
            with listening("?" if self.store.dialect == "sqlite" else "%s") as written:
                await receive_tips(self.store, self.vault, [new_tip() for _ in range(batch)])
            tapes.append(written)
        return tapes


@dataclass(frozen=True, slots=True)
class Rates:
    """Tips a second, and the processor's µs a tip, which a busy machine does not change."""

    ours: list[float]
    our_us: list[float]
    bare: list[float]
    bare_us: list[float]

    def row(self, id: str, what: str, limit_is: str, least: float) -> Row:
        note = f"CPU a tip: ours {median(self.our_us):,.0f} µs, bare {median(self.bare_us):,.0f} µs"
        return at_least(id, what, median(self.ours), median(self.bare), limit_is, least, unit="/s", note=note)


Write = Callable[[Batch, int], None]
"""Write one batch of so many tips and commit it."""


class Bare:
    """The same rows by the driver alone. What costs Python time (ids, folding, sealing) is made before the clock
    starts."""

    def __init__(self, write: Write, tapes: list[list[Written]], batch: int) -> None:
        self._write = write
        self._tapes = tapes
        self._batch = batch
        self._layer = 0
        self.cpu_s = 0.0

    def rate(self, tips: int) -> float:
        batches = []
        for _ in range(tips // self._batch):
            self._layer += 1
            shift = self._batch * len(self._tapes)
            tape = self._tapes[self._layer % len(self._tapes)]
            batches.append([one.under_keys(self._layer, self._layer * shift) for one in tape])
        began, busy = time.perf_counter(), time.process_time()
        for one in batches:
            self._write(one, self._batch)
        self.cpu_s = time.process_time() - busy
        return tips / (time.perf_counter() - began)


def newest_hash(batch: Batch) -> bytes:
    """Of the last audit entry in it: what our own intake writes into the counter row."""
    return next(bytes(rows[-1][-1]) for statement, rows in batch if statement.startswith("INSERT INTO audit"))


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def bare_sqlite(file: Path) -> Iterator[Write]:
    """A store of its own with the same tables, written with the same pragmas."""
    conn = plain_sqlite(file)
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -16384",
        "journal_size_limit = 67108864",
        "temp_store = MEMORY",
    ):
        conn.execute(f"PRAGMA {pragma}")

    def write(batch: Batch, tips: int) -> None:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute(COUNTER.replace("%s", "?"), (*(tips,) * 4, newest_hash(batch)))
        for statement, rows in batch:
            conn.executemany(statement, rows)
        conn.execute("COMMIT")

    try:
        yield write
    finally:
        conn.close()


async def _on_sqlite(folder: Path, callers: int, bare_batch: int, tips: int) -> Rates:
    ours = await Intake.open(f"sqlite:///{folder}/ours.db", folder)
    other = await Intake.open(f"sqlite:///{folder}/bare.db", folder)
    try:
        tapes = await other.tape(bare_batch)
        await other.store.close()
        with bare_sqlite(folder / "bare.db") as write:
            bare = Bare(write, tapes, bare_batch)
            return await _alternate(ours, callers, 1, bare, tips)
    finally:
        await ours.store.close()


async def _alternate(ours: Intake, callers: int, batch: int, bare: Bare, tips: int) -> Rates:
    await ours.rate(callers, batch, tips // 4)
    bare.rate(tips // 4)
    rates = Rates([], [], [], [])
    for _ in range(ROUNDS):
        began = time.process_time()
        rates.ours.append(await ours.rate(callers, batch, tips))
        rates.our_us.append((time.process_time() - began) / tips * 1e6)
        rates.bare.append(bare.rate(tips))
        rates.bare_us.append(bare.cpu_s / tips * 1e6)
    return rates


def on_sqlite() -> list[Row]:
    """P6."""
    rows = []
    for callers, batch, tips, least in ((64, 100, 2000, 0.80), (1, 1, 300, 0.70)):
        with tempfile.TemporaryDirectory(dir=_cache()) as folder:
            rates = asyncio.run(_on_sqlite(Path(folder), callers, batch, tips))
        who = f"{callers} callers at once" if callers > 1 else "one caller"
        rows.append(rates.row("P6", f"durable intake, SQLite, {who}", f"raw sqlite3, batches of {batch}", least))
    return rows


def _cache() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    return CACHE


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────
def flush_to_disk(server: URL) -> None:
    """The tests' server does not flush; a figure about durability must."""
    with psycopg.connect(host=str(server.query["host"]), user=server.username, dbname="postgres", autocommit=True) as c:
        c.execute("ALTER SYSTEM SET fsync = on")
        c.execute("SELECT pg_reload_conf()")


@contextmanager
def bare_postgres(database: URL) -> Iterator[Write]:
    conn = psycopg.connect(
        host=str(database.query["host"]), user=database.username, dbname=cast(str, database.database)
    )

    def write(batch: Batch, tips: int) -> None:
        with conn.cursor() as cursor:
            cursor.execute(COUNTER, (*(tips,) * 4, newest_hash(batch)))
            for statement, rows in batch:
                query = cast(Any, statement)
                if len(rows) == 1:
                    cursor.execute(query, rows[0])
                else:
                    cursor.executemany(query, rows)
        conn.commit()

    try:
        yield write
    finally:
        conn.close()


async def _on_postgres(server: URL, folder: Path, batch: int, tips: int) -> Rates:
    with ExitStack() as stack:
        mine, other = (stack.enter_context(pg.fresh_database(server)) for _ in range(2))
        for database in (mine, other):
            await upgrade_store(pg.words(database))
        bare_intake = await Intake.open(pg.words(other), folder)
        tapes = await bare_intake.tape(batch)
        await bare_intake.store.close()
        ours = await Intake.open(pg.words(mine), folder)
        try:
            with bare_postgres(other) as write:
                return await _alternate(ours, 1, batch, Bare(write, tapes, batch), tips)
        finally:
            await ours.store.close()


def on_postgres() -> list[Row]:
    """P7."""
    rows = []
    with pg.running_server() as server, tempfile.TemporaryDirectory(dir=_cache()) as folder:
        flush_to_disk(server)
        for batch, tips, least in ((10, 1000, 0.85), (1, 200, 0.9)):
            rates = asyncio.run(_on_postgres(server, Path(folder), batch, tips))
            what = f"durable intake, PostgreSQL, batches of {batch}"
            rows.append(rates.row("P7", what, "raw psycopg, same rows", least))
    return rows
