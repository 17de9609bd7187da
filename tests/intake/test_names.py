"""What becomes of names and rights of what is moved: names that leave no room, files that others could read."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from console.intake.durable import NAME_BYTES, free_name, unheard_name
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
    found = free_name(tmp_path, name, companion=".why.json").name
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
        places += shelves.claim(shelves.waiting().newest).places
    assert open_to_others(intake.inbox.path("claimed", "")) == []
    await intake.folder.run_once()
    assert intake.inbox.names("rejected") == ["bad", "bad.json", "bad.json.why.json", "bad.why.json"]
    assert intake.inbox.names("done") == ["good", "good.json"]
    assert open_to_others(intake.inbox.path("rejected", "")) == open_to_others(intake.inbox.path("done", "")) == []


def open_to_others(shelf: Path) -> list[str]:
    """The files and folders that another account may read."""
    return [str(path) for path in shelf.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]


async def test_a_file_named_like_a_reason_is_not_overwritten_by_one(intake: Intake) -> None:
    intake.inbox.drop("a.json.why.json", "{hostile")
    await intake.folder.run_once()
    intake.inbox.drop("a.json", "{bad")
    await intake.folder.run_once()
    assert intake.inbox.names("rejected") == [
        *("a.json", "a.json.why.json", "a.json.why~2.json", "a.json.why~2.json.why.json"),
    ]
    assert intake.inbox.path("rejected", "a.json.why~2.json").read_bytes() == b"{hostile"
    assert intake.inbox.path("rejected", "a.json").read_bytes() == b"{bad"


def test_thousands_of_one_name_cost_a_few_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").touch()
    for number in range(2, 3001):
        (tmp_path / f"a~{number}.json").touch()
    looks: list[str] = []
    really_exists = os.path.lexists

    def exists(path: Path) -> bool:
        looks.append(str(path))
        return really_exists(path)

    monkeypatch.setattr("os.path.lexists", exists)
    assert free_name(tmp_path, "a.json").name == "a~3001.json"
    assert len(looks) < 40


def test_a_name_unheard_of_fits_and_does_not_grow() -> None:
    name = "a.json"
    for _retry in range(3):
        name = unheard_name(name)
        assert re.fullmatch(r"a~[0-9a-f]{8}\.json", name)
    assert len(os.fsencode(unheard_name(LONGEST))) == NAME_BYTES


@pytest.mark.parametrize("depth", [3000])
async def test_a_bundle_of_thousands_of_folders_inside_each_other_is_put_aside(intake: Intake, depth: int) -> None:
    top = intake.inbox.path("tmp", "deep")
    top.mkdir()
    (top / "tip.json").write_text(json.dumps(OK))
    here = os.open(top, os.O_RDONLY)
    for _level in range(depth):
        os.mkdir("d", dir_fd=here)
        inside = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)
    top.rename(intake.inbox.path("new", "deep"))
    await intake.folder.run_once()
    assert intake.inbox.why("deep")["code"] == "not-a-file"
    remove_deep(intake.inbox.path("rejected", "deep"))


def remove_deep(top: Path) -> None:
    """pytest's own removal of old folders would go too deep."""
    while (top / "d").is_dir():
        inner = top / "d" / "d"
        if inner.is_dir():
            inner.rename(top / "next")
        (top / "d").rmdir()
        if (top / "next").is_dir():
            (top / "next").rename(top / "d")


async def test_what_is_rejected_is_counted_again_only_when_something_changed(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    quarantine = intake.folder._shelves.quarantine
    looks: list[Path] = []
    really_scan = os.scandir

    def scan(folder: Path) -> object:
        looks.append(folder)
        return really_scan(folder)

    for n in range(2):
        intake.inbox.drop(f"{n}.json", "{")
        await intake.folder.run_once()
        assert quarantine.waiting() == n + 1
    monkeypatch.setattr("console.intake.quarantine.time.time_ns", lambda: quarantine.folder.stat().st_mtime_ns + 10**10)
    monkeypatch.setattr("console.intake.quarantine.os.scandir", scan)
    assert [quarantine.waiting() for _time in range(5)] == [2] * 5
    assert len(looks) == 1
    intake.inbox.path("rejected", "0.json.why.json").unlink()
    assert quarantine.waiting() == 1
    assert len(looks) == 2
