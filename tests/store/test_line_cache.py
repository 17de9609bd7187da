"""Lines that were read a moment ago: what is asked for again and again stays, the rest goes in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from console.model.tip import Category, Status, TipLine, Urgency
from console.store.line_cache import HELD, LineCache

AT = datetime(2026, 11, 20, tzinfo=UTC)
LINE = TipLine(
    key=0, id=UUID(int=1), station_id=1, ref="JNL-1120-0001", version=1, status=Status.NEW, urgency=Urgency.ROUTINE,
    category=Category.OTHER, head="loud music", place=None, received_at=AT, respond_by=AT, responded=False,
    claimed_by=None, claimed_code=None, room_id=None, rings=False, unseen=True, attachments=0, duplicate_of=None,
)  # fmt: skip


def lines(first: int, count: int) -> list[TipLine]:
    return [replace(LINE, key=first + n) for n in range(count)]


def test_a_line_is_good_for_its_version_and_told_as_seen_or_not() -> None:
    cache = LineCache()
    cache.keep(lines(1, 1))
    assert cache.get(1, 2, unseen=True) is None
    assert cache.get(2, 1, unseen=True) is None
    assert cache.get(1, 1, unseen=False) == replace(LINE, key=1, unseen=False)


def test_what_is_looked_at_stays_while_many_pass() -> None:
    cache = LineCache()
    cache.keep(lines(0, 40))
    for page in range(1, 200):
        cache.keep(lines(page * 40, 40))
        assert all(cache.get(key, 1, unseen=True) for key in range(40)), page
        assert len(cache) <= 2 * (HELD + 80)
    assert cache.get(41, 1, unseen=True) is None
