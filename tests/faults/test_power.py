"""The power fails: of the stopped intake's disk only what was flushed is kept (and, of the rest, nothing, some or all).
What was acknowledged is in the reopened copy, the copy is whole, and an intake over it takes all that is left, once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from console.intake.process import Intake
from console.intake.pulse import Pulse
from console.paths import DataFolder
from console.settings import IntakeSettings, Settings
from console.store.driver import plain_sqlite
from tests.faults.disk import FaultyDisk
from tests.faults.image import Disk, Recorder, Survival
from tests.faults.ledger import Verdict, verdict_on
from tests.faults.lives import Life, nursery
from tests.faults.mail import Key, Mail
from tests.faults.place import Place
from tests.faults.talker import Talker
from tests.faults.tally import Tally
from tests.until import until

_SHARDS = 5
_FILES_A_CUT = 25
_LINES_A_CUT = 25
_CALLS_A_CUT = 5 * (_FILES_A_CUT + _LINES_A_CUT)
_CHANGES_A_CUT = 3 * _FILES_A_CUT
"""So many changes every round has at least: each file is claimed and moved on, and even one commit of all of them
writes a dozen pages into the store's log, each with its head."""
_CUTS_A_LIFE = 4
"""Then the intake is killed and another begins over the same folder, so that cuts also fall into its beginning."""
_SURVIVALS = (Survival.NONE, Survival.NONE, Survival.SOME, Survival.SOME, Survival.ALL)


@dataclass(slots=True)
class Cuts:
    """What the cuts of one test met and what they found."""

    done: int = 0
    inside: int = 0
    """Cuts that fell right after a change, before anything could flush it."""
    unflushed: int = 0
    """Cuts that fell when something was written that was not flushed: those inside, and of the others what came so."""
    acknowledged: int = 0
    """Acknowledged tips asked for in all images together."""
    missing: int = 0


@dataclass(slots=True)
class PowerStation:
    """Runs an intake on a recorded disk and cuts its power again and again."""

    place: Place
    control: FaultyDisk
    mail: Mail
    talker: Talker
    disk: Disk
    chance: Random
    cuts: Cuts

    async def run(self, cuts: int) -> None:
        log = self.place.beside / "intake.log"
        async with nursery(self.place.folder, self.place.url, log, self.control.variables) as births:
            while self.cuts.done < cuts:
                life = await births.quick()
                for _ in range(min(_CUTS_A_LIFE, cuts - self.cuts.done)):
                    await self._one(life)
                await life.kill()

    async def _one(self, life: Life) -> None:
        """Mail, a moment, the cut, and a look at what is left."""
        is_inside = self.cuts.done % 2 == 0
        self.control.stop_after(self.chance.randint(1, _CHANGES_A_CUT) if is_inside else 0)
        moment = self.control.calls + self.chance.randint(1, _CALLS_A_CUT)
        self.mail.drop(_FILES_A_CUT)
        survival = self.chance.choice(_SURVIVALS)
        talking = asyncio.create_task(self.talker.talk(_LINES_A_CUT))
        is_alive = await life.until(
            lambda: (
                self.control.has_stopped
                or (not is_inside and self.control.calls >= moment)
                or (talking.done() and not self._waits())
            )
        )
        assert is_alive
        image = self.place.beside / "image"
        async with _stopped(life.pid):
            acknowledged = [key for key in self.mail.asked if key in self.mail.promised]
            self.disk.read_on()
            self.cuts.inside += self.control.has_stopped
            self.cuts.unflushed += self.disk.unflushed > 0
            self.disk.write_image(image, survival, self.chance)
            mail = replace(
                self.mail,
                folder=DataFolder(image),
                promised=dict(self.mail.promised),
                asked=dict(self.mail.asked),
                bad=list(self.mail.bad),
            )
        await self._look_at(mail, acknowledged, survival)
        shutil.rmtree(image)
        await talking

    async def _look_at(self, mail: Mail, acknowledged: list[Key], survival: Survival) -> None:
        self.cuts.done += 1
        self.cuts.acknowledged += len(acknowledged)
        there = _keys_in(mail.folder.store)
        missing = [key for key in acknowledged if key not in there]
        self.cuts.missing += len(missing)
        assert missing == [], f"{len(missing)} of {len(acknowledged)} acknowledged are gone ({survival})"
        verdict = await _recovered(mail)
        assert verdict.faults == {}, f"after cut {self.cuts.done} ({survival})"

    def _waits(self) -> bool:
        return any(any((self.place.folder.intake / shelf).iterdir()) for shelf in ("new", "claimed"))


@asynccontextmanager
async def _stopped(pid: int) -> AsyncIterator[None]:
    """The process with all its threads stands still; replies that it sent are heard first."""
    os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: all(_is_stopped(task) for task in Path(f"/proc/{pid}/task").iterdir()))
        for _ in range(50):
            await asyncio.sleep(0)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _is_stopped(task: Path) -> bool:
    return (task / "stat").read_text().rpartition(")")[2].split()[0] == "T"


def _keys_in(store: Path) -> set[Key]:
    """The delivery keys of a store that was found whole by SQLite's longest check."""
    connection = plain_sqlite(store)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return set(connection.execute("SELECT source, source_key FROM tip"))
    finally:
        connection.close()


async def _recovered(mail: Mail) -> Verdict:
    """What stands in the store when an intake has taken what the cut left in the folder."""
    settings = Settings(data=mail.folder.root, intake=IntakeSettings(settle_s=0, heartbeat_s=0.1))
    await Intake(settings, Pulse()).run(once=True)
    return await verdict_on(settings.database_url, mail)


async def cut_and_counted(place: Place, control: FaultyDisk, tally: Tally, cuts: int) -> None:
    """So many cuts, each judged by itself."""
    mail = Mail(place.folder, tally.chance("mail"), Recorder(control.record).mail)
    disk = Disk(place.folder.root, control.record)
    control.start_recording()
    station = PowerStation(place, control, mail, Talker(mail), disk, tally.chance("cuts"), Cuts())
    try:
        await station.run(cuts)
    finally:
        met = station.cuts
        tally.say(cuts=met.done, right_after_a_change=met.inside, with_unflushed_changes=met.unflushed)
        tally.say(flushes_seen=disk.flushes)
        tally.say(files=mail.files, tips=mail.tips, acknowledged_asked_for=met.acknowledged, missing=met.missing)
    assert disk.flushes > cuts
    assert met.inside == (cuts + 1) // 2
    assert met.unflushed >= met.inside
    assert met.acknowledged > 0


@pytest.mark.timeout(300)
async def test_a_power_cut_takes_nothing_acknowledged(place: Place, disk: FaultyDisk, tally: Tally) -> None:
    await cut_and_counted(place, disk, tally, cuts=4)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("shard", range(_SHARDS))
async def test_100_power_cuts(place: Place, disk: FaultyDisk, tally: Tally, shard: int) -> None:
    """In five parts of 20 cuts."""
    await cut_and_counted(place, disk, tally, cuts=max(4, tally.share_of(100) // _SHARDS))
