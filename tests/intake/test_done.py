"""done/ is kept for some days and then removed by the intake; rejected/ is never touched."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from console.intake import done
from console.intake.done import DoneShelf
from console.intake.quarantine import Quarantine
from console.vault import Vault
from tests.intake.conftest import LIMITS, Inbox, Intake
from tests.intake.test_envelope import OK


def shelf(inbox: Inbox, vault: Vault, days: int) -> DoneShelf:
    limits = replace(LIMITS, done_days=days)
    quarantine = Quarantine(inbox.folder.intake / "rejected", vault, limits)
    return DoneShelf(inbox.folder.intake / "done", quarantine, vault, limits)


async def test_what_was_taken_is_removed_after_its_days(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        intake.inbox.drop(f"{n}.json", {**OK, "source_key": str(n)})
    intake.inbox.drop("bad.json", "{")
    bundle = intake.inbox.path("tmp", "b")
    bundle.mkdir()
    (bundle / "tip.json").write_text(json.dumps(OK))
    bundle.rename(intake.inbox.path("new", "b"))
    await intake.folder.run_once()
    kept = intake.inbox.names("done")
    assert len(kept) == 4
    for name in kept:
        os.utime(intake.inbox.path("done", name), (0, 0))  # its sender's clock says 1970
    shelf(intake.inbox, intake.desk.vault, 30).sweep()
    assert intake.inbox.names("done") == kept
    later = intake.inbox.path("done", kept[0]).stat().st_ctime + 30 * 86_400 + 60
    monkeypatch.setattr("time.time", lambda: later)
    shelf(intake.inbox, intake.desk.vault, 31).sweep()
    assert intake.inbox.names("done") == kept
    shelf(intake.inbox, intake.desk.vault, 30).sweep()
    assert intake.inbox.names("done") == []
    assert intake.inbox.names("rejected") == ["bad.json", "bad.json.why.json"]
    assert await intake.count() == 4


async def test_the_intake_itself_sweeps(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    old = intake.inbox.path("done", "old.json")
    old.write_text("{}")
    await intake.folder.run_once()
    assert old.exists()
    later = old.stat().st_ctime + LIMITS.done_days * 86_400 + 60
    monkeypatch.setattr("time.time", lambda: later)
    await intake.anew().run_once()
    assert not old.exists()


def test_a_sweep_looks_at_some_and_goes_on_where_it_was(
    inbox: Inbox, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(done, "_LOOKED_AT", 10)
    folder = inbox.folder.intake / "done"
    for n in range(25):
        (folder / f"{n}.json").touch()
    sweeping = shelf(inbox, vault, 0)
    monkeypatch.setattr("time.time", lambda: (folder / ".").stat().st_ctime + 60)
    left = []
    for _scan in range(4):
        sweeping.sweep()
        left.append(len(os.listdir(folder)))
    assert left == [15, 5, 0, 0]


def test_what_cannot_be_removed_stops_nothing(inbox: Inbox, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = inbox.folder.intake / "done"
    (folder / "theirs" / "inside").mkdir(parents=True)
    (folder / "a.json").touch()
    monkeypatch.setattr("time.time", lambda: Path(folder).stat().st_ctime + 60)
    shelf(inbox, vault, 0).sweep()
    assert os.listdir(folder) == ["theirs"]
