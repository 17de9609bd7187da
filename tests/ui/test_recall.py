"""A console remembers the newest entries it saw, and refuses to go on when one of them is gone."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest

from console.desk import audit
from console.model.chain import Head
from console.settings import Settings
from console.store import Store
from console.store.driver import plain_sqlite
from console.ui.app import ConsoleApp
from console.ui.heads_seen import HeadsSeen
from console.ui.screens import recall
from console.ui.screens.recall import Recall
from console.ui.screens.refused import RefusedScreen
from tests.desk.conftest import Desk, station, vault
from tests.ui.reading import rows_on
from tests.ui.small_station import Clock, fill, settings_in
from tests.until import until

__all__ = ["station", "vault"]


def cut_the_tail(file: Path) -> None:
    """As whoever may write the file can, the counter row with it."""
    with closing(plain_sqlite(file)) as connection:
        connection.execute("DROP TRIGGER audit_is_not_shortened")
        connection.execute("DELETE FROM audit WHERE station_id = 1 AND seq > 2")
        connection.execute(
            "UPDATE station_counter SET audit_seq = 2, audit_head = (SELECT hash FROM audit WHERE station_id = 1 AND"
            " seq = 2) WHERE station_id = 1"
        )


async def run_until_remembered(settings: Settings) -> None:
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=(120, 40)):
        await until(lambda: bool(HeadsSeen(settings.heads_file).read()), patience_s=15)
    assert app.ending.exit_code == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_console_that_has_seen_more_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(recall, "FIRST_S", 0.05)
    settings = settings_in(tmp_path)
    await fill(settings, Clock())
    await run_until_remembered(settings)
    assert settings.heads_file.stat().st_mode & 0o777 == 0o600
    assert json.loads(settings.heads_file.read_bytes())["JNL"][0] == 5
    cut_the_tail(settings.folder.store)
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=size) as pilot:
        await until(lambda: isinstance(app.screen, RefusedScreen), patience_s=15)
        await pilot.pause()
        shown = " ".join(" ".join(rows_on(app)).replace("│", " ").split())
        assert "entry 5 of JNL" in shown
        assert "taskroom audit verify" in shown
        assert "audit-heads.json" in shown.replace(" ", "")
        await pilot.press("j")
        assert isinstance(app.screen, RefusedScreen)
        await pilot.press("enter")
    assert app.ending.exit_code == 78
    assert app.ending.intake_goes_on
    await run_until_refused_no_more(settings)


async def run_until_refused_no_more(settings: Settings) -> None:
    """What was put back on purpose is taken once the memory is removed."""
    settings.heads_file.unlink()
    await run_until_remembered(settings)


async def test_what_is_remembered_only_grows_and_bad_files_are_nothing(tmp_path: Path) -> None:
    seen = HeadsSeen(tmp_path / "state" / "heads.json")
    assert seen.read() == []
    a, b = bytes([1] * 32), bytes([2] * 32)
    seen.keep([Head("JNL", 5, a), Head("CJD", 3, a)])
    seen.keep([Head("JNL", 4, b), Head("CJD", 9, b)])
    assert seen.read() == [Head("CJD", 9, b), Head("JNL", 5, a)]
    for bad in (b"", b"[]", b'{"JNL": 3}', b'{"JNL": ["x", "y"]}', b"\xff"):
        seen.file.write_bytes(bad)
        assert seen.read() == []


async def test_it_is_seen_on_both_engines_while_the_desk_runs(station: Desk, tmp_path: Path) -> None:
    looking = Recall(station.store, tmp_path / "heads.json")
    await station.new_tip()
    assert await looking.look() is None
    await station.new_tip(key="2")
    assert await looking.look() is None
    (head,) = await audit.heads(station.store)
    HeadsSeen(tmp_path / "heads.json").keep([Head(head.station, head.seq + 1, head.hash)])
    fault = await looking.look()
    assert fault is not None
    assert (fault.station, fault.seq) == ("JNL", 3)


async def test_a_store_that_does_not_answer_refuses_nobody(sqlite_url: str, tmp_path: Path) -> None:
    store = await Store.open(sqlite_url)
    await store.close()
    refused: list[str] = []

    async def refuse(sentence: str) -> None:
        refused.append(sentence)

    waiting = asyncio.create_task(Recall(store, tmp_path / "heads.json").refuse_by(refuse))
    done, _pending = await asyncio.wait([waiting], timeout=recall.FIRST_S + 0.5)
    assert (not done, refused) == (True, [])
    waiting.cancel()
