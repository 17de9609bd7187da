"""The native shape of a tip as it is published: what a sender may write, checked, and made into the model's NewTip.

Folder, socket and the command line's `schema` use it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from console.errors import BadTip
from console.intake.encoding import decode
from console.intake.strict import strict_json
from console.intake.wrong import bad_tip_of
from console.model.incoming import FORGOTTEN, NewReporter, NewTip
from console.model.tip import Category, Urgency
from console.words import gettext as _

MOST_TEXT: Final = 20_000
"""Characters: 20,000 hanzi in UTF-8 still fit a JSONL line of 64 KiB, and the screen shows as many before it pages."""
MOST_ATTACHMENTS: Final = 20

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _rfc_3339(value: object) -> object:
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise PydanticCustomError("bad_time", "not a date and time with its zone")
    return value


def _in_our_times(value: datetime) -> datetime:
    if not _EARLIEST <= value < _LATEST:
        raise PydanticCustomError("time_out_of_range", "outside 1970 to 2199")
    return value


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "degrees (WGS 84)"})]
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_rfc_3339, json_schema_input_type=str),
    AfterValidator(_in_our_times),
]


class IncomingReporter(_Shape):
    """Who sent it. Name, contact and member are sealed before anything is written and are shown to nobody without a
    reveal."""

    name: str | None = Field(
        default=None,
        max_length=100,
        repr=False,
        description="The reporter's name as told; sealed. Unit: characters, at most 100.",
        examples=["张三", "A. Reporter"],
    )
    contact: str | None = Field(
        default=None,
        max_length=200,
        repr=False,
        description="A phone number, chat name or address to answer to; sealed. Unit: characters, at most 200.",
        examples=["13800000000", "wx: example"],
    )
    kind: str | None = Field(
        default=None,
        max_length=32,
        description="What the reporter is, readable at the desk: a member kind (committee, volunteer, property, guard, "
        "shop, cleaner, resident), or phone, counter. Never a name. Unit: characters, at most 32.",
        examples=["guard", "phone"],
    )
    member: str | None = Field(
        default=None,
        max_length=64,
        repr=False,
        description="The pseudonym of the member of the room who sent it; sealed. Unit: characters, at most 64.",
        examples=["heron-3"],
    )


class IncomingAttachment(_Shape):
    """A picture or paper that lies beside tip.json in a bundle."""

    name: str = Field(
        min_length=1,
        max_length=255,
        description="The file's name inside the bundle's folder, without any folder. Unit: characters, at most 255.",
        examples=["gate.jpg"],
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the file, 64 lower-case hexadecimal digits; when given, the file must agree with it.",
        examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    )


_EXAMPLES: list[dict[str, Any]] = [
    {"text": "楼道里有人聚众赌博，车牌沪A12345", "room": "JNL-12", "source": "miniapp", "source_key": "20261121-0042"},
    {
        "text": "A sofa blocks the fire lane at gate 3.",
        "station": "JNL",
        "reported_at": "2026-11-21T02:11:00+08:00",
        "category": "fire",
        "urgency": "priority",
        "place": "Lane 22, gate 3",
        "latitude": 31.2304,
        "longitude": 121.4737,
        "reporter": {"name": "A. Reporter", "contact": "13800000000", "kind": "guard"},
    },
    {"text": "见照片", "room": "JNL-7", "attachments": [{"name": "gate.jpg"}]},
]


class IncomingTip(_Shape):
    """One tip as a sender submits it: `text`, and `room` or `station` (with both, the room decides).

    An optional field that is null or an empty text counts as left out. What is not described here is refused.
    """

    model_config = ConfigDict(
        title="Taskroom tip",
        json_schema_extra={
            "anyOf": [
                {"required": ["room"], "properties": {"room": {"type": "string"}}},
                {"required": ["station"], "properties": {"station": {"type": "string"}}},
            ],
            "examples": _EXAMPLES,  # type: ignore[dict-item]
        },
    )

    text: str = Field(
        min_length=1,
        max_length=MOST_TEXT,
        pattern=r"\S",
        repr=False,
        description="What was seen, in the reporter's words; not all blank. Unit: characters, 1 to 20,000.",
        examples=["楼道里有人聚众赌博，车牌沪A12345"],
    )
    room: Code | None = Field(
        default=None,
        description="Code of the room it was reported in. An unknown one sends the tip to the unrouted lane. "
        "Unit: characters, at most 64.",
        examples=["JNL-12"],
    )
    station: Code | None = Field(
        default=None,
        description="Code of the station it is for, when no room is known. An unknown one sends the tip to the "
        "unrouted lane. Unit: characters, at most 64.",
        examples=["JNL"],
    )
    source: Code | None = Field(
        default=None,
        description="Which system delivers it. Default: folder or socket, by the way it came. "
        "Unit: characters, at most 64.",
        examples=["miniapp"],
    )
    source_key: str | None = Field(
        default=None,
        max_length=200,
        description="The sender's own key of this tip: the same source and source_key again is the same tip. "
        "It does not begin with erased:. Default: SHA-256 of the bytes as received, in hexadecimal. "
        "Unit: characters, at most 200.",
        examples=["20261121-0042"],
    )
    reported_at: Instant | None = Field(
        default=None,
        description="When it was reported: RFC 3339 with its zone, years 1970 to 2199.",
        examples=["2026-11-21T02:11:00+08:00"],
    )
    category: Category | None = Field(
        default=None, description="What it is about. Default: other.", examples=["gambling"]
    )
    urgency: Urgency | None = Field(
        default=None,
        description="How fast it wants a first step; an alarm rings at the desk. Default: routine.",
        examples=["priority"],
    )
    place: str | None = Field(
        default=None,
        max_length=200,
        description="Where, in words. Unit: characters, at most 200.",
        examples=["Lane 22, gate 3"],
    )
    latitude: Degrees | None = Field(
        default=None,
        ge=-90,
        le=90,
        description="As told by the reporter, together with longitude. Unit: degrees (WGS 84), -90 to 90.",
        examples=[31.2304],
    )
    longitude: Degrees | None = Field(
        default=None,
        ge=-180,
        le=180,
        description="As told by the reporter, together with latitude. Unit: degrees (WGS 84), -180 to 180.",
        examples=[121.4737],
    )
    reporter: IncomingReporter | None = Field(default=None, repr=False, description="Who sent it; sealed.")
    names_officers: list[Code] | None = Field(
        default=None,
        max_length=20,
        description="Codes of officers it complains about, at most 20. Such a tip, and one of category police, goes to "
        "oversight and not to its station.",
        examples=[["JNL-007"]],
    )
    answers: Code | None = Field(
        default=None,
        description="Ref of the bulletin this tip answers. Unit: characters, at most 64.",
        examples=["B-1120-003"],
    )
    attachments: list[IncomingAttachment] | None = Field(
        default=None,
        max_length=MOST_ATTACHMENTS,
        description="The pictures of a bundle in their order, at most 20; only in a bundle's tip.json. "
        "Files beside it that are not named follow by name.",
    )


@dataclass(frozen=True, slots=True, repr=False)
class Submission:
    """One tip as read: `tip` for the desk, `raw` as the sender wrote it, and the pictures it lists (None: not said)."""

    tip: NewTip
    raw: Mapping[str, object]
    listed: tuple[IncomingAttachment, ...] | None = None


def read_tip(received: bytes, *, source: str, first_line: int = 1) -> Submission:
    """The one tip in these bytes; `source` and their SHA-256 stand in for a delivery key. Raises BadTip."""
    text, guessed = decode(received)
    value = strict_json(text, first_line)
    if not isinstance(value, dict):
        raise BadTip("not-an-object", _("It is no JSON object: send one object, {...}, for one tip."))
    incoming = _checked(value)
    tip = to_new_tip(incoming, source=source, source_key=hashlib.sha256(received).hexdigest(), guessed=guessed)
    listed = None if incoming.attachments is None else tuple(incoming.attachments)
    return Submission(tip, value, listed)


def to_new_tip(incoming: IncomingTip, *, source: str, source_key: str, guessed: bool = False) -> NewTip:
    """The model's form, with `source` and `source_key` where the sender gave none; attachments come when stored."""
    who = incoming.reporter
    reporter = _reporter_of(who) if who is not None else None
    return NewTip(
        text=incoming.text,
        source=incoming.source or source,
        source_key=incoming.source_key or source_key,
        room=incoming.room or None,
        station=incoming.station or None,
        reported_at=incoming.reported_at.astimezone(UTC) if incoming.reported_at is not None else None,
        category=incoming.category or Category.OTHER,
        urgency=incoming.urgency or Urgency.ROUTINE,
        place=incoming.place or None,
        latitude=incoming.latitude,
        longitude=incoming.longitude,
        reporter=reporter,
        answers=incoming.answers or None,
        names_officers=tuple(code for code in incoming.names_officers or () if code),
        encoding_guessed=guessed,
    )


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of one tip."""
    made = IncomingTip.model_json_schema(mode="validation")
    made["properties"]["reported_at"] |= {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _reporter_of(who: IncomingReporter) -> NewReporter | None:
    if not (who.name or who.contact or who.kind or who.member):
        return None
    parts = (who.name, who.contact, who.kind, who.member)
    return NewReporter(*(part or None for part in parts))


def _checked(value: dict[str, object]) -> IncomingTip:
    try:
        incoming = IncomingTip.model_validate(value)
    except ValidationError as error:
        raise bad_tip_of(error) from None
    if not incoming.room and not incoming.station:
        raise BadTip("missing", _("It names no room and no station: add one of the two."), "room")
    if (incoming.source_key or "").startswith(FORGOTTEN):
        raise BadTip(
            "reserved",
            _("A key that begins with {words} is the store's own: send another.").format(words=FORGOTTEN),
            "source_key",
        )
    if (incoming.latitude is None) != (incoming.longitude is None):
        lacking = "latitude" if incoming.latitude is None else "longitude"
        raise BadTip("missing", _("{field} is missing: send both or none.").format(field=lacking), lacking)
    return incoming
