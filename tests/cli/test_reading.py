"""`tips`, `tip`, `rooms` and `figures` on both engines: the fields scripts rely on, the search, the table."""

import re
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.cli.desk import SMALL, Desk

FIELDS = ["id", "ref", "source", "source_key", "station", "room", "status", "urgency", "category", "text"]
FIELDS += ["received_at", "reported_at", "claimed_by", "version"]


def test_tips_has_exactly_the_published_fields_newest_first(seeded: Desk) -> None:
    told = seeded.run("tips", "--json")
    assert (told.code, told.err) == (0, "")
    assert len(told.records) == SMALL.tips
    for record in told.records:
        assert list(record) == FIELDS
        assert record["received_at"].endswith("Z")
        assert record["version"] >= 1
    ids = [record["id"] for record in told.records]
    assert len(set(ids)) == SMALL.tips
    received = [datetime.fromisoformat(r["received_at"]) for r in told.records if r["station"] == "JNL"]
    assert received == sorted(received, reverse=True)
    assert {record["station"] for record in told.records} == {"JNL", "UNR"}
    assert {record["status"] for record in told.records} == {"new", "investigating", "referred", "solved", "closed"}


def test_tips_limit_and_query(seeded: Desk) -> None:
    every = seeded.run("tips", "--json").records
    assert seeded.run("tips", "--json", "--limit", "3").records == every[:3]
    solved = seeded.run("tips", "--json", "status:solved").records
    assert solved == [record for record in every if record["status"] == "solved"]
    found = seeded.run("tips", "--json", "category:fire", "status:solved,closed").records
    assert {record["category"] for record in found} == {"fire"}
    one = seeded.run("tips", "--json", f"ref:{every[0]['ref']}").records
    assert one == every[:1]
    assert seeded.run("tips", "--json", "nosuchword").out == ""


def test_tips_finds_two_hanzi_and_part_of_a_plate(seeded: Desk) -> None:
    """Which words the station has depends on the minute it was seeded in: what is looked for is taken from them."""
    every = seeded.run("tips", "--json").records
    with_plate = next(r for r in every if "沪Z" in r["text"])
    plate = with_plate["text"].partition("沪Z")[2].lstrip("· ")[:4]
    found = seeded.run("tips", "--json", f"plate:{plate}").records
    assert with_plate in found
    two = next(met[0] for r in every if (met := re.search("[\u4e00-\u9fff]{2}", r["text"])))
    found = seeded.run("tips", "--json", two).records
    assert [r for r in found if two in r["text"]] == [r for r in every if two in r["text"]]
    for other in (r for r in found if two not in r["text"]):
        assert two in seeded.run("tip", other["ref"], "--json").records[0]["place"]


def test_a_wrong_term_is_code_2(seeded: Desk) -> None:
    told = seeded.run("tips", "--json", "statsu:new")
    assert (told.code, told.out) == (2, "")
    assert "status" in told.err


def test_an_officer_reads_only_the_granted_stations(seeded: Desk) -> None:
    own = seeded.run("tips", "--json", "--officer", "JNL-001").records
    assert {record["station"] for record in own} == {"JNL"}
    supervisor = seeded.run("tips", "--json", "--officer", "JNL-002").records
    assert len(supervisor) == SMALL.tips
    told = seeded.run("tips", "--officer", "NO-1")
    assert told.code == 1
    assert "do not go together" in told.err


def test_the_table_shows_fifty_and_says_so(seeded: Desk) -> None:
    told = seeded.run("tips")
    assert told.out.count("\n") == 51
    assert told.out.startswith("ref ")
    assert "50" in told.err
    assert seeded.run("tips", "--limit", "2").out.count("\n") == 3


def test_a_tip_with_history_links_and_referrals(seeded: Desk) -> None:
    every = seeded.run("tips", "--json", "status:referred").records
    told = seeded.run("tip", every[0]["ref"].lower(), "--json")
    assert told.code == 0
    [record] = told.records
    assert list(record)[: len(FIELDS)] == FIELDS
    assert {name: record[name] for name in FIELDS} == every[0]
    assert record["history"][0]["kind"] == "tip.received"
    assert record["history"][-1]["to"] == "referred"
    assert record["version"] == len(record["history"])
    [referral] = record["referrals"]
    assert referral["agency"] == record["history"][-1]["about"]
    assert referral["state"] == "sent"
    assert "reporter" not in record
    shown = seeded.run("tip", every[0]["ref"])
    assert every[0]["ref"] in shown.out
    assert "tip.received" in shown.out


def test_duplicates_name_each_other(seeded: Desk) -> None:
    every = [
        seeded.run("tip", record["ref"], "--json").records[0]
        for record in seeded.run("tips", "--json", "status:closed").records
    ]
    doubles = [record for record in every if record["duplicate_of"]]
    assert doubles
    for record in doubles:
        first = seeded.run("tip", record["duplicate_of"], "--json").records[0]
        assert record["ref"] in first["duplicates"]
        assert first["category"] == record["category"]
        assert first["received_at"] <= record["received_at"]


def test_no_such_tip_is_code_1(seeded: Desk) -> None:
    told = seeded.run("tip", "JNL-0101-9999", "--json")
    assert (told.code, told.out) == (1, "")


def test_rooms(seeded: Desk) -> None:
    found = seeded.run("rooms", "--json").records
    assert [list(record) for record in found] == [
        ["code", "station", "number", "name", "purpose", "officer", "members"]
    ] * SMALL.rooms
    assert [record["code"] for record in found] == ["JNL-1", "JNL-2", "JNL-3"]
    assert found[0]["officer"] == "JNL-001"
    assert 30 <= sum(record["members"] for record in found) <= SMALL.members
    assert seeded.run("rooms").out.count("\n") == SMALL.rooms + 1


def test_figures_agree_with_the_tips(seeded: Desk) -> None:
    """What goes with the clock is looked up before and after."""

    def now(*asked: str) -> Counter[str]:
        return Counter(tip["station"] for tip in seeded.run("tips", "--json", *asked).records)

    overdue, today = ("is:overdue",), ("since:today", "--officer", "JNL-002")
    tips = seeded.run("tips", "--json").records
    before = [now(*asked) for asked in (overdue, today)]
    found = seeded.run("figures", "--json").records
    after = [now(*asked) for asked in (overdue, today)]
    assert [record["station"] for record in found] == ["JNL", "UNR"]
    for record in found:
        here = [tip for tip in tips if tip["station"] == record["station"]]
        statuses = Counter(tip["status"] for tip in here)
        assert {name: record[name] for name in ("new", "investigating", "referred", "solved", "closed")} == {
            name: statuses[name] for name in ("new", "investigating", "referred", "solved", "closed")
        }
        assert record["total"] == len(here)
        for name, was, by_now in zip(("overdue", "received_today"), before, after, strict=True):
            least, most = sorted((was[record["station"]], by_now[record["station"]]))
            assert least <= record[name] <= most, name
    assert found[0]["alarms"] == SMALL.ringing
    assert seeded.run("figures").out.count("\n") == 3


@pytest.mark.parametrize("verb", ["tips", "figures"])
def test_an_auditor_reads_neither_tips_nor_figures(seeded: Desk, verb: str) -> None:
    told = seeded.run(verb, "--json", "--officer", "JNL-008")
    assert (told.code, told.records) == (0, [])


def test_people_read_the_clock_of_the_station(seeded: Desk) -> None:
    newest = seeded.run("tips", "--json", "--limit", "1").records[0]
    local = datetime.fromisoformat(newest["received_at"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{local:%Y-%m-%d %H:%M}" in seeded.run("tips", "--limit", "1").out
    told = seeded.run("tip", newest["ref"]).out
    assert f"received {local:%Y-%m-%d %H:%M:%S}+08:00" in told
    assert "Z  " not in told


@pytest.mark.parametrize(
    "query, code, sentence",
    [
        ("by:nobody", 1, "no officer nobody"),
        ("room:999", 1, "no room 999"),
        ("*", 2, "nothing to look for"),
        ("%", 2, "nothing to look for"),
        ("-- --", 2, "nothing to look for"),
    ],
)
def test_nonsense_is_not_an_empty_list(seeded: Desk, query: str, code: int, sentence: str) -> None:
    told = seeded.run("tips", "--json", *query.split())
    assert (told.code, told.out) == (code, "")
    assert sentence in told.err


def test_known_officers_and_rooms_are_followed(seeded: Desk) -> None:
    room = seeded.run("rooms", "--json").records[0]
    for term in ("by:JNL-001", "by:jnl-001", f"room:{room['code']}", f"room:{room['number']}", "room:jnl-1"):
        assert seeded.run("tips", "--json", term).code == 0
