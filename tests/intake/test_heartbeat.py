"""The sign of life where it can hardly be given: no new file can be made, the disk or the whole folder is away."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.intake.heartbeat import (
    Heartbeat,
    HeartbeatFile,
    IntakeState,
    read_heartbeat,
    sign_of_life,
    write_heartbeat,
)
from console.intake.troubles import trouble_of_disk
from tests.intake.conftest import Inbox

NOW = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)
BEAT = Heartbeat(7, NOW, NOW, IntakeState.OK, taken_total=38, waiting=5)


def in_the_way(path: Path) -> Path:
    """What keeps a beat from being written as a new file."""
    way = path.with_name(f".{path.name}.{os.getpid()}")
    way.mkdir()
    return way


def test_a_beat_is_written_over_where_no_new_file_can_be_made(inbox: Inbox) -> None:
    file = HeartbeatFile(inbox.folder.heartbeat)
    file.write(replace(BEAT, problem="磁盘已满，" * 100))
    way = in_the_way(inbox.folder.heartbeat)
    for beat in (BEAT, replace(BEAT, problem="磁盘已满，" * 500), replace(BEAT, taken_total=39)):
        file.write(beat)
        found = read_heartbeat(inbox.folder.heartbeat)
        assert found == replace(beat, problem=beat.problem[:400])
    way.rmdir()
    file.write(BEAT)
    assert read_heartbeat(inbox.folder.heartbeat) == BEAT
    file.close()


def test_the_first_beat_that_cannot_be_written_says_so(inbox: Inbox) -> None:
    in_the_way(inbox.folder.heartbeat)
    with pytest.raises(IsADirectoryError):
        HeartbeatFile(inbox.folder.heartbeat).write(BEAT)


def test_a_silent_intake_is_explained_by_its_folder(inbox: Inbox) -> None:
    assert sign_of_life(inbox.folder) is None
    fresh = replace(BEAT, at=datetime.now(UTC), problem="its own")
    write_heartbeat(inbox.folder.heartbeat, fresh)
    assert sign_of_life(inbox.folder) == fresh
    stale = replace(fresh, at=fresh.at - timedelta(minutes=1), problem="")
    write_heartbeat(inbox.folder.heartbeat, stale)
    assert sign_of_life(inbox.folder) == stale
    shutil.rmtree(inbox.folder.root)
    gone = sign_of_life(inbox.folder)
    assert gone is not None
    assert gone.is_stale(datetime.now(UTC))
    assert gone.problem.startswith("The folder is gone")


@pytest.mark.parametrize(
    "words, changed",
    [
        ("The disk is full", {"f_bavail": 1}),
        ("The disk holds no more files", {"f_favail": 0}),
        ("The folder's disk is read-only", {"f_flag": os.ST_RDONLY}),
        ("", {"f_files": 0, "f_favail": 0}),
        ("", {"f_blocks": 0, "f_bavail": 0}),
    ],
)
def test_what_a_disk_says_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, changed: dict[str, int]
) -> None:
    """Two disks know no number of files (btrfs) or no size (some of FUSE): that is not being full."""
    found = os.statvfs(tmp_path)
    fields = {name: getattr(found, name) for name in dir(found) if name.startswith("f_")}
    monkeypatch.setattr(os, "statvfs", lambda _path: type("Disk", (), {**fields, "f_flag": 0, **changed}))
    assert trouble_of_disk(tmp_path).startswith(words)
    assert bool(trouble_of_disk(tmp_path)) == bool(words)
