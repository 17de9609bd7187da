"""Limits are settings: what is beyond one is refused with a sentence that says the limit and what to do, and kept."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.errors import BadTip
from console.intake.folder import FolderIntake
from console.intake.limits import size
from console.intake.opening import digest_regular
from console.intake.shelves import Shelves
from console.intake.strict import MOST_VALUES, strict_json
from console.settings import IntakeSettings, load_settings
from tests.intake.conftest import Intake
from tests.intake.test_envelope import OK


def with_limits(intake: Intake, **limits: Any) -> FolderIntake:
    settings = IntakeSettings(settle_s=0.1, scan_every_s=0.1, **limits)
    shelves = Shelves(intake.inbox.folder, intake.desk.vault, settings)
    return FolderIntake(shelves, intake.taker, intake.pulse, settings)


def bundle(intake: Intake, name: str, words: dict[str, Any], **files: bytes) -> None:
    made = intake.inbox.path("tmp", name)
    made.mkdir()
    (made / "tip.json").write_text(json.dumps(words))
    for label, content in files.items():
        (made / label.replace("_", ".")).write_bytes(content)
    made.rename(intake.inbox.path("new", name))


BEYOND: dict[str, tuple[dict[str, int], Callable[[Intake], None], str, str]] = {
    "json": ({"json_bytes": 100}, lambda i: i.inbox.drop("x", {**OK, "text": "x" * 100}), "too-large", "100 bytes"),
    "many": (
        {"many_bytes": 2048},
        lambda i: i.inbox.drop("x", "\n".join([json.dumps(OK)] * 100)),
        "too-large",
        "2 KiB. Split it",
    ),
    "lines": ({"lines": 3}, lambda i: i.inbox.drop("x", "\n" * 4), "too-many", "at most 3. Split it"),
    "bundle": ({"bundle_bytes": 1024}, lambda i: bundle(i, "x", OK, a_jpg=b"x" * 1024), "too-large", "1 KiB"),
    "attachments": ({"attachments": 1}, lambda i: bundle(i, "x", OK, a=b"", b=b""), "too-many", "at most 1"),
}
NAMES = {"json": "x.json", "many": "x.jsonl", "lines": "x.jsonl"}


@pytest.mark.parametrize("what", BEYOND)
async def test_beyond_a_limit_it_is_kept_and_told(intake: Intake, what: str) -> None:
    limits, send, code, told = BEYOND[what]
    send(intake)
    name = NAMES.get(what, "x")
    intake.inbox.path("new", "x").rename(intake.inbox.path("new", name))
    await with_limits(intake, **limits).run_once()
    assert (await intake.count(), intake.inbox.names("new")) == (0, [])
    assert intake.inbox.why(name)["code"] == code
    assert told in intake.inbox.why(name)["sentence"]


async def test_a_long_line_is_told_its_limit(intake: Intake) -> None:
    intake.inbox.drop("x.jsonl", json.dumps(OK) + "\n" + json.dumps({**OK, "text": "y" * 200}))
    await with_limits(intake, line_bytes=128).run_once()
    (line,) = intake.inbox.why("x.jsonl")["lines"]
    assert (line["code"], line["line"]) == ("too-large", 2)
    assert "at most 128 bytes a line" in line["sentence"]
    assert await intake.count() == 1


@pytest.mark.parametrize("field,wrong", [("json_bytes", "0"), ("attachments", "21"), ("done_days", "-1")])
def test_a_limit_that_is_none_is_refused(field: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TASKROOM_INTAKE__{field.upper()}", wrong)
    with pytest.raises(Exception, match=rf"'intake.{field}' \(TASKROOM_INTAKE__{field.upper()}\) must be at"):
        load_settings()


@pytest.mark.parametrize(
    "count,words", [(1 << 20, "1 MiB"), (64 << 10, "64 KiB"), (1000, "1,000 bytes"), (1025, "1,025 bytes")]
)
def test_sizes_are_said_as_people_say_them(count: int, words: str) -> None:
    assert size(count) == words


async def test_a_file_that_grows_beyond_the_limit_is_not_waited_for(intake: Intake) -> None:
    """Its writer has not ended, and has not to: it will never be taken."""
    with intake.inbox.path("new", "endless.json").open("wb") as endless:
        endless.write(b" " * 200)
        endless.flush()
        os.utime(endless.fileno(), (time.time() + 3600, time.time() + 3600))
        await with_limits(intake, json_bytes=100).take_what_lies_there()
    assert intake.inbox.why("endless.json")["code"] == "too-large"


@pytest.mark.parametrize("part", ["[]", "0", '{"a":0}', '"x"'])
def test_a_megabyte_of_small_values_is_refused_at_once(part: str) -> None:
    bomb = "[" + ",".join([part] * ((1 << 20) // (len(part) + 1))) + "]"
    began = time.process_time()
    with pytest.raises(BadTip) as caught:
        strict_json(bomb)
    assert caught.value.code == "too-many"
    assert time.process_time() - began < 2.0
    strict_json("[" + ",".join(["0"] * (MOST_VALUES - 1)) + "]")


def test_a_megabyte_of_values_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_content: bytes, **_how: object) -> object:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("console.intake.strict.from_json", parse)
    with pytest.raises(BadTip, match="too many values"):
        strict_json("[" + ",".join(["0"] * 40_000) + "]")


def test_a_text_of_commas_alone_is_taken() -> None:
    assert strict_json(json.dumps({**OK, "text": "," * 20_000})) == {**OK, "text": "," * 20_000}


def test_a_digest_needs_no_memory_for_the_file(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as sparse:
        sparse.truncate(5 << 20)
    assert digest_regular(file, 5 << 20)[1] == 5 << 20
    with pytest.raises(BadTip, match="at most 4 MiB"):
        digest_regular(file, 4 << 20)
