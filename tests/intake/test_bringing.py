"""What comes from a disk of its own is copied, but nothing that would fill our disk, follow a link or go too deep."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from console.intake.bringing import StillWritten, bring

MOST = 1000


@pytest.fixture
def other_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which nothing can be renamed away, as from another disk."""
    folder = tmp_path / "other"
    folder.mkdir()
    really_rename = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.parent == folder:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return really_rename(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    return folder


def test_a_file_and_a_bundle_come_whole(other_disk: Path, tmp_path: Path) -> None:
    (other_disk / "a.json").write_bytes(b"x" * MOST)
    (other_disk / "b").mkdir()
    for name in ("tip.json", "c.png"):
        (other_disk / "b" / name).write_bytes(b"y" * (MOST // 2))
    for name in ("a.json", "b"):
        bring(other_disk / name, tmp_path / name, MOST)
    assert (tmp_path / "a.json").read_bytes() == b"x" * MOST
    assert {path.name: path.stat().st_size for path in (tmp_path / "b").iterdir()} == {"tip.json": 500, "c.png": 500}
    assert os.listdir(other_disk) == []


@pytest.mark.parametrize("what", ["sparse", "bundle of too much", "folder in a folder", "link", "pipe", "second name"])
def test_what_is_not_copied_stays_where_it_is(other_disk: Path, tmp_path: Path, what: str) -> None:
    source = other_disk / "a"
    if what == "sparse":
        with source.open("wb") as sparse:
            sparse.truncate(1 << 40)
    elif what in ("bundle of too much", "folder in a folder"):
        source.mkdir()
        (source / "tip.json").write_bytes(b"x" * MOST)
        if what == "folder in a folder":
            (source / "deep" / "deeper").mkdir(parents=True)
        else:
            (source / "a.png").write_bytes(b"x")
    elif what == "link":
        source.symlink_to("/dev/zero")
    elif what == "pipe":
        os.mkfifo(source)
    else:
        source.write_bytes(b"x")
        os.link(source, other_disk / "second")
    with pytest.raises(OSError, match=r"too large|not permitted"):
        bring(source, tmp_path / "place", MOST)
    assert os.path.lexists(source)
    assert sorted(os.listdir(tmp_path)) == ["other"]


def test_a_file_that_is_written_on_and_on_is_not_copied_on_and_on(
    other_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each read finds more of it."""
    source = other_disk / "a.json"
    source.write_bytes(b"x")
    monkeypatch.setattr("console.intake.bringing._CHUNK", 1)
    really_open = os.open

    def open_and_write(path: Path, flags: int, mode: int = 0o777, **where: int) -> int:
        if Path(path).parent == tmp_path:
            with source.open("ab") as growing:
                growing.write(b"y" * 5000)
        return really_open(path, flags, mode, **where)

    monkeypatch.setattr(os, "open", open_and_write)
    with pytest.raises(StillWritten):
        bring(source, tmp_path / "place", MOST)
    assert not (tmp_path / "place").exists()
