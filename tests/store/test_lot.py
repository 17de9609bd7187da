"""Rows of new tips by table, before they are inserted."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from console.desk.receiving import make_ready
from console.model.audit import FIRST
from console.model.fold import bigrams, fold
from console.model.incoming import NewReporter, NewTip
from console.model.station import Station
from console.model.tip import Urgency
from console.store.directory import Place
from console.store.lot import Lot, Newcomer

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
HERE = Place(Station(7, 1, "JNL", "North"), ZoneInfo("Asia/Shanghai"), dict.fromkeys(Urgency, timedelta(hours=1)), 12)


def seal(_tip_id: UUID, _station_id: int, _reporter: NewReporter) -> tuple[bytes, bytes | None, int]:
    return b"sealed", None, 0


def rows_of(text: str, ref: str, *, is_sqlite: bool) -> dict[str, list[tuple[object, ...]]]:
    lot = Lot(is_sqlite=is_sqlite)
    lot.heads[HERE.station.id] = FIRST
    arrival = make_ready(NewTip(text, "folder", "1", room="JNL-12", reporter=NewReporter("Li", None, "guard")), AT)
    lot.add(Newcomer(0, arrival, HERE, seal, None, (), ref, 1, 1))
    return {head.split()[2]: rows for head, rows in lot.tables()}


def test_the_words_of_a_tip_are_the_pairs_of_all_it_is_searched_by() -> None:
    """Its ref has pairs of its own, and some that the words have too."""
    for text, ref in (
        ("赌博 沪A12345, JNL again 1120", "JNL-1120-0042"),
        ("", "KDR-0101-10000"),
        ("42 0042", "A-0042-0042"),
    ):
        ((_, words),) = rows_of(text, ref, is_sqlite=True)["tip_words"]
        arrival = make_ready(NewTip(text, "folder", "1"), AT)
        assert str(words).split() == [*bigrams(f"{arrival.folded} {fold(ref)}"), "station7"]


def test_rows_are_in_the_drivers_own_types() -> None:
    """SQLite's driver looks long for a way to adapt what is an int or a str by birth only."""
    for is_sqlite, own in ((True, {int, str, bytes, float}), (False, {int, str, bytes, float, bool, UUID, datetime})):
        tables = rows_of("车牌沪A12345", "JNL-1120-0042", is_sqlite=is_sqlite)
        assert {type(value) for rows in tables.values() for row in rows for value in row} - {type(None)} <= own
        assert len(tables["tip"]) == len(tables["tip_event"]) == len(tables["audit"]) == len(tables["reporter"]) == 1
