"""A running intake over a folder that is harmed: sends it tips, waits for facts, keeps what was injected and told."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from console.intake.heartbeat import Heartbeat, IntakeState, sign_of_life
from console.paths import DataFolder
from console.store import Store
from console.store import tables as t
from tests.faults.namespaces import CountedInside, Room
from tests.intake.processes import COMMAND
from tests.until import until

PATIENCE_S = 60.0
"""Of every wait: the bound is 10 s on an idle machine, and the measured time is printed."""
_ROOT = Path(__file__).resolve().parents[2]
_WORDS = ("沙发堵住消防通道 3 号门", "Sofa blocks the fire escape of gate 3")


@dataclass
class FolderRig:
    """One data folder (`place` as its intake names it, `folder` as the test sees it), its store and its intake."""

    place: Path
    folder: DataFolder
    store: Store | CountedInside
    database: str
    room: Room | None = None
    sent: int = 0
    files: int = 0
    injected: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    patience_s: float = PATIENCE_S

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def shelf(self, name: str) -> Path:
        return self.folder.intake / name

    # ── the intake ───────────────────────────────────────────────────────────────────────────────────────────────────
    @asynccontextmanager
    async def running(self, *prefix: str, **settings: str) -> AsyncIterator[None]:
        """A real intake with the settings of a real desk, alive at the end and one and the same all along."""
        places = {"TASKROOM_DATA": str(self.place), "TASKROOM_DATABASE": self.database, "PYTHONPATH": str(_ROOT)}
        before = self.room.prefix if self.room is not None else ()
        self.process = await asyncio.create_subprocess_exec(
            *before, *prefix, *COMMAND, env={**os.environ, **settings, **places}, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            await self.until(lambda: self.beat().state in (IntakeState.OK, IntakeState.FOLDER_TROUBLE))
            yield
            assert self.process.returncode is None, "the intake did not live through it"
            await self.until(lambda: self.beat().state is IntakeState.OK)
            self.process.send_signal(signal.SIGTERM)
            assert await self.process.wait() == 0
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()

    def beat(self) -> Heartbeat:
        """What the console sees of this intake; nobody's beat when there is no fresh one."""
        now = datetime.now(UTC)
        beat = sign_of_life(self.folder)
        if beat is None or beat.pid != self.pid or beat.is_stale(now):
            return Heartbeat(0, now, now, IntakeState.STOPPED, problem="no fresh beat")
        return beat

    @property
    def engine(self) -> str:
        return self.database.partition(":")[0]

    # ── the senders ──────────────────────────────────────────────────────────────────────────────────────────────────
    def stage(self, count: int = 1, *, reporter: bool = False, length: int = 0) -> list[Path]:
        """Tips written by their senders, still in tmp/."""
        staged = []
        for _n in range(count):
            self.sent += 1
            words = {
                "room": "JNL-12",
                "text": f"{_WORDS[self.sent % 2]} {self.sent} {'。' * length}",
                "source_key": str(self.sent),
            }
            more = {"reporter": {"name": "植物园丁一", "contact": "13900009999"}} if reporter else {}
            draft = self.shelf("tmp") / f"{self.sent:06}.json"
            draft.write_text(json.dumps({**words, **more}, ensure_ascii=False))
            staged.append(draft)
        return staged

    def send(self, staged: list[Path], *, to: Path | None = None) -> None:
        """Renamed into new/, as a sender should; into another disk by copy and rename."""
        target = to or self.shelf("new")
        for draft in staged:
            self.files += 1
            if target.stat().st_dev == draft.stat().st_dev:
                draft.rename(target / draft.name)
            else:
                shutil.copyfile(draft, target / f".{draft.name}")
                (target / f".{draft.name}").rename(target / draft.name)
                draft.unlink()

    def drop(self, count: int = 1, *, reporter: bool = False, length: int = 0) -> None:
        """Sent one after the other."""
        self.send(self.stage(count, reporter=reporter, length=length))

    # ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def until(self, is_so: Callable[[], bool | Awaitable[bool]]) -> None:
        await until(is_so, patience_s=self.patience_s)

    async def rows(self, table: str = "tip") -> int:
        if isinstance(self.store, CountedInside):
            return self.store.rows(table)

        def ask(conn: Connection) -> int:
            return conn.execute(select(func.count()).select_from(t.metadata.tables[table])).scalar_one()

        return await self.store.read(ask)

    def count(self, shelf: str) -> int:
        """How much lies on that shelf."""
        return len(self._names(shelf))

    async def is_all_taken(self) -> bool:
        """Every tip that was sent is on file once, and its file in done/."""
        return (
            self.count("new") == self.count("claimed") == 0
            and self.count("done") == self.files
            and await self.rows() == self.sent
        )

    async def taken(self, count: int) -> None:
        """So many tips are on file, wherever their files are."""

        async def ask() -> bool:
            return await self.rows() == count

        await self.until(ask)

    async def told(self, beginning: str, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """The banner says it; the sentence is kept for the table. `meanwhile` sees to it that the fault lasts."""

        def ask() -> bool:
            meanwhile()
            return self.beat().problem.startswith(beginning)

        await self.until(ask)
        self.sentences.append(self.beat().problem)

    async def lasts(self, seconds: float) -> None:
        """The intake beats for so long with something to complain of."""
        since = self.beat().at
        await self.until(lambda: self.beat().at > since + timedelta(seconds=seconds))
        assert self.beat().problem

    @asynccontextmanager
    async def recovery(self, fault: str) -> AsyncIterator[None]:
        """The body ends the fault; then a tip is sent, and all are taken once; prints how long that took."""
        began_at = time.monotonic()
        yield
        self.drop()
        await self.until(self.is_all_taken)
        seconds = time.monotonic() - began_at
        await self.until(lambda: self.beat().problem == "")
        assert await self.rows("tip_event") == self.sent
        quiet = time.monotonic() - began_at
        injected, told = "; ".join(self.injected), " / ".join(dict.fromkeys(self.sentences)) or "-"
        print(f"\nfolder fault | {fault} | injected: {injected} | told: {told}")
        print(f"  all {self.sent} taken {seconds:.2f} s after its end, banner gone after {quiet:.2f} s")

    def _names(self, shelf: str) -> list[str]:
        try:
            return [name for name in os.listdir(self.shelf(shelf)) if not name.startswith(".")]
        except FileNotFoundError:
            return ["(no folder)"]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process stands still for as long."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def rss_mib(pid: int, line: str = "VmRSS") -> float:
    """Resident memory of a process (`VmHWM`: the most it ever had), in MiB."""
    for words in Path(f"/proc/{pid}/status").read_text().splitlines():
        if words.startswith(f"{line}:"):
            return int(words.split()[1]) / 1024
    sys.exit(f"no {line}")
