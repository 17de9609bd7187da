"""What can go wrong, in sentences fit for an officer; every layer raises these, the screen and the command line show
them.

A message never carries a tip's words, a reporter or a bound value of a statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from console.model.change import Event
    from console.model.officer import Officer
    from console.model.tip import Tip


class ConsoleError(Exception):
    """The root of all expected errors; `str(error)` is a whole sentence that says what to do."""

    @property
    def message(self) -> str:
        return str(self)


class BadTip(ConsoleError):
    """A tip that cannot be taken: `field` names the place in the native shape ('room', 'attachments[2].name', '' for
    the whole)."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class NotAllowed(ConsoleError):
    """The officer has no grant for this, or a rule of the tip's life forbids the step now."""


class MustWait(NotAllowed):
    """Too many wrong passwords: no other is looked at before `until` (aware UTC)."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class NotFound(ConsoleError):
    """Nothing of that name in what the officer may see."""


class OutOfGrant(NotFound):
    """What the officer asked for is none of their stations': for them it does not exist, and the desk writes down that
    they asked. `tip_id` when one tip was asked for."""

    def __init__(self, message: str, officer: Officer, station_id: int, tip_id: UUID | None = None) -> None:
        super().__init__(message)
        self.officer = officer
        self.station_id = station_id
        self.tip_id = tip_id


class TipMovedOn(ConsoleError):
    """Somebody changed the tip after the officer saw it: `now` is the tip as it stands, `by` the event that moved
    it."""

    def __init__(self, message: str, now: Tip, by: Event | None) -> None:
        super().__init__(message)
        self.now = now
        self.by = by


class StoreDown(ConsoleError):
    """The store does not answer; nothing was written, or it is not known whether it was (then delivery keys make a
    retry safe)."""


class StoreRefused(ConsoleError):
    """The store cannot be used as it is (newer or older revision, damaged, not a store): the sentence says what to
    do."""


class BadSettings(ConsoleError):
    """A setting is wrong: the sentence names the file, the line or the variable."""


class VaultLocked(ConsoleError):
    """The key that seals reporters is missing or unreadable; tips cannot be sealed, so none are taken."""


class KeyTurned(VaultLocked):
    """Somebody changed the vault's key after it was read: read the store's keys again, then seal once more."""
