"""The search language: what each term means, and what an officer is told about a wrong one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.query import (
    LONGEST_QUERY,
    TERMS,
    BadQuery,
    Query,
    complete_term,
    format_query,
    parse_query,
    term_at,
)
from console.model.tip import OPEN_STATUSES, Category, Status, Urgency

NOW = datetime(2026, 11, 20, 18, 7, 30, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
"""At NOW it is already 02:07 of the 21st in Shanghai; that day began then."""


def parse(text: str) -> Query:
    return parse_query(text, now=NOW, tz=SHANGHAI)


@pytest.mark.parametrize(
    "text, query",
    [
        ("", Query()),
        ("   　 ", Query()),
        ("- ... ！", Query()),
        ("赌博", Query(words=("赌博",))),
        ("Sofa  GATE sofa", Query(words=("sofa", "gate"))),
        ("沪A·12345", Query(words=("沪a12345",))),
        ("沪A-12345", Query(words=("沪a", "12345"))),
        ('"Sofa blocks, the"', Query(words=("sofa blocks the",))),
        ("“聚众 赌博”", Query(words=("聚众 赌博",))),
        ('"unfinished phrase', Query(words=("unfinished phrase",))),
        ("fire -drill", Query(words=("fire",), without=("drill",))),
        ('－演习 -"fire drill" -a-b', Query(without=("演习", "fire drill", "a b"))),
        ("12:30 车牌：沪A1", Query(words=("12", "30", "车牌", "沪a1"))),
        ("status:referred", Query(statuses=frozenset({Status.REFERRED}))),
        ("status:new,referred", Query(statuses=frozenset({Status.NEW, Status.REFERRED}))),
        ("Status：New，referred", Query(statuses=frozenset({Status.NEW, Status.REFERRED}))),
        ("ｓｔａｔｕｓ：ｎｅｗ", Query(statuses=frozenset({Status.NEW}))),
        ("status:new status:solved", Query(statuses=frozenset({Status.NEW, Status.SOLVED}))),
        ("status:open", Query(statuses=frozenset(OPEN_STATUSES))),
        ("status:all", Query(statuses=frozenset(Status))),
        (
            "category:fire,group-lease",
            Query(categories=frozenset({Category.FIRE, Category.GROUP_LEASE})),
        ),
        ("urgency:alarm", Query(urgencies=frozenset({Urgency.ALARM}))),
        ("room:12 by:me source:wecom", Query(room="12", by="me", source="wecom")),
        ('by:"Zhou Yaping"', Query(by="Zhou Yaping")),
        ("ref:jnl-1120-0042", Query(ref="JNL-1120-0042")),
        ("ref:ｊｎｌ－１１２０", Query(ref="JNL-1120")),
        ("room:１２ by:ｍｅ source:ｄｅｓｋ", Query(room="12", by="me", source="desk")),
        ("source:de\0sk\ud83d", Query(source="desk?")),
        ("plate:沪a·12345", Query(plate="沪A12345")),
        ("plate:A12345", Query(plate="A12345")),
        ("phone:138-0013", Query(phone="1380013")),
        ("phone:021-6234", Query(phone="216234")),
        ("phone:+86138", Query(phone="+86138")),
        ("phone:0086138", Query(phone="+86138")),
        ("is:unseen", Query(unseen=True)),
        ("is:claimed is:overdue", Query(claimed=True, overdue=True)),
        ("is:unclaimed,linked", Query(claimed=False, linked=True)),
        ("is:claimed is:claimed", Query(claimed=True)),
        ("since:3d", Query(since=NOW - timedelta(days=3))),
        ("since:12h", Query(since=NOW - timedelta(hours=12))),
        ("since:45m", Query(since=NOW - timedelta(minutes=45))),
        ("since:2w", Query(since=NOW - timedelta(weeks=2))),
        ("since:1d12h", Query(since=NOW - timedelta(hours=36))),
        ("until:3d", Query(until=NOW - timedelta(days=3))),
        ("since:today", Query(since=TODAY)),
        ("since:Yesterday", Query(since=TODAY - timedelta(days=1))),
        ("until:yesterday", Query(until=TODAY)),
        ("since:2026-11-01", Query(since=datetime(2026, 10, 31, 16, 0, tzinfo=UTC))),
        ("until:2026-11-01", Query(until=datetime(2026, 11, 1, 16, 0, tzinfo=UTC))),
        ("since:2026-11-01T08:30", Query(since=datetime(2026, 11, 1, 0, 30, tzinfo=UTC))),
        ("until:2026-11-01T08:30Z", Query(until=datetime(2026, 11, 1, 8, 30, tzinfo=UTC))),
    ],
)
def test_what_a_query_asks_for(text: str, query: Query) -> None:
    assert parse(text) == query


def test_the_line_of_the_design() -> None:
    text = (
        "赌博 status:referred category:fire　room:12 by:me since:3d until:2026-11-01 urgency:alarm"
        " plate:A12345 is:unseen -word"
    )
    assert parse(text) == Query(
        words=("赌博",),
        without=("word",),
        statuses=frozenset({Status.REFERRED}),
        categories=frozenset({Category.FIRE}),
        urgencies=frozenset({Urgency.ALARM}),
        room="12",
        by="me",
        since=NOW - timedelta(days=3),
        until=datetime(2026, 11, 1, 16, 0, tzinfo=UTC),
        plate="A12345",
        unseen=True,
    )


def test_a_day_with_a_clock_change_is_as_long_as_it_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    query = parse_query("since:2026-10-25 until:2026-10-25", now=NOW, tz=berlin)
    assert query.since is not None
    assert query.until is not None
    assert query.until - query.since == timedelta(hours=25)


@pytest.mark.parametrize(
    "text, wrong, message",
    [
        ("x status:refered y", "status:refered", 'Unknown status "refered": did you mean "referred"?'),
        ("status:new,solvd", "status:new,solvd", 'Unknown status "solvd": did you mean "solved"?'),
        ("category:gamling", "category:gamling", 'Unknown category "gamling": did you mean "gambling"?'),
        ("urgency:zzz", "urgency:zzz", 'Unknown urgency "zzz": there are routine, priority, alarm.'),
        ("is:clamed", "is:clamed", 'is:clamed is unknown: did you mean "claimed"?'),
        ("赌博 stauts:new", "stauts:new", 'Unknown term "stauts:": did you mean "status:"?'),
        (
            "http://example.org",
            "http://example.org",
            'Unknown term "http:". To look for the words themselves put them in quotes.',
        ),
        ("status:", "status:", "status: needs a value, such as status:new."),
        ("status:,", "status:,", "There is nothing between the commas."),
        (
            "-status:new",
            "-status:new",
            "Only words can be left out with a minus: name what status: should be.",
        ),
        (
            "since:tomorrow",
            "since:tomorrow",
            '"tomorrow" is no time: write since:3d, 12h, 45m or 2w (ago), 2026-11-01, today or yesterday.',
        ),
        (
            "until:2026-13-01",
            "until:2026-13-01",
            '"2026-13-01" is no time: write until:3d, 12h, 45m or 2w (ago), 2026-11-01, today or yesterday.',
        ),
        ("plate:·", "plate:·", "There is no letter or digit in it to look for."),
        (
            "is:claimed is:unclaimed",
            "is:unclaimed",
            "This contradicts an earlier term: a tip cannot be both.",
        ),
        ("room:1 room:2", "room:2", "This contradicts an earlier term: a tip cannot be both."),
    ],
)
def test_a_wrong_term_is_underlined_with_what_would_be_right(text: str, wrong: str, message: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse(text)
    assert text[caught.value.start : caught.value.end] == wrong
    assert caught.value.message == message


@pytest.mark.parametrize(
    "text", ["since:999999w", "since:0001-01-01", "until:9999-12-31", "since:99999999999999999999d"]
)
def test_times_beyond_the_calendar_are_wrong_terms(text: str) -> None:
    with pytest.raises(BadQuery):
        parse(text)


def test_a_pasted_text_is_no_search() -> None:
    parse("x" * LONGEST_QUERY)
    with pytest.raises(BadQuery):
        parse("x" * (LONGEST_QUERY + 1))


def test_only_the_query_that_asks_for_nothing_is_empty() -> None:
    assert parse("").is_empty
    for term in TERMS:
        assert not parse(term.example).is_empty, term.key
    assert not replace(Query(), claimed=False).is_empty


PIECES = st.one_of(
    st.sampled_from([term.example for term in TERMS]),
    st.sampled_from([f"{term.key}:" for term in TERMS]),
    st.sampled_from(
        ["status:new,closed", "is:unclaimed", '"a b"', '-"c d"', "-x", "沪A·1", "：", "“", '"', "since:1d2h"]
    ),
    st.text(max_size=12),
)
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=6).map(" ".join), st.lists(PIECES, max_size=4).map("".join)
)


@given(TEXTS)
def test_any_text_is_a_query_or_a_bad_query(text: str) -> None:
    wrong: BadQuery | None = None
    try:
        query = parse(text)
    except BadQuery as error:
        wrong = error
    else:
        assert parse_query(format_query(query), now=NOW + timedelta(days=9), tz=UTC) == query
    if wrong is not None:
        assert 0 <= wrong.start < wrong.end <= len(text)
        assert wrong.message


@given(TEXTS, st.data())
def test_completing_any_text_gives_terms_that_begin_as_typed(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    start, end = term_at(text, cursor)
    assert 0 <= start <= cursor <= end <= len(text)
    for term in complete_term(text, cursor):
        assert term.partition(":")[0] in {known.key for known in TERMS}


@pytest.mark.parametrize(
    "text, suggestions",
    [
        ("sta", ["status:"]),
        ("u", ["urgency:", "until:"]),
        ("赌博 sta", ["status:"]),
        ("status:re", ["status:referred"]),
        ("status：re", ["status:referred"]),
        ("status:new,s", ["status:new,solved"]),
        ("is:un", ["is:unseen", "is:unclaimed"]),
        ("category:g", ["category:gambling", "category:group-lease"]),
        ("since:y", ["since:yesterday"]),
        ("赌博", []),
        ("foo:b", []),
        ("status:zzz", []),
    ],
)
def test_completion_at_the_end(text: str, suggestions: list[str]) -> None:
    assert complete_term(text, len(text)) == suggestions


def test_completion_inside_replaces_the_term_it_stands_in() -> None:
    text = "赌博 stat fire"
    cursor = text.index(" fire")
    assert complete_term(text, cursor) == ["status:"]
    start, end = term_at(text, cursor)
    assert text[start:end] == "stat"
    assert complete_term("", 0) == [f"{term.key}:" for term in TERMS]


def test_every_suggested_value_is_a_right_term() -> None:
    for term in TERMS:
        assert term.words
        for suggestion in complete_term(f"{term.key}:", len(term.key) + 1):
            parse(suggestion)
