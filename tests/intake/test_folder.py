"""From a file in new/ to a tip on file and the file in done/, on both engines: once, sealed, nothing lost."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from console.errors import BadTip
from console.intake.attachments import Attachments
from console.intake.kept import ABOUT
from console.store import tables as t
from tests.intake.conftest import BAD, GOOD, LIMITS, Intake
from tests.intake.test_envelope import EXPECTED, OK

PATIENT = replace(LIMITS, settle_s=3600.0)
"""Waits for a file that is still written, however long the test takes."""

TIPS = {
    "one.zh.json": 1,
    "one.en.json": 1,
    "many.zh.jsonl": 3,
    "many.en.ndjson": 2,
    "gb18030.json": 1,
    "marked.json": 1,
    "bundle.zh": 1,
    "bundle.en": 1,
}
PICTURES = {"bundle.zh": ["lane.png", "gate.png"], "bundle.en": ["a.png", "b.png"]}


@pytest.mark.parametrize("name", TIPS)
async def test_every_format_is_taken_once(intake: Intake, name: str) -> None:
    for _delivery in range(2):
        intake.inbox.drop_copy(GOOD / name)
        await intake.folder.run_once()
        assert await intake.count() == TIPS[name]
        assert (intake.inbox.names("new"), intake.inbox.names("claimed")) == ([], [])
        assert intake.inbox.names("rejected") == []
    assert len(intake.inbox.names("done")) == 2
    assert intake.pulse.total == TIPS[name]


def test_every_good_fixture_is_tried() -> None:
    assert {path.name for path in GOOD.iterdir()} == set(TIPS)


@pytest.mark.parametrize("name", PICTURES)
async def test_pictures_of_a_bundle_are_kept_sealed(intake: Intake, name: str) -> None:
    intake.inbox.drop_copy(GOOD / name)
    await intake.folder.run_once()
    rows = await intake.desk.store.read(
        lambda conn: conn.execute(select(t.attachment).order_by(t.attachment.c.n)).all()
    )
    assert [row.label for row in rows] == PICTURES[name]
    store = Attachments(intake.inbox.folder.attachments, intake.desk.vault)
    for row in rows:
        content = (GOOD / name / row.label).read_bytes()
        assert (row.media_type, row.size) == ("image/png", len(content))
        assert row.sha256 == hashlib.sha256(content).hexdigest()
        assert store.get(row.sha256) == content
        assert content not in (intake.inbox.folder.attachments / row.sha256[:2] / row.sha256).read_bytes()
    assert os.listdir(intake.inbox.path("done", name)) == ["tip.json"]


async def test_the_same_words_with_another_picture_are_another_tip(intake: Intake) -> None:
    for content in (b"\xff\xd8\xff 1", b"\xff\xd8\xff 2", b"\xff\xd8\xff 2"):
        bundle = intake.inbox.path("tmp", "b")
        bundle.mkdir()
        (bundle / "tip.json").write_text(json.dumps(OK))
        (bundle / "照片.jpg").write_bytes(content)
        bundle.rename(intake.inbox.path("new", "b"))
        await intake.folder.run_once()
    assert await intake.count() == 2
    assert await intake.count("attachment") == 2


def planted_in(root: Path, *words: str) -> list[str]:
    """The files below `root` that hold one of the words in any encoding a file of ours could have."""
    spellings = [word.encode(encoding) for word in words for encoding in ("utf-8", "utf-16-le", "gb18030")]
    spellings += [json.dumps(word)[1:-1].encode() for word in words]
    files = [path for path in root.rglob("*") if path.is_file()]
    assert len(files) > 3
    return [str(path) for path in files if any(spelling in path.read_bytes() for spelling in spellings)]


async def test_a_reporter_is_nowhere_in_clear(intake: Intake) -> None:
    reporter = {"name": "植物园丁一", "contact": "13900009999", "kind": "guard"}
    intake.inbox.drop("one.json", {**OK, "reporter": reporter, "source_key": "1"})
    lines = [{**OK, "reporter": reporter, "source_key": f"line {n}"} for n in range(3)]
    bad_line = {"text": "no room", "reporter": reporter}
    intake.inbox.drop("many.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in [*lines, bad_line]))
    intake.inbox.drop("bad.json", {"text": "no room", "reporter": reporter})
    for name, words in (("bundle", OK), ("bad-bundle", {"text": "no room"})):
        bundle = intake.inbox.path("tmp", name)
        bundle.mkdir()
        (bundle / "tip.json").write_text(json.dumps({**words, "reporter": reporter, "source_key": "b"}))
        bundle.rename(intake.inbox.path("new", name))
    await intake.folder.run_once()
    assert await intake.count("reporter") == 5
    assert intake.inbox.names("rejected") == [
        *("bad-bundle", "bad-bundle.why.json", "bad.json", "bad.json.why.json"),
        *("many.jsonl", "many.jsonl.why.json"),
    ]
    assert planted_in(intake.inbox.folder.root, "植物园丁一", "13900009999") == []
    for kept in (intake.inbox.path("done", "one.json"), intake.inbox.path("rejected", "bad.json")):
        sealed = base64.b64decode(json.loads(kept.read_bytes())["reporter"]["sealed"])
        assert json.loads(intake.desk.vault.unseal(sealed, ABOUT)) == reporter
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


async def test_a_crash_after_commit_makes_no_second_tip(intake: Intake) -> None:
    """The tips are on file and the files still in claimed/, as when the power went between commit and move."""
    for name in TIPS:
        intake.inbox.drop_copy(GOOD / name)
    shelves = intake.folder._shelves
    places = shelves.claim(shelves.waiting().newest).places
    parcels = [shelves.read(place) for place in places]
    for parcel in parcels:
        content = parcel.content
        assert not isinstance(content, BadTip)
        lines = [content] if hasattr(content, "tip") else [line.content for line in content]
        await intake.taker.take([line.tip for line in lines if not isinstance(line, BadTip)])
    before = await intake.count()
    assert before == sum(TIPS.values())
    await intake.anew().run_once()
    assert await intake.count() == before
    assert intake.inbox.names("claimed") == []
    assert intake.inbox.names("done") == sorted(TIPS)


async def test_a_crash_before_commit_loses_nothing(intake: Intake) -> None:
    for name in TIPS:
        intake.inbox.drop_copy(GOOD / name)
    shelves = intake.folder._shelves
    assert len(shelves.claim(shelves.waiting().newest).places) == len(TIPS)
    assert intake.inbox.names("new") == []
    await intake.anew().run_once()
    assert await intake.count() == sum(TIPS.values())


async def test_a_crash_while_a_bundle_is_cleared_makes_no_second_tip(intake: Intake) -> None:
    intake.inbox.drop_copy(GOOD / "bundle.en")
    await intake.folder.run_once()
    spent = intake.inbox.path("claimed", ".spent-0")
    spent.mkdir()
    (spent / "tip.json").write_text(json.dumps(OK))
    draft = intake.inbox.path("done", ".draft-0")
    draft.write_text("half")
    os.utime(draft, (0, 0))
    await intake.anew().run_once()
    assert await intake.count() == 1
    assert os.listdir(intake.inbox.folder.intake / "claimed") == []
    assert intake.inbox.names("done") == ["bundle.en"]


async def test_what_is_bad_is_kept_with_its_reason(intake: Intake) -> None:
    bad = sorted(EXPECTED.keys() - {"bad-lines.jsonl"})
    for name in bad:
        intake.inbox.drop_copy(BAD / name)
    intake.inbox.drop("good.json", OK)
    await intake.folder.run_once()
    assert await intake.texts() == ["words"]
    assert intake.inbox.names("rejected") == sorted([*bad, *(f"{name}.why.json" for name in bad)])
    whys = {name: intake.inbox.why(name) for name in bad}
    assert {name: {"code": why["code"], "where": why["where"]} for name, why in whys.items()} == {
        name: EXPECTED[name] for name in bad
    }
    for name, why in whys.items():
        assert set(why) == {"code", "sentence", "where", "sha256", "at"}
        kept = intake.inbox.path("rejected", name)
        if kept.is_file() and b"sealed" not in kept.read_bytes():
            assert hashlib.sha256(kept.read_bytes()).hexdigest() == why["sha256"]
            assert kept.read_bytes() == (BAD / name).read_bytes()
    assert intake.pulse.rejected == len(bad)


async def test_good_lines_are_taken_and_bad_ones_kept(intake: Intake) -> None:
    intake.inbox.drop_copy(BAD / "bad-lines.jsonl")
    await intake.folder.run_once()
    assert await intake.texts() == ["first good line", "last good line"]
    why = intake.inbox.why("bad-lines.jsonl")
    told = [{"line": line["line"], "code": line["code"], "where": line["where"]} for line in why["lines"]]
    assert {**EXPECTED["bad-lines.jsonl"]} == {
        "code": why["code"],
        "where": why["where"],
        "taken": why["taken"],
        "lines": told,
    }
    lines = (BAD / "bad-lines.jsonl").read_bytes().splitlines()
    assert intake.inbox.path("rejected", "bad-lines.jsonl").read_bytes().splitlines() == [lines[n] for n in (1, 2, 5)]
    assert intake.inbox.path("done", "bad-lines.jsonl").read_bytes().splitlines() == [lines[n] for n in (0, 4)]


async def test_too_large_is_told_before_it_is_read(intake: Intake) -> None:
    intake.inbox.drop("large.json", b" " * (LIMITS.json_bytes + 1))
    with intake.inbox.path("tmp", "many.jsonl").open("wb") as sparse:
        sparse.truncate(LIMITS.bundle_bytes + 1)
    intake.inbox.path("tmp", "many.jsonl").rename(intake.inbox.path("new", "many.jsonl"))
    await intake.folder.run_once()
    assert [intake.inbox.why(name)["code"] for name in ("large.json", "many.jsonl")] == ["too-large", "too-large"]


async def test_links_pipes_and_second_names_are_not_read(intake: Intake) -> None:
    new = intake.inbox.folder.intake / "new"
    secret = intake.inbox.folder.root / "secret.json"
    secret.write_text(json.dumps({**OK, "text": "not submitted"}))
    (new / "link.json").symlink_to(secret)
    (new / "bundle").symlink_to(GOOD / "bundle.en")
    (new / "second.json").hardlink_to(secret)
    os.mkfifo(new / "pipe.json")
    await intake.folder.run_once()
    assert await intake.count() == 0
    codes = {name: intake.inbox.why(name)["code"] for name in ("link.json", "second.json", "pipe.json")}
    assert codes == {"link.json": "not-a-file", "second.json": "linked", "pipe.json": "not-a-file"}
    assert intake.inbox.names("new") == []
    assert "not submitted" in secret.read_text()
    assert sorted(path.name for path in (GOOD / "bundle.en").iterdir()) == ["a.png", "b.png", "tip.json"]


async def test_what_a_link_leads_to_keeps_its_rights(intake: Intake, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "inside").mkdir(parents=True)
    words = theirs / "inside" / "words.txt"
    words.write_text("not submitted")
    words.chmod(0o644)
    (theirs / "inside").chmod(0o755)
    (intake.inbox.folder.intake / "new" / "link.json").symlink_to(theirs)
    await intake.folder.run_once()
    assert intake.inbox.why("link.json")["code"] == "not-a-file"
    assert [rights(words), rights(words.parent)] == [0o644, 0o755]


async def test_pipes_and_sockets_are_refused_by_name_and_keep_no_rights(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, tmp = intake.inbox.folder.intake / "new", intake.inbox.folder.intake / "tmp"
    os.mkfifo(new / "pipe.json")
    (new / "pipe.json").chmod(0o666)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp / "s"))
        (tmp / "s").chmod(0o777)
        (tmp / "s").rename(new / "socket.json")
    (tmp / "bundle").mkdir()
    os.mkfifo(tmp / "bundle" / "tip.json")
    (tmp / "bundle").rename(new / "bundle")
    names = ["bundle", "pipe.json", "socket.json"]
    if os.geteuid() == 0:
        os.mknod(new / "null.json", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        (new / "null.json").chmod(0o666)
        names.append("null.json")
    (new / "open.json").write_text("no tip")
    (new / "open.json").chmod(0o022)
    opened: list[str] = []
    really_open = os.open

    def open_and_tell(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if not flags & os.O_PATH:
            opened.append(Path(path).name)
        return really_open(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", open_and_tell)
    await intake.folder.run_once()
    assert {intake.inbox.why(name)["code"] for name in names} == {"not-a-file"}
    assert not {"pipe.json", "socket.json", "null.json", "tip.json"} & set(opened)
    kept = {name: rights(intake.inbox.path("rejected", name)) for name in (*names, "open.json")}
    assert kept == {name: 0o700 if name == "bundle" else 0o600 for name in kept}
    assert rights(intake.inbox.path("rejected", "bundle") / "tip.json") == 0o600


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


async def test_one_that_is_still_written_is_waited_for(intake: Intake) -> None:
    half = json.dumps(OK).encode()
    file = intake.inbox.path("new", "slow.json")
    file.write_bytes(half[:-5])
    patient = intake.anew(PATIENT)
    assert await patient.take_what_lies_there()
    assert intake.inbox.names("new") == ["slow.json"]
    with file.open("ab") as opened:
        opened.write(half[-5:])
    await patient.take_what_lies_there()
    assert await intake.texts() == ["words"]


async def test_one_that_stays_half_is_rejected(intake: Intake) -> None:
    intake.inbox.path("new", "half.json").write_bytes(b'{"text":"wo')
    await intake.folder.run_once()
    assert intake.inbox.why("half.json")["code"] == "not-json"


async def test_many_lines_that_grow_are_waited_for(intake: Intake) -> None:
    file = intake.inbox.path("new", "slow.jsonl")
    file.write_text(json.dumps(OK) + "\n")
    assert await intake.anew(PATIENT).take_what_lies_there()
    assert await intake.count() == 0
    with file.open("a") as opened:
        opened.write(json.dumps({**OK, "text": "second"}) + "\n")
    await intake.folder.run_once()
    assert await intake.texts() == ["words", "second"]


async def test_hidden_names_are_a_senders_drafts(intake: Intake) -> None:
    intake.inbox.drop(".a.json.tmp", OK)
    await intake.folder.run_once()
    assert (await intake.count(), intake.inbox.names("new")) == (0, [".a.json.tmp"])


async def test_equal_names_do_not_overwrite(intake: Intake) -> None:
    for number in range(3):
        intake.inbox.drop("a.json", {**OK, "text": f"words {number}"})
        intake.inbox.drop("b.json", {"text": f"bad {number}"})
        await intake.folder.run_once()
    assert await intake.count() == 3
    assert intake.inbox.names("done") == ["a.json", "a~2.json", "a~3.json"]
    assert [name for name in intake.inbox.names("rejected") if "why" not in name] == ["b.json", "b~2.json", "b~3.json"]
    texts = {json.loads(intake.inbox.path("rejected", f"b{n}.json").read_bytes())["text"] for n in ("", "~2", "~3")}
    assert texts == {"bad 0", "bad 1", "bad 2"}


async def test_newest_first_when_many_wait(intake: Intake) -> None:
    for number in range(5):
        intake.inbox.drop(f"{number}.json", {**OK, "text": f"words {number}"})
        os.utime(intake.inbox.path("new", f"{number}.json"), (number, number))
    names = [entry.name for entry in intake.folder._shelves.waiting().newest]
    assert names == ["4.json", "3.json", "2.json", "1.json", "0.json"]


async def test_a_folder_that_was_removed_is_made_again(intake: Intake) -> None:
    new = intake.inbox.folder.intake / "new"
    await intake.folder.take_what_lies_there()
    new.rmdir()
    await intake.folder.take_what_lies_there()
    assert new.is_dir()
    intake.inbox.drop("a.json", OK)
    await intake.folder.run_once()
    assert await intake.count() == 1


async def test_unknown_places_go_to_the_unrouted_lane(intake: Intake) -> None:
    intake.inbox.drop("a.json", {"text": "words", "room": "NOWHERE-1"})
    await intake.folder.run_once()
    assert await intake.count() == 1
    assert intake.inbox.names("done") == ["a.json"]
