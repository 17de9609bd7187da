"""The columns that repositories speak of, one form for both engines; keys, indexes and checks are in
migrations/versions/*.sql.

`station_id` stands in every tip-side key. Feed order is `tip.n` (insertion order, the rowid) on SQLite and `tip.id`
(UUIDv7) on PostgreSQL, which has no column `n`. A test compares these columns with a migrated store on both engines.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    column,
    table,
)
from sqlalchemy.dialects.sqlite import BLOB, INTEGER, TEXT
from sqlalchemy.types import TypeEngine

metadata = MetaData()


class Id(TypeDecorator[UUID]):
    """A UUIDv7: 16 bytes on SQLite, `uuid` on PostgreSQL; both sort by time."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BLOB() if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value.bytes if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return UUID(bytes=value) if isinstance(value, bytes) else value


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime: whole microseconds since 1970 on SQLite, `timestamptz` on PostgreSQL. A naive one is
    refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(INTEGER() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        if dialect.name != "sqlite":
            return value
        gone = value - _EPOCH
        return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, int):
            return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)
        instant: datetime = value
        return instant.astimezone(UTC)


class Day(TypeDecorator[date]):
    """A station's local date: ISO text on SQLite, `date` on PostgreSQL."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TEXT() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


def _table(name: str, /, **columns: TypeEngine[Any] | type[TypeEngine[Any]]) -> Table:
    return Table(name, metadata, *(Column(column, kind) for column, kind in columns.items()))


district = _table("district", id=Integer, code=Text, name=Text)

station = _table(
    "station",
    id=Integer,
    district_id=Integer,
    code=Text,
    name=Text,
    timezone=Text,
    respond_routine_s=Integer,
    respond_priority_s=Integer,
    respond_alarm_s=Integer,
    erase_solved_days=Integer,
    erase_referred_days=Integer,
    erase_closed_days=Integer,
    officers=Integer,
)

station_counter = _table(
    "station_counter",
    station_id=Integer,
    event_seq=BigInteger,
    audit_seq=BigInteger,
    audit_head=LargeBinary,
    ref_day=Day(),
    ref_no=Integer,
    new=BigInteger,
    investigating=BigInteger,
    referred=BigInteger,
    solved=BigInteger,
    closed=BigInteger,
    alarms=BigInteger,
)

officer = _table(
    "officer",
    id=Integer,
    station_id=Integer,
    code=Text,
    name=Text,
    role=Text,
    rooms=Integer,
    password=Text,
    password_at=UtcTime(),
    disabled_at=UtcTime(),
)

officer_grant = _table("officer_grant", officer_id=Integer, station_id=Integer, ends_at=UtcTime())

agency = _table("agency", station_id=Integer, id=Integer, kind=Text, name=Text)

room = _table(
    "room",
    station_id=Integer,
    id=Integer,
    officer_id=Integer,
    number=Integer,
    code=Text,
    name=Text,
    purpose=Text,
    members=Integer,
)

member = _table(
    "member",
    station_id=Integer,
    id=Integer,
    room_id=Integer,
    pseudonym=Text,
    kind=Text,
    state=Text,
    joined_at=UtcTime(),
)

tip = _table(
    "tip",
    n=BigInteger,
    id=Id(),
    station_id=Integer,
    ref=Text,
    source=Text,
    source_key=Text,
    status=Text,
    urgency=Text,
    category=Text,
    text=Text,
    folded=Text,
    place=Text,
    latitude=Double,
    longitude=Double,
    room_id=Integer,
    reported_at=UtcTime(),
    received_at=UtcTime(),
    respond_by=UtcTime(),
    moved_at=UtcTime(),
    responded_at=UtcTime(),
    claimed_by=Integer,
    claimed_at=UtcTime(),
    acknowledged_at=UtcTime(),
    acknowledged_by=Integer,
    duplicate_of=Text,
    close_reason=Text,
    outcome=Text,
    answers=Text,
    reporter_kind=Text,
    has_reporter=Boolean,
    attachments=Integer,
    encoding_guessed=Boolean,
    unrouted_name=Text,
    version=Integer,
    erase_at=UtcTime(),
    erased_at=UtcTime(),
    held_until=UtcTime(),
    origin_id=Integer,
)

tip_event = _table(
    "tip_event",
    station_id=Integer,
    seq=BigInteger,
    tip_id=Id(),
    kind=Text,
    at=UtcTime(),
    from_status=Text,
    to_status=Text,
    version=Integer,
    officer_id=Integer,
    why=Text,
    about=Text,
    before=Text,
    undone=Boolean,
)

tip_seen = _table("tip_seen", station_id=Integer, officer_id=Integer, tip_id=Id())

observable = _table("observable", station_id=Integer, kind=Text, norm_value=Text, tip_id=Id(), shown=Text)

reporter = _table(
    "reporter", station_id=Integer, tip_id=Id(), sealed=LargeBinary, contact_index=LargeBinary, key_number=Integer
)

vault = _table("vault", id=Integer, fingerprint=Text, index_key=LargeBinary)

vault_key = _table("vault_key", number=Integer, wrapped=LargeBinary, made_at=UtcTime(), retired_at=UtcTime())

reveal = _table(
    "reveal",
    station_id=Integer,
    n=Integer,
    tip_id=Id(),
    officer_id=Integer,
    reason=Text,
    reference=Text,
    asked_at=UtcTime(),
    state=Text,
    answered_by=Integer,
    answered_at=UtcTime(),
    shown_at=UtcTime(),
)

attachment = _table(
    "attachment",
    station_id=Integer,
    tip_id=Id(),
    n=Integer,
    label=Text,
    media_type=Text,
    size=BigInteger,
    sha256=Text,
)

referral = _table(
    "referral",
    station_id=Integer,
    tip_id=Id(),
    n=Integer,
    agency_id=Integer,
    state=Text,
    note=Text,
    officer_id=Integer,
    at=UtcTime(),
)

audit = _table(
    "audit",
    station_id=Integer,
    seq=BigInteger,
    at=UtcTime(),
    officer_id=Integer,
    action=Text,
    tip_id=Id(),
    version_before=Integer,
    version_after=Integer,
    about=Text,
    hash=LargeBinary,
)

hold = _table(
    "hold",
    station_id=Integer,
    tip_id=Id(),
    n=Integer,
    kind=Text,
    reason=Text,
    reference=Text,
    at=UtcTime(),
    officer_id=Integer,
    ends_at=UtcTime(),
    ended_at=UtcTime(),
    ended_by=Integer,
)

named_officer = _table("named_officer", station_id=Integer, tip_id=Id(), code=Text)

spent_attachment = _table("spent_attachment", sha256=Text, at=UtcTime())

delivery_secret = _table("delivery_secret", n=Integer, secret=LargeBinary)

scrub_owed = _table("scrub_owed", n=Integer, erased=BigInteger, scrubbed=BigInteger)

sign_in_wait = _table("sign_in_wait", who=Text, tries=Integer, until=UtcTime())

desk_role = table("desk_role", column("role", Text), column("station_id", Integer))
"""PostgreSQL only: the stations that a desk's own database role sees."""

tip_words = table("tip_words", column("rowid", BigInteger), column("words", Text), column("tip_words", Text))
"""SQLite only: the contentless FTS5 table over bigrams; its rowid is `tip.n`, matching is asked of the column named
like it."""


def station_word(station_id: int) -> str:
    """The station as a search token on SQLite: longer than a bigram, so that no words can look like it, and of letters
    and digits alone, so that it stays one token."""
    return f"station{station_id}".replace("-", "m")
