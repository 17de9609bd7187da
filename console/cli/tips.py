"""Reading verbs: `tips`, `tip` and `rooms`, for people and for scripts."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.exits import say
from console.cli.options import TABLE_LIMIT, AsJson, Code, Data, Database, Limit, PasswordFile, settings_of
from console.cli.output import instant, json_line, line, paragraph, table
from console.cli.signing import reading, who_asks
from console.cli.stores import with_store
from console.errors import NotFound

if TYPE_CHECKING:
    from console.model.change import Attachment, Event
    from console.model.officer import Officer
    from console.model.query import Query
    from console.model.room import Room
    from console.model.tip import Tip
    from console.model.view import TipFile
    from console.settings import Settings
    from console.store import Store

_COLUMNS = (("ref", 15), ("received", 16), ("status", 13), ("urgency", 8), ("category", 11), ("by", 8), ("words", 80))


def tips(
    ctx: typer.Context,
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY", help="Words and terms, as in the console's search; before -word write --."),
    ] = None,
    as_json: AsJson = False,
    limit: Limit = None,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List tips, newest first, of all statuses unless the query says. A table has the station's local time.

    What the officer may read is listed. JSON fields: id, ref, source, source_key, station,
    room, status, urgency, category, text, received_at, reported_at, claimed_by, version.

    Exit codes: 0 done (also when nothing matches), 2 a term nobody can follow, 1, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    who = who_asks(settings)
    most = limit if limit is not None or as_json else TABLE_LIMIT

    async def work(store: Store) -> None:
        reader = await reading(store, who, settings)
        found = _found(store, reader, settings, _as_utf8(" ".join(query or ())), most)
        if as_json:
            async for one, station in found:
                json_line(tip_record(one, station))
            return
        zones = await _zones(store, reader)
        rows = [_row(one, zones[one.station_id]) async for one, _ in found]
        table(_COLUMNS, rows)
        if limit is None and len(rows) == most:
            say(f"The newest {most} are shown; --limit N shows more.")

    with_store(settings, work)


def tip(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The tip's ref, such as JNL-1120-0042.")],
    as_json: AsJson = False,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Print one tip with its history, links, attachments and referrals; the reporter stays sealed.

    Exit codes: 0 done, 1 no such tip, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    who = who_asks(settings)

    async def work(store: Store) -> None:
        from console.desk import tip_file_by_ref
        from console.desk.whole import station_codes
        from console.desk.written import export_tip

        reader = await reading(store, who, settings)
        file = await tip_file_by_ref(store, reader, ref)
        await export_tip(store, reader, file.tip)
        station = (await station_codes(store, reader))[file.tip.station_id]
        if as_json:
            json_line(_file_record(file, station))
        else:
            _print_file(file, (await _zones(store, reader))[file.tip.station_id])

    with_store(settings, work)


def rooms(
    ctx: typer.Context,
    as_json: AsJson = False,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List the rooms by station and number.

    JSON fields: code, station, number, name, purpose, officer, members (how many are active).

    Exit codes: 0 done, 1, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    who = who_asks(settings)

    async def work(store: Store) -> None:
        from console import desk
        from console.desk.whole import officer_codes, station_codes
        from console.desk.written import export_list

        reader = await reading(store, who, settings)
        stations, officers = await station_codes(store, reader), await officer_codes(store, reader)
        found = await desk.rooms(store, reader)
        await export_list(store, reader, "rooms")
        records = [room_record(one, stations[one.station_id], officers.get(one.officer_id)) for one in found]
        if as_json:
            for record in records:
                json_line(record)
            return
        columns = (("code", 9), ("members", 7), ("officer", 8), ("name", 32), ("purpose", 60))
        table(columns, ([str(record[name]) for name, _ in columns] for record in records))

    with_store(settings, work)


def _as_utf8(words: str) -> str:
    """The command line's words read as UTF-8, whatever the locale took them for."""
    return os.fsencode(words).decode(errors="replace")


def room_record(one: Room, station: str, officer: str | None) -> dict[str, Any]:
    """The published fields of one room, in their published order."""
    return {
        "code": one.code,
        "station": station,
        "number": one.number,
        "name": one.name,
        "purpose": one.purpose,
        "officer": officer,
        "members": one.members,
    }


async def _zones(store: Store, reader: Officer) -> dict[int, tzinfo]:
    """Each granted station's zone; people read its wall clock, scripts read UTC."""
    from console.desk import stations

    return {one.id: one.zone for one in await stations(store, reader)}


async def _found(
    store: Store, reader: Officer, settings: Settings, words: str, most: int | None
) -> AsyncIterator[tuple[Tip, str]]:
    """Whole tips with their station's code."""
    from console.desk import stations
    from console.desk.sealing import vault_if_any
    from console.desk.whole import station_codes, whole_tips
    from console.model.query import BadQuery, parse_query
    from console.model.view import View

    granted = await stations(store, reader)
    zone = granted[0].zone if granted else None
    query = parse_query(words, now=store.now(), tz=zone or store.now().tzinfo)  # type: ignore[arg-type]
    if words.strip() and query.is_empty:
        raise BadQuery("There is nothing to look for in it: give a word with a letter or digit, or a term.", 0, 0)
    await _check_named(store, reader, query)
    codes = await station_codes(store, reader)
    view = View(tuple(one.id for one in granted), query, ended_too=True)
    vault = None if query.is_empty else await vault_if_any(store, settings)
    async for one in whole_tips(store, reader, view, most, vault):
        yield one, codes[one.station_id]


async def _check_named(store: Store, reader: Officer, query: Query) -> None:
    """A list of an officer or room that does not exist is a typing error, not an empty list. Raises NotFound."""
    from console import desk
    from console.desk.whole import officer_codes

    if query.by not in (None, "me"):
        known = (await officer_codes(store, reader)).values()
        if str(query.by).casefold() not in (code.casefold() for code in known):
            raise NotFound(f"There is no officer {query.by}.")
    if query.room is not None:
        asked = query.room.casefold().lstrip("0")
        rooms = await desk.rooms(store, reader)
        if not any(asked in (room.code.casefold(), str(room.number)) for room in rooms):
            raise NotFound(f"There is no room {query.room}: `taskroom rooms` lists them.")


def tip_record(one: Tip, station: str) -> dict[str, Any]:
    """The published fields of one tip, in their published order."""
    return {
        "id": str(one.id),
        "ref": one.ref,
        "source": one.source,
        "source_key": one.source_key,
        "station": station,
        "room": one.room_code,
        "status": one.status,
        "urgency": one.urgency,
        "category": one.category,
        "text": one.text,
        "received_at": instant(one.received_at),
        "reported_at": instant(one.reported_at),
        "claimed_by": one.claimed_code,
        "version": one.version,
    }


def _file_record(file: TipFile, station: str) -> dict[str, Any]:
    one = file.tip
    return tip_record(one, station) | {
        "place": one.place,
        "latitude": one.latitude,
        "longitude": one.longitude,
        "respond_by": instant(one.respond_by),
        "responded_at": instant(one.responded_at),
        "moved_at": instant(one.moved_at),
        "acknowledged_at": instant(one.acknowledged_at),
        "close_reason": one.close_reason,
        "outcome": one.outcome,
        "answers": one.answers,
        "duplicate_of": one.duplicate_of,
        "duplicates": list(file.duplicates),
        "reporter_kind": one.reporter_kind,
        "has_reporter": one.has_reporter,
        "encoding_guessed": one.encoding_guessed,
        "unrouted_name": one.unrouted_name,
        "history": [_event_record(event) for event in file.history],
        "links": [asdict(link) for link in file.links],
        "attachments": [_attachment_record(attachment) for attachment in file.attachments],
        "referrals": [
            {"n": r.n, "agency": r.agency, "state": r.state, "note": r.note, "at": instant(r.at)}
            for r in file.referrals
        ],
    }


def _attachment_record(attachment: Attachment) -> dict[str, Any]:
    from console.model.media import plain_media_type, unshown_in

    kind = attachment.media_type
    return {**asdict(attachment), "media_type": plain_media_type(kind), "unshown": unshown_in(kind)}


def _event_record(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "at": instant(event.at),
        "kind": event.kind,
        "from": event.from_status,
        "to": event.to_status,
        "officer": event.officer_code,
        "why": event.why,
        "about": event.about,
        "version": event.version,
        "undone": event.undone,
    }


def _row(one: Tip, zone: tzinfo) -> list[str]:
    words = f"{one.place}: {one.text}" if one.place else one.text
    local = one.received_at.astimezone(zone)
    kinds = [one.status.value, one.urgency.value, one.category.value]
    return [one.ref, f"{local:%Y-%m-%d %H:%M}", *kinds, one.claimed_code or "", words[:400]]


def _wall(at: datetime | None, zone: tzinfo) -> str:
    """A moment on the station's clock, its distance from UTC with it."""
    return "-" if at is None else at.astimezone(zone).isoformat(" ", "seconds")


def _print_file(file: TipFile, zone: tzinfo) -> None:
    one = file.tip
    line(f"{one.ref}  {one.status}  {one.urgency}  {one.category}")
    line(f"received {_wall(one.received_at, zone)}  respond by {_wall(one.respond_by, zone)}  version {one.version}")
    for title, value in (
        ("place", one.place),
        ("room", one.room_code),
        ("unrouted", one.unrouted_name),
        ("claimed by", one.claimed_code),
        ("duplicate of", one.duplicate_of),
        ("closed as", one.close_reason),
        ("outcome", one.outcome),
        ("reporter", "sealed" if one.has_reporter else None),
    ):
        if value:
            paragraph(f"{title}: {value}")
    line()
    paragraph(one.text)
    _print_rest(file, zone)


def _print_rest(file: TipFile, zone: tzinfo) -> None:
    from console.model.media import plain_media_type, why_not_shown

    line()
    for event in file.history:
        undone = " (undone)" if event.undone else ""
        begun = f"{_wall(event.at, zone)}  {event.kind}{undone}"
        paragraph(begun, event.officer_code or "intake", event.about or "", event.why or "")
    for link in file.links:
        paragraph(f"link: {link.kind} {link.shown}", f"in {link.tips}", *link.refs)
    for attachment in file.attachments:
        kind = attachment.media_type
        parts = [f"attachment {attachment.n}: {attachment.label}", plain_media_type(kind), f"{attachment.size} bytes"]
        paragraph(*parts, why_not_shown(kind) or "")
    for referral in file.referrals:
        paragraph(f"referral {referral.n}: {referral.agency}", referral.state, referral.note)
