"""What the program writes is for this account alone, whatever the umask it was started with, and none of it goes by the
argument list."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from console.cli.front import app
from tests.cli.desk import ROOT

WORDS = "Two men carry 自行车 out of the shed, Mrs Wang of 13800138000 saw it"


def _taskroom(*words: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """As a careless account starts it: files for everybody unless somebody says otherwise."""
    wide = "import os, sys; os.umask(0); os.execv(sys.executable, [sys.executable, '-m', 'console', *sys.argv[1:]])"
    command = [sys.executable, "-c", wide, *words, "--data", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=100)


def test_every_file_of_a_working_life_is_private(tmp_path: Path) -> None:
    """Set up, seeded, tips taken good and bad, backed up, rebuilt, looked through; every folder 0700, every file 0600,
    and no word of a tip in a log."""
    folder = tmp_path / "data"
    assert _taskroom("seed", folder=folder).returncode == 0
    new = folder / "intake" / "new"
    good = {"source": "test", "key": "1", "text": WORDS, "room": "XXX-99"}
    for name, content in (("good.json", json.dumps(good)), (f"{WORDS[:20]}.json", WORDS), ("deep.json", "[" * 9000)):
        (new / name).write_text(content)
    assert _taskroom("intake", "--once", folder=folder).returncode == 0
    assert _taskroom("backup", str(folder / "kept.tar"), folder=folder).returncode == 0
    assert _taskroom("search", "rebuild", folder=folder).returncode == 0
    _taskroom("doctor", folder=folder)
    found = list(_all_of(folder))
    senders = {one for one in found if one.parent.name in ("rejected", "claimed", "done", "new")}
    assert len(found) > 10
    assert senders, "nothing was taken"
    for one in found:
        mode = one.lstat().st_mode
        if one in senders and one.name in ("good.json", f"{WORDS[:20]}.json", "deep.json"):
            continue  # the sender's own file, as it was renamed
        assert stat.S_IMODE(mode) == (0o700 if stat.S_ISDIR(mode) else 0o600), one.relative_to(folder)
    for log in (folder / "log").iterdir():
        for word in ("自行车", "13800138000", "Wang", "carry"):
            assert word not in log.read_text(), log.name


def _all_of(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")


def _options() -> Iterator[tuple[str, str, bool]]:
    """Verb, option, whether it takes a value."""

    def walk(name: str, command: object) -> Iterator[tuple[str, str, bool]]:
        for parameter in getattr(command, "params", ()):
            for option in parameter.opts:
                yield name, option, not getattr(parameter, "is_flag", False)
        if isinstance(command, TyperGroup):
            for below, found in command.commands.items():
                yield from walk(f"{name} {below}".strip(), found)

    yield from walk("", typer.main.get_command(app))


def test_no_option_takes_a_secret_as_its_value() -> None:
    """An argument list is open to everyone on the machine; a file's name is no secret."""
    found = list(_options())
    assert len(found) > 40
    secret = ("password", "passphrase", "secret", "key", "token")
    wrong = [
        (verb, option)
        for verb, option, takes_value in found
        if takes_value and any(one in option for one in secret) and not option.endswith(("-file", "-to"))
    ]
    assert wrong == []


@pytest.mark.parametrize("place", ["front", "verb"])
def test_a_database_url_with_a_password_is_refused_on_the_command_line(tmp_path: Path, place: str) -> None:
    url = ("--database", "postgresql://desk:hidden-words@localhost/taskroom")
    words = (*url, "doctor") if place == "front" else ("doctor", *url)
    done = _taskroom(*words, folder=tmp_path)
    assert done.returncode == 78
    assert b"TASKROOM_DATABASE" in done.stderr
    assert b"hidden-words" not in done.stderr + done.stdout
