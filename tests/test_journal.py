"""The intake's log: JSON lines, rotated, private, and no words from outside in it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import journal

PLANTED = "Mrs Wang 13800138000"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The journal of this process for one test; hooks and handlers are put back."""
    root = logging.getLogger()
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    before, level = list(root.handlers), root.level
    yield journal.keep(tmp_path, "intake.log")
    for one in [one for one in root.handlers if one not in before]:
        root.removeHandler(one)
        one.close()
    root.setLevel(level)
    logging.raiseExceptions = True
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def records(file: Path) -> list[dict[str, object]]:
    return [json.loads(one) for one in file.read_text().splitlines()]


def test_our_own_sentence_is_one_object_a_line(log: Path) -> None:
    logging.getLogger("console.intake.folder").warning("a batch of %d tips was refused (%s)", 3, "BadTip")
    (one,) = records(log)
    assert one | {"at": ""} == {
        "at": "",
        "level": "warning",
        "where": "console.intake.folder",
        "said": "a batch of 3 tips was refused (BadTip)",
    }


def test_of_an_error_only_its_class_and_place_are_written(log: Path) -> None:
    """Whatever breaks, wherever: logged by a library, in a thread, in the process itself."""

    def breaks() -> None:
        raise ValueError(PLANTED)

    try:
        breaks()
    except ValueError as error:
        logging.getLogger("asyncio").exception("Task exception was never retrieved: %s", PLANTED)
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=breaks)
    thread.start()
    thread.join()
    found = records(log)
    assert [one["level"] for one in found] == ["error", "critical", "critical"]
    for one in found:
        broke = one["broke"]
        assert isinstance(broke, list)
        assert broke[0] == "builtins.ValueError"
        assert broke[-1].endswith("in breaks")
    assert PLANTED not in log.read_text()


def test_it_is_rotated_and_private(log: Path) -> None:
    mine = logging.getLogger("console.test")
    for number in range(journal.MOST_BYTES * (journal.KEPT + 2) // 400):
        mine.warning("%06d %s", number, "x" * 380)
    files = sorted(log.parent.iterdir())
    assert [one.name for one in files] == ["intake.log", *(f"intake.log.{n}" for n in range(1, journal.KEPT + 1))]
    assert {one.stat().st_mode & 0o777 for one in files} == {0o600}
    assert all(one.stat().st_size <= journal.MOST_BYTES for one in files)
    assert all(one["where"] == "console.test" for one in records(log))


def test_a_second_journal_takes_the_place_of_the_first(log: Path, tmp_path: Path) -> None:
    other = journal.keep(tmp_path, "other.log")
    logging.getLogger("console.test").warning("once")
    assert len(records(other)) == 1
    assert not log.exists()


def test_an_intake_by_hand_says_it_on_stderr_too(tmp_path: Path) -> None:
    """What stderr leads to, a terminal or the system's journal, gets the same lines."""
    script = (
        "import logging, sys; from pathlib import Path; from console import journal;"
        "journal.keep(Path(sys.argv[1]), 'intake.log'); logging.getLogger('console.x').warning('once');"
        f"raise ValueError({PLANTED!r})"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    told = [json.loads(one) | {"at": ""} for one in done.stderr.splitlines()]
    assert told == [one | {"at": ""} for one in records(tmp_path / "intake.log")]
    assert [one["level"] for one in told] == ["warning", "critical"]
    assert PLANTED not in done.stderr
