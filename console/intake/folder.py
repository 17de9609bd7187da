"""Takes what lies in the folder, newest first, a batch a transaction; a file leaves claimed/ after its commit."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from console.errors import BadTip, StoreDown
from console.intake.bell import Bell
from console.intake.entry import Entry
from console.intake.envelope import Submission
from console.intake.formats.many import Line
from console.intake.pulse import Pulse
from console.intake.quarantine import BadLine
from console.intake.shelves import Claimed, Parcel, Shelves, Waiting
from console.intake.taking import Answer, Taker
from console.intake.troubles import Complaints, Trouble, trouble_of_disk, trouble_with
from console.model.incoming import NewTip, Receipt
from console.settings import IntakeSettings
from console.words import ngettext

log = logging.getLogger(__name__)

Thing = TypeVar("Thing")
Made = TypeVar("Made")

_BATCH_BYTES = 16 << 20
"""Of files in one batch: what is read at a time stays in memory until its commit."""
_LOOK_AGAIN_S = 1.0
"""While many wait, how often the folder is scanned anew for something newer; less often when a scan takes its time."""
_TROUBLED_S = 2.0
"""Between scans while the disk refuses, whatever rings; also before what lies in claimed/ is tried again."""
_PAUSES_S = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Between tries while the store is down; the last one from then on."""


class Stopping(Exception):
    """The intake ends while the store is down; what is in claimed/ is taken at the next start."""


@dataclass(slots=True)
class Sorted:
    """The lines of one file of many as they turned out."""

    kept: list[bytes] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


@dataclass(slots=True)
class Look:
    """One look into new/ and what became of it; `again_at` is when it is worth another one (of `time.monotonic`)."""

    waiting: Waiting
    again_at: float
    taken: int = 0
    unfinished: int = 0
    refused: int = 0

    @property
    def left(self) -> int:
        return self.waiting.count - self.taken

    @property
    def has_seen_all(self) -> bool:
        return self.waiting.count == len(self.waiting.newest)

    def add(self, claimed: Claimed) -> None:
        self.taken += len(claimed.places)
        self.unfinished += claimed.unfinished
        self.refused += claimed.refused


class FolderIntake:
    """The folder's loop; `stop` ends it after the running batch."""

    def __init__(self, shelves: Shelves, taker: Taker, pulse: Pulse, limits: IntakeSettings) -> None:
        self._shelves = shelves
        self._taker = taker
        self._pulse = pulse
        self._limits = limits
        self._complaints = Complaints(pulse.tell_folder_trouble)
        self._bell = Bell(shelves.new, partial(self._complaints.say, Trouble.WATCH), is_mute=limits.polling)
        self._stop = asyncio.Event()
        self._is_patient = True
        self._has_left_over = True
        self._try_left_over_at = 0.0
        self._is_broken_off = False
        self._identity: tuple[int, int] | None = None

    def stop(self) -> None:
        self._stop.set()
        self._bell.rung.set()

    async def run(self) -> None:
        """Take what comes until `stop`."""
        await asyncio.to_thread(self._shelves.tidy)
        ringing = asyncio.create_task(self._bell.watch())
        try:
            while not self._stop.is_set():
                self._bell.rung.clear()
                still_written = await self.take_what_lies_there()
                await self._rest(self._limits.settle_s / 2 if still_written else self._limits.scan_every_s)
        except Stopping:
            pass
        finally:
            ringing.cancel()
            await asyncio.gather(ringing, return_exceptions=True)
            self._shelves.close()

    async def run_once(self) -> None:
        """Take what lies there now, then return. Raises StoreDown; then what was claimed waits in claimed/."""
        self._is_patient = False
        await asyncio.to_thread(self._shelves.tidy)
        try:
            while await self.take_what_lies_there() and not self._stop.is_set():
                await self._rest(self._limits.settle_s / 2)
        finally:
            self._shelves.close()

    async def take_what_lies_there(self) -> bool:
        """One scan and all its batches; True when something is still being written (or was not looked at)."""
        try:
            is_more_to_come = await self._take_scanned()
            self._end_scan(None)
        except OSError as error:
            is_more_to_come = False
            self._end_scan(error)
        finally:
            self._pulse.rejected = await asyncio.to_thread(self._shelves.quarantine.waiting)
        return is_more_to_come

    def _end_scan(self, error: OSError | None) -> None:
        """The scan came through, or was broken off by what the next file would meet too."""
        self._is_broken_off = error is not None
        self._complaints.say(Trouble.SCAN, trouble_with(self._shelves.root, error) if error is not None else "")

    def _look_at_disk(self) -> None:
        """Of the folder, and of store and heartbeat: senders, too, cannot put anything on it."""
        root = self._shelves.root
        found = trouble_of_disk(root) or trouble_of_disk(root.parent)
        if found and found != self._pulse.disk_trouble:
            log.warning("%s", found)
        self._pulse.disk_trouble = found

    async def _take_scanned(self) -> bool:
        await asyncio.to_thread(self._look_at_disk)
        if await asyncio.to_thread(self._is_another_folder):
            self._bell.hang_anew()
        if self._has_left_over and time.monotonic() >= self._try_left_over_at:
            await self._take_left_over()
        is_unfinished = False
        while True:
            look = await self._look()
            for batch in _batches(look.waiting.newest, self._limits.batch):
                if self._stop.is_set() or (self._bell.rung.is_set() and time.monotonic() > look.again_at):
                    return True
                look.add(await self._claim_and_take(batch))
                self._pulse.waiting = look.left
            is_unfinished = is_unfinished or look.unfinished > 0
            if not look.taken or look.has_seen_all:
                self._tell_refused(look.refused)
                await asyncio.to_thread(self._shelves.done.sweep)
                return is_unfinished

    async def _look(self) -> Look:
        began_at = time.monotonic()
        waiting = await asyncio.to_thread(self._shelves.waiting)
        self._pulse.waiting = waiting.count
        ended_at = time.monotonic()
        return Look(waiting, again_at=ended_at + max(_LOOK_AGAIN_S, 2 * (ended_at - began_at)))

    async def _claim_and_take(self, batch: Sequence[Entry]) -> Claimed:
        """Raises OSError when disk or process refused; what was claimed before is taken then."""
        try:
            claimed = await asyncio.to_thread(self._shelves.claim, batch)
        except OSError:
            self._has_left_over = True
            raise
        await self._take(claimed.places)
        if claimed.broken_off is not None:
            raise claimed.broken_off
        if claimed.places:
            self._complaints.say(Trouble.SCAN, "")
        return claimed

    def _tell_refused(self, count: int) -> None:
        words = ngettext(
            "{count} thing in new/ cannot be moved: give this account the right to, or take it away.",
            "{count} things in new/ cannot be moved: give this account the right to, or take them away.",
            count,
        )
        self._complaints.say(Trouble.REFUSED, words.format(count=f"{count:,}") if count else "")

    async def _take_left_over(self) -> None:
        self._try_left_over_at = time.monotonic() + _TROUBLED_S
        try:
            entries = await asyncio.to_thread(self._shelves.left_over)
        except OSError as error:  # what is new can be taken nevertheless, or says itself that it cannot
            self._complaints.say(Trouble.LEFT_OVER, trouble_with(self._shelves.root, error))
            return
        self._has_left_over = False
        for batch in _batches(entries, self._limits.batch):
            await self._take([self._shelves.place_of(entry) for entry in batch])
        if not self._has_left_over:
            self._complaints.say(Trouble.LEFT_OVER, "")

    async def _take(self, places: Sequence[Path]) -> None:
        parcels = await self._each(places, self._shelves.read)
        whole = [parcel for parcel in parcels if isinstance(parcel.content, Submission)]
        answers = await self._insist([_tip_of(parcel) for parcel in whole])
        turned_out = list(zip(whole, answers, strict=True))
        turned_out += [(parcel, parcel.content) for parcel in parcels if isinstance(parcel.content, BadTip)]
        await self._each(turned_out, self._put_away)
        if parcels:
            await self._each([None], lambda _none: self._shelves.flush())
        for parcel in parcels:
            if not isinstance(parcel.content, (Submission, BadTip)):
                await self._take_many(parcel, parcel.content)

    async def _take_many(self, parcel: Parcel, lines: Iterator[Line]) -> None:
        turned_out = Sorted()
        try:
            while part := await asyncio.to_thread(lambda: list(islice(lines, self._limits.batch))):
                await self._take_part(part, turned_out)
        except BadTip as bad:
            await self._each([(parcel, bad)], self._put_away)
            return
        await self._each([turned_out], lambda lines: self._shelves.done.keep_lines(parcel.place, lines.kept, lines.bad))

    async def _take_part(self, part: Sequence[Line], turned_out: Sorted) -> None:
        good = [(line, line.content) for line in part if isinstance(line.content, Submission)]
        answers = await self._insist([submission.tip for _line, submission in good])
        refused = {line.number: answer for (line, _s), answer in zip(good, answers, strict=True)}
        for line in part:
            answer = refused.get(line.number, line.content)
            if isinstance(answer, BadTip):
                turned_out.bad.append(BadLine(line.number, line.received, answer))
            elif isinstance(line.content, Submission) and not (isinstance(answer, Receipt) and answer.erased):
                turned_out.kept.append(self._shelves.sealed_line(line, line.content))

    def _put_away(self, turned_out: tuple[Parcel, Answer | BadTip]) -> None:
        parcel, answer = turned_out
        if isinstance(answer, BadTip):
            self._shelves.quarantine.reject(parcel.place, answer)
        elif answer.erased:
            self._shelves.done.drop(parcel.place)
        elif isinstance(parcel.content, Submission):
            self._shelves.done.keep(parcel.place, parcel.content)

    async def _each(self, things: Sequence[Thing], do: Callable[[Thing], Made]) -> list[Made]:
        """What `do` made of each thing, in a thread; one that the disk refuses stays in claimed/ for the next scan."""

        def all_of_them() -> list[Made]:
            made = []
            for thing in things:
                try:
                    made.append(do(thing))
                except OSError as error:
                    self._has_left_over = True
                    self._complaints.say(Trouble.LEFT_OVER, trouble_with(self._shelves.root, error))
            return made

        return await asyncio.to_thread(all_of_them) if things else []

    async def _insist(self, tips: Sequence[NewTip]) -> list[Answer]:
        """The answers, tried again while the store is down; Stopping when the intake ends meanwhile."""
        failures = 0
        while True:
            try:
                return await self._taker.take(tips)
            except StoreDown:
                self._has_left_over = True
                if not self._is_patient:
                    raise
            await asyncio.to_thread(self._look_at_disk)
            pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
            failures += 1
            try:
                await asyncio.wait_for(self._stop.wait(), pause)
            except TimeoutError:
                continue
            raise Stopping

    def _is_another_folder(self) -> bool:
        """Make the folders again when somebody removed one; whether new/ is another than before. Raises OSError."""
        was_made = self._shelves.make()
        found = self._shelves.new.stat()
        before, self._identity = self._identity, (found.st_dev, found.st_ino)
        return was_made or before not in (None, self._identity)

    async def _rest(self, seconds: float) -> None:
        """Until it rings or that time is over; while the disk refuses nothing rings, and it is asked again sooner."""
        waited_for = self._stop if self._is_broken_off else self._bell.rung
        if self._is_broken_off or self._has_left_over:
            seconds = min(seconds, _TROUBLED_S)
        try:
            await asyncio.wait_for(waited_for.wait(), seconds)
        except TimeoutError:
            return


def _tip_of(parcel: Parcel) -> NewTip:
    assert isinstance(parcel.content, Submission)  # noqa: S101 - for the type checker; the caller chose these
    return parcel.content.tip


def _batches(entries: Sequence[Entry], most: int) -> Iterator[list[Entry]]:
    """In order, at most `most` things or about 16 MiB at a time; a bundle, whose pictures may take seconds, alone."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        weight = _BATCH_BYTES if entry.is_folder else entry.size
        if batch and (len(batch) >= most or size + weight > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += weight
    if batch:
        yield batch
