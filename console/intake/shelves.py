"""The folders on disk: what waits in new/, is read in claimed/ and kept in done/. Plain calls, run in a thread."""

from __future__ import annotations

import heapq
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from console.errors import BadTip
from console.intake.attachments import Attachments
from console.intake.bringing import StillWritten, bring, remove
from console.intake.done import SPENT, DoneShelf
from console.intake.durable import DRAFT, flush_folder, free_name, is_left, make_private
from console.intake.entry import Entry, Settling, look_at
from console.intake.envelope import Submission
from console.intake.formats import Form, form_of
from console.intake.formats.bundle import read_bundle
from console.intake.formats.many import Line, read_many
from console.intake.formats.one import read_one
from console.intake.kept import sealed_json
from console.intake.limits import large_file_of_many
from console.intake.opening import read_regular
from console.intake.pictures import PictureCheck
from console.intake.quarantine import Quarantine
from console.intake.troubles import is_for_all
from console.paths import DataFolder
from console.settings import IntakeSettings
from console.vault import Vault
from console.words import gettext as _

log = logging.getLogger(__name__)

_MOST_AT_A_LOOK = 5000
"""Entries of one look into new/, which takes half a second when 100,000 wait: only the newest are held in memory."""


@dataclass(slots=True, repr=False)
class Parcel:
    """What lies at `place` in claimed/, read: one tip, the lines of many, or why it cannot be taken."""

    place: Path
    content: Submission | Iterator[Line] | BadTip

    @property
    def name(self) -> str:
        return self.place.name


@dataclass(frozen=True, slots=True)
class Waiting:
    """A look into new/: the newest, newest first, and how many things lie there in all."""

    newest: list[Entry]
    count: int


@dataclass(slots=True)
class Claimed:
    """What of a batch lies in claimed/ now, how many are still being written, what may not be moved, and the error of
    disk or process at which the rest was left where it is."""

    places: list[Path] = field(default_factory=list)
    unfinished: int = 0
    refused: int = 0
    broken_off: OSError | None = None


class Shelves:
    """new/, claimed/, done/ and rejected/ of one data folder, for the one intake that holds its lock."""

    def __init__(self, folder: DataFolder, vault: Vault, limits: IntakeSettings) -> None:
        self.root = folder.intake
        self.new = folder.intake / "new"
        self.quarantine = Quarantine(folder.intake / "rejected", vault, limits)
        self.done = DoneShelf(folder.intake / "done", self.quarantine, vault, limits)
        self._claimed = folder.intake / "claimed"
        self._attachments = Attachments(folder.attachments, vault)
        self._pictures = PictureCheck(limits.picture_s)
        self._vault = vault
        self._limits = limits
        self._settling = Settling(limits.settle_s)

    def left_over(self) -> list[Entry]:
        """What a crash or a full disk left in claimed/, oldest first. Raises OSError."""
        names = os.listdir(self._claimed)
        for name in names:
            if name.startswith(SPENT):
                self.done.clear(self._claimed / name)
        names = [name for name in names if not name.startswith(".")]
        left = [entry for name in names if (entry := look_at(self._claimed, name)) is not None]
        return sorted(left, key=lambda entry: entry.written_ns)

    def place_of(self, left: Entry) -> Path:
        """Where in claimed/ something left over lies."""
        return self._claimed / left.name

    def make(self) -> bool:
        """The four folders, where one is missing; not the one they are in, which may only be away. True when new/ was
        made. Raises OSError."""
        was_there = self.new.is_dir()
        for folder in (self.new, self._claimed, self.done.folder, self.quarantine.folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        return not was_there

    def tidy(self) -> None:
        """Remove the drafts that a crash of ours left behind; once, at the start. One that stays is in nobody's way.

        Only in claimed/ nobody else writes: elsewhere a young one may be another command's under way, of a `vault
        rotate` or an `erase`.
        """
        for folder in (self._claimed, self.done.folder, self.quarantine.folder, self._attachments.root):
            with suppress(OSError):
                for draft in folder.glob(f"{DRAFT}*"):
                    if folder == self._claimed or is_left(draft):
                        remove(draft)

    def waiting(self, most: int = _MOST_AT_A_LOOK) -> Waiting:
        """What lies in new/, at most so many of the newest; hidden names are a sender's drafts. Raises OSError."""
        count = 0
        waited_for: set[str] = set()

        def names() -> Iterator[tuple[int, str]]:
            nonlocal count
            with os.scandir(self.new) as found:
                for one in found:
                    if one.name.startswith(".") or (at_ns := _changed_ns(one)) is None:
                        continue
                    count += 1
                    if self._settling.knows(one.name):
                        waited_for.add(one.name)
                    yield at_ns, one.name

        newest = heapq.nlargest(most, names())
        self._settling.forget_all_but(waited_for)
        return Waiting([entry for _at, name in newest if (entry := look_at(self.new, name)) is not None], count)

    def claim(self, entries: Sequence[Entry]) -> Claimed:
        """Move what is finished into claimed/, where nobody else writes; the rest stays for the next scan."""
        claimed = Claimed()
        for entry in entries:
            if not self._is_finished(entry):
                claimed.unfinished += 1
                continue
            place = free_name(self._claimed, entry.name)
            try:
                bring(self.new / entry.name, place, self._limits.bundle_bytes)
            except FileNotFoundError:
                continue
            except StillWritten:
                claimed.unfinished += 1
                continue
            except OSError as error:
                if is_for_all(error):
                    claimed.broken_off = error
                    break
                claimed.refused += 1
                continue
            make_private(place)
            claimed.places.append(place)
        self._flush_claims(claimed)
        return claimed

    def read(self, place: Path) -> Parcel:
        """What lies at a place in claimed/; its pictures are in the attachment store when this returns."""
        try:
            return Parcel(place, self._content(place))
        except BadTip as bad:
            return Parcel(place, bad)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - no file may end the intake: the next start would find it again
            log.warning("a file could not be read (%s)", type(error).__name__)
            return Parcel(place, BadTip("unread", _("Reading it failed: keep it, and tell who looks after Taskroom.")))

    def close(self) -> None:
        """End the process that looks at pictures."""
        self._pictures.close()

    def sealed_line(self, line: Line, submission: Submission) -> bytes:
        """A line as it is kept."""
        return sealed_json(submission.raw, self._vault) or line.received

    def flush(self) -> None:
        """All moves since the last call are on disk when this returns."""
        flush_folder(self.done.folder)
        flush_folder(self._claimed)

    def _flush_claims(self, claimed: Claimed) -> None:
        if not claimed.places:
            return
        try:
            flush_folder(self._claimed)
            flush_folder(self.new)
        except OSError as error:
            claimed.broken_off = claimed.broken_off or error

    def _content(self, place: Path) -> Submission | Iterator[Line]:
        match form_of(place.name, is_folder=place.is_dir() and not place.is_symlink()):
            case Form.BUNDLE:
                return read_bundle(place, self._limits, self._attachments, self._pictures)
            case Form.MANY:
                return self._many(place)
            case Form.ONE:
                return read_one(read_regular(place, self._limits.json_bytes))

    def _many(self, place: Path) -> Iterator[Line]:
        try:
            received = read_regular(place, self._limits.many_bytes)
        except BadTip as bad:
            raise large_file_of_many(self._limits.many_bytes) if bad.code == "too-large" else bad from None
        return read_many(received, self._limits.line_bytes, self._limits.lines)

    def _is_finished(self, entry: Entry) -> bool:
        """Moved here, unchanged for a while, already too large, or one whole JSON object (a part does not parse)."""
        if entry.was_moved_here or self._settling.is_settled(entry, time.time(), time.monotonic()):
            return True
        try:
            form = form_of(entry.name, is_folder=entry.is_folder)
        except BadTip:
            return False  # a draft that gets its ending when it is whole
        if entry.size > self._most_bytes(form):
            return True
        if form is not Form.ONE:
            return False
        try:
            read_one(read_regular(self.new / entry.name, self._limits.json_bytes))
        except (BadTip, OSError):
            return False
        return True

    def _most_bytes(self, form: Form) -> int:
        match form:
            case Form.ONE:
                return self._limits.json_bytes
            case Form.MANY:
                return self._limits.many_bytes
            case Form.BUNDLE:
                return self._limits.bundle_bytes


def _changed_ns(one: os.DirEntry[str]) -> int | None:
    """When it was last written or moved; None when it is gone."""
    try:
        found = one.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return max(found.st_mtime_ns, found.st_ctime_ns)
