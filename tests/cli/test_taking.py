"""`intake`, `send` and `schema` as an operator's script calls them, with a real intake process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.intake.heartbeat import IntakeState, read_heartbeat
from tests.cli.desk import ROOT, Desk, seed_small, taskroom


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


@contextmanager
def _intake(desk: Desk) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "console", "intake", *desk.options], cwd=ROOT)
    try:
        patience = time.monotonic() + 60
        while time.monotonic() < patience:
            beat = read_heartbeat(desk.folder.heartbeat)
            if beat is not None and beat.pid == process.pid and beat.state is IntakeState.OK and _listens(desk):
                break
            time.sleep(0.01)
        else:
            pytest.fail("the intake did not come up")
        yield process
    finally:
        process.terminate()
        assert process.wait(30) == 0


def _listens(desk: Desk) -> bool:
    return desk.folder.socket.exists()


def _lines(count: int) -> list[bytes]:
    return [
        json.dumps({"text": f"灯坏了 {n}", "room": "JNL-1", "source": "test", "source_key": str(n)}).encode()
        for n in range(count)
    ]


def test_a_thousand_lines_get_a_thousand_replies(desk: Desk) -> None:
    good = _lines(1000)
    mixed = list(good)
    for n in range(0, 1000, 100):
        mixed[n] = b'{"text": "no place"}' if n % 200 else b'{"text": 5, "room": "JNL-1"}'
    with _intake(desk):
        told = taskroom("send", "-", *desk.options, given=b"\n".join(mixed))
        replies = [json.loads(line) for line in told.stdout.splitlines()]
        assert told.returncode == 1, told.stderr
        assert len(replies) == 1000
        assert [n for n, reply in enumerate(replies) if not reply["ok"]] == list(range(0, 1000, 100))
        assert {reply["field"] for reply in replies if not reply["ok"]} == {"room", "text"}
        assert len({reply["ref"] for reply in replies if reply["ok"]}) == 990
        again = taskroom("send", "-", *desk.options, given=b"\n".join(good))
        assert again.returncode == 0
        doubled = [json.loads(line)["duplicate"] for line in again.stdout.splitlines()]
        assert doubled.count(False) == 10
        busy = desk.run("intake", "--once")
        assert busy.code == 75
    assert len(desk.run("tips", "--json", "source:test").records) == 1000
    assert desk.run("doctor").code == 0


def test_send_reads_a_file_and_says_when_nobody_answers(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "tips.jsonl"
    file.write_bytes(b"\n\n".join(_lines(3)) + b"\n")
    told = desk.run("send", str(file))
    assert (told.code, told.out) == (75, "")
    assert "taskroom intake" in told.err
    with _intake(desk):
        told = desk.run("send", str(file))
    assert told.code == 0
    assert [record["ok"] for record in told.records] == [True] * 3
    missing = desk.run("send", str(tmp_path / "missing"))
    assert missing.code == 1
    assert "missing" in missing.err


def test_intake_once_takes_what_lies_there_on_both_engines(seeded: Desk, tmp_path: Path) -> None:
    for n, line in enumerate(_lines(2)):
        (seeded.folder.intake / "new" / f"{seeded.url is None}-{n}.json").write_bytes(line.replace(b"test", b"once"))
    assert seeded.run("intake", "--once").code == 0
    assert list((seeded.folder.intake / "new").iterdir()) == []
    assert len(seeded.run("tips", "--json", "source:once").records) == 2


def test_schema_is_json_with_examples(fresh: Desk) -> None:
    told = taskroom("schema")
    schema = json.loads(told.stdout)
    assert told.returncode == 0
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["examples"]
    assert all("description" in field or "$ref" in field for field in schema["properties"].values())


def test_paths_and_keys(fresh: Desk) -> None:
    [paths] = fresh.run("paths", "--json").records
    assert list(paths) == ["data", "intake", "socket", "config", "log"]
    assert paths["data"] == str(fresh.folder.root)
    assert paths["socket"] == str(fresh.folder.socket)
    assert not fresh.folder.root.exists()
    fresh.folder.root.mkdir()
    fresh.folder.config.write_text("[keys]\n'tip.solve' = 'f6'\n")
    [solve] = [line for line in fresh.run("keys").out.splitlines() if line.endswith(" tip.solve")]
    assert solve.split()[0] == "F6"


def test_send_gives_up_on_an_intake_that_is_stuck(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.intake.PATIENCE_S", 0.3)
    file = tmp_path / "tips.jsonl"
    file.write_bytes(b"\n".join(_lines(3)))
    with _intake(desk) as process:
        process.send_signal(signal.SIGSTOP)
        try:
            told = desk.run("send", str(file))
        finally:
            process.send_signal(signal.SIGCONT)
    assert (told.code, told.out) == (75, "")
    assert "ended before all was answered" in told.err


@pytest.mark.parametrize("blocked", ["intake.lock", "intake.heartbeat.json"])
def test_an_intake_that_cannot_write_its_folder_says_so(desk: Desk, blocked: str) -> None:
    (desk.folder.root / blocked).mkdir()
    told = desk.run("intake", "--once")
    assert told.code == 78
    assert str(desk.folder.root) in told.err
