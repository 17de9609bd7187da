"""New tips, many in one transaction: rows, events, observables, search terms, counter rows and the audit together.

The desk's `receive_tips` and seeding call it inside `store.write`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, case, select, tuple_, update

from console.model.incoming import Receipt
from console.model.station import UNROUTED_STATION_ID, Station
from console.model.tip import Status, Tip
from console.store import tables as t
from console.store.directory import Directory, Place
from console.store.lot import Arrival, Lot, PastStep, Seal
from console.store.tables import Day

ASKED_AT_ONCE = 400
"""Bound values a statement asks with: below SQLite's 999 of old builds, two a tip."""

_KNOWN = select(t.tip.c.source, t.tip.c.source_key, t.tip.c.id, t.tip.c.station_id, t.tip.c.ref).where(
    tuple_(t.tip.c.source, t.tip.c.source_key).in_(bindparam("keys", expanding=True))
)

_c = t.station_counter.c
_same_day = _c.ref_day.is_not(None) & (_c.ref_day >= bindparam("day", type_=Day()))
_ADVANCE = (
    update(t.station_counter)
    .where(_c.station_id == bindparam("station"))
    .values(
        event_seq=_c.event_seq + bindparam("events", type_=Integer),
        audit_seq=_c.audit_seq + bindparam("events", type_=Integer),
        ref_no=case((_same_day, _c.ref_no), else_=0) + bindparam("tips", type_=Integer),
        ref_day=case((_same_day, _c.ref_day), else_=bindparam("day", type_=Day())),
        alarms=_c.alarms + bindparam("ringing", type_=Integer),
        **{one.value: _c[one.value] + bindparam(f"in_{one.value}", type_=Integer) for one in Status},
    )
    .returning(_c.event_seq, _c.audit_seq, _c.ref_day, _c.ref_no)
)
"""Moves a station's counter row on. A day before the counter's (a clock set back) goes on with the counter's
numbers."""

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one caller brings: its tips, how their reporters are sealed, and the officer who typed them in, if any."""

    arrivals: Sequence[Arrival]
    seal: Seal
    officer_id: int | None = None


@dataclass(slots=True)
class _Life:
    """One arrival with what it was at first, the steps since, and what it is after them."""

    number: int
    """Its place in the transaction: the feed's order."""
    delivery: Delivery
    arrival: Arrival
    first: Tip
    steps: Sequence[tuple[Tip, PastStep]]
    """Each step with the tip before it."""
    last: Tip


class Arrivals:
    """Held by Store: receives, and remembers for a while where rooms and stations are."""

    def __init__(self) -> None:
        self._directory = Directory()

    def receive(self, conn: Connection, deliveries: Sequence[Delivery]) -> list[list[Receipt]]:
        """Receipts by delivery, one per arrival, in order.

        A (source, source_key) already on file, or twice among these, is the same tip.
        """
        everything = [arrival for delivery in deliveries for arrival in delivery.arrivals]
        known = _already_here(conn, everything)
        fresh: dict[_Key, tuple[Delivery, Arrival]] = {}
        for delivery in deliveries:
            for arrival in delivery.arrivals:
                if arrival.key not in known and arrival.key not in fresh:
                    fresh[arrival.key] = (delivery, arrival)
        made = self._insert(conn, list(fresh.values())) if fresh else {}
        answered: set[_Key] = set()
        return [[_receipt(arrival.key, known, made, answered) for arrival in one.arrivals] for one in deliveries]

    def _insert(self, conn: Connection, fresh: list[tuple[Delivery, Arrival]]) -> dict[_Key, Receipt]:
        """Write by station and local day, in the stations' order, so that two writers never wait for each other."""
        places = self._directory.places(conn, [arrival.tip for _, arrival in fresh])
        groups: dict[tuple[int, date], list[_Life]] = defaultdict(list)
        stations: dict[int, Station] = {}
        for number, ((delivery, arrival), place) in enumerate(zip(fresh, places, strict=True)):
            station = stations.setdefault(place.station.id, place.station)
            day = arrival.received_at.astimezone(station.zone).date()
            groups[station.id, day].append(_life(number, delivery, arrival, place))
        lot = Lot(conn)
        receipts: dict[_Key, Receipt] = {}
        for station_id, day in sorted(groups):
            receipts |= _number(lot, stations[station_id], day, groups[station_id, day])
        lot.write()
        return receipts


def _receipt(key: _Key, known: dict[_Key, Receipt], made: dict[_Key, Receipt], answered: set[_Key]) -> Receipt:
    if key in made and key not in answered:
        answered.add(key)
        return made[key]
    return replace(known.get(key) or made[key], duplicate=True)


def _already_here(conn: Connection, arrivals: Sequence[Arrival]) -> dict[_Key, Receipt]:
    found: dict[_Key, Receipt] = {}
    keys = [arrival.key for arrival in arrivals]
    for start in range(0, len(keys), ASKED_AT_ONCE):
        for source, source_key, tip_id, station_id, ref in conn.execute(
            _KNOWN, {"keys": keys[start : start + ASKED_AT_ONCE]}
        ):
            unrouted = station_id == UNROUTED_STATION_ID
            found[source, source_key] = Receipt(tip_id, station_id, ref, True, unrouted)
    return found


def _number(lot: Lot, station: Station, day: date, lives: list[_Life]) -> dict[_Key, Receipt]:
    """Give the tips of one station and day their refs and event numbers from its counter row, and gather their rows."""
    receipts: dict[_Key, Receipt] = {}
    events = sum(1 + len(life.steps) for life in lives)
    row = _advance(lot.conn, station.id, day, [life.last for life in lives], events)
    seq, audit_seq, number = row.event_seq - events, row.audit_seq - events, row.ref_no - len(lives)
    for life in lives:
        number += 1
        ref = f"{station.code}-{row.ref_day:%m%d}-{number:04d}"
        lot.add_tip(life.number, life.arrival, life.last, ref, life.delivery.seal)
        lot.add_life(life.first, life.steps, seq, audit_seq, life.delivery.officer_id)
        seq += 1 + len(life.steps)
        audit_seq += 1 + len(life.steps)
        unrouted = station.id == UNROUTED_STATION_ID
        receipts[life.arrival.key] = Receipt(life.first.id, station.id, ref, False, unrouted)
    return receipts


def _advance(conn: Connection, station_id: int, day: date, tips: list[Tip], events: int) -> Any:
    statuses = Counter(tip.status for tip in tips)
    values = {
        "station": station_id,
        "day": day,
        "events": events,
        "tips": len(tips),
        "ringing": sum(tip.rings for tip in tips),
        **{f"in_{one.value}": statuses[one] for one in Status},
    }
    return conn.execute(_ADVANCE, values).one()


def _life(number: int, delivery: Delivery, arrival: Arrival, place: Place) -> _Life:
    first = _first_form(arrival, place)
    if arrival.life is None:
        return _Life(number, delivery, arrival, first, (), first)
    last = first
    steps = []
    for past in arrival.life(first):
        steps.append((last, past))
        last = replace(last, **past.step.changes, version=last.version + 1)
    return _Life(number, delivery, arrival, first, steps, last)


def _first_form(arrival: Arrival, place: Place) -> Tip:
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
