"""The command itself: version, help, exit codes, sentences, options before and after the verb."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console import __version__
from console.cli.front import app
from console.cli.progress import time_left
from console.cli.told import Told, told_without_verb
from console.cli.verbs import VERBS, front_page
from tests.cli.desk import ROOT, Desk, taskroom

ALL_VERBS = [name for _, verbs in VERBS for name, _ in verbs]


def test_version_is_told_with_nothing_imported() -> None:
    told = taskroom("--version")
    assert (told.returncode, told.stdout.decode()) == (0, f"taskroom {__version__}\n")
    heavy = ("typer", "textual", "sqlalchemy", "pydantic", "rich", "re")
    code = (
        "import sys; sys.argv = ['taskroom', sys.argv[1]]\nfrom console.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    for word in ("--version", "--help"):
        done = subprocess.run([sys.executable, "-S", "-c", code, word], cwd=ROOT, capture_output=True, check=True)
        assert done.stderr.decode().strip() == "[]"


def test_the_front_page_tells_every_verb_and_every_exit_code() -> None:
    page = front_page()
    registered = {one.name for one in app.registered_commands if not one.hidden}
    registered |= {one.name for one in app.registered_groups}
    assert registered == set(ALL_VERBS)
    for verb in ALL_VERBS:
        assert f"\n  {verb} " in page
    for code in ("0", "1", "2", "75", "78"):
        assert f"\n  {code} " in page
    assert max(len(line) for line in page.splitlines()) <= 120
    assert taskroom("--help").stdout.decode() == page


@pytest.mark.parametrize("verb", ALL_VERBS)
def test_every_verb_has_help_that_tells_its_exit_codes(verb: str, fresh: Desk) -> None:
    from console.cli.front import run

    assert fresh.capture is not None
    assert run([verb, "--help"]) == 0
    told = fresh.capture.readouterr().out
    assert "Exit codes: 0 " in told
    assert f"Usage: taskroom {verb} " in told


@pytest.mark.parametrize("words", [["nosuch"], ["tips", "--nosuch"], ["tips", "--limit", "0"], ["tip"], ["send"]])
def test_what_cannot_be_understood_is_code_2(words: list[str], fresh: Desk) -> None:
    from console.cli.front import run

    assert fresh.capture is not None
    assert run(words) == 2
    told = fresh.capture.readouterr()
    assert told.out == ""
    assert "Error: " in told.err


def test_options_count_before_and_after_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from console.cli.front import run

    before, after = str(tmp_path / "before"), str(tmp_path / "after")
    found = []
    for words in (["--data", before, "paths", "--json"], ["paths", "--json", "--data", after]):
        assert run(words) == 0
        found.append(json.loads(capsys.readouterr().out)["data"])
    assert run(["--data", before, "paths", "--data", after, "--json"]) == 0
    found.append(json.loads(capsys.readouterr().out)["data"])
    assert found == [before, after, after]


def test_the_variable_names_the_folder_and_the_option_wins(tmp_path: Path) -> None:
    env = {"TASKROOM_DATA": str(tmp_path / "variable")}
    assert json.loads(taskroom("paths", "--json", env=env).stdout)["data"] == str(tmp_path / "variable")
    told = taskroom("paths", "--json", "--data", str(tmp_path / "option"), env=env)
    assert json.loads(told.stdout)["data"] == str(tmp_path / "option")


@pytest.mark.parametrize(
    "words, told",
    [
        ([], Told()),
        (["--data", "d", "--officer=JNL-001"], Told(Path("d"), None, "JNL-001")),
        (["--database", "sqlite:///x"], Told(None, "sqlite:///x")),
        (["--password-file", "f", "--officer", "A"], Told(officer="A", password_file=Path("f"))),
        (["--data"], None),
        (["--data", "--officer"], None),
        (["--data", "d", "tips"], None),
        (["demo"], None),
        (["--dat", "d"], None),
    ],
)
def test_a_plain_start_needs_no_typer(words: list[str], told: Told | None) -> None:
    assert told_without_verb(words) == told


def test_a_refusal_is_one_sentence_and_no_traceback(fresh: Desk) -> None:
    told = fresh.run("tips", "--json")
    assert told.code == 78
    assert told.out == ""
    assert told.err.startswith("taskroom: There is no store at ")
    assert told.err.count("\n") == 1
    assert "taskroom init" in told.err
    assert not fresh.folder.root.exists()


def test_wrong_settings_are_code_78(fresh: Desk) -> None:
    fresh.folder.root.mkdir()
    fresh.folder.config.write_text("theme = 'pink'\n")
    told = fresh.run("paths")
    assert told.code == 78
    assert "theme" in told.err
    fresh.folder.config.write_text("[keys]\n'tip.nosuch' = 'x'\n")
    told = fresh.run("keys")
    assert told.code == 78
    assert "tip.nosuch" in told.err


def test_a_database_of_another_make_is_code_78(fresh: Desk) -> None:
    told = fresh.run("tips", "--database", "mysql://x@h/n")
    assert told.code == 78
    assert "SQLite or PostgreSQL" in told.err


def test_a_sentence_on_stderr_moves_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from console.cli.exits import say

    say("a file \x1b[2Jcalled \x07so")
    assert capsys.readouterr().err == "a file ␛[2Jcalled ␇so\n"


def test_a_closed_pipe_ends_it_quietly(seeded_once: Desk) -> None:
    """`taskroom tips --json | head -1`: no word on stderr."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "console", "tips", "--json", *seeded_once.options, *seeded_once.signing]
    process = subprocess.Popen(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    os.close(reading)
    _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 141


def test_output_is_utf_8_whatever_the_locale(seeded_once: Desk) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = taskroom("tips", "路", "--json", *seeded_once.options, *seeded_once.signing, env=env)
    assert told.returncode == 0, told.stderr
    assert "路" in told.stdout.decode()
    told = taskroom("tips", "路", *seeded_once.options, *seeded_once.signing, env=env)
    assert "路" in told.stdout.decode()


def test_a_console_without_a_terminal_is_refused_with_one_line(fresh: Desk) -> None:
    told = taskroom(*fresh.options)
    assert (told.returncode, told.stdout) == (78, b"")
    assert told.stderr.count(b"\n") == 1
    told = taskroom("demo")
    assert told.returncode == 78
    assert told.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "seconds, words", [(0.4, "0 s"), (89.0, "89 s"), (90.0, "2 min"), (3599.0, "60 min"), (7500.0, "2 h 05")]
)
def test_time_left_in_words(seconds: float, words: str) -> None:
    assert time_left(seconds) == words
