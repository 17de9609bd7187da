"""Small rows for the tests of the store's core: stations, an officer, tips and their events."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, insert, text, update

from console.model.ids import new_id
from console.store.tables import officer, station, station_counter, tip, tip_event

AT = datetime(2026, 11, 20, 8, 30, 0, 123456, tzinfo=UTC)


def add_district(connection: Connection, number: int) -> int:
    """One more district; returns its number."""
    connection.execute(
        text("INSERT INTO district (id, code, name) VALUES (:number, :code, 'North')"),
        {"number": number, "code": f"D{number}"},
    )
    return number


def districts(connection: Connection) -> list[int]:
    """The districts that tests added; 0 is the store's own."""
    return list(connection.execute(text("SELECT id FROM district WHERE id > 0 ORDER BY id")).scalars())


def add_stations(connection: Connection, *numbers: int) -> None:
    """Stations with their counter row and one officer `S<number>`, in a district 1 made for them."""
    add_district(connection, 1)
    for number in numbers:
        connection.execute(
            insert(station).values(
                id=number,
                district_id=1,
                code=f"S{number}",
                name="Station",
                timezone="Asia/Shanghai",
                respond_routine_s=86_400,
                respond_priority_s=3_600,
                respond_alarm_s=300,
                officers=0,
            )
        )
        connection.execute(insert(station_counter).values(station_id=number))
        connection.execute(
            insert(officer).values(id=number, station_id=number, code=f"O{number}", name="Li", role="duty", rooms=0)
        )


def add_event(connection: Connection, station_id: int, why: str | None = None) -> int:
    """A tip and its event, numbered by the station's counter row in this transaction; returns the number."""
    seq = connection.execute(
        update(station_counter)
        .where(station_counter.c.station_id == station_id)
        .values(event_seq=station_counter.c.event_seq + 1)
        .returning(station_counter.c.event_seq)
    ).scalar_one()
    tip_id = _add_tip(connection, station_id)
    connection.execute(
        insert(tip_event).values(
            station_id=station_id,
            seq=seq,
            tip_id=tip_id,
            kind="tip.received",
            at=AT,
            to_status="new",
            version=1,
            officer_id=station_id,
            why=why,
            undone=False,
        )
    )
    return int(seq)


def _add_tip(connection: Connection, station_id: int) -> UUID:
    tip_id = new_id(AT)
    connection.execute(
        insert(tip).values(
            id=tip_id,
            station_id=station_id,
            ref=f"S{station_id}-{tip_id}",
            source="test",
            source_key=str(tip_id),
            status="new",
            urgency="routine",
            category="other",
            text="somebody sleeps in the stairwell",
            folded="somebody sleeps in the stairwell",
            received_at=AT,
            respond_by=AT,
            has_reporter=False,
            attachments=0,
            encoding_guessed=False,
            version=1,
        )
    )
    return tip_id
