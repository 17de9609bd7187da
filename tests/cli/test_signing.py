"""Who runs a verb: password files, variables, prompts on a terminal; the first admin and the `officer` verb."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from console.cli.front import run
from tests.cli.desk import ROOT, Desk, seed_small, taskroom
from tests.passwords import PASSWORD, password_file

NEW = "a few words together"


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A seeded desk to change."""
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A new password's file."""
    return str(password_file(tmp_path, NEW))


AS_ADMIN = ("--officer", "JNL-009")


@pytest.mark.parametrize(
    "verb", [("tips",), ("tip", "JNL-1"), ("rooms",), ("figures",), ("audit", "show"), ("officer", "list")]
)
def test_without_an_officer_nothing_is_read(seeded: Desk, verb: tuple[str, ...]) -> None:
    assert seeded.capture is not None
    code = run([*seeded.options, *verb])
    told = seeded.capture.readouterr()
    assert (code, told.out) == (1, "")
    assert "--password-file" in told.err


def test_a_process_without_an_officer_reads_nothing(seeded_once: Desk) -> None:
    told = taskroom(*seeded_once.options, "tips")
    assert (told.returncode, told.stdout) == (1, b"")
    assert b"--password-file" in told.stderr


def test_variables_say_who_reads(seeded_once: Desk) -> None:
    env = {"TASKROOM_OFFICER": "JNL-002", "TASKROOM_PASSWORD_FILE": str(seeded_once.folder.demo_password)}
    told = taskroom(*seeded_once.options, "tips", "--json", "--limit", "1", env=env)
    assert (told.returncode, told.stdout.count(b"\n")) == (0, 1)


@pytest.mark.parametrize("mode, words", [(0o640, "Others may read"), (0o604, "Others may read")])
def test_a_password_file_others_may_read_is_refused(own: Desk, mode: int, words: str) -> None:
    own.folder.demo_password.chmod(mode)
    told = own.run("tips")
    assert (told.code, told.out) == (78, "")
    assert words in told.err


def test_a_link_or_nothing_is_no_password_file(own: Desk, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(own.folder.demo_password)
    assert own.run("tips", "--password-file", str(link)).code == 78
    assert own.run("tips", "--password-file", str(tmp_path / "nowhere")).code == 78
    assert own.run("tips", "--password-file", str(tmp_path)).code == 78


def test_a_wrong_password_is_code_1(own: Desk, file: str) -> None:
    told = own.run("tips", "--password-file", file)
    assert (told.code, told.out) == (1, "")
    assert "4 more tries" in told.err


def test_on_a_terminal_code_and_password_are_asked_for(own: Desk) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "console", *own.options, "tips", "--json", "--limit", "1"], cwd=str(ROOT),
        env={**os.environ, "TERM": "xterm"}, encoding="utf-8", timeout=90,
    )  # fmt: skip
    child.expect("Officer's code: ")
    child.sendline("jnl-002")
    child.expect("Password of jnl-002: ")
    child.sendline(PASSWORD)
    child.expect('"ref"')
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_no_password_stands_on_a_command_line() -> None:
    """No verb has an option for one."""
    for verb in ("tips", "init", "officer"):
        helped = subprocess.run(
            [sys.executable, "-m", "console", verb, "--help"], cwd=ROOT, capture_output=True, check=True
        )
        assert b"--password " not in helped.stdout


def test_init_makes_the_first_admin_once(fresh: Desk, file: str) -> None:
    told = fresh.run("init", "--admin", "adm-1", "--name", "Ma", "--password-file", file)
    assert (told.code, "admin  ADM-1" in told.out) == (0, True)
    again = fresh.run("init", "--admin", "adm-2", "--password-file", file)
    assert (again.code, "ADM-2" in again.out) == (0, False)
    assert fresh.run("seed").code == 0
    listed = fresh.run("officer", "--officer", "adm-1", "--password-file", file, "list", "--json").records
    assert [one["code"] for one in listed if one["role"] == "admin"] == ["ADM-1", "JNL-009"]


def test_init_asks_on_a_terminal(tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "console", "init", "--data", str(tmp_path / "data")], cwd=str(ROOT),
        env={**os.environ, "TERM": "xterm"}, encoding="utf-8", timeout=90,
    )  # fmt: skip
    for asked, answer in (
        ("Code .*: ", "adm-1"),
        ("Name: ", "Ma Li"),
        ("New password of adm-1: ", NEW),
        ("again: ", NEW),
    ):
        child.expect(asked)
        child.sendline(answer)
    child.expect("admin  ADM-1")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_an_admin_sets_an_officer_up_from_the_command_line(own: Desk, file: str) -> None:
    added = own.run("officer", *AS_ADMIN, "add", "jnl-020", "jnl", "--name", "Wu", "--new-password-file", file)
    assert (added.code, "JNL-020" in added.out) == (0, True)
    granted = own.run("officer", *AS_ADMIN, "grant", "JNL-020", "UNR", "--until", "2099-12-31")
    assert "UNR until 2099-12-31" in granted.out
    assert own.run("tips", "--officer", "JNL-020", "--password-file", file, "--limit", "1").code == 0
    assert own.run("officer", *AS_ADMIN, "grant", "JNL-020", "UNR", "--end").code == 0
    assert "disabled" in own.run("officer", *AS_ADMIN, "disable", "JNL-020").out
    refused = own.run("tips", "--officer", "JNL-020", "--password-file", file)
    assert (refused.code, "is disabled" in refused.err) == (1, True)
    assert "active" in own.run("officer", *AS_ADMIN, "enable", "JNL-020").out
    assert (
        own.run("officer", *AS_ADMIN, "reset", "JNL-020", "--new-password-file", str(own.folder.demo_password)).code
        == 0
    )
    assert own.run("tips", "--officer", "JNL-020", "--limit", "1").code == 0
    (line,) = [one for one in own.run("officer", *AS_ADMIN, "list", "--json").records if one["code"] == "JNL-020"]
    assert (line["role"], line["station"], line["grants"], line["has_password"]) == ("duty", "JNL", [], True)


@pytest.mark.parametrize("order", [("list",), ("disable", "JNL-003"), ("grant", "JNL-003", "UNR")])
def test_a_supervisor_sets_nobody_up(own: Desk, order: tuple[str, ...]) -> None:
    told = own.run("officer", *order)
    assert (told.code, told.out) == (1, "")
    assert "Only an admin" in told.err


def test_a_day_nobody_can_follow_is_refused(own: Desk) -> None:
    told = own.run("officer", *AS_ADMIN, "grant", "JNL-003", "UNR", "--until", "tomorrow")
    assert (told.code, "YYYY-MM-DD" in told.err) == (1, True)
