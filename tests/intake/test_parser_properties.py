"""Properties of what reads the world's bytes, tried with whatever hypothesis thinks of: it is refused with a reason or
read whole, never anything else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from console.errors import BadTip
from console.intake.durable import NAME_BYTES, free_name, unheard_name
from console.intake.encoding import decode
from console.intake.envelope import Submission
from console.intake.formats.many import Line, read_many
from console.intake.formats.one import try_one
from console.intake.kept import sealed_bytes, unsealed_bytes
from console.intake.quarantine import WHY
from console.intake.rejected import Rejected
from console.intake.socket import LineCutter
from console.intake.strict import MOST_INTEGER, strict_json
from console.model.media import Unshown, noted, plain_media_type, unshown_in
from console.model.tip import Category, Urgency
from console.paths import DataFolder
from console.settings import IntakeSettings
from console.vault import Vault

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200)
SHORT = WORDS.filter(lambda text: len(text) <= 64)
REPORTERS = st.fixed_dictionaries(
    {}, optional={"name": SHORT, "contact": SHORT, "kind": st.sampled_from(["guard", "phone"])}
)
TIPS = st.fixed_dictionaries(
    {"text": WORDS.filter(lambda text: text.strip() != ""), "room": st.just("JNL-12")},
    optional={
        "source": SHORT,
        "source_key": WORDS,
        "category": st.sampled_from(list(Category)),
        "urgency": st.sampled_from(list(Urgency)),
        "place": WORDS,
        "reporter": REPORTERS,
        "reported_at": st.just("2026-11-21T02:11:00+08:00"),
    },
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-MOST_INTEGER, MOST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=20
)
NAMES = st.binary(min_size=1, max_size=NAME_BYTES).filter(
    lambda name: not {0, 0x2F} & set(name) and name not in (b".", b"..")
)
SECRET = "植物园丁一"


def read(received: bytes) -> Submission | None:
    """The tip, or None when it is refused as everything that is refused: with code and sentence, without its words."""
    found = try_one(received)
    if isinstance(found, Submission):
        return found
    assert found.code
    assert found.message.endswith(".")
    assert len(found.message) < 400
    assert SECRET not in f"{found.message}{found.field}"
    return None


def lines_of(received: bytes) -> list[Line]:
    try:
        return list(read_many(received, 64, 1000))
    except BadTip as bad:
        if bad.code not in ("empty", "encoding"):
            raise
        return []


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_read_or_refused(received: bytes) -> None:
    read(received)
    assert all(line.received for line in lines_of(received))


@given(JSON | st.dictionaries(st.sampled_from(["text", "room", "reporter", "latitude", SECRET, "attachments"]), JSON))
def test_any_json_is_read_or_refused(value: object) -> None:
    received = json.dumps(value).encode()
    assert strict_json(received.decode()) == value
    read(received)


@given(st.binary(max_size=40), st.integers(0, 300), st.integers(0, 40))
def test_a_tip_that_was_changed_on_its_way_is_read_or_refused(noise: bytes, at: int, drop: int) -> None:
    whole = json.dumps({"text": SECRET, "room": "JNL-12", "reporter": {"name": SECRET}}, ensure_ascii=False).encode()
    read(whole[:at] + noise + whole[at + drop :])


@given(TIPS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), st.booleans())
def test_what_was_sent_is_what_is_read(tip: dict[str, Any], encoding: str, ascii_only: bool) -> None:
    found = read(json.dumps(tip, ensure_ascii=ascii_only).encode(encoding))
    assert found is not None
    assert not found.tip.encoding_guessed
    assert (found.tip.text, found.tip.place) == (tip["text"], tip.get("place"))
    assert found.tip.category == tip.get("category", Category.OTHER)
    if "source_key" in tip:
        assert found.tip.source_key == tip["source_key"]
    for part, words in tip.get("reporter", {}).items():
        assert found.tip.reporter is not None
        assert getattr(found.tip.reporter, part) == words


@given(TIPS, st.data())
def test_a_part_of_a_tip_is_never_one(tip: dict[str, Any], chance: st.DataObject) -> None:
    whole = json.dumps(tip, ensure_ascii=False).encode()
    assert read(whole[: chance.draw(st.integers(0, len(whole) - 1))]) is None


@given(st.dictionaries(SHORT, PLAIN, min_size=1, max_size=5), st.data())
def test_a_key_that_stands_twice_is_always_refused(value: dict[str, Any], chance: st.DataObject) -> None:
    key = chance.draw(st.sampled_from(sorted(value)))
    twice = json.dumps(value)[:-1] + f", {json.dumps(key)}: 1}}"
    with pytest.raises(BadTip) as caught:
        strict_json(twice)
    assert caught.value.code == "duplicate-key"


@given(st.lists(TIPS.map(lambda tip: json.dumps(tip).encode()) | st.binary(max_size=30), min_size=1, max_size=8))
def test_a_line_reads_as_it_would_alone(lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b"").strip(b" \t\r") for line in lines]
    assume(any(lines) and not lines[0].startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")))
    found = list(read_many(b"\r\n".join(lines), 1 << 20, 100))
    assert [line.received for line in found] == [line for line in lines if line]
    for line in found:
        alone = try_one(line.received)
        if isinstance(line.content, Submission):
            assert isinstance(alone, Submission)
            assert alone.tip == line.content.tip
        else:
            assert isinstance(alone, BadTip)
            assert alone.code == line.content.code


@given(st.lists(st.sampled_from("的一是在不了有和人这中大为上个国我以要他"), min_size=2, max_size=50).map("".join))
def test_common_hanzi_in_gb18030_are_guessed(text: str) -> None:
    received = text.encode("gb18030")
    try:
        received.decode()
    except UnicodeDecodeError:
        assert decode(received) == (text, True)


@given(TIPS)
def test_what_is_sealed_comes_back_as_the_same_tip(tip: dict[str, Any]) -> None:
    assume(tip.get("reporter"))
    received = json.dumps(tip, ensure_ascii=False).encode()
    first = read(received)
    assert first is not None
    vault = Vault(b"k" * 32)
    kept = sealed_bytes(received, vault)
    assert kept is not None
    assert sealed_bytes(kept, vault) is not None
    assert read(kept) is None
    again = unsealed_bytes(kept, vault, first.tip.source_key)
    assert again is not None
    found = read(again)
    assert found is not None
    assert (found.tip, found.tip.reporter) == (first.tip, first.tip.reporter)


@given(st.binary(max_size=200), st.lists(st.integers(1, 20), min_size=1), st.integers(1, 30))
def test_a_stream_is_cut_alike_however_it_comes(stream: bytes, sizes: list[int], most: int) -> None:
    def cut(parts: list[bytes]) -> list[bytes | None]:
        cutter = LineCutter(most)
        return [line for part in parts for line in cutter.feed(part)] + [cutter.rest()]

    parts: list[bytes] = []
    start = 0
    while start < len(stream):
        size = sizes[len(parts) % len(sizes)]
        parts.append(stream[start : start + size])
        start += size
    assert cut(parts) == cut([stream])
    assert all(line is None or len(line) <= most for line in cut(parts))


@given(name=NAMES, times=st.integers(1, 12))
@settings(max_examples=50)
def test_a_free_name_is_free_fits_and_is_no_reason(
    tmp_path_factory: pytest.TempPathFactory, name: bytes, times: int
) -> None:
    folder = tmp_path_factory.mktemp("names")
    seen = set()
    for _time in range(times):
        found = free_name(folder, os.fsdecode(name), companion=WHY)
        assert not found.name.endswith(WHY)
        assert len(os.fsencode(found.name + WHY)) <= NAME_BYTES
        found.touch(exist_ok=False)
        Path(f"{found}{WHY}").touch(exist_ok=False)
        seen.add(found.name)
        assert len(os.fsencode(unheard_name(found.name))) <= NAME_BYTES
    assert len(seen) == times


@given(content=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=50)
def test_any_reason_can_be_listed(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = DataFolder(tmp_path_factory.mktemp("desk"))
    folder.make()
    (folder.intake / "rejected" / f"a.json{WHY}").write_bytes(content)
    (listed,) = Rejected(folder, IntakeSettings()).all()
    assert (listed.name, listed.is_there) == ("a.json", False)
    assert listed.sentence


@given(st.sampled_from(["image/png", "application/pdf"]), st.none() | st.sampled_from(list(Unshown)))
def test_a_note_is_read_as_it_was_written(media_type: str, unshown: Unshown | None) -> None:
    stored = noted(media_type, unshown)
    assert (plain_media_type(stored), unshown_in(stored)) == (media_type, unshown)
