"""The intake dies by kill -9 again and again, in the middle of its work, while tips arrive: each is in once, with its
event and its audit row, and no number of any station is missing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from random import Random

import pytest

from tests.faults.disk import FaultyDisk
from tests.faults.ledger import verdict_on
from tests.faults.lives import Life, Nursery, nursery
from tests.faults.mail import Mail
from tests.faults.place import Place
from tests.faults.talker import Talker
from tests.faults.tally import Tally

_SHARDS = 5
_CALLS_A_TIP = 5
"""What the intake changes on disk for a tip in a file of its own, about; a life is to end in the middle of its mail."""
_DRAWN_ENOUGH = 10
"""From so many kills on the draws must have met a call often; in fewer the mail may be taken before, each time."""
_STUCK_S = 20.0
_WHOLE_EVERY = 20
"""Every so many lives one begins with the interpreter, the others are forked from a process that has it all loaded."""


@dataclass(slots=True)
class Deaths:
    """How the lives of a campaign ended."""

    inside: int = 0
    """Ended by the disk, before the call that was drawn."""
    outside: int = 0
    """kill -9 from outside once a drawn part of the mail had moved."""
    mid_work: int = 0
    """Something lay in claimed/ or new/, or a line of the socket had no answer."""
    exits: list[int] = field(default_factory=list)
    """Lives that ended by themselves, which none may."""


@dataclass(slots=True)
class Campaign:
    """Lives of an intake over one folder, one after the other, and the mail that arrives meanwhile."""

    place: Place
    disk: FaultyDisk
    mail: Mail
    talker: Talker
    chance: Random
    batch: int
    deaths: Deaths = field(default_factory=Deaths)

    async def run(self, kills: int, files: int) -> None:
        """So many kills, over so many files; then a last life takes what is left."""
        async with self._nursery() as births:
            for number in range(kills):
                share = files * (number + 1) // kills - files * number // kills
                await self._one(births, number, share)
            await self._rest(births)

    def _nursery(self) -> AbstractAsyncContextManager[Nursery]:
        log = self.place.beside / "intake.log"
        settings = {"TASKROOM_INTAKE__BATCH": str(self.batch)}
        return nursery(self.place.folder, self.place.url, log, self.disk.variables, **settings)

    async def _one(self, births: Nursery, number: int, files: int) -> None:
        """A life: some mail lies there, some arrives, some is told over the socket; then it is killed."""
        draw = self.chance
        lies_there, told, is_inside, part = (
            draw.randint(0, files),
            draw.randint(0, 20),
            draw.random() < 0.85,
            draw.random(),
        )
        call, in_store = draw.randint(1, _CALLS_A_TIP * (files + told)), draw.random() < 0.5
        if not number:  # one death at least is in the midst of work: on the shelves each file costs two calls
            is_inside, in_store, call = True, False, draw.randint(1, 2 * files)
        self.mail.drop(lies_there)
        self.disk.kill_before(call if is_inside else 0, in_store=in_store and self.place.is_embedded)
        life = await (births.whole() if number % _WHOLE_EVERY == 0 else births.quick())
        is_at_work = await life.is_at_work()
        self.mail.drop(files - lies_there)
        if is_at_work:
            await self.talker.talk(told)
        bound = 0 if is_inside else part * self._waits()
        await life.until(lambda: self._waits() <= bound)
        self._count(await life.kill(), is_inside=self.disk.has_killed)

    def _count(self, status: int, *, is_inside: bool) -> None:
        if status != -9:
            self.deaths.exits.append(status)
        self.deaths.inside += is_inside
        self.deaths.outside += not is_inside
        self.deaths.mid_work += bool(self._waits() or self.talker.is_waiting)
        self.disk.kill_before(0)

    def _waits(self) -> int:
        """How many files wait in new/ or claimed/."""
        return sum(1 for shelf in ("new", "claimed") for _ in (self.place.folder.intake / shelf).iterdir())

    async def _rest(self, births: Nursery) -> None:
        life: Life = await births.quick()
        assert await life.is_at_work()
        while self.talker.is_waiting:
            await self.talker.talk(0)
        await life.until(self._is_at_rest())
        await life.kill()

    def _is_at_rest(self) -> Callable[[], bool]:
        """Asked again and again: whether nothing waits, or nothing has moved for long (the verdict then says what)."""
        waits, since = self._waits(), time.monotonic()

        def ask() -> bool:
            nonlocal waits, since
            if (now := self._waits()) != waits:
                waits, since = now, time.monotonic()
            return not waits or time.monotonic() - since > _STUCK_S

        return ask


async def killed_and_counted(
    place: Place, disk: FaultyDisk, tally: Tally, kills: int, files: int, *, batch: int = 0
) -> Mail:
    """A whole campaign, judged; returns its mail."""
    mail = Mail(place.folder, tally.chance("mail"))
    lives = tally.chance("lives")
    campaign = Campaign(place, disk, mail, Talker(mail), lives, batch or lives.choice((10, 40, 100, 500)))
    await campaign.run(kills, files)
    verdict = await verdict_on(place.url, mail)
    deaths = campaign.deaths
    tally.say(kills=kills, at_a_call=deaths.inside, from_outside=deaths.outside, mid_work=deaths.mid_work)
    tally.say(files=mail.files, tips=mail.tips, acknowledged_lines=campaign.talker.replies)
    tally.say(lost=len(verdict.lost), twice=len(verdict.twice), faults=verdict.faults or "none")
    assert verdict.faults == {}
    assert deaths.exits == []
    assert deaths.mid_work >= max(1, kills // 3)
    assert deaths.inside >= kills // 3 or kills < _DRAWN_ENOUGH
    return mail


@pytest.mark.parametrize("place, kills", [("sqlite", 4), ("postgresql", 3)], indirect=["place"])
@pytest.mark.timeout(300)
async def test_a_killed_intake_loses_and_doubles_nothing(
    place: Place, disk: FaultyDisk, tally: Tally, kills: int
) -> None:
    await killed_and_counted(place, disk, tally, kills, files=25 * kills)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_kills_of_small_batches(place: Place, disk: FaultyDisk, tally: Tally) -> None:
    """Many commits of few tips, so that many deaths fall into one."""
    await killed_and_counted(place, disk, tally, tally.share_of(20), tally.share_of(600), batch=10)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("shard", range(_SHARDS))
async def test_500_kills_over_60_000_files(place: Place, disk: FaultyDisk, tally: Tally, shard: int) -> None:
    """In five parts of 100 kills, so that several processes may share them."""
    kills, files = tally.share_of(500) // _SHARDS, tally.share_of(60_000) // _SHARDS
    assert (await killed_and_counted(place, disk, tally, kills, files)).files >= files


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_100_kills_on_postgresql(place: Place, disk: FaultyDisk, tally: Tally) -> None:
    await killed_and_counted(place, disk, tally, tally.share_of(100), tally.share_of(10_000))
