"""Thousands of hostile files through a real intake: each ends in done/ or rejected/ with a reason; the intake lives.

A run prints its seed; TASKROOM_FAULTS_SEED (or `--faults-seed`) sends the same files again, TASKROOM_HOSTILE_FILES says
how many the long test sends.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from console.intake.quarantine import WHY
from console.store import Store
from console.store import tables as t
from tests.desk.conftest import Desk
from tests.faults import hostile_bundles, hostile_things, hostile_words
from tests.faults.hostile_files import KINDS, End, Kind, Sender, number_in
from tests.intake.conftest import Inbox, inbox
from tests.intake.processes import running

assert all((hostile_bundles, hostile_things, hostile_words))  # importing them makes their kinds known

__all__ = ["inbox"]

SECRET = "not submitted to anybody"
MOST_S = 8.0
MOST_BYTES = 1 << 30
WAVE = 200
"""Files sent before the intake has to have put them all away."""
STUCK_S = 90.0
HEAVY = 5
"""Kinds up to this weight cost a second or more: they are rare, and come in the long run only."""


@dataclass
class Watch:
    """What is seen of a running intake from outside: how long a thing lies in claimed/, and its memory at the most.

    Of the time is taken off what the intake stood ready to run and the machine ran others (`run_delay` in schedstat):
    the bound is the program's, and an intake that hangs waits for nothing there.
    """

    inbox: Inbox
    pid: int
    first_seen: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    longest_s: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    longest_wall_s: float = 0.0
    children: dict[int, int] = field(default_factory=dict)
    delays_ns: dict[str, int] = field(default_factory=dict)

    def look(self) -> int:
        """How many things wait or are being taken."""
        now, delayed_s = time.monotonic(), self._delayed_s()
        waiting, claimed = self._names("new"), self._names("claimed")  # in the order in which things move
        for name in claimed:
            number = number_in(name)
            if number is not None:
                since, delayed_before_s = self.first_seen.setdefault(name, (now, delayed_s))
                took_s = now - since - (delayed_s - delayed_before_s)
                self.longest_s[number] = max(self.longest_s[number], took_s)
                self.longest_wall_s = max(self.longest_wall_s, now - since)
        self.children |= {pid: peak for pid in self._children() if (peak := peak_bytes(pid))}
        return len(waiting) + len(claimed)

    async def until_all_is_put_away(self) -> None:
        quiet_since, before = time.monotonic(), -1
        while left := self.look():
            if left != before:
                quiet_since, before = time.monotonic(), left
            assert time.monotonic() - quiet_since < STUCK_S, self._names("new") + self._names("claimed")
            await asyncio.sleep(0.02)

    def _delayed_s(self) -> float:
        """So long the intake's threads and its child have stood in the machine's queue."""
        for pid in (self.pid, *self._children()):
            with suppress(OSError):  # it has ended
                for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                    self.delays_ns[str(task)] = int(task.read_text().split()[1])
        return sum(self.delays_ns.values()) / 1e9

    def _names(self, shelf: str) -> list[bytes]:
        return os.listdir(os.fsencode(self.inbox.folder.intake / shelf))

    def _children(self) -> list[int]:
        return [
            int(pid)
            for task in Path(f"/proc/{self.pid}/task").iterdir()
            for pid in (task / "children").read_text().split()
        ]


def peak_bytes(pid: int) -> int:
    """The most memory the process has had; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)


def plant_secrets(beside: Path) -> None:
    """What links of all kinds lead to."""
    (beside / "folder").mkdir(parents=True)
    for place in (beside / "secret.json", beside / "folder" / "tip.json"):
        place.write_text(json.dumps({"text": SECRET, "room": "JNL-12"}))


def ends(inbox: Inbox) -> dict[int, list[tuple[str, bytes, dict[str, Any] | None]]]:
    """By number: the shelf, the name and the reason of each thing found."""
    found: dict[int, list[tuple[str, bytes, dict[str, Any] | None]]] = defaultdict(list)
    for shelf in ("done", "rejected"):
        folder = os.fsencode(inbox.folder.intake / shelf)
        names = set(os.listdir(folder))
        reasons = {name for name in names if shelf == "rejected" and name.endswith(WHY.encode())}
        for name in names - reasons:
            why = None
            if shelf == "rejected":
                with open(os.path.join(folder, name + WHY.encode()), "rb") as opened:
                    why = json.load(opened)
            number = number_in(name)
            assert number is not None, name
            found[number].append((shelf, name, why))
        assert {name.removesuffix(WHY.encode()) for name in reasons} <= names
    return found


def check_ends(sent: dict[int, Kind], inbox: Inbox, keys: Counter[str]) -> Counter[str]:
    """Every thing has ended, where it should; how many ended where."""
    found = ends(inbox)
    assert set(found) == set(sent)
    shelves: Counter[str] = Counter()
    for number, kind in sent.items():
        where = {shelf for shelf, _name, _why in found[number]}
        on_file = keys[f"x{number:06d}x"]
        shelves["+".join(sorted(where))] += 1
        for _shelf, name, why in found[number]:
            assert why is None or (why["code"] and why["sentence"].endswith(".")), name
            assert why is None or why["code"] not in ("unread", "refused"), (kind.name, name)
        if kind.end is End.TAKEN:
            assert ("done" in where, on_file) == (True, 1), (kind.name, found[number])
        elif kind.end is End.REFUSED:
            assert (where, on_file) == ({"rejected"}, 0), (kind.name, found[number])
        else:
            assert where
            assert on_file <= 1
    return shelves


async def tips_on_file(store: Store) -> tuple[Counter[str], list[str]]:
    rows = await store.read(lambda conn: conn.execute(select(t.tip.c.source_key, t.tip.c.text)).all())
    return Counter(row.source_key for row in rows), [row.text for row in rows]


async def send_through(inbox: Inbox, station: Desk, url: str, count: int, sender: Sender) -> str:
    """Send `count` things in waves through one intake, then look at where each ended; what was seen, in figures."""
    plant_secrets(sender.beside)
    began = time.monotonic()
    async with running(inbox.folder, url, TASKROOM_INTAKE__BATCH="100") as process:
        watch = Watch(inbox, process.pid)
        while len(sender.sent) < count:
            sender.send(min(WAVE, count - len(sender.sent)))
            await watch.until_all_is_put_away()
        assert process.returncode is None
        peak = peak_bytes(process.pid)
    keys, texts = await tips_on_file(station.store)
    shelves = check_ends(sender.sent, inbox, keys)
    slowest = max(watch.longest_s, key=lambda number: watch.longest_s[number])
    child = max(watch.children.values(), default=0)
    figures = (
        f"{len(sender.sent)} hostile files of {len(sender.counts())} kinds: {dict(shelves)}; longest in claimed/ "
        f"{watch.longest_s[slowest]:.2f} s ({sender.sent[slowest].name}), {watch.longest_wall_s:.2f} s with the queue "
        f"of the machine; memory {peak >> 20} MiB, its {len(watch.children)} children {child >> 20} MiB; "
        f"{time.monotonic() - began:.0f} s, seed {sender.seed}"
    )
    print(f"\n{figures}\n{dict(sender.counts())}")
    assert set(sender.counts()) == {found.name for found in sender.kinds}
    assert min(sender.counts().values()) > 0
    assert SECRET not in "".join(texts)
    assert json.loads((sender.beside / "secret.json").read_text())["text"] == SECRET
    assert watch.longest_s[slowest] <= MOST_S
    assert peak + child <= MOST_BYTES
    return figures


@pytest.fixture(autouse=True)
def shallow(tmp_path: Path) -> Iterator[None]:
    """In the end no folder is too deep for pytest's own removal of old ones, whether the test passed or not."""
    yield
    for top in [*tmp_path.glob("intake/*/x*x"), *tmp_path.glob("*/intake/*/x*x")]:
        while (top / "d" / "d").is_dir():
            (top / "d" / "d").rename(top / "next")
            (top / "d").rmdir()
            (top / "next").rename(top / "d")


def seed_of(request: pytest.FixtureRequest) -> int:
    told = request.config.getoption("--faults-seed", default=None) or os.environ.get("TASKROOM_FAULTS_SEED")
    return secrets.randbelow(1 << 32) if told is None else int(told)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_one_of_each_quick_kind(
    inbox: Inbox, station: Desk, store_url: str, request: pytest.FixtureRequest
) -> None:
    quick = [found for found in KINDS.values() if found.weight > HEAVY]
    figures = await send_through(
        inbox, station, store_url, len(quick), Sender(inbox.folder.intake, seed_of(request), quick)
    )
    request.node.user_properties.append(("fault figures", figures))


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_ten_thousand(inbox: Inbox, station: Desk, store_url: str, request: pytest.FixtureRequest) -> None:
    """On PostgreSQL a tenth as many: the folder is the same, and what differs is the store's words."""
    count = int(os.environ.get("TASKROOM_HOSTILE_FILES", "10000"))
    count = count if store_url.startswith("sqlite") else max(count // 10, len(KINDS))
    figures = await send_through(inbox, station, store_url, count, Sender(inbox.folder.intake, seed_of(request)))
    request.node.user_properties.append(("fault figures", figures))


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        plant_secrets(tmp_path / name / "beside")
        for shelf in ("tmp", "new"):
            (tmp_path / name / "intake" / shelf).mkdir(parents=True)
        Sender(tmp_path / name / "intake", 7).send(len(KINDS))
        files = [
            path for path in (tmp_path / name / "intake" / "new").iterdir() if path.is_file() and not path.is_symlink()
        ]
        made.append({path.name: path.read_bytes()[:100_000] for path in files if path.stat().st_size < 20 << 20})
    assert len(made[0]) > 30
    assert made[0] == made[1]
