"""`rejected`: names that would steer a terminal, a reporter that is never printed, another try that doubles nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import ADMIN, AUDITOR, SUPERVISOR, Desk, about, entries, taskroom

REPORTER = {"name": "植物园丁一", "contact": "13900009999", "kind": "guard"}
BAD: dict[str, Any] = {"text": "电瓶被偷，三号楼下", "room": "JNL-1", "urgency": "soon", "reporter": REPORTER}
HOSTILE = "\x1b[31m\u202e[@click=app.quit]\n.json"


@pytest.fixture
def desk(seeded: Desk) -> Desk:
    """The seeded desk of either engine, nothing rejected."""
    for shelf in ("new", "rejected", "done"):
        assert os.listdir(seeded.folder.intake / shelf) == []
    return seeded


@pytest.fixture(autouse=True)
def emptied(seeded: Desk) -> Iterator[None]:
    yield
    for shelf in ("new", "rejected", "done"):
        for path in sorted((seeded.folder.intake / shelf).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def put(desk: Desk, name: str | bytes, content: bytes) -> None:
    draft = desk.folder.intake / "tmp" / "draft"
    draft.write_bytes(content)
    os.utime(draft, (1, 1))
    draft.rename(desk.folder.intake / "new" / os.fsdecode(name))


def take(desk: Desk) -> None:
    assert desk.run("intake", "--once").code == 0


def mend(desk: Desk, name: str, wrong: str, right: str) -> None:
    """As an operator does with an editor."""
    file = desk.folder.intake / "rejected" / name
    before = file.read_text("utf-8")
    assert wrong in before
    file.write_text(before.replace(wrong, right), "utf-8")


def found(desk: Desk, words: str) -> list[dict[str, Any]]:
    return desk.run("tips", "--json", words).records


def test_list_and_show_tell_the_reason_and_no_reporter(desk: Desk) -> None:
    put(desk, "a.json", json.dumps(BAD).encode())
    put(desk, "twice.json", json.dumps(REPORTER)[:-1].encode() + b', "kind": "x"}')
    put(desk, "unknown.json", json.dumps({**BAD, "urgency": None, "who": REPORTER["name"]}).encode())
    take(desk)
    listed = desk.run("rejected", "list")
    assert listed.code == 0
    assert listed.out.startswith("id ")
    assert len(listed.out.splitlines()) == 4
    records = desk.run("rejected", "list", "--json").records
    assert {(one["name"], one["code"], one["where"]) for one in records} == {
        ("a.json", "wrong-choice", "urgency"),
        ("twice.json", "duplicate-key", "kind"),
        ("unknown.json", "unknown-field", "who"),
    }
    shown = desk.run("rejected", "show", *(one["id"] for one in records), "a.json")
    assert shown.code == 0
    assert "电瓶被偷，三号楼下" in shown.out
    assert "reporter: sealed" in shown.out
    told = listed.out + shown.out + json.dumps(records, ensure_ascii=False)
    for planted in ("植物园丁一", "13900009999", "guard"):
        assert planted not in told


NAMES = (HOSTILE.encode(), b"\xff\xfe\xc3.json", "\x9b31m\x07\u2028.json".encode())


def test_names_steer_no_terminal_and_their_ids_still_find_them(desk: Desk) -> None:
    for n, name in enumerate(NAMES):
        put(desk, name, json.dumps({**BAD, "text": f"电瓶被偷，{n}号楼下"}).encode())
    take(desk)
    words = desk.folder.root
    options = ["--data", str(words), *(("--database", desk.url) if desk.url else ())]
    as_supervisor = [*options, *desk.signing]
    listed = taskroom("rejected", "list", *options)
    assert listed.returncode == 0
    idents = [line.split()[0] for line in listed.stdout.decode().split("\n")[1:-1]]
    assert len(idents) == len(NAMES)
    shown = taskroom("rejected", "show", *idents, *as_supervisor)
    assert shown.stdout.count("电瓶被偷".encode()) == len(NAMES)
    again = taskroom("rejected", "retry", *idents, *options)
    assert [shown.returncode, again.returncode] == [0, 0]
    told = [listed, shown, again]
    for name in NAMES:
        wrong = desk.run("rejected", "show", os.fsdecode(name) + "x")
        assert (wrong.code, wrong.out) == (1, "")
        assert is_plain(wrong.err)
    told.append(taskroom("rejected", "show", os.fsdecode(b"\xff\xfe\xc3.jsonx"), *as_supervisor))
    assert told[-1].returncode == 1
    for one in told:
        assert is_plain((one.stdout + one.stderr).decode())
    back = os.listdir(os.fsencode(desk.folder.intake / "new"))
    assert len(back) == len(NAMES)
    for name in NAMES:
        assert any(one.startswith(name.removesuffix(b".json")) for one in back), name


def is_plain(words: str) -> bool:
    return all(character == "\n" or character.isprintable() for character in words)


def test_a_mended_tip_is_taken_with_its_reporter_and_stays_the_same_tip(desk: Desk) -> None:
    received = json.dumps(BAD, ensure_ascii=False).encode()
    put(desk, "a.json", received)
    take(desk)
    assert "植物园丁一" not in (desk.folder.intake / "rejected" / "a.json").read_text("utf-8")
    mend(desk, "a.json", '"soon"', '"alarm"')
    again = desk.run("rejected", "retry", "a.json")
    assert (again.code, again.err[:16]) == (0, "No intake runs: ")
    take(desk)
    assert os.listdir(desk.folder.intake / "rejected") == []
    [taken] = found(desk, "电瓶被偷，三号楼下")
    assert taken["source_key"] == hashlib.sha256(received).hexdigest()
    [whole] = desk.run("tip", taken["ref"], "--json").records
    assert (whole["has_reporter"], whole["reporter_kind"], whole["urgency"]) == (True, "guard", "alarm")


def test_bad_lines_of_a_file_are_mended_and_taken_once(desk: Desk) -> None:
    lines = [{**BAD, "text": f"第{n}行的话说给民警听", "urgency": "soon" if n % 2 else None} for n in range(4)]
    put(desk, "many.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode())
    take(desk)
    assert len(found(desk, "行的话说给民警听")) == 2
    shown = desk.run("rejected", "show", "many.jsonl")
    assert "line 2: urgency: urgency must be one of routine, priority or alarm." in shown.out
    mend(desk, "many.jsonl", '"soon"', '"routine"')
    assert desk.run("rejected", "retry", "many.jsonl").code == 0
    take(desk)
    assert os.listdir(desk.folder.intake / "rejected") == []
    assert len(found(desk, "行的话说给民警听")) == 4


def test_all_tries_everything_and_a_bundles_part_stays(desk: Desk) -> None:
    bundle = desk.folder.intake / "tmp" / "b"
    bundle.mkdir()
    (bundle / "tip.json").write_text(json.dumps({**BAD, "text": "捆绑的线索内容在此"}))
    bundle.rename(desk.folder.intake / "new" / "b")
    os.mkfifo(desk.folder.intake / "new" / "pipe.json")
    take(desk)
    rejected = desk.folder.intake / "rejected"
    part = {"code": "too-large", "sentence": "Too large.", "where": "", "part_of": "c", "at": "", "sha256": None}
    (rejected / "c.gate.jpg").write_bytes(b"x")
    (rejected / "c.gate.jpg.why.json").write_text(json.dumps(part))
    (rejected / "no-reason.json").write_text("{")
    mend(desk, "b/tip.json", '"soon"', '"alarm"')
    again = desk.run("rejected", "retry", "--all")
    assert again.code == 1
    assert "c.gate.jpg  stays: It is a part of a bundle" in again.out
    take(desk)
    assert sorted(os.listdir(rejected)) == sorted(
        [*("c.gate.jpg", "c.gate.jpg.why.json"), *left_over(rejected, "pipe"), *left_over(rejected, "no-reason")]
    )
    assert len(found(desk, "捆绑的线索内容在此")) == 1


def left_over(rejected: Path, stem: str) -> list[str]:
    names = [name for name in os.listdir(rejected) if name.startswith(f"{stem}~")]
    assert len(names) == 2
    return names


def test_a_name_is_needed_and_has_to_be_there(desk: Desk) -> None:
    asked = (["show"], ["retry"], ["show", "x"], ["list"])
    assert [desk.run("rejected", *words).code for words in asked] == [2, 2, 1, 0]


def test_a_folder_that_is_not_there_is_said(fresh: Desk) -> None:
    told = fresh.run("rejected", "list")
    assert told.code == 78
    assert "taskroom doctor" in told.err


def test_a_reason_nobody_can_read_does_not_hide_the_file(desk: Desk) -> None:
    rejected = desk.folder.intake / "rejected"
    for n, why in enumerate((b"", b"[" * 9999, b"\xff", b"[]", b'{"code": 5}', b'{"lines": {}, "sha256": 1}')):
        (rejected / f"{n}.json").write_bytes(b"{")
        (rejected / f"{n}.json.why.json").write_bytes(why)
    (rejected / "gone.json.why.json").write_text('{"code": "nul", "sentence": "Gone."}')
    records = desk.run("rejected", "list", "--json").records
    assert len(records) == 7
    assert "(the file is gone) Gone." in desk.run("rejected", "list").out
    assert desk.run("rejected", "show", *(one["id"] for one in records)).code == 0
    assert desk.run("rejected", "retry", "gone.json").code == 1


def test_words_of_a_rejected_tip_are_for_who_reads_tips_and_an_entry(desk: Desk) -> None:
    words = {**BAD, "text": "ring 13812345678, 三号楼下"}
    put(desk, "planted-name.json", json.dumps(words).encode())
    take(desk)
    [ident] = [one["id"] for one in desk.run("rejected", "list", "--json").records]
    before = len(entries(desk, "desk.exported"))
    nobody = taskroom("rejected", "show", ident, *desk.options)
    assert (nobody.returncode, nobody.stdout) == (1, b"")
    assert b"Say who you are" in nobody.stderr
    for code in (AUDITOR, ADMIN):
        refused = desk.run("rejected", "--officer", code, "show", ident)
        assert (refused.code, refused.out) == (1, ""), code
        assert "does not read tips" in refused.err
    assert len(entries(desk, "desk.exported")) == before
    shown = desk.run("rejected", "show", ident)
    assert (shown.code, "三号楼下" in shown.out, "13812345678" in shown.out) == (0, True, False)
    newest = entries(desk, "desk.exported")[0]
    assert (newest.officer, about(newest)) == (SUPERVISOR, {"what": "rejected", "files": ident})
    assert "planted" not in (newest.about or "")
    assert desk.run("rejected", "retry", ident).code == 0
    [sent] = entries(desk, "intake.retried")[:1]
    assert (sent.station, sent.officer, about(sent)) == ("UNR", SUPERVISOR, {"files": ident})
    take(desk)
    assert taskroom("rejected", "retry", "--all", *desk.options).returncode == 0
    [sent] = entries(desk, "intake.retried")[:1]
    assert (sent.officer, about(sent)["account"]) == (None, os.getuid())
