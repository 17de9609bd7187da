"""What verbs hand out, and what they do to the store as a whole, as entries of the audit: who, and no word of a tip."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import SUPERVISOR, Desk, about, entries, seed_small


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A seeded desk on SQLite that a test may change."""
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def test_lists_and_searches_of_the_command_line_are_entries(seeded: Desk) -> None:
    for verb in ("figures", "rooms"):
        assert seeded.run(verb).code == 0
        newest = entries(seeded, "desk.exported")[0]
        assert (newest.officer, about(newest)) == (SUPERVISOR, {"what": verb})
    assert seeded.run("tips", "赌博", "status:new").code == 0
    told = about(entries(seeded, "desk.exported")[0])
    assert (told["what"], told["asked"]) == ("tips", "status:new")
    assert len(told["terms"]) == 16
    assert int(told["terms"], 16)
    again = seeded.run("tips", "赌博").code, about(entries(seeded, "desk.exported")[0])["terms"]
    assert again == (0, told["terms"]), "equal words have equal hashes"
