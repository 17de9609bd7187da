"""A disk without room for as long as a night lasts: what is tried again and again piles up nowhere, and is put away
once there is room."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.intake import done, folder, quarantine
from console.intake.durable import write_whole
from console.intake.quarantine import WHY
from tests.intake.conftest import Intake, written_before
from tests.intake.test_envelope import OK

SCANS = 3
LINES = [json.dumps({**OK, "source_key": str(n)}) for n in range(2)]
BAD_LINE = '{"text": 1}'


@contextmanager
def no_room(in_folder: Path) -> Iterator[None]:
    """In this folder only reasons, which are small, can be written; what lies in claimed/ is tried at each scan."""

    def write(path: Path, content: bytes, *, draft_in: Path | None = None) -> None:
        if path.is_relative_to(in_folder) and not path.name.endswith(WHY):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write_whole(path, content, draft_in=draft_in)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(done, "write_whole", write)
        patch.setattr(quarantine, "write_whole", write)
        patch.setattr(folder, "_TROUBLED_S", 0.0)
        yield


@pytest.mark.parametrize("shelf", ["done", "rejected"])
async def test_lines_that_cannot_be_kept_pile_up_nowhere(intake: Intake, shelf: str) -> None:
    intake.inbox.drop("many.jsonl", "\n".join((LINES[0], BAD_LINE, LINES[1])))
    with no_room(intake.inbox.folder.intake / shelf):
        for _scan in range(SCANS):
            await intake.folder.take_what_lies_there()
            assert intake.inbox.names("claimed") == ["many.jsonl"]
            assert intake.inbox.names("done") == []
            assert len([name for name in intake.inbox.names("rejected") if name.endswith(WHY)]) <= 1
    await intake.folder.take_what_lies_there()
    assert intake.inbox.names("claimed") == []
    assert intake.inbox.names("done") == ["many.jsonl"]
    assert intake.inbox.path("done", "many.jsonl").read_text().splitlines() == LINES
    assert intake.inbox.names("rejected") == ["many.jsonl", "many.jsonl.why.json"]
    assert intake.inbox.path("rejected", "many.jsonl").read_text().splitlines() == [BAD_LINE]
    assert await intake.count() == 2


async def test_a_bundle_that_cannot_be_kept_leaves_no_folders(intake: Intake) -> None:
    bundle = intake.inbox.path("tmp", "b")
    bundle.mkdir()
    (bundle / "tip.json").write_text(json.dumps(OK))
    written_before(bundle / "tip.json")
    written_before(bundle)
    bundle.rename(intake.inbox.path("new", "b"))
    with no_room(intake.inbox.folder.intake / "done"):
        for _scan in range(SCANS):
            await intake.folder.take_what_lies_there()
            assert intake.inbox.names("claimed") == ["b"]
            assert intake.inbox.names("done") == []
    await intake.folder.take_what_lies_there()
    assert intake.inbox.names("claimed") == []
    assert intake.inbox.names("done") == ["b"]
    assert json.loads(intake.inbox.path("done", "b").joinpath("tip.json").read_bytes()) == OK
    assert await intake.count() == 1
