"""Files that the intake keeps sealed, sealed again by the store's newest key: attachments, done/ and rejected/.
`taskroom vault rotate` calls it while the desk goes on working."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from console.errors import BadTip, VaultLocked
from console.intake.attachments import Attachments
from console.intake.durable import DRAFT, flush_folder, write_whole
from console.intake.formats.bundle import WORDS
from console.intake.kept import sealed_again
from console.intake.opening import read_regular
from console.intake.quarantine import WHY
from console.paths import DataFolder
from console.settings import IntakeSettings
from console.vault import Vault

OnProgress = Callable[[str, int, int], None]

_GROWN = 6
"""Times of what came that is kept of it at most: `1E15,` of five bytes is kept as `1000000000000000.0, `, and a seal is
base64 of it, four bytes for three."""


class Resealing:
    """One walk over the files of a data folder. A file is the old one or the new one, whatever breaks it off; what went
    away meanwhile stays away."""

    def __init__(self, folder: DataFolder, vault: Vault, limits: IntakeSettings, on_progress: OnProgress) -> None:
        self._folder = folder
        self._vault = vault
        self._attachments = Attachments(folder.attachments, vault)
        self._most_bytes = _GROWN * max(limits.json_bytes, limits.many_bytes)
        self._most_of_one = _GROWN * max(limits.json_bytes, limits.line_bytes)
        self._on_progress = on_progress
        self.left: list[Path] = []
        """Files as they were found: they do not open with this vault, may not be read or are too large, or could not be
        written again."""

    def run(self, is_stopped: Callable[[], bool]) -> int:
        """How many files were sealed again. Raises OSError."""
        files = [*self._contents(), *self._kept()]
        done = 0
        for number, (file, again) in enumerate(files, 1):
            if is_stopped():
                break
            done += self._is_sealed_again(file, again)
            self._on_progress("files", number, len(files))
        return done

    def _is_sealed_again(self, file: Path, again: Callable[[Path], bool]) -> bool:
        """A second time when only the draft was taken away, not the file: the key that opens it is dropped later."""
        for _attempt in range(2):
            try:
                return again(file)
            except FileNotFoundError:
                if not os.path.lexists(file):
                    return False
            except (VaultLocked, BadTip):
                break
        self.left.append(file)
        return False

    def _contents(self) -> Iterator[tuple[Path, Callable[[Path], bool]]]:
        for folder in _sorted(self._folder.attachments):
            if folder.is_dir() and not folder.is_symlink():
                yield from ((file, self._attachment_again) for file in _sorted(folder) if _is_regular(file))

    def _kept(self) -> Iterator[tuple[Path, Callable[[Path], bool]]]:
        for file in _kept_in(self._folder.intake / "done"):
            yield file, self._words_again
        for file in _kept_in(self._folder.intake / "rejected"):
            if not file.name.endswith(WHY):
                yield file, self._refused_again

    def _attachment_again(self, file: Path) -> bool:
        return self._attachments.seal_again(file.name)

    def _refused_again(self, file: Path) -> bool:
        """What may lie there as it came is passed over: a film, a file that another account keeps to itself."""
        try:
            return self._words_again(file)
        except BadTip as bad:
            if bad.code == "too-large" or (bad.code == "unreadable" and file.lstat().st_uid != os.geteuid()):
                return False
            raise

    def _words_again(self, file: Path) -> bool:
        """A second name, as of a backup that links, keeps what it has: the new words take this one's place."""
        kept = read_regular(file, self._most_bytes, may_be_linked=True)
        again = sealed_again(kept, self._vault, self._most_of_one)
        if again is not None:
            replace_whole(file, again)
        return again is not None


def replace_whole(file: Path, content: bytes) -> None:
    """Other content in the place of a file that is still there. Raises FileNotFoundError, OSError."""
    file.lstat()
    write_whole(file, content)
    with suppress(FileNotFoundError):
        flush_folder(file.parent)


def _sorted(folder: Path) -> list[Path]:
    try:
        return sorted(folder / name for name in os.listdir(folder) if not name.startswith("."))
    except FileNotFoundError:
        return []


def _kept_in(folder: Path) -> Iterator[Path]:
    """Files here, and the words in a bundle's folder: nothing else of that is ever sealed."""
    for path in _sorted(folder):
        file = path / WORDS if path.is_dir() and not path.is_symlink() else path
        if _is_regular(file):
            yield file


def _is_regular(file: Path) -> bool:
    try:
        return stat.S_ISREG(file.lstat().st_mode) and not file.name.startswith(DRAFT)
    except FileNotFoundError:
        return False
