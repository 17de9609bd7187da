"""done/: what was taken, its reporter sealed, for some days. The shelves keep things here and have it swept."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from console.errors import BadTip
from console.intake.durable import flush_folder, free_name, write_whole
from console.intake.envelope import Submission
from console.intake.formats.bundle import WORDS
from console.intake.kept import sealed_json
from console.intake.limits import large_picture
from console.intake.opening import read_regular
from console.intake.quarantine import BadLine, Quarantine
from console.settings import IntakeSettings
from console.vault import Vault
from console.words import gettext as _

SPENT = ".spent-"
"""How the name of a bundle in claimed/ begins from the moment its tip is kept until its files are removed."""
_LOOKED_AT = 2000
"""Things in done/ that one sweep looks at: some 20 ms, so that no tip waits for it."""
_DAY_S = 86_400
_BETWEEN_S = 3600.0
"""From the end of one round through done/ to the next."""


class DoneShelf:
    """Keeps what was taken out of claimed/, and removes what has been here for longer than the settings say."""

    def __init__(self, folder: Path, quarantine: Quarantine, vault: Vault, limits: IntakeSettings) -> None:
        self.folder = folder
        self._quarantine = quarantine
        self._vault = vault
        self._limits = limits
        self._round: Iterator[os.DirEntry[str]] | None = None
        self._next_round_at = time.monotonic()

    def keep(self, place: Path, submission: Submission) -> None:
        """Move a taken tip here, its reporter sealed; a bundle's files are in the attachment store. Raises OSError."""
        to = free_name(self.folder, place.name)
        sealed = sealed_json(submission.raw, self._vault)
        if place.is_dir():
            self._keep_bundle(place, to, sealed)
        elif sealed is None and _is_private(place):
            place.rename(to)
        else:
            write_whole(to, sealed or read_regular(place, self._limits.json_bytes))
            place.unlink()

    def drop(self, place: Path) -> None:
        """Remove what delivers an erased tip again. Raises OSError."""
        if not place.is_dir():
            place.unlink()
            return
        spent = free_name(place.parent, f"{SPENT}{place.name}")
        place.rename(spent)
        self.clear(spent)

    def keep_lines(self, place: Path, lines: Sequence[bytes], bad: Sequence[BadLine]) -> None:
        """Keep the taken lines of a file of many here and the bad ones in rejected/, then drop the file.

        Raises OSError. Nothing was kept then: it is tried again every few seconds for as long as a disk is full.
        """
        kept = free_name(self.folder, place.name)
        try:
            if lines:
                write_whole(kept, b"".join(line + b"\n" for line in lines))
                flush_folder(self.folder)
            if bad:
                self._quarantine.reject_lines(place.name, bad, taken=len(lines))
        except OSError:
            with suppress(OSError):
                kept.unlink(missing_ok=True)
            raise
        place.unlink()

    def clear(self, spent: Path) -> None:
        """Remove a bundle whose tip is kept; what of it is nowhere else goes to rejected/. Again after a crash."""
        name = spent.name.removeprefix(SPENT)
        for path in list(spent.iterdir()):
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                continue
            if found.st_size > self._limits.picture_bytes:
                bad = large_picture(self._limits.picture_bytes)
                self._quarantine.reject(path, bad, name=f"{name}.{path.name}", part_of=name)
            else:
                path.unlink()
        try:
            spent.rmdir()
        except OSError:
            late = BadTip("late", _("It was put into the bundle after that was taken: send it in a bundle of its own."))
            self._quarantine.reject(spent, late, name=name, part_of=name)

    def sweep(self) -> None:
        """Remove some of what was put here more than `done_days` ago; called often, it goes round once an hour.

        The time counts since the thing was moved here, whatever times its sender gave it. Raises OSError.
        """
        if time.monotonic() < self._next_round_at:
            return
        if self._round is None:
            self._round = os.scandir(self.folder)
        entries = list(islice(self._round, _LOOKED_AT))
        oldest_s = time.time() - self._limits.done_days * _DAY_S
        for entry in entries:
            with suppress(OSError):  # gone, or another account's: the next round looks at it again
                if entry.stat(follow_symlinks=False).st_ctime < oldest_s:
                    _remove(entry)
        if len(entries) < _LOOKED_AT:
            self._round = None
            self._next_round_at = time.monotonic() + _BETWEEN_S

    def _keep_bundle(self, place: Path, to: Path, sealed: bytes | None) -> None:
        words = sealed or read_regular(place / WORDS, self._limits.json_bytes)
        to.mkdir(mode=0o700)
        spent = free_name(place.parent, f"{SPENT}{place.name}")
        try:
            write_whole(to / WORDS, words)
            flush_folder(to)
            place.rename(spent)
        except OSError:
            shutil.rmtree(to, ignore_errors=True)
            raise
        self.clear(spent)


def _is_private(place: Path) -> bool:
    """Whether the file is open to this account alone now; another account's stays as that wants it."""
    try:
        place.chmod(0o600)
    except PermissionError:
        return False
    return True


def _remove(entry: os.DirEntry[str]) -> None:
    """A file, or the folder of a bundle, which holds only its words."""
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry.path)
        return
    with os.scandir(entry.path) as inside:
        for one in list(inside):
            os.unlink(one.path)
    os.rmdir(entry.path)
