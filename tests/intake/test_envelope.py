"""The native shape: what good files become, what bad ones are told, and the published schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from console.errors import BadTip
from console.intake.envelope import read_tip, schema
from console.intake.formats.many import read_many
from console.intake.formats.one import read_one
from console.model.tip import Category, Urgency
from tests.intake.conftest import BAD, GOOD, as_bytes

OK = {"text": "words", "room": "JNL-12"}
EXPECTED: dict[str, dict[str, Any]] = json.loads((BAD / "expected.json").read_bytes())
SINGLE = [name for name in EXPECTED if name.endswith(".json") and (BAD / name).is_file()]


@pytest.mark.parametrize("name", SINGLE)
def test_a_bad_file_is_told_what_and_where(name: str) -> None:
    with pytest.raises(BadTip) as caught:
        read_one((BAD / name).read_bytes())
    assert {"code": caught.value.code, "where": caught.value.field} == EXPECTED[name]
    message = caught.value.message
    assert message.endswith(".")
    assert len(message) < 400
    for planted in ("样例丙", "13800000009", "words", "{field}", "{limit}"):
        assert planted not in message


def test_every_bad_thing_is_expected() -> None:
    assert {path.name for path in BAD.iterdir()} - {"expected.json"} == set(EXPECTED)


def test_all_fields_reach_the_desk() -> None:
    tip = read_one((GOOD / "one.zh.json").read_bytes()).tip
    assert tip.text.startswith("三单元")
    assert (tip.room, tip.station, tip.source, tip.source_key) == ("JNL-12", None, "miniapp", "zh-0001")
    assert tip.reported_at == datetime(2026, 11, 20, 18, 11, tzinfo=UTC)
    assert (tip.category, tip.urgency) == (Category.GAMBLING, Urgency.PRIORITY)
    assert (tip.place, tip.latitude, tip.longitude) == ("威海路118弄3号", 31.2304, 121.4737)
    assert tip.reporter is not None
    assert (tip.reporter.name, tip.reporter.contact, tip.reporter.kind) == ("样例甲", "13800000001", "guard")
    assert not tip.encoding_guessed


def test_what_is_left_out_has_its_default() -> None:
    received = as_bytes({**OK, "place": "", "source": " ", "reporter": {"name": ""}, "category": None, "answers": None})
    tip = read_tip(received, source="folder").tip
    assert (tip.source, len(tip.source_key), tip.category, tip.urgency) == (
        "folder",
        64,
        Category.OTHER,
        Urgency.ROUTINE,
    )
    assert (tip.place, tip.reporter, tip.answers, tip.reported_at) == (None, None, None, None)


def test_without_a_key_the_bytes_are_it() -> None:
    same, other = as_bytes(OK), as_bytes(OK) + b"\n"
    keys = [read_tip(received, source="folder").tip.source_key for received in (same, same, other)]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    "encoding,guessed",
    [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("utf-32", False), ("gb18030", True), ("gbk", True)],
)
def test_the_encodings_senders_use(encoding: str, guessed: bool) -> None:
    received = json.dumps({**OK, "text": "地下车库有人偷电瓶"}, ensure_ascii=False).encode(encoding)
    tip = read_tip(received, source="folder").tip
    assert (tip.text, tip.encoding_guessed) == ("地下车库有人偷电瓶", guessed)


@pytest.mark.parametrize("text", ["[/]", "\x1b[31m", "a\tb\nc", "😀", "\u202eabc", "\ufdd0", "字" * 20_000])
def test_words_are_kept_as_sent(text: str) -> None:
    assert read_tip(as_bytes({**OK, "text": text}), source="folder").tip.text == text


def test_lines_stand_for_themselves() -> None:
    lines = list(read_many((BAD / "bad-lines.jsonl").read_bytes(), 64 << 10, 10))
    bad = [(line.number, line.content) for line in lines if isinstance(line.content, BadTip)]
    found = [{"line": number, "code": content.code, "where": content.field} for number, content in bad]
    assert found == EXPECTED["bad-lines.jsonl"]["lines"]
    assert len(lines) - len(bad) == EXPECTED["bad-lines.jsonl"]["taken"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_a_line_ends_at_lf_and_nowhere_else(encoding: str) -> None:
    words = ["一\u2028二", "三\x85四", "五 六"]
    content = "\r\n".join(json.dumps({**OK, "text": text}, ensure_ascii=False) for text in words)
    tips = [line.content for line in read_many(content.encode(encoding), 64 << 10, 10)]
    assert [tip.tip.text for tip in tips if not isinstance(tip, BadTip)] == words


def test_the_schema_says_everything_of_every_field() -> None:
    published = schema()
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert published["required"] == ["text"]
    assert published["additionalProperties"] is False
    assert set(published["properties"]) == {
        *("text", "room", "station", "source", "source_key", "reported_at", "category", "urgency", "place"),
        *("latitude", "longitude", "reporter", "names_officers", "answers", "attachments"),
    }
    for shape in (published, *published["$defs"].values()):
        for name, field in shape.get("properties", {}).items():
            assert len(field["description"]) > 10, name
            assert "examples" in field or "Ref" in json.dumps(field) or "$ref" in json.dumps(field), name
    json.dumps(published, allow_nan=False)


def test_the_officers_it_names_come_along() -> None:
    read = read_tip(as_bytes({**OK, "names_officers": ["JNL-007", ""]}), source="folder")
    assert (read.tip.names_officers, read.tip.is_complaint) == (("JNL-007",), True)
    with pytest.raises(BadTip):
        read_tip(as_bytes({**OK, "names_officers": ["x"] * 21}), source="folder")


def test_the_schemas_examples_are_taken() -> None:
    examples = schema()["examples"]
    assert len(examples) >= 3
    for example in examples:
        assert read_tip(as_bytes(example), source="folder").tip.text == example["text"]


def test_the_schemas_limits_are_those_in_force() -> None:
    fields = schema()["properties"]
    for name in ("text", "place", "source", "source_key", "room", "station", "answers"):
        plain = fields[name] if "maxLength" in fields[name] else fields[name]["anyOf"][0]
        limit = plain["maxLength"]
        read_tip(as_bytes({**OK, name: "x" * limit}), source="folder")
        with pytest.raises(BadTip) as caught:
            read_tip(as_bytes({**OK, name: "x" * (limit + 1)}), source="folder")
        assert (caught.value.code, caught.value.field) == ("too-long", name)
        assert str(limit) in caught.value.message


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "9" * 5000, "1e999", "1" + "0" * 400])
def test_a_number_that_is_not_allowed_is_said_to_be_one(number: str) -> None:
    with pytest.raises(BadTip, match="number"):
        read_tip(f'{{"text": "x", "room": "JNL-1", "latitude": {number}}}'.encode(), source="test")


def test_a_time_out_of_range_is_told_the_years() -> None:
    with pytest.raises(BadTip, match="1970 to 2199"):
        read_tip(b'{"text": "x", "room": "JNL-1", "reported_at": "1969-01-01T00:00:00Z"}', source="test")


def test_a_broken_line_is_told_its_line_in_the_file() -> None:
    lines = list(read_many(b'\n{"text": "x", "room": "JNL-1"}\n\n{x\n', 1000, 10))
    assert isinstance(lines[-1].content, BadTip)
    assert "line 4, column 2" in lines[-1].content.message
