"""P12: from Enter in the solve question to the tip gone from the list, on one's own desk and another, both engines."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
import pyte
from sqlalchemy.engine import URL

from console.demo.seeding import Seeding
from console.desk import receive_tips
from console.model.incoming import NewTip
from console.paths import DataFolder
from console.store import Store, upgrade_store
from console.vault import Vault
from console.vault.password_file import made_password
from console.vault.passwords import hash_password
from tests import pg
from tests.bench.arrivals import COMMIT_IS, FRAME_MS, Commits
from tests.bench.intake import flush_to_disk
from tests.bench.keys import LIST
from tests.bench.row import Row, below, median, within
from tests.bench.scratch import scratch
from tests.bench.startup import console_command
from tests.bench.stores import SEEDED, copy_of, first_desk
from tests.bench.terminal import ENTER, HOME, Terminal, line_of, shows

PROBES: Final = 30
STATION: Final = "JNL"


@dataclass(slots=True)
class Solved:
    """Milliseconds from Enter, and of one commit."""

    own: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)

    def rows(self, engine: str, most_other: float) -> list[Row]:
        limit = median(self.commit) + FRAME_MS
        later = median([other - own for own, other in zip(self.own, self.other, strict=True)])
        return [
            within("P12", f"solve → repainted, own desk, {engine}", median(self.own), limit, f"{COMMIT_IS} + frame", 2),
            below("P12", f"the same on the other desk, {engine}, after own", later, most_other),
        ]


def probe(n: int) -> str:
    return f"probe-{n:03}x"


async def send_probes(url: str, key: Path, station: str) -> None:
    """New tips, so that each is solved once, the last one on top."""
    store = await Store.open(url)
    try:
        vault = Vault.open(key, create=False)
        tips = [NewTip(f"{probe(n)} 有人敲门", "bench", probe(n), station=station) for n in range(PROBES + 1)]
        await receive_tips(store, vault, tips)
    finally:
        await store.close()


def is_gone(words: str) -> Callable[[pyte.Screen], bool]:
    return lambda screen: not any(words in line_of(screen, y)[:LIST] for y in range(screen.lines))


def solve_all(own: Terminal, other: Terminal, commit: Callable[[], float]) -> Solved:
    solved = Solved()
    for n in range(PROBES, -1, -1):
        words = probe(n)
        own.wait(lambda screen, words=words: not is_gone(words)(screen))  # type: ignore[misc]
        own.settle(0.2)
        other.settle(0.2)
        own.send(b"s")
        own.wait(lambda screen: shows(screen, "Enter solves"))
        own.settle(0.1)
        if is_gone(words)(own.screen):
            raise RuntimeError(f"the question hides the row:\n{own.picture()}")
        sent = own.send(ENTER)
        mine = own.wait(is_gone(words))
        theirs = other.wait(is_gone(words))
        taken = commit()
        if n < PROBES:
            solved.own.append((mine - sent) * 1000)
            solved.other.append((theirs - sent) * 1000)
            solved.commit.append(taken)
        time.sleep(random.uniform(0, 0.1))
    return solved


def _two_desks(first: Sequence[str], second: Sequence[str], commit: Callable[[], float]) -> Solved:
    with Terminal(first) as own, Terminal(second) as other:
        for terminal in (own, other):
            terminal.wait_bytes(probe(PROBES).encode(), 60)
            terminal.settle(0.5)
        own.send(HOME)
        return solve_all(own, other, commit)


def _on_sqlite() -> Solved:
    with copy_of("city") as folder:
        station, _room = first_desk(folder)
        asyncio.run(send_probes(f"sqlite:///{folder.store}", folder.vault_key, station))
        commits = Commits(folder.root)

        def commit() -> float:
            commits.take()
            return commits.taken[-1]

        command = console_command(folder)
        try:
            return _two_desks(command, command, commit)
        finally:
            commits.close()


async def _fill(url: str, folder: DataFolder) -> None:
    await upgrade_store(url)
    store = await Store.open(url)
    try:
        vault = Vault.open(folder.vault_key, create=True)
        hashed = hash_password(made_password(folder.demo_password))
        await Seeding(store, vault, SEEDED["1k"], 1, lambda *_: None, password=hashed).run()
    finally:
        await store.close()


def _on_postgres() -> Solved:
    with (
        pg.running_server() as server,
        pg.fresh_database(server) as database,
        scratch() as place,
    ):
        flush_to_disk(server)
        folder = DataFolder(place / "d")
        folder.make()
        url = pg.words(database)
        asyncio.run(_fill(url, folder))
        asyncio.run(send_probes(url, folder.vault_key, STATION))
        command = console_command(folder, "--database", url)
        return _two_desks(command, command, _postgres_commit(database))


def _postgres_commit(database: URL) -> Callable[[], float]:
    host, name = str(database.query["host"]), database.database
    conn = psycopg.connect(host=host, user=database.username, dbname=name, autocommit=True)
    conn.execute("CREATE TABLE one_row (n bigint GENERATED ALWAYS AS IDENTITY, words text)")

    def commit() -> float:
        began = time.perf_counter()
        conn.execute("INSERT INTO one_row (words) VALUES ('a tip of a hundred letters')")
        return (time.perf_counter() - began) * 1000

    return commit


def on_sqlite() -> list[Row]:
    """P12."""
    return _on_sqlite().rows("SQLite, city", 25)


def on_postgres() -> list[Row]:
    """P12."""
    return _on_postgres().rows("PostgreSQL, 1,000 tips", 10)
