"""What the intake hands to the desk: a tip as somebody submitted it, already checked for shape, and the receipt that
goes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from console.model.tip import Category, Urgency


@dataclass(frozen=True, slots=True, repr=False)
class NewReporter:
    """Who sent it, before sealing; never printed, logged or compared in clear. `kind` stays readable ('guard', 'phone',
    'counter'). `member` is the pseudonym under which a member of the room sent it."""

    name: str | None = None
    contact: str | None = None
    kind: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A picture or paper whose content the intake has already put into the attachment store under `sha256`; `size` in
    bytes."""

    label: str
    media_type: str
    size: int
    sha256: str


FORGOTTEN: Final = "erased:"
"""What the delivery key of an erased tip begins with, and no sender's does; an HMAC of the real one under the store's
secret follows."""


@dataclass(frozen=True, slots=True)
class NewTip:
    """One submitted tip: `text` and one of `room` (code) / `station` (code); (`source`, `source_key`) says whether it
    came before."""

    text: str
    source: str
    source_key: str
    room: str | None = None
    station: str | None = None
    reported_at: datetime | None = None
    category: Category = Category.OTHER
    urgency: Urgency = Urgency.ROUTINE
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    reporter: NewReporter | None = field(default=None, repr=False)
    answers: str | None = None
    attachments: tuple[NewAttachment, ...] = ()
    encoding_guessed: bool = False
    names_officers: tuple[str, ...] = ()
    """Codes of officers it complains about; they never see it."""

    @property
    def is_complaint(self) -> bool:
        """About police: it goes to the oversight lane, whatever room or station it names."""
        return self.category is Category.POLICE or bool(self.names_officers)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one submitted tip, given only after commit."""

    id: UUID
    station_id: int
    ref: str
    duplicate: bool
    unrouted: bool = False
    erased: bool = False
    """It came before and has been erased since: what was delivered again is kept nowhere."""
