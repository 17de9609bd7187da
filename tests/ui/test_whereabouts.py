"""The file that tells the next console where an officer was: private, ids only, told once, of this officer alone."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from console.ui.whereabouts import Footprint, Whereabouts, take_left

AT = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)
TIP = UUID("01a1fa29-8338-7159-b868-68547af22368")
HERE = Whereabouts(7, AT, (1, 2), (1, TIP), "detail", True, b"\x00sealed\xff", "status:all")


def broke_off(folder: Path, where: Whereabouts) -> Path:
    """A console that told where it was, and is no more."""
    print_ = Footprint(folder)
    print_.tell(where)
    os.close(print_._fd)
    return print_.file


def test_what_was_told_is_read_once(tmp_path: Path) -> None:
    file = broke_off(tmp_path / "state", HERE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert take_left(tmp_path / "state", 7, AT) == HERE
    assert take_left(tmp_path / "state", 7, AT) is None


def test_the_last_place_of_this_officer(tmp_path: Path) -> None:
    broke_off(tmp_path, Whereabouts(7, AT - timedelta(hours=1)))
    broke_off(tmp_path, HERE)
    others = broke_off(tmp_path, Whereabouts(8, AT))
    assert take_left(tmp_path, 7, AT) == HERE
    assert [*tmp_path.iterdir()] == [others]


def test_a_shorter_place_over_a_longer_one(tmp_path: Path) -> None:
    running = Footprint(tmp_path)
    running.tell(HERE)
    running.tell(Whereabouts(7, AT))
    os.close(running._fd)
    assert take_left(tmp_path, 7, AT) == Whereabouts(7, AT)


def test_a_running_consoles_is_not_touched_and_one_that_was_left_is_gone(tmp_path: Path) -> None:
    running = Footprint(tmp_path)
    running.tell(HERE)
    assert take_left(tmp_path, 7, AT) is None
    assert running.file.exists()
    running.wipe()
    assert [*tmp_path.iterdir()] == []


def test_after_a_week_it_is_no_place_any_more(tmp_path: Path) -> None:
    broke_off(tmp_path, HERE)
    assert take_left(tmp_path, 8, AT + timedelta(days=8)) is None
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("content", [b"", b"null", b"[1]", b'{"officer": 7}', b"[" * 100_000, b"\xff\x00"])
def test_what_nobody_wrote_is_removed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "1-x.where.json").write_bytes(content)
    assert take_left(tmp_path, 7, AT) is None
    assert [*tmp_path.iterdir()] == []


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    assert take_left(tmp_path / "none", 7, AT) is None
