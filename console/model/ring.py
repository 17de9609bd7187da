"""The keys of a store as the store keeps them: each sealed by the key file's key, so that the store alone opens
nothing. The vault makes and uses them, the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

FILE_KEY = 0
"""The number of the key file's own key. It seals what was sealed before a store had keys; no row of a ring has it."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One key that seals reporters and kept files, `number` from 1; `wrapped` is the key sealed by the key file's.
    `retired_at` None: new things are sealed by it."""

    number: int
    wrapped: bytes
    made_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """All keys of a store, the newest last. `fingerprint` is of the key file that wraps them; `index` the wrapped key
    of the index over contacts, which stays the same when the others are changed."""

    fingerprint: str
    index: bytes
    keys: tuple[WrappedKey, ...]

    @property
    def number(self) -> int:
        """Of the key that seals what is new."""
        return self.keys[-1].number

    @property
    def is_turning(self) -> bool:
        """Whether a change of keys has begun and is not finished."""
        return len(self.keys) > 1
