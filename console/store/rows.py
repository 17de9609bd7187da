"""Rows of the store as the model's dataclasses, and back; the repositories beside this file call it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Text, and_, case, cast, func, select

from console.model.change import Event, EventKind
from console.model.masking import masked, masked_head
from console.model.officer import Officer
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.store import tables as t

BEGINNING: Final = 20_000
"""Characters of a tip's words that are read to be shown and worked on: as many as the screen shows. Of ten megabytes,
which another program may have written into a store, no more is carried about than of a long tip."""

_CUT_SIGN: Final = "…[+"

_TIP_FIELDS = (
    "id",
    "station_id",
    "ref",
    "source",
    "source_key",
    "status",
    "urgency",
    "category",
    "received_at",
    "respond_by",
    "version",
    "room_id",
    "place",
    "latitude",
    "longitude",
    "reported_at",
    "moved_at",
    "responded_at",
    "claimed_by",
    "claimed_at",
    "duplicate_of",
    "close_reason",
    "outcome",
    "answers",
    "reporter_kind",
    "has_reporter",
    "attachments",
    "encoding_guessed",
    "unrouted_name",
    "acknowledged_at",
    "acknowledged_by",
    "erase_at",
    "erased_at",
    "held_until",
    "origin_id",
)


def order_key(dialect: str) -> ColumnElement[Any]:
    """The column that orders the feed: insertion order on SQLite, the UUIDv7 on PostgreSQL."""
    return t.tip.c.n if dialect == "sqlite" else t.tip.c.id


def hidden_after() -> ColumnElement[Any]:
    """When `Tip.is_hidden` comes true, NULL when never: of what is not a police matter the end of its hours, or of the
    longest hold when that is later."""
    tip = t.tip.c
    is_counted_only = tip.close_reason == CloseReason.NOT_POLICE_MATTER
    held_longer = and_(is_counted_only, tip.held_until > tip.erase_at)
    return case((held_longer, tip.held_until), (is_counted_only, tip.erase_at)).label("hidden_after")


def _beginning() -> ColumnElement[str]:
    """A tip's words, of very long ones the beginning and `…[+n]` for the n characters that follow; the screen's door
    counts on from that sign."""
    words = t.tip.c.text
    left_out = cast(func.length(words) - BEGINNING, Text)
    cut = func.substr(words, 1, BEGINNING).concat(_CUT_SIGN).concat(left_out).concat("]")
    return case((func.substr(words, BEGINNING + 1, 1) == "", words), else_=cut)


def select_tip(*, whole: bool = True) -> Select[Any]:
    """Tips with the claimer's code and the room's code; of the words all, or their `_beginning`."""
    return (
        select(
            *(t.tip.c[name] for name in _TIP_FIELDS),
            (t.tip.c.text if whole else _beginning()).label("text"),
            t.officer.c.code.label("claimed_code"),
            t.room.c.code.label("room_code"),
        )
        .select_from(t.tip)
        .outerjoin(t.officer, t.officer.c.id == t.tip.c.claimed_by)
        .outerjoin(t.room, (t.room.c.station_id == t.tip.c.station_id) & (t.room.c.id == t.tip.c.room_id))
    )


def tip_of(row: Row[Any], reader: Officer) -> Tip:
    """The tip as `reader` may read it: numbers in its words masked."""
    values = dict(row._mapping)
    if not reader.sees_numbers:
        values["text"] = _masked_words(values["text"])
        for name in ("place", "unrouted_name"):
            values[name] = values[name] and masked(values[name])
    values["status"] = Status(values["status"])
    values["urgency"] = Urgency(values["urgency"])
    values["category"] = Category(values["category"])
    values["close_reason"] = CloseReason(values["close_reason"]) if values["close_reason"] else None
    values["has_reporter"] = bool(values["has_reporter"])
    values["encoding_guessed"] = bool(values["encoding_guessed"])
    return Tip(**values)


def _masked_words(words: str) -> str:
    """A number may stand across the end of the `_beginning`."""
    if not words.startswith(_CUT_SIGN, BEGINNING):
        return masked(words)
    return masked_head(words[:BEGINNING], BEGINNING) + words[BEGINNING:]


def select_event() -> Select[Any]:
    """Events with the officer's code; filter and order it."""
    e = t.tip_event.c
    columns = (e.station_id, e.seq, e.tip_id, e.kind, e.at, e.from_status, e.to_status, e.version, e.officer_id)
    return (
        select(*columns, t.officer.c.code.label("officer_code"), e.why, e.about, e.undone)
        .select_from(t.tip_event)
        .outerjoin(t.officer, t.officer.c.id == e.officer_id)
    )


def event_of(row: Row[Any]) -> Event:
    return event_of_values(dict(row._mapping))


def event_of_values(values: dict[str, Any]) -> Event:
    values["kind"] = EventKind(values["kind"])
    values["from_status"] = Status(values["from_status"]) if values["from_status"] else None
    values["to_status"] = Status(values["to_status"])
    values["undone"] = bool(values["undone"])
    return Event(**values)


def _is_time(name: str) -> bool:
    return name.endswith("_at") or name in ("respond_by", "held_until")


def plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changed columns as JSON values, for `tip_event.before`."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changes.items()}


def unplain(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `plain`."""
    return {
        name: datetime.fromisoformat(value) if value and _is_time(name) else value for name, value in changes.items()
    }
