"""Following a station's chain of audit entries: where it is sound, and the first entry where it is not. `desk.audit`
walks with it, `store.chain` reads the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.model.audit import FIRST, Written, entry_hash
from console.words import gettext as _

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Head:
    """A station's entry and its hash, as the counter row, an anchor or a console's memory has it. `at`: when it was
    noted down."""

    station: str
    seq: int
    hash: bytes
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """What a station's counter row says of its chain's end (None where the row is gone), and the highest number there
    is."""

    station_id: int
    station: str
    seq: int | None
    hash: bytes | None
    newest: int


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad entry of a station: its number, its time if it has one, and what is wrong, as a sentence."""

    station: str
    seq: int
    at: datetime | None
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and at most one fault a station."""

    stations: int
    entries: int
    anchors: int
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        return not self.faults


LinkedRow = tuple[Written, bytes | None]
"""An entry in plain values and the hash that stands beside it."""


class Walk:
    """One station's chain, followed from its first entry on; `fault` is the first thing wrong with it."""

    def __init__(self, station: str, seq: int = 0, hash: bytes = FIRST) -> None:
        self.station = station
        self.seq = seq
        """Of the last entry that was sound."""
        self.hash = hash
        self.fault: Fault | None = None
        self._at_us: int | None = None

    def follow(self, rows: Iterable[LinkedRow]) -> None:
        """The next entries, by number; stops at the first that is wrong."""
        for entry, stored in rows:
            seq = entry[1]
            if seq != self.seq + 1:
                self._find(self.seq + 1, None, _("it is missing"))
                return
            made = entry_hash(self.hash, entry)
            if made != stored:
                self._find(seq, entry[2], _("it is not what was written, or does not follow from the one before it"))
                return
            self.seq, self.hash, self._at_us = seq, made, entry[2]

    def end_at(self, end: ChainEnd) -> None:
        """After the last entry: it must be the one that the counter row names, and none may come after it."""
        if self.fault is not None:
            return
        if end.seq is None:
            self._find(self.seq, self._at_us, _("the counter row of its station is gone"))
        elif self.seq < end.seq:
            self._find(self.seq + 1, None, _("it is missing"))
        elif end.newest > end.seq:
            self._find(end.seq + 1, None, _("it stands after the end that the counter row names"))
        elif end.hash != self.hash:
            self._find(self.seq, self._at_us, _("the counter row names another hash for it"))

    def _find(self, seq: int, at_us: int | None, what: str) -> None:
        self.fault = Fault(self.station, seq, None if at_us is None else instant(at_us), what)


def instant(at_us: int) -> datetime | None:
    """A moment of so many microseconds since 1970; None for one no calendar has."""
    try:
        return _EPOCH + timedelta(microseconds=at_us)
    except OverflowError:
        return None


def fault_against(noted: Head, found: bytes | None, *, is_there: bool) -> Fault | None:
    """What is wrong when a station's entry, noted down before, has now the hash `found`; None when it is the same."""
    if is_there and found == noted.hash:
        return None
    if is_there:
        what = _("it is another than was noted down elsewhere: the chain was made anew")
    else:
        what = _("it was noted down elsewhere and is not there: the end was cut off, or an older copy put in its place")
    return Fault(noted.station, noted.seq, noted.at, what)
