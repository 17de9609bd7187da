"""What becomes of names and rights of what is moved: names that leave no room, files that others could read."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from console.intake.durable import NAME_BYTES, free_name
from tests.intake.conftest import Intake
from tests.intake.test_envelope import OK

LONGEST = "y" * 250 + ".json"


async def test_a_broken_file_with_the_longest_name_is_rejected(intake: Intake) -> None:
    for _delivery in range(2):
        intake.inbox.drop(LONGEST, "{")
        await intake.folder.run_once()
    assert (intake.inbox.names("new"), intake.inbox.names("claimed")) == ([], [])
    names = intake.inbox.names("rejected")
    reasons = [name for name in names if name.endswith(".why.json")]
    assert len(names) == 4
    assert sorted([*reasons, *(name.removesuffix(".why.json") for name in reasons)]) == names
    assert {name.removesuffix(".why.json")[-5:] for name in reasons} == {".json"}


async def test_the_longest_name_twice_is_kept_twice(intake: Intake) -> None:
    for key in ("1", "2"):
        intake.inbox.drop(LONGEST, {**OK, "source_key": key})
        await intake.folder.run_once()
    assert await intake.count() == 2
    assert len(intake.inbox.names("done")) == 2


@pytest.mark.parametrize(
    "name", ["张" * 83 + ".jsonl", "a." + "y" * 253, "y" * 255], ids=["wide", "no ending", "plain"]
)
def test_a_shortened_name_is_cut_at_a_character(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    found = free_name(tmp_path, name, room_for=".why.json").name
    assert len(os.fsencode(found)) <= NAME_BYTES - len(".why.json")
    assert found[0] == name[0]
    assert found.endswith(".jsonl") == name.endswith(".jsonl")
    assert free_name(tmp_path, name).name.removesuffix(".jsonl").endswith("~2")


async def test_what_is_moved_is_open_to_nobody_else(intake: Intake) -> None:
    for name, words in (("good", OK), ("bad", {"text": "no room"})):
        bundle = intake.inbox.path("tmp", name)
        bundle.mkdir()
        (bundle / "tip.json").write_text(json.dumps(words))
        (bundle / "gate.jpg").write_bytes(b"\xff\xd8\xff")
        for path in (bundle, *bundle.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
        bundle.rename(intake.inbox.path("new", name))
        intake.inbox.drop(f"{name}.json", {**words, "source_key": "alone"})
    shelves = intake.folder._shelves
    places: list[Path] = []
    while len(places) < 4:
        places += shelves.claim(shelves.waiting())
    assert open_to_others(intake.inbox.path("claimed", "")) == []
    await intake.folder.run_once()
    assert intake.inbox.names("rejected") == ["bad", "bad.json", "bad.json.why.json", "bad.why.json"]
    assert intake.inbox.names("done") == ["good", "good.json"]
    assert open_to_others(intake.inbox.path("rejected", "")) == open_to_others(intake.inbox.path("done", "")) == []


def open_to_others(shelf: Path) -> list[str]:
    """The files and folders that another account may read."""
    return [str(path) for path in shelf.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
