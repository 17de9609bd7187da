"""The disk refuses: EIO, a full disk, no descriptors, writes cut short, at every kind of call. The intake stays alive,
loses nothing, and takes everything as soon as the disk is good again; the store's file stays whole."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest

from console.store.driver import plain_sqlite
from tests.faults.disk import EVERY_CALL, Call, FaultyDisk
from tests.faults.ledger import verdict_on
from tests.faults.lives import Life, nursery
from tests.faults.mail import Mail
from tests.faults.place import Place
from tests.faults.talker import Talker
from tests.faults.tally import Tally

_SHARDS = 4
_FILES, _LINES = 60, 20
_BATCH = "10"
"""Small, so that a failed commit leaves much to fail after it."""
_FLOWS_AGAIN_S = 60.0
"""After the fault has ended everything is taken: within 10 s where nobody else works; the time taken is printed."""
_LASTS_S = 4.0
"""So long one trouble lasts at most: a store that is down is tried every few seconds only, and no call meets it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way in which a disk is bad: that share of such calls fails, until so many have failed."""

    name: str
    share: float
    kinds: frozenset[Call] = EVERY_CALL
    error: int = 0
    failures: int = 40


QUICK = (
    Trouble("a bad disk", 0.05),
    Trouble("full disk", 1.0, frozenset({Call.OPEN, Call.WRITE, Call.FOLDER}), errno.ENOSPC, 6),
    Trouble("flushes fail", 0.2, frozenset({Call.FLUSH}), errno.EIO, 6),
)
TROUBLES = (
    *QUICK,
    Trouble("a worse disk", 0.25),
    Trouble("nearly full disk", 0.1, frozenset({Call.WRITE}), errno.ENOSPC),
    Trouble("no flush goes through", 1.0, frozenset({Call.FLUSH}), errno.EIO, 6),
    Trouble("writes fail", 0.1, frozenset({Call.WRITE}), errno.EIO),
    Trouble("nothing can be moved", 0.3, frozenset({Call.RENAME, Call.UNLINK}), errno.EIO),
    Trouble("no descriptors", 0.3, frozenset({Call.OPEN}), errno.EMFILE, 20),
    Trouble("no log can be cut", 1.0, frozenset({Call.CUT}), errno.EIO, 1),
)


@dataclass(slots=True)
class BadDays:
    """One intake, trouble after trouble."""

    place: Place
    disk: FaultyDisk
    mail: Mail
    talker: Talker
    chance: Random
    troubles: int = 0
    longest_s: float = 0.0

    @property
    def injected(self) -> int:
        return sum(self.disk.injected.values())

    async def run(self, failures: int, troubles: Sequence[Trouble]) -> None:
        """Each trouble, ended and recovered from, in an order that is drawn, again and again until so many calls have
        failed."""
        log = self.place.beside / "intake.log"
        variables = self.disk.variables
        async with nursery(self.place.folder, self.place.url, log, variables, TASKROOM_INTAKE__BATCH=_BATCH) as births:
            life = await births.quick()
            assert await life.is_at_work()
            while self.injected < failures:
                for trouble in self.chance.sample(troubles, len(troubles)):
                    await self._one(life, trouble)
            await life.kill()

    async def _one(self, life: Life, trouble: Trouble) -> None:
        before = self.injected
        self.disk.fail(trouble.share, trouble.kinds, trouble.error)
        self.mail.drop(_FILES)
        talking = asyncio.create_task(self.talker.talk(_LINES))
        ends_at = time.monotonic() + _LASTS_S
        await life.until(lambda: self.injected >= before + trouble.failures or time.monotonic() > ends_at)
        self.disk.fail(0.0)
        began = time.monotonic()
        await self._flows_again(life, talking)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.troubles += 1
        assert not life.is_over, f"it ended over: {trouble.name}"
        assert self.longest_s < _FLOWS_AGAIN_S, f"{self.longest_s:.1f} s after: {trouble.name}"

    async def _flows_again(self, life: Life, talking: asyncio.Task[None]) -> None:
        await talking
        while self.talker.is_waiting and not life.is_over:
            await self.talker.talk(0)
        await life.until(lambda: not self._waits())

    def _waits(self) -> bool:
        return any(any((self.place.folder.intake / shelf).iterdir()) for shelf in ("new", "claimed"))


async def bad_days(place: Place, disk: FaultyDisk, tally: Tally, failures: int, troubles: Sequence[Trouble]) -> None:
    """A whole campaign and its verdict."""
    mail = Mail(place.folder, tally.chance("mail"))
    days = BadDays(place, disk, mail, Talker(mail), tally.chance("troubles"))
    try:
        await days.run(failures, troubles)
    finally:
        by_kind = {kind.name.lower(): count for kind, count in disk.injected.items() if count}
        tally.say(failed_calls=days.injected, of=by_kind, troubles=days.troubles, refused_lines=days.talker.refusals)
        tally.say(longest_until_all_is_in=f"{days.longest_s:.1f} s", files=mail.files, tips=mail.tips)
        tally.say(acknowledged_lines=days.talker.replies)
    verdict = await verdict_on(place.url, mail)
    assert verdict.faults == {}
    assert _is_whole(place)
    assert days.injected >= failures


def _is_whole(place: Place) -> bool:
    connection = plain_sqlite(place.folder.store)
    try:
        return list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
    finally:
        connection.close()


@pytest.mark.timeout(300)
async def test_a_bad_disk_loses_nothing(place: Place, disk: FaultyDisk, tally: Tally) -> None:
    await bad_days(place, disk, tally, 15, QUICK)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("shard", range(_SHARDS))
async def test_1000_failed_calls(place: Place, disk: FaultyDisk, tally: Tally, shard: int) -> None:
    """In four parts of 300."""
    await bad_days(place, disk, tally, tally.share_of(1200) // _SHARDS, TROUBLES)
