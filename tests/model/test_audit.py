"""The form an audit entry is hashed in is RFC 8785's."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from console.model.audit import FIRST, AuditEntry, about_of, entry_hash

ENTRY = AuditEntry(7, 3, datetime(2026, 11, 30, 2, 3, 4, 5, tzinfo=UTC), 9, "tip.solved", UUID(int=5), 1, 2, None)

words = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(0, 2**53 - 1)
maybe = st.none() | numbers


@given(st.tuples(numbers, numbers, numbers, maybe, words, st.none() | words, maybe, maybe, st.none() | words))
def test_the_form_is_that_of_the_standard(
    entry: tuple[int, int, int, int | None, str, str | None, int | None, int | None, str | None],
) -> None:
    names = ("station", "seq", "at_us", "officer", "action", "tip", "before", "after", "about")
    body = rfc8785.dumps({**dict(zip(names, entry, strict=True)), "previous": FIRST.hex()})
    assert entry_hash(FIRST, entry) == hashlib.sha256(body).digest()


def test_every_part_of_an_entry_changes_its_hash() -> None:
    changed = [
        ENTRY,
        replace(ENTRY, station_id=8),
        replace(ENTRY, seq=4),
        replace(ENTRY, at=ENTRY.at.replace(microsecond=6)),
        replace(ENTRY, officer_id=None),
        replace(ENTRY, action="tip.closed"),
        replace(ENTRY, tip_id=None),
        replace(ENTRY, version_before=None),
        replace(ENTRY, version_after=3),
        replace(ENTRY, about="{}"),
    ]
    hashes = {one.hash_after(FIRST) for one in changed} | {ENTRY.hash_after(bytes([1]) * 32)}
    assert len(hashes) == len(changed) + 1


@given(st.dictionaries(st.sampled_from(["about", "reference", "until"]), words | numbers))
def test_about_is_canonical_too(values: dict[str, str | int]) -> None:
    assert about_of(values) == (rfc8785.dumps(values).decode() if values else None)
