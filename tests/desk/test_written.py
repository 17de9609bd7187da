"""What is seen and handed out, as entries of the audit: no word of it can be read there."""

from __future__ import annotations

import json
import re

from console.desk import audit, written
from console.desk.whole import whole_tips
from console.model.audit_log import Asked
from console.model.query import parse_query
from console.model.station import Station
from console.model.view import View
from tests.desk.conftest import Desk

STATION = Station(1, 1, "JNL", "Jiangning Road")
ZONE = STATION.zone
WORDS = "sofa -cat room:JNL-12 by:JNL-001 phone:13900001234 plate:A12345 source:lin ref:JNL status:new"


async def test_an_export_is_written_down_before_a_word_is_handed_out(station: Desk) -> None:
    tip = await station.new_tip()
    query = parse_query(WORDS, now=station.store.now(), tz=ZONE)
    handed_out = whole_tips(station.store, station.chen, View((1, 2), query, ended_too=True))
    assert [one async for one in handed_out] == []
    await written.export_tip(station.store, station.gao, tip)
    everybody = await audit.operator(station.store)
    lines = (await audit.read(station.store, everybody, Asked(action="desk.exported"))).lines
    by_whom = {one.officer: one for one in lines}
    assert set(by_whom) == {"JA-S1", "KDR-001"}
    many, one = by_whom["JA-S1"], by_whom["KDR-001"]
    assert json.loads(many.about or "") == {"asked": "status:new", "terms": 8, "what": "tips"}
    assert (one.station, one.tip, one.version_after) == ("JNL", tip.ref, tip.version)


async def test_a_search_is_told_by_hashes(station: Desk) -> None:
    query = parse_query(WORDS, now=station.store.now(), tz=ZONE)
    note = written.searched(station.chen, station.vault, query, [STATION], station.store.now())
    await written.write_down(station.store, [note])
    (line,) = (
        await audit.read(station.store, await audit.operator(station.store), Asked(action="desk.searched"))
    ).lines
    told = json.loads(line.about or "")
    assert (told["asked"], told["stations"]) == ("status:new", "JNL")
    assert len(told["terms"].split()) == len(set(told["terms"].split())) == 8
    assert all(re.fullmatch("[0-9a-f]{16}", term) for term in told.pop("terms").split())
    for typed in ("sofa", "cat", "JNL-12", "1390", "12345", "lin"):
        assert typed not in json.dumps(told)


async def test_what_was_exported_is_told_by_the_hashes_of_a_search(station: Desk) -> None:
    query = parse_query(WORDS, now=station.store.now(), tz=ZONE)
    searched = written.searched(station.chen, station.vault, query, [STATION], station.store.now()).about()
    handed_out = whole_tips(station.store, station.chen, View((1, 2), query, ended_too=True), None, station.vault)
    assert [one async for one in handed_out] == []
    everybody = await audit.operator(station.store)
    (line,) = (await audit.read(station.store, everybody, Asked(action="desk.exported"))).lines
    told = json.loads(line.about or "")
    assert (told["what"], told["asked"], told["terms"]) == ("tips", "status:new", searched["terms"])
    assert len(told["terms"].split()) == 8


async def test_terms_say_nothing_of_reporters(station: Desk) -> None:
    """Whoever reads the audit and the store must not find a reporter by a phone that was searched; half a character
    is no crash."""
    query = parse_query("phone:13900001234 \ud800x", now=station.store.now(), tz=ZONE)
    terms = str(written.terms_of(query, station.vault)["terms"]).split()
    assert len(terms) == 2
    assert station.vault.contact_index("13900001234").hex()[:16] not in terms
