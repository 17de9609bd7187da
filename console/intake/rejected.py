"""What lies in rejected/, for the command line: listed, shown without its reporter, and sent on its way again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.errors import BadTip, ConsoleError, NotFound
from console.intake.durable import flush_folder, unheard_name, write_whole
from console.intake.encoding import decode
from console.intake.formats.bundle import WORDS
from console.intake.kept import unsealed_bytes
from console.intake.opening import printable, read_regular
from console.intake.quarantine import WHY
from console.intake.strict import strict_json
from console.paths import DataFolder
from console.settings import IntakeSettings
from console.vault import Vault
from console.words import gettext as _

_MOST_WHY_BYTES = 16 << 20
_SHOWN = (
    *("text", "room", "station", "source", "source_key", "reported_at", "category", "urgency", "place"),
    *("latitude", "longitude", "answers"),
)
"""Of the native shape, what a person may read: not the reporter, and no field that could be one under another name."""


class NotAgain(ConsoleError):
    """It cannot be sent on its way again; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing in rejected/ with its reason. `name` is the file's own, raw; `lines` the reasons of a file's lines."""

    name: str
    is_there: bool
    code: str
    sentence: str
    where: str = ""
    at: str = ""
    sha256: str | None = None
    part_of: str = ""
    lines: tuple[Mapping[str, Any], ...] = ()

    @property
    def id(self) -> str:
        """Eight hexadecimal digits to name it by when its name cannot be typed."""
        return hashlib.sha256(os.fsencode(self.name)).hexdigest()[:8]


class Rejected:
    """rejected/ of one data folder; an intake may run at the same time."""

    def __init__(self, folder: DataFolder, limits: IntakeSettings) -> None:
        self.folder = folder.intake / "rejected"
        self._new = folder.intake / "new"
        self._limits = limits

    def all(self) -> list[Refusal]:
        """Everything here, the latest first. Raises OSError."""
        names = [name for name in os.listdir(self.folder) if not name.startswith(".")]
        things = {name for name in names if not name.endswith(WHY)}
        told = {name.removesuffix(WHY) for name in names if name.endswith(WHY)}
        found = [self._refusal(name, is_there=name in things) for name in things | told]
        return sorted(found, key=lambda one: (one.at, one.name), reverse=True)

    def find(self, told: str) -> Refusal:
        """The one of that name or id. Raises NotFound."""
        for one in self.all():
            if told in (one.name, one.id, printable(one.name)):
                return one
        raise NotFound(
            _("There is no {name} in rejected/: `taskroom rejected list` shows names and ids.").format(
                name=printable(told)
            )
        )

    def words(self, refusal: Refusal) -> dict[str, str] | None:
        """The tip's fields that are fit to be read; None when it is not one whole JSON object."""
        try:
            value = strict_json(decode(read_regular(self._words(refusal.name), self._limits.json_bytes))[0])
        except (BadTip, OSError):
            return None
        if not isinstance(value, dict):
            return None
        shown = {name: str(value[name]) for name in _SHOWN if isinstance(value.get(name), str | int | float)}
        return shown | ({"reporter": _("sealed")} if value.get("reporter") else {})

    def retry(self, refusal: Refusal, vault: Vault) -> str:
        """Move it back into new/ and return its name there; its reporter is what the sender wrote again.

        Raises NotAgain, VaultLocked, OSError.
        """
        if refusal.part_of:
            raise NotAgain(_("It is a part of a bundle whose tip was taken: send it with a tip of its own."))
        place = self.folder / refusal.name
        if not os.path.lexists(place):
            raise NotAgain(_("Only its reason is left: remove that file when it is no longer wanted."))
        to = self._new / unheard_name(refusal.name)
        words = self._words(refusal.name)
        clear = self._clear(words, refusal, vault)
        if clear is None:
            place.rename(to)
        elif words != place:
            sealed = read_regular(words, self._limits.many_bytes)
            write_whole(words, clear)
            try:
                place.rename(to)
            except OSError:
                write_whole(words, sealed)
                raise
        else:
            write_whole(to, clear, draft_in=self.folder)
            place.unlink()
        flush_folder(self._new)
        (self.folder / f"{refusal.name}{WHY}").unlink(missing_ok=True)
        flush_folder(self.folder)
        return to.name

    def _words(self, name: str) -> Path:
        place = self.folder / name
        return place / WORDS if place.is_dir() and not place.is_symlink() else place

    def _clear(self, words: Path, refusal: Refusal, vault: Vault) -> bytes | None:
        """The content with its reporters in clear; None when none is sealed in it or it is nothing to be read."""
        try:
            kept = read_regular(words, self._limits.many_bytes)
        except BadTip:
            return None
        if not refusal.lines:
            return unsealed_bytes(kept, vault, None if words.name == WORDS else refusal.sha256)
        lines = kept.removesuffix(b"\n").split(b"\n")
        keys = [line.get("sha256") for line in refusal.lines]
        if len(keys) != len(lines):  # somebody took lines out
            keys = [None] * len(lines)
        clear = [unsealed_bytes(line, vault, key) for line, key in zip(lines, keys, strict=True)]
        if not any(clear):
            return None
        return b"".join((now or line) + b"\n" for line, now in zip(lines, clear, strict=True))

    def _refusal(self, name: str, *, is_there: bool) -> Refusal:
        try:
            why = json.loads(read_regular(self.folder / f"{name}{WHY}", _MOST_WHY_BYTES))
            told = {key: why[key] for key in ("code", "sentence", "where", "at", "part_of") if why.get(key)}
            if not all(isinstance(word, str) for word in told.values()):
                raise TypeError
            lines = tuple(line for line in why.get("lines", ()) if isinstance(line, dict))
            sha256 = why.get("sha256")
            return Refusal(
                name, is_there, **{"code": "?", "sentence": "?", **told}, lines=lines, sha256=sha256 and str(sha256)
            )
        except (OSError, BadTip, ValueError, TypeError, AttributeError, RecursionError):
            return Refusal(name, is_there, "no-reason", _("No reason stands beside it."))
