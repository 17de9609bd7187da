"""`taskroom search rebuild`: what it prints, what `doctor` says before and after, and that ^C stops it."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from console.cli import search
from console.cli.progress import Progress
from console.store import rebuild
from console.store.driver import plain_sqlite
from tests.cli.desk import Desk, seed_small


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A seeded desk to change."""
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def _search_finding(desk: Desk) -> tuple[bool, str]:
    (found,) = (one for one in desk.run("doctor", "--json").records if one["check"] == "search")
    return found["ok"], found["found"]


def test_a_rebuild_tells_how_many_tips_and_how_long(seeded: Desk) -> None:
    tips = sum(record["total"] for record in seeded.run("figures", "--json").records)
    told = seeded.run("search", "rebuild")
    assert told.code == 0
    assert told.out.startswith(f"The search index was made anew from {tips} tips in ")
    assert "search" in told.err
    assert _search_finding(seeded)[0]
    assert len(seeded.run("tips", "有人", "--json").records) > 0


def test_doctor_names_the_command_that_mends_it(own: Desk) -> None:
    found = own.run("tips", "有人", "--json").out
    with closing(plain_sqlite(own.folder.store)) as connection:
        connection.execute("INSERT INTO tip_words (tip_words) VALUES ('delete-all')")
    is_ok, words = _search_finding(own)
    assert not is_ok
    assert "0 search entries for 200 tips" in words
    assert "`taskroom search rebuild`" in words
    assert own.run("search", "rebuild").code == 0
    assert _search_finding(own) == (True, "200 entries, one a tip")
    assert own.run("tips", "有人", "--json").out == found != ""


def test_ctrl_c_stops_it_and_nothing_is_changed(own: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Progress):
        def __call__(self, stage: str, done: int, total: int) -> None:
            super().__call__(stage, done, total)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(rebuild, "TIPS_A_SLICE", 5)
    monkeypatch.setattr(search, "Progress", Interrupted)
    before = own.run("tips", "有人", "--json").out
    told = own.run("search", "rebuild")
    assert (told.code, told.out) == (130, "")
    assert "Stopped; search works as before." in told.err
    assert own.run("tips", "有人", "--json").out == before
    assert _search_finding(own) == (True, "200 entries, one a tip")


def test_an_order_nobody_knows_is_code_2(own: Desk) -> None:
    told = own.run("search", "赌博")
    assert (told.code, told.out) == (2, "")
    assert "rebuild" in told.err
