"""What could not be taken: kept in rejected/ with the reason beside it, until somebody mends it."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console.errors import BadTip
from console.intake.durable import flush_folder, free_name, make_private, write_whole
from console.intake.formats.bundle import WORDS
from console.intake.kept import sealed_bytes
from console.intake.opening import digest_regular, printable, read_regular
from console.intake.troubles import is_for_all
from console.settings import IntakeSettings
from console.vault import Vault
from console.words import gettext as _

WHY = ".why.json"
_TICK_NS = 1_000_000_000
"""Coarser than any file system's clock by far."""


@dataclass(frozen=True, slots=True, repr=False)
class BadLine:
    """One line of a file of many that could not be taken."""

    number: int
    received: bytes
    bad: BadTip


class Quarantine:
    """rejected/: what came, a readable reporter sealed, and `NAME.why.json` {code, sentence, where, sha256, at}.

    Nothing here is ever removed by the intake. A name that ends in `.why.json` is always a reason.
    """

    def __init__(self, folder: Path, vault: Vault, limits: IntakeSettings) -> None:
        self.folder = folder
        self._vault = vault
        self._limits = limits
        self._counted = (0, 0)

    def waiting(self) -> int:
        """How many reasons wait for somebody to look at them; counted anew only when the folder has changed."""
        try:
            changed_ns = self.folder.stat().st_mtime_ns
            if changed_ns != self._counted[0]:
                with os.scandir(self.folder) as entries:
                    found = sum(entry.name.endswith(WHY) for entry in entries)
                # A change within the clock's last tick may not show: such a count is not relied on.
                self._counted = (changed_ns if time.time_ns() - changed_ns > _TICK_NS else 0, found)
        except OSError:
            return 0
        return self._counted[1]

    def reject(self, place: Path, bad: BadTip, *, name: str = "", part_of: str = "") -> None:
        """Move what lies at `place` here, with its reason; `part_of` is the bundle it lay in, whose tip was taken."""
        to = free_name(self.folder, name or place.name, companion=WHY)
        words = place / WORDS if place.is_dir() and not place.is_symlink() else place
        reason = _reason(bad, self._digest(words))
        self._explain(to, {**reason, "part_of": printable(part_of)} if part_of else reason)
        sealed = self._sealed(words)
        if sealed is not None:
            write_whole(words, sealed)
        make_private(place)
        place.rename(to)
        self._flush()

    def reject_lines(self, name: str, lines: Sequence[BadLine], *, taken: int) -> None:
        """Keep the bad lines of a file here, in their order, with the reason of each. Raises OSError and keeps nothing
        then."""
        to = free_name(self.folder, name, companion=WHY)
        kept = b"".join(self._sealed_line(line.received) + b"\n" for line in lines)
        first = lines[0]
        whole = BadTip(
            "bad-lines",
            _("{bad} lines could not be taken, {taken} were: mend the lines in this file and send it again.").format(
                bad=len(lines), taken=taken
            ),
            _line_place(first),
        )
        listed = [{"line": line.number, **_reason(line.bad, _sha256(line.received))} for line in lines]
        reason = _reason(whole, _sha256(b"".join(line.received + b"\n" for line in lines)))
        self._explain(to, {**reason, "taken": taken, "lines": listed})
        try:
            write_whole(to, kept)
            self._flush()
        except OSError:
            for written in (to, _why_of(to)):
                with suppress(OSError):
                    written.unlink(missing_ok=True)
            raise

    def _digest(self, words: Path) -> str | None:
        try:
            return digest_regular(words, self._limits.bundle_bytes)[0]
        except (BadTip, OSError):
            return None

    def _sealed(self, words: Path) -> bytes | None:
        """The words with their reporter sealed; None when they name none, or are more than would be read."""
        try:
            return sealed_bytes(read_regular(words, self._limits.json_bytes), self._vault)
        except BadTip:
            return None
        except OSError as error:
            if is_for_all(error):  # what cannot be read now, for lack of descriptors, may name a reporter
                raise
            return None

    def _sealed_line(self, line: bytes) -> bytes:
        sealed = sealed_bytes(line, self._vault) if len(line) <= self._limits.line_bytes else None
        return sealed or line

    def _explain(self, to: Path, reason: dict[str, object]) -> None:
        write_whole(_why_of(to), json.dumps(reason, ensure_ascii=False, indent=1).encode() + b"\n")

    def _flush(self) -> None:
        flush_folder(self.folder)


def _why_of(kept: Path) -> Path:
    return kept.with_name(kept.name + WHY)


def _line_place(line: BadLine) -> str:
    return f"line {line.number}: {line.bad.field}" if line.bad.field else f"line {line.number}"


def _reason(bad: BadTip, sha256: str | None) -> dict[str, object]:
    """The reason as it is published; `sha256` of the bytes as received (of a bundle: tip.json), null if unread."""
    return {
        "code": bad.code,
        "sentence": bad.message,
        "where": bad.field,
        "sha256": sha256,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def _sha256(received: bytes) -> str:
    return hashlib.sha256(received).hexdigest()
