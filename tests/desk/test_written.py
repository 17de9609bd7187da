"""What is seen and handed out, as entries of the audit: no word of it can be read there."""

from __future__ import annotations

import json

from console.desk import audit, written
from console.model.audit_log import Asked
from console.model.query import parse_query
from console.model.station import Station
from tests.desk.conftest import Desk


async def test_an_export_is_written_down_with_hashed_terms(station: Desk) -> None:
    tip = await station.new_tip()
    words = "sofa -cat room:JNL-12 by:JNL-001 phone:13900001234 plate:A12345 source:lin ref:JNL status:new"
    query = parse_query(words, now=station.store.now(), tz=Station(1, 1, "JNL", "").zone)
    await written.export_tips(station.store, station.vault, station.chen, query, "json")
    await written.export_tip(station.store, station.gao, tip.id, tip.station_id, tip.version, "table")
    await written.export_tips(station.store, None, station.zhou, query, "json")
    everybody = await audit.operator(station.store)
    without, one, many = (await audit.read(station.store, everybody, Asked(action="desk.exported"))).lines
    assert (many.officer, many.tip) == ("JA-S1", None)
    told = json.loads(many.about or "")
    assert (told["asked"], told["form"]) == ("status:new", "json")
    assert len(told["terms"].split()) == len(set(told["terms"].split())) == 8
    assert (one.officer, one.tip, one.version_after) == ("KDR-001", tip.ref, tip.version)
    assert json.loads(without.about or "")["terms"] == 8
    for typed in ("sofa", "cat", "JNL-12", "1390", "12345", "lin"):
        assert typed not in (many.about or "")


async def test_terms_say_nothing_of_reporters(station: Desk) -> None:
    """Whoever reads the audit and the store must not find a reporter by a phone that was searched; half a character
    is no crash."""
    query = parse_query("phone:13900001234 \ud800x", now=station.store.now(), tz=Station(1, 1, "JNL", "").zone)
    terms = str(written.terms_of(query, station.vault)["terms"]).split()
    assert len(terms) == 2
    assert station.vault.contact_index("13900001234").hex()[:16] not in terms
