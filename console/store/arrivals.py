"""New tips, many in one transaction: rows, events, observables, search terms, the stations' counter rows and the audit
together.

The desk's `receive_tips` and seeding call it inside `store.write`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, select, tuple_, update

from console.model.incoming import NewTip, Receipt
from console.model.station import UNROUTED_STATION_ID, Station
from console.model.tip import Status, Tip
from console.store import tables as t
from console.store.lot import Arrival, Lot, PastStep, Seal
from console.store.places import station_of

ASKED_AT_ONCE = 400
"""Bound values a statement asks with: below SQLite's 999 of old builds, two a tip."""


@dataclass(slots=True)
class _Place:
    station: Station
    room_id: int | None = None
    unrouted_name: str | None = None


def receive(conn: Connection, arrivals: Sequence[Arrival], seal: Seal, officer_id: int | None) -> list[Receipt]:
    """One receipt per arrival, in order; a (source, source_key) already on file, or twice in the batch, is the same
    tip."""
    known = _already_here(conn, arrivals)
    fresh: dict[tuple[str, str], Arrival] = {}
    for arrival in arrivals:
        key = (arrival.tip.source, arrival.tip.source_key)
        if key not in known and key not in fresh:
            fresh[key] = arrival
    made = _insert(conn, list(fresh.values()), seal, officer_id) if fresh else {}
    answered: set[tuple[str, str]] = set()
    receipts = []
    for arrival in arrivals:
        key = (arrival.tip.source, arrival.tip.source_key)
        first = key in made and key not in answered
        answered.add(key)
        receipts.append(made[key] if first else replace(known.get(key) or made[key], duplicate=True))
    return receipts


def _already_here(conn: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], Receipt]:
    tip = t.tip.c
    found: dict[tuple[str, str], Receipt] = {}
    keys = [(arrival.tip.source, arrival.tip.source_key) for arrival in arrivals]
    for start in range(0, len(keys), ASKED_AT_ONCE):
        asked = keys[start : start + ASKED_AT_ONCE]
        rows = conn.execute(
            select(tip.source, tip.source_key, tip.id, tip.station_id, tip.ref).where(
                tuple_(tip.source, tip.source_key).in_(asked)
            )
        )
        for row in rows:
            unrouted = row.station_id == UNROUTED_STATION_ID
            found[row.source, row.source_key] = Receipt(row.id, row.station_id, row.ref, True, unrouted)
    return found


def _insert(
    conn: Connection, arrivals: list[Arrival], seal: Seal, officer_id: int | None
) -> dict[tuple[str, str], Receipt]:
    places = _places(conn, arrivals)
    lot = Lot()
    by_station: dict[int, list[tuple[Arrival, _Place]]] = defaultdict(list)
    for arrival, place in zip(arrivals, places, strict=True):
        by_station[place.station.id].append((arrival, place))
    receipts: dict[tuple[str, str], Receipt] = {}
    for station_id in sorted(by_station):
        receipts |= _number(conn, by_station[station_id], lot, seal, officer_id)
    lot.write(conn)
    return receipts


def _places(conn: Connection, arrivals: list[Arrival]) -> list[_Place]:
    """Where each tip belongs: its room's station, the station it names, or the unrouted lane."""
    rooms = {arrival.tip.room.upper() for arrival in arrivals if arrival.tip.room}
    codes = {arrival.tip.station.upper() for arrival in arrivals if arrival.tip.station}
    room = t.room.c
    by_code = {
        row.code: row
        for row in conn.execute(select(room.code, room.station_id, room.id).where(room.code.in_(sorted(rooms))))
    }
    wanted = {row.station_id for row in by_code.values()} | {UNROUTED_STATION_ID}
    station = t.station.c
    rows = conn.execute(
        select(t.station).where(station.id.in_(sorted(wanted)) | station.code.in_(sorted(codes - {"UNR"})))
    )
    stations = [station_of(row) for row in rows]
    by_id = {one.id: one for one in stations}
    by_name = {one.code: one for one in stations if one.id != UNROUTED_STATION_ID}
    return [_place(arrival.tip, by_code, by_id, by_name) for arrival in arrivals]


def _place(tip: NewTip, rooms: dict[str, Any], by_id: dict[int, Station], by_name: dict[str, Station]) -> _Place:
    station = by_name.get(tip.station.upper()) if tip.station else None
    row = rooms.get(tip.room.upper()) if tip.room else None
    fits = (row is not None or not tip.room) and (station is not None or not tip.station)
    if fits and row is not None and (station is None or station.id == row.station_id):
        return _Place(by_id[row.station_id], row.id)
    if fits and row is None and station is not None:
        return _Place(station)
    named = "/".join(name for name in (tip.station, tip.room) if name)
    return _Place(by_id[UNROUTED_STATION_ID], unrouted_name=named)


def _number(
    conn: Connection, placed: list[tuple[Arrival, _Place]], lot: Lot, seal: Seal, officer_id: int | None
) -> dict[tuple[str, str], Receipt]:
    """Give the tips of one station their refs and event numbers from its counter row, day by day, and gather their
    rows."""
    station = placed[0][1].station
    receipts: dict[tuple[str, str], Receipt] = {}
    days: dict[date, list[tuple[Arrival, _Place]]] = defaultdict(list)
    for arrival, place in placed:
        days[arrival.received_at.astimezone(station.zone).date()].append((arrival, place))
    for day in sorted(days):
        lives = []
        for arrival, place in days[day]:
            first = _first_form(arrival, place)
            steps = list(arrival.life(first)) if arrival.life else []
            lives.append((arrival, first, steps, _lived(first, steps)))
        events = sum(1 + len(steps) for _, _, steps, _ in lives)
        row = _advance(conn, station.id, day, [last for *_, last in lives], events)
        seq, audit_seq, number = row.event_seq - events, row.audit_seq - events, row.ref_no - len(lives)
        for arrival, first, steps, last in lives:
            number += 1
            ref = f"{station.code}-{row.ref_day:%m%d}-{number:04d}"
            lot.add_tip(arrival, replace(last, ref=ref), seal)
            lot.add_life(first, steps, seq, audit_seq, officer_id)
            seq += 1 + len(steps)
            audit_seq += 1 + len(steps)
            key = (arrival.tip.source, arrival.tip.source_key)
            receipts[key] = Receipt(arrival.id, station.id, ref, False, station.id == UNROUTED_STATION_ID)
    return receipts


def _advance(conn: Connection, station_id: int, day: date, tips: list[Tip], events: int) -> Any:
    """Move the station's counter row on; a day before the counter's (a clock set back) goes on with the counter's
    numbers."""
    c = t.station_counter.c
    statuses = Counter(tip.status for tip in tips)
    same_day = c.ref_day.is_not(None) & (c.ref_day >= day)
    return conn.execute(
        update(t.station_counter)
        .where(c.station_id == station_id)
        .values(
            event_seq=c.event_seq + events,
            audit_seq=c.audit_seq + events,
            ref_no=case((same_day, c.ref_no), else_=0) + len(tips),
            ref_day=case((same_day, c.ref_day), else_=day),
            alarms=c.alarms + sum(tip.rings for tip in tips),
            **{status.value: c[status.value] + statuses[status] for status in Status},
        )
        .returning(c.event_seq, c.audit_seq, c.ref_day, c.ref_no)
    ).one()


def _first_form(arrival: Arrival, place: _Place) -> Tip:
    tip = arrival.tip
    return Tip(
        id=arrival.id,
        station_id=place.station.id,
        ref="",
        source=tip.source,
        source_key=tip.source_key,
        status=Status.NEW,
        urgency=tip.urgency,
        category=tip.category,
        text=tip.text,
        received_at=arrival.received_at,
        respond_by=arrival.received_at + place.station.respond_within.within(tip.urgency),
        version=1,
        room_id=place.room_id,
        place=tip.place,
        latitude=tip.latitude,
        longitude=tip.longitude,
        reported_at=tip.reported_at,
        answers=tip.answers,
        reporter_kind=tip.reporter.kind if tip.reporter else None,
        has_reporter=tip.reporter is not None,
        attachments=len(tip.attachments),
        encoding_guessed=tip.encoding_guessed,
        unrouted_name=place.unrouted_name,
    )


def _lived(tip: Tip, steps: Sequence[PastStep]) -> Tip:
    for past in steps:
        tip = replace(tip, **past.step.changes, version=tip.version + 1)
    return tip
