"""What could not be taken: kept in rejected/ with the reason beside it, until somebody mends it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console.errors import BadTip
from console.intake.durable import flush_folder, free_name, make_private, write_whole
from console.intake.formats.bundle import WORDS
from console.intake.kept import sealed_bytes
from console.intake.opening import read_regular
from console.settings import IntakeSettings
from console.vault import Vault
from console.words import gettext as _

WHY = ".why.json"


@dataclass(frozen=True, slots=True, repr=False)
class BadLine:
    """One line of a file of many that could not be taken."""

    number: int
    received: bytes
    bad: BadTip


class Quarantine:
    """rejected/: what came, a readable reporter sealed, and `NAME.why.json` {code, sentence, where, sha256, at}."""

    def __init__(self, folder: Path, vault: Vault, limits: IntakeSettings) -> None:
        self.folder = folder
        self._vault = vault
        self._limits = limits

    def waiting(self) -> int:
        """How many reasons wait for somebody to look at them."""
        try:
            with os.scandir(self.folder) as entries:
                return sum(entry.name.endswith(WHY) for entry in entries)
        except OSError:
            return 0

    def reject(self, place: Path, bad: BadTip) -> None:
        """Move what lies at `place` here, with its reason."""
        to = free_name(self.folder, place.name, room_for=WHY)
        words = place / WORDS if place.is_dir() and not place.is_symlink() else place
        received = self._read(words)
        self._explain(to, _reason(bad, received))
        sealed = sealed_bytes(received, self._vault) if received is not None else None
        if sealed is not None:
            write_whole(words, sealed)
        make_private(place)
        place.rename(to)
        self._flush()

    def reject_lines(self, name: str, lines: Sequence[BadLine], *, taken: int) -> None:
        """Keep the bad lines of a file here, in their order, with the reason of each."""
        to = free_name(self.folder, name, room_for=WHY)
        kept = b"".join((sealed_bytes(line.received, self._vault) or line.received) + b"\n" for line in lines)
        first = lines[0]
        whole = BadTip(
            "bad-lines",
            _("{bad} lines could not be taken, {taken} were: mend the lines in this file and send it again.").format(
                bad=len(lines), taken=taken
            ),
            _line_place(first),
        )
        listed = [{"line": line.number, **_reason(line.bad, line.received, at=None)} for line in lines]
        reason = _reason(whole, b"".join(line.received + b"\n" for line in lines))
        self._explain(to, {**reason, "taken": taken, "lines": listed})
        write_whole(to, kept)
        self._flush()

    def _read(self, words: Path) -> bytes | None:
        try:
            return read_regular(words, self._limits.bundle_bytes)
        except (BadTip, OSError):
            return None

    def _explain(self, to: Path, reason: dict[str, object]) -> None:
        write_whole(to.with_name(to.name + WHY), json.dumps(reason, ensure_ascii=False, indent=1).encode() + b"\n")

    def _flush(self) -> None:
        flush_folder(self.folder)


def _line_place(line: BadLine) -> str:
    return f"line {line.number}: {line.bad.field}" if line.bad.field else f"line {line.number}"


def _reason(bad: BadTip, received: bytes | None, at: datetime | None = None) -> dict[str, object]:
    """The reason as it is published; `sha256` of the bytes as received (of a bundle: tip.json), null if unread."""
    return {
        "code": bad.code,
        "sentence": bad.message,
        "where": bad.field,
        "sha256": hashlib.sha256(received).hexdigest() if received is not None else None,
        "at": (at or datetime.now(UTC)).isoformat(timespec="milliseconds"),
    }
