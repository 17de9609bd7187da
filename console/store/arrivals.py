"""New tips, many in one transaction: rows, events, observables, search terms, counter rows and the audit together.

The desk's `receive_tips` and seeding call it inside `store.write`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from console.errors import BadTip
from console.model.incoming import Receipt
from console.model.ring import FILE_KEY
from console.model.station import UNROUTED_STATION_ID, Station
from console.model.step import clocked
from console.model.tip import Status, Tip
from console.store.direct import Direct, direct
from console.store.directory import Directory, Place
from console.store.erasing import forgotten_key, secret_of
from console.store.lot import Arrival, Lot, Newcomer, Seal, Steps
from console.words import gettext as _

_KNOWN_ON_SQLITE = (
    "SELECT tip.source_key, tip.id, tip.station_id, tip.ref FROM json_each(?) AS asked"
    " CROSS JOIN tip ON tip.source = ? AND tip.source_key = asked.value"
)
"""CROSS JOIN: SQLite then asks the unique index for each key, and never reads the tips for the keys."""
_KNOWN_ON_POSTGRES = "SELECT source_key, id, station_id, ref FROM taskroom_known(?, ?)"
"""A function of the owner: a desk's role sees its own stations only, and a delivery is one tip over all of them."""

_STATUSES = (Status.NEW, Status.INVESTIGATING, Status.REFERRED, Status.SOLVED, Status.CLOSED)
"""In the order of `_ADVANCE`."""
_ADVANCE = (
    "UPDATE station_counter SET event_seq = event_seq + ?, audit_seq = audit_seq + ?,"
    " ref_no = CASE WHEN ref_day >= ? THEN ref_no ELSE 0 END + ?,"
    " ref_day = CASE WHEN ref_day >= ? THEN ref_day ELSE ? END,"
    " alarms = alarms + ?, new = new + ?, investigating = investigating + ?, referred = referred + ?,"
    " solved = solved + ?, closed = closed + ?"
    " WHERE station_id = ? RETURNING event_seq, audit_seq, ref_day, ref_no, audit_head,"
    " (SELECT max(number) FROM vault_key)"
)
"""Moves a station's counter row on, and says which key seals now: a reporter that is sealed by another is not taken. A
day before the counter's (a clock set back) goes on with the counter's numbers."""
_ADVANCE_ON_SQLITE = f"{_ADVANCE}, (SELECT max(n) FROM tip)"  # noqa: S608 - our own words alone

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one caller brings: its tips, how their reporters are sealed, and the officer who typed them in, if any."""

    arrivals: Sequence[Arrival]
    seal: Seal
    officer_id: int | None = None


class Arrivals:
    """Held by Store: receives, and remembers for a while where rooms and stations are."""

    def __init__(self) -> None:
        self._directory = Directory()
        self._secret: bytes | None = None
        """The store's, for the delivery keys of erased tips."""

    def receive(self, conn: Connection, deliveries: Sequence[Delivery]) -> list[list[Receipt]]:
        """Receipts by delivery, one per arrival, in order.

        A (source, source_key) already on file, or twice among these, is the same tip.
        """
        driver = direct(conn)
        known = self._already_here(conn, driver, deliveries)
        fresh: dict[_Key, tuple[Delivery, Arrival]] = {}
        for delivery in deliveries:
            for arrival in delivery.arrivals:
                if arrival.key not in known:
                    fresh.setdefault(arrival.key, (delivery, arrival))
        made = self._insert(conn, driver, list(fresh.values())) if fresh else {}
        return [[_receipt(arrival.key, known, made) for arrival in one.arrivals] for one in deliveries]

    def admit(self, conn: Connection, delivery: Delivery) -> Receipt:
        """File the one tip of the delivery, whatever came before with its delivery key."""
        (arrival,) = delivery.arrivals
        return self._insert(conn, direct(conn), [(delivery, arrival)])[arrival.key]

    def _already_here(self, conn: Connection, driver: Direct, deliveries: Sequence[Delivery]) -> dict[_Key, Receipt]:
        """What of it is on file, erased tips among them: of these only what stands for the delivery key is."""
        if self._secret is None:
            self._secret = secret_of(conn)
        asked: dict[str, dict[str, str]] = defaultdict(dict)
        for delivery in deliveries:
            for arrival in delivery.arrivals:
                source, key = arrival.key
                asked[source][forgotten_key(self._secret, source, key)] = key
                asked[source][key] = key
        found: dict[_Key, Receipt] = {}
        for source, keys in asked.items():
            if driver.is_sqlite:
                rows = driver.ask(_KNOWN_ON_SQLITE, (json.dumps(list(keys)), source))
            else:
                rows = driver.ask(_KNOWN_ON_POSTGRES, (source, list(keys)))
            for source_key, ident, station_id, ref in rows:
                tip_id = ident if isinstance(ident, UUID) else UUID(bytes=ident)
                is_unrouted, is_erased = station_id == UNROUTED_STATION_ID, keys[source_key] != source_key
                receipt = Receipt(tip_id, station_id, ref, True, is_unrouted, is_erased)
                found[source, keys[source_key]] = receipt
        return found

    def _insert(self, conn: Connection, driver: Direct, fresh: list[tuple[Delivery, Arrival]]) -> dict[_Key, Receipt]:
        """Write by station and local day, in the stations' order, so that two writers never wait for each other."""
        places = self._directory.places(conn, [arrival.tip for _, arrival in fresh])
        groups: dict[tuple[int, date], list[Newcomer]] = defaultdict(list)
        for number, ((delivery, arrival), place) in enumerate(zip(fresh, places, strict=True)):
            new = Newcomer(number, arrival, place, delivery.seal, delivery.officer_id)
            if arrival.life is not None:
                new.steps = _steps(arrival, place)
            groups[place.station.id, arrival.received_at.astimezone(place.zone).date()].append(new)
        lot = Lot(is_sqlite=driver.is_sqlite)
        receipts: dict[_Key, Receipt] = {}
        for station_id, day in sorted(groups):
            receipts |= _number(driver, lot, day, groups[station_id, day])
        driver.insert(lot.tables(), lot.last_words())
        return receipts


def _receipt(key: _Key, known: dict[_Key, Receipt], made: dict[_Key, Receipt]) -> Receipt:
    """The tip's own at the first asking, a duplicate's after that."""
    receipt = made.pop(key, None)
    if receipt is None:
        return known[key]
    known[key] = replace(receipt, duplicate=True)
    return receipt


def _number(driver: Direct, lot: Lot, day: date, group: list[Newcomer]) -> dict[_Key, Receipt]:
    """Give the tips of one station and day their refs and event numbers from its counter row, and gather their rows."""
    station: Station = group[0].place.station
    events = len(group) + sum(len(new.steps) for new in group)
    event_seq, audit_seq, ref_day, ref_no = _advance(driver, lot, station.id, day, group, events)
    event_seq, audit_seq, ref_no = event_seq - events + 1, audit_seq - events + 1, ref_no - len(group)
    unrouted = station.id == UNROUTED_STATION_ID
    head = f"{station.code}-{ref_day:%m%d}-"
    receipts: dict[_Key, Receipt] = {}
    for new in group:
        ref_no += 1
        new.ref, new.event_seq, new.audit_seq = f"{head}{ref_no:04d}", event_seq, audit_seq
        lot.add(new)
        event_seq += 1 + len(new.steps)
        audit_seq += 1 + len(new.steps)
        receipts[new.arrival.key] = Receipt(new.arrival.id, station.id, new.ref, False, unrouted)
    return receipts


def _advance(
    driver: Direct, lot: Lot, station_id: int, day: date, group: list[Newcomer], events: int
) -> tuple[int, int, date, int]:
    """Event, audit, day and ref number of the counter row after it was moved on for the group."""
    statuses: Counter[Status] = Counter()
    ringing = 0
    for new in group:
        status, rings_now = new.stands
        statuses[status] += 1
        ringing += rings_now
    the_day: Any = day.isoformat() if driver.is_sqlite else day
    moved = (events, events, the_day, len(group), the_day, the_day, ringing)
    values = (*moved, *(statuses[one] for one in _STATUSES), station_id)
    if not driver.is_sqlite:
        moved_on = driver.ask(_ADVANCE, values)
        if not moved_on:
            raise _another_desks()
        ((event_seq, audit_seq, ref_day, ref_no, head, key),) = moved_on
        lot.key_number = key or FILE_KEY
        lot.heads.setdefault(station_id, head)
        return event_seq, audit_seq, ref_day, ref_no
    ((event_seq, audit_seq, ref_day, ref_no, head, key, last_n),) = driver.ask(_ADVANCE_ON_SQLITE, values)
    lot.key_number = key or FILE_KEY
    lot.heads.setdefault(station_id, head)
    lot.first_n = (last_n or 0) + 1
    return event_seq, audit_seq, date.fromisoformat(ref_day), ref_no


def _another_desks() -> BadTip:
    """PostgreSQL: the role of this desk does not see that station."""
    return BadTip("other-desk", _("It is for a station of another desk: send it there."), "room")


def _steps(arrival: Arrival, place: Place) -> Steps:
    """The steps of a life that is over, each with the tip before it."""
    assert arrival.life is not None  # noqa: S101 - the caller looked
    tip = _first_form(arrival, place)
    steps = []
    for one in arrival.life(tip):
        past = replace(one, step=clocked(one.step, place.station.erase_after, one.at))
        steps.append((tip, past))
        tip = replace(tip, **past.step.changes, version=tip.version + 1)
    return steps


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
        respond_by=arrival.received_at + place.respond_within[tip.urgency],
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
