"""What the command line prints of words from outside: every place × every hostile text. People get them through the
door, scripts exactly as they were written."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from _pytest.mark import ParameterSet

from console.cli.front import run
from console.cli.output import json_words, line, paragraph, table
from console.settings import Settings
from tests.hostile import MERGED, TEXTS, floods_in, raw_in
from tests.hostile_station import FIELDS, fill_hostile, keepable, reader_code
from tests.ui.small_station import Clock, fill, settings_in


@dataclass(frozen=True, slots=True)
class Station:
    """A station whose words are all hostile, and what a verb prints of it."""

    settings: Settings
    words: str
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[int, str, str]:
        self.capture.readouterr()
        options = ["--data", str(self.settings.folder.root), "--database", self.settings.database_url]
        code = run([*words[:1], *options, *words[1:]])
        told = self.capture.readouterr()
        return code, told.out, told.err


PRINTED: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "tips": (("tips",), ("QRF", "QOC", "QPL")),
    "tip": (
        ("tip", "{ref}"),
        ("QRF", "QTX", "QPL", "QRC", "QUN", "QOC", "QOU", "QEW", "QEA", "QOS", "QAL", "QAM", "QAG", "QNO"),
    ),
    "tip, a duplicate": (("tip", "{second}"), ("QRF", "QTX")),
    "rooms": (("rooms",), ("QRC", "QRN", "QRP", "QOC")),
    "figures": (("figures",), ("QSC",)),
}
"""Verb → its words, and the tags of all that it prints for people."""
ERRORS: Final[Mapping[str, tuple[str, ...]]] = {
    "an officer nobody knows": ("tips", "--", 'by:"{words}"'),
    "a room nobody knows": ("tips", "--", 'room:"{words}"'),
    "a wrong term": ("tips", "--", "statsu:{words}"),
    "a wrong value": ("tips", "--", "status:{words}"),
    "no such officer": ("tips", "--officer", "{words}"),  # the last one: after five tries everybody waits
}
"""What goes wrong once the store is asked → the command line, whose words come back in the sentences on stderr, or do
not (`KEPT_BACK`)."""
BEFORE_A_STORE: Final[Mapping[str, tuple[str, ...]]] = {
    "no such file": ("send", "/nowhere/{words}"),
    "an unknown option": ("tips", "--no{words}"),
    "an unknown verb": ("no{words}",),
    "not a number": ("tips", "--limit", "{words}"),
    "a database that is none": ("tips", "--database", "no{words}"),
    "a folder that is none": ("tips", "--data", "/nowhere/{words}"),
}
"""The same of what goes wrong before, whichever the engine."""
KEPT_BACK: Final = ("no such officer", "a wrong term", "not a number", "a database that is none")
MOST_TOLD: Final = 1_500
"""Characters of a text on the command line: a search has 2,000 at most."""


LONGEST: Final = "ten megabytes"


def kinds() -> Iterator[ParameterSet]:
    """Every text; of the longest a tenth, and the whole of it in the slow run: the two differ in nothing but length."""
    for kind, text in TEXTS.items():
        if kind == LONGEST:
            yield pytest.param(text, id=kind, marks=pytest.mark.slow)
            yield pytest.param(text[: len(text) // 10], id="a megabyte of them")
        else:
            yield pytest.param(text, id=kind)


@pytest.fixture(params=kinds())
def words(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


@pytest.fixture
def station(words: str, store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Station:
    settings = settings_in(tmp_path / "desk", database=store_url)
    asyncio.run(fill_hostile(settings, Clock(), words))
    return Station(settings, words, capsys)


def as_told(words: str) -> str:
    """The words as a shell can hand them over: no NUL, what is not UTF-8 as Python reads it, not too long."""
    return os.fsdecode(words.encode("utf-8", "surrogatepass").replace(b"\0", b"")[:MOST_TOLD])


def check_printed(printed: str) -> None:
    """Nothing a terminal would obey or hide, and no flood."""
    assert raw_in(printed) == set()
    assert floods_in(printed) == []


def test_people_are_shown_the_words_and_scripts_get_them_exactly(station: Station) -> None:
    people_are_shown_the_words_and_no_terminal_obeys_them(station)
    scripts_get_the_words_exactly(station)


def people_are_shown_the_words_and_no_terminal_obeys_them(station: Station) -> None:
    seen = 0
    url = station.settings.database_url
    refs = {n: FIELDS[10].value(f"JNL-1121-{n:04}", keepable(station.words, url)) for n in (2, 4)}
    for place, (verb, tags) in PRINTED.items():
        told = [word.format(ref="\0", second="\1").replace("\0", refs[4]).replace("\1", refs[2]) for word in verb]
        code, out, err = station.run(*told)
        assert (code, err) == (0, ""), place
        check_printed(out)
        for tag in tags:
            assert tag in out, f"{place} does not print {tag}"
            seen += 1
    print(f"{seen} printed places")


def scripts_get_the_words_exactly(station: Station) -> None:
    kept = keepable(station.words, station.settings.database_url)
    code, out, _err = station.run("tips", "--json")
    assert code == 0
    assert raw_in(out) - {f"U+{ord(one):04X}" for one in kept if one.isprintable()} == set()
    records = [json.loads(one) for one in out.split("\n") if one]
    assert [record["text"] for record in records] == [f"QTX{kept}"] * 4
    code, out, _err = station.run("tip", records[0]["ref"], "--json")
    [record] = [json.loads(one) for one in out.split("\n") if one]
    assert record["text"] == f"QTX{kept}"
    assert record["place"] == f"QPL{kept}"
    assert record["attachments"][0]["label"] == f"QAL{kept[:20_000]}"
    assert record["referrals"][0]["note"] == f"QNO{kept}"
    code, out, _err = station.run(
        "rooms", "--json", "--officer", reader_code(station.words, station.settings.database_url)
    )
    assert (code, len(out.splitlines())) == (0, 2)


def test_a_sentence_on_stderr_is_one_line_of_words(
    store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path / "desk", database=store_url)
    asyncio.run(fill(settings, Clock(), ()))
    for mistake, command in ERRORS.items():
        check_mistake(mistake, command, settings, capsys)


@pytest.mark.parametrize("mistake", BEFORE_A_STORE)
def test_a_sentence_on_stderr_before_a_store_is_asked_is_one_line_of_words(
    mistake: str, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path / "desk", database=sqlite_url)
    asyncio.run(fill(settings, Clock(), ()))
    check_mistake(mistake, BEFORE_A_STORE[mistake], settings, capsys)


def check_mistake(mistake: str, told: tuple[str, ...], settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, words in TEXTS.items():
        command = [word.replace("{words}", as_told(f"qwd{words}")) for word in told]
        if "--data" not in command:
            command[1:1] = ["--data", str(settings.folder.root)]
        if "--database" not in command and mistake != "a folder that is none":
            command[1:1] = ["--database", settings.database_url]
        code = run(command)
        said = capsys.readouterr()
        assert (code != 0, said.out) == (True, ""), (mistake, kind)
        assert ("qwd" in said.err) == (mistake not in KEPT_BACK), (mistake, kind)
        check_printed(said.err)


def test_a_reply_with_raw_characters_is_printed_as_json_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    """What listens on the socket may be anybody's program."""
    for words in TEXTS.values():
        json_words(json.dumps({"ok": True, "why": words}, ensure_ascii=False))
        out = capsys.readouterr().out
        assert json.loads(out)["why"] == words
        assert not [one for one in out[:-1] if not one.isprintable()]
    json_words("no JSON \x1b[6666m\x9b\u202e at all")
    assert capsys.readouterr().out == "no JSON \\u001b[6666m\\u009b\\u202e at all\n"


def test_every_way_out_for_people_is_a_door(capsys: pytest.CaptureFixture[str]) -> None:
    line(MERGED)
    paragraph(MERGED)
    table([("a", 30), ("b", 30)], [[MERGED, MERGED]])
    out = capsys.readouterr().out
    assert "␛[6666;7777H" in out
    check_printed(out)


def test_a_fault_of_the_program_tells_no_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its message may hold a tip's words: only kinds and places are printed, and the code is not 0."""
    monkeypatch.setattr("console.cli.machine._paths", _breaks)
    assert run(["paths"]) == 1
    told = capsys.readouterr()
    assert "ValueError" in told.err
    assert "EVIL" not in told.err
    check_printed(told.err)


def _breaks(_settings: Settings) -> dict[str, str]:
    raise ValueError(MERGED)
