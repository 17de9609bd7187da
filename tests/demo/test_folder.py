"""A demo's folder: removed by itself, or by the next demo when its own was killed; never while anybody needs it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.demo.folder import PREFIX, demo_folder
from console.intake.lock import take_lock
from console.paths import DataFolder

DEMO = """
import sys
from console.demo.folder import demo_folder
with demo_folder() as folder:
    (folder / "words").write_text("a tip")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


@contextmanager
def another_demo() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    process = subprocess.Popen([sys.executable, "-c", DEMO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()


def test_it_is_private_and_gone_at_the_end(temporary: Path) -> None:
    with demo_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.name.startswith(PREFIX)
        assert list(temporary.iterdir()) == [folder]
    assert list(temporary.iterdir()) == []


def test_that_of_a_killed_demo_goes_with_the_next_one_that_of_a_running_one_stays() -> None:
    with another_demo() as (running, its), another_demo() as (killed, left):
        killed.kill()
        killed.wait()
        assert (left / "words").exists()
        with demo_folder():
            assert not left.exists()
            assert (its / "words").exists()
        assert (its / "words").exists()
        assert running.poll() is None
    with demo_folder():
        assert not its.exists()


def test_one_whose_intake_still_runs_stays_until_that_has_ended() -> None:
    with another_demo() as (killed, left):
        killed.kill()
        killed.wait()
        lock = asyncio.run(take_lock(DataFolder(left).intake_lock))
        assert lock is not None
        with demo_folder():
            assert left.exists()
            os.close(lock)
        assert not left.exists()


def test_what_only_has_the_name_is_left_alone(temporary: Path) -> None:
    theirs = temporary / "theirs"
    theirs.mkdir(mode=0o700)
    (temporary / f"{PREFIX}link").symlink_to(theirs)
    (temporary / f"{PREFIX}file").write_text("words")
    (temporary / f"{PREFIX}open").mkdir()
    (temporary / f"{PREFIX}open").chmod(0o755)
    before = sorted(temporary.iterdir())
    with demo_folder():
        pass
    assert sorted(temporary.iterdir()) == before
