"""The audit: who did or saw what, one chain of entries a station. `store.audit` writes it, `desk.audit` reads and
verifies it.

An entry's hash is SHA-256 over the entry in the canonical JSON of RFC 8785, the hash before it included: an entry that
is edited, taken out, put in or moved breaks the chain there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

FIRST = bytes(32)
"""What the first entry of a station names as the hash before it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
"""RFC 8785 for what an entry holds: strings, whole numbers below 2^53 and nulls under ASCII names. A test compares it
with a library of that standard, which takes four times as long."""

_string = json.encoder.encode_basestring


class AuditAction(StrEnum):
    """What is written down beside the steps of a tip, which are named as their events are."""

    SIGNED_IN = "officer.signed-in"
    SIGN_IN_FAILED = "officer.sign-in-failed"
    SIGNED_OFF = "officer.signed-off"
    LOCKED = "desk.locked"
    UNLOCKED = "desk.unlocked"
    UNLOCK_FAILED = "desk.unlock-failed"
    TAKEN_OVER = "desk.taken-over"
    REFUSED = "desk.refused"
    """Somebody asked for what is out of their grant."""
    STATION_SWITCHED = "desk.station-switched"
    TIP_READ = "tip.read"
    """A tip of another station than the officer's own was opened."""
    NUMBERS_SHOWN = "desk.numbers-shown"
    """Somebody signed in where the settings hide no phone and identity numbers."""
    SEARCHED = "desk.searched"
    EXPORTED = "desk.exported"
    OFFICER_ADDED = "officer.added"
    OFFICER_DISABLED = "officer.disabled"
    OFFICER_ENABLED = "officer.enabled"
    GRANTED = "officer.granted"
    GRANT_ENDED = "officer.grant-ended"
    PASSWORD_SET = "officer.password-set"  # noqa: S105 - the name of an action
    SETTING_CHANGED = "setting.changed"
    REVEAL_ASKED = "reveal.asked"
    REVEAL_APPROVED = "reveal.approved"
    REVEAL_REFUSED = "reveal.refused"
    REVEAL_SHOWN = "reveal.shown"
    REVEAL_ENDED = "reveal.ended"
    ERASED = "tip.erased"
    HELD = "tip.held"
    HOLD_ENDED = "tip.hold-ended"
    TO_OVERSIGHT = "tip.to-oversight"
    VAULT_ROTATED = "vault.rotated"
    BACKED_UP = "store.backed-up"
    RESTORED = "store.restored"
    REPAIRED = "store.repaired"
    SEARCH_REBUILT = "store.search-rebuilt"
    RETRIED = "intake.retried"
    """What was rejected was sent on its way again, perhaps mended by hand."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of a station's chain, `seq` from 1 without gaps. `officer_id` None is the program itself (intake, nightly
    run); `about` is small canonical JSON without words of a tip and without persons."""

    station_id: int
    seq: int
    at: datetime
    officer_id: int | None
    action: str
    tip_id: UUID | None = None
    version_before: int | None = None
    version_after: int | None = None
    about: str | None = None

    def hash_after(self, before: bytes) -> bytes:
        """The 32 bytes of this entry when `before` is the hash of the one before it."""
        tip = None if self.tip_id is None else self.tip_id.hex
        versions = (self.version_before, self.version_after)
        at_us = (self.at - _EPOCH) // _MICROSECOND
        return entry_hash(
            before, (self.station_id, self.seq, at_us, self.officer_id, self.action, tip, *versions, self.about)
        )


Written = tuple[int, int, int, int | None, str, str | None, int | None, int | None, str | None]
"""An entry in plain values, as the intake has them: station, number, microseconds since 1970 UTC, officer, action, tip
(32 hex digits), version before and after, about."""


def entry_hash(before: bytes, entry: Written) -> bytes:
    """SHA-256 of the entry's canonical JSON, the hash before it included as `previous`."""
    station, seq, at_us, officer, action, tip, version_before, version_after, about = entry
    body = (
        f'{{"about":{_json(about)},"action":{_json(action)},"after":{_json(version_after)},"at_us":{at_us},'
        f'"before":{_json(version_before)},"officer":{_json(officer)},"previous":"{before.hex()}","seq":{seq},'
        f'"station":{station},"tip":{_json(tip)}}}'
    )
    return hashlib.sha256(body.encode()).digest()


def _json(value: str | int | None) -> str:
    """As `_canonical` writes it, at a third of the cost: every tip that comes in has an entry."""
    if value is None:
        return "null"
    return _string(value) if isinstance(value, str) else str(value)


def about_of(values: Mapping[str, str | int | None] | None) -> str | None:
    """The `about` of an entry: canonical JSON, so that equal facts are equal bytes."""
    return None if not values else _canonical(dict(values))
