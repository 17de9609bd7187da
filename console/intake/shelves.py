"""The folders on disk: what waits in new/, is read in claimed/ and kept in done/. Plain calls, run in a thread."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.errors import BadTip
from console.intake.attachments import Attachments
from console.intake.durable import DRAFT, flush_folder, free_name, make_private, write_whole
from console.intake.entry import Entry, Settling, look_at
from console.intake.envelope import Submission
from console.intake.formats import Form, form_of
from console.intake.formats.bundle import WORDS, read_bundle
from console.intake.formats.many import Line, read_many
from console.intake.formats.one import read_one
from console.intake.kept import sealed_json
from console.intake.opening import read_regular
from console.intake.quarantine import Quarantine
from console.paths import DataFolder
from console.settings import IntakeSettings
from console.vault import Vault

_SPENT = ".spent-"
"""What a bundle is called from the moment its tip is kept until its pictures are removed."""


@dataclass(slots=True, repr=False)
class Parcel:
    """What lies at `place` in claimed/, read: one tip, the lines of many, or why it cannot be taken."""

    place: Path
    content: Submission | Iterator[Line] | BadTip

    @property
    def name(self) -> str:
        return self.place.name


class Shelves:
    """new/, claimed/, done/ and rejected/ of one data folder, for the one intake that holds its lock."""

    def __init__(self, folder: DataFolder, vault: Vault, limits: IntakeSettings) -> None:
        self.new = folder.intake / "new"
        self.quarantine = Quarantine(folder.intake / "rejected", vault, limits)
        self._claimed = folder.intake / "claimed"
        self._done = folder.intake / "done"
        self._attachments = Attachments(folder.attachments, vault)
        self._vault = vault
        self._limits = limits
        self._settling = Settling(limits.settle_s)

    def left_over(self) -> list[Path]:
        """What a crash or a full disk left in claimed/, oldest first. Raises OSError."""
        names = os.listdir(self._claimed)
        for name in names:
            if name.startswith(_SPENT):
                shutil.rmtree(self._claimed / name, ignore_errors=True)
        names = [name for name in names if not name.startswith(".")]
        left = [entry for name in names if (entry := look_at(self._claimed, name)) is not None]
        return [self._claimed / entry.name for entry in sorted(left, key=lambda entry: entry.written_ns)]

    def make(self) -> None:
        """The four folders, where one is missing; not the one they are in, which may only be away. Raises OSError."""
        for folder in (self.new, self._claimed, self._done, self.quarantine.folder):
            folder.mkdir(mode=0o700, exist_ok=True)

    def tidy(self) -> None:
        """Remove the drafts that a crash of ours left behind; once, at the start."""
        for folder in (self._claimed, self._done, self.quarantine.folder):
            for draft in folder.glob(f"{DRAFT}*"):
                draft.unlink(missing_ok=True)

    def waiting(self) -> list[Entry]:
        """All that lies in new/, newest first; hidden names are a sender's drafts. Raises OSError."""
        with os.scandir(self.new) as found:
            names = [entry.name for entry in found if not entry.name.startswith(".")]
        self._settling.forget_all_but(set(names))
        entries = [entry for name in names if (entry := look_at(self.new, name)) is not None]
        return sorted(entries, key=lambda entry: max(entry.written_ns, entry.moved_ns), reverse=True)

    def claim(self, entries: Sequence[Entry]) -> list[Path]:
        """Move what is finished into claimed/, where nobody else writes; the rest stays for the next scan."""
        places = []
        for entry in entries:
            if not self._is_finished(entry):
                continue
            place = free_name(self._claimed, entry.name)
            try:
                (self.new / entry.name).rename(place)
            except FileNotFoundError:
                continue
            make_private(place)
            places.append(place)
        if places:
            flush_folder(self._claimed)
            flush_folder(self.new)
        return places

    def read(self, place: Path) -> Parcel:
        """What lies at a place in claimed/; its pictures are in the attachment store when this returns."""
        try:
            return Parcel(place, self._content(place))
        except BadTip as bad:
            return Parcel(place, bad)

    def keep(self, place: Path, submission: Submission) -> None:
        """Move a taken tip to done/, its reporter sealed, its pictures left to the attachment store."""
        to = free_name(self._done, place.name)
        sealed = sealed_json(submission.raw, self._vault)
        if place.is_dir():
            self._keep_bundle(place, to, sealed)
        elif sealed is None:
            place.chmod(0o600)
            place.rename(to)
        else:
            write_whole(to, sealed)
            place.unlink()

    def keep_lines(self, place: Path, lines: Sequence[bytes]) -> None:
        """Keep the taken lines of a file of many in done/ and drop the file."""
        if lines:
            write_whole(free_name(self._done, place.name), b"".join(line + b"\n" for line in lines))
            flush_folder(self._done)
        place.unlink()

    def sealed_line(self, line: Line, submission: Submission) -> bytes:
        """A line as it is kept."""
        return sealed_json(submission.raw, self._vault) or line.received

    def flush(self) -> None:
        """All moves since the last call are on disk when this returns."""
        flush_folder(self._done)
        flush_folder(self._claimed)

    def _content(self, place: Path) -> Submission | Iterator[Line]:
        match form_of(place.name, is_folder=place.is_dir() and not place.is_symlink()):
            case Form.BUNDLE:
                return read_bundle(place, self._limits, self._attachments)
            case Form.MANY:
                return read_many(read_regular(place, self._limits.bundle_bytes), self._limits.line_bytes)
            case Form.ONE:
                return read_one(read_regular(place, self._limits.json_bytes))

    def _is_finished(self, entry: Entry) -> bool:
        """Moved here, unchanged for a while, or one JSON object that is whole (a part of one does not parse)."""
        if entry.was_moved_here or self._settling.is_settled(entry, time.time(), time.monotonic()):
            return True
        try:
            if form_of(entry.name, is_folder=entry.is_folder) is not Form.ONE:
                return False
            read_one(read_regular(self.new / entry.name, self._limits.json_bytes))
        except (BadTip, OSError):
            return False
        return True

    def _keep_bundle(self, place: Path, to: Path, sealed: bytes | None) -> None:
        words = sealed or read_regular(place / WORDS, self._limits.json_bytes)
        to.mkdir(mode=0o700)
        write_whole(to / WORDS, words)
        flush_folder(to)
        spent = place.with_name(f"{_SPENT}{hashlib.sha256(os.fsencode(place.name)).hexdigest()[:16]}")
        shutil.rmtree(spent, ignore_errors=True)
        place.rename(spent)
        shutil.rmtree(spent, ignore_errors=True)
