"""The night's erasing as the intake does it: at its hour, what is no police matter every hour; done/ forgets too."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console import desk
from console.desk.erasing import Left
from console.intake.forgetting import forget_done, sha256_of
from console.intake.nightly import Nightly, last_night
from console.intake.pulse import Pulse
from console.model.incoming import NewTip
from console.model.tip import CloseReason, Tip
from console.settings import EraseSettings, Settings
from console.store.scrubbing import Scrubbing
from tests.desk.conftest import Desk
from tests.intake.conftest import Inbox, Intake
from tests.intake.processes import running
from tests.intake.processes import until as until_process
from tests.intake.test_envelope import OK
from tests.until import until

WORDS = "The dice roll again behind gate seven"


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def settings_of(inbox: Inbox, url: str) -> Settings:
    return Settings(data=inbox.folder.root, database=url, erase=EraseSettings(hour=4))


async def text_of(station: Desk, tip: Tip) -> str:
    return (await desk.tip_file(station.store, station.chen, tip.station_id, tip.id)).tip.text


async def test_the_night_and_the_hours(inbox: Inbox, station: Desk, store_url: str) -> None:
    clock = Clock(station.store.now().astimezone().replace(hour=12, minute=0))
    station.store.now = clock
    first, second = [await station.new_tip(WORDS, str(n)) for n in range(2)]
    await desk.close_tip(station.store, station.zhou, first, CloseReason.UNFOUNDED)
    nightly = Nightly(station.store, settings_of(inbox, store_url), Pulse(), clock)
    await nightly.look()  # nothing is due, but from now on the night counts
    await desk.close_not_police(station.store, station.zhou, second)
    clock.at += timedelta(days=1, minutes=1)
    nightly = Nightly(station.store, settings_of(inbox, store_url), Pulse(), clock)
    await nightly.look()
    assert (await text_of(station, first), await text_of(station, second)) == (WORDS, "")
    third = await station.new_tip(WORDS, "3")
    await desk.close_not_police(station.store, station.zhou, third)
    clock.at += timedelta(days=30, hours=1)  # the next night has passed too
    await nightly.look()
    assert await text_of(station, first) == ""


async def test_what_is_no_police_matter_goes_by_the_hour(inbox: Inbox, station: Desk, store_url: str) -> None:
    clock = Clock(station.store.now().astimezone().replace(hour=5, minute=0))
    station.store.now = clock
    other = await station.new_tip(WORDS, "1")
    await desk.close_tip(station.store, station.zhou, other, CloseReason.UNFOUNDED)
    clock.at += timedelta(days=29)
    tip = await station.new_tip(WORDS, "2")
    await desk.close_not_police(station.store, station.zhou, tip)
    clock.at += timedelta(hours=23, minutes=30)  # 04:30: the night's run is over
    nightly = Nightly(station.store, settings_of(inbox, store_url), Pulse(), clock)
    await nightly.look()
    clock.at += timedelta(minutes=59)
    await nightly.look()
    version = (await desk.tip_file(station.store, station.chen, 1, tip.id)).tip.version
    clock.at += timedelta(minutes=2)
    await nightly.look()
    after = (await desk.tip_file(station.store, station.chen, 1, tip.id)).tip
    assert (after.version, after.is_erased) == (version + 1, True)
    assert await text_of(station, other) == WORDS, "its time is over, but the hour's run leaves it to the night"


async def test_what_a_run_left_is_told_and_cleared_within_the_hour(
    inbox: Inbox, station: Desk, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(station.store.now().astimezone().replace(hour=12, minute=0))
    station.store.now = clock
    tip = await station.new_tip(WORDS)
    await desk.close_tip(station.store, station.zhou, tip, CloseReason.UNFOUNDED)
    clock.at += timedelta(days=31)
    answers = [Left.LOG, Left.NOTHING]

    async def scrub(_self: Scrubbing) -> Left:
        return answers.pop(0)

    monkeypatch.setattr(Scrubbing, "_scrub", scrub)
    monkeypatch.setattr(Scrubbing, "_vacuum", scrub)
    pulse = Pulse()
    nightly = Nightly(station.store, settings_of(inbox, store_url), pulse, clock, look_s=0.0)
    running_on = asyncio.create_task(nightly.run())
    await until(lambda: pulse.beat().problem.startswith("Erased words are still in the store's log"))
    clock.at += timedelta(hours=1)
    await until(lambda: not pulse.beat().problem)
    running_on.cancel()
    await asyncio.wait((running_on,))
    assert answers == []


async def test_done_forgets_what_came_long_ago(inbox: Inbox, station: Desk, store_url: str) -> None:
    """A kept file begins its days anew when it is written again, by another key of the vault for instance."""
    clock = Clock(station.store.now())
    station.store.now = clock
    done = inbox.folder.intake / "done"
    done.mkdir(parents=True, exist_ok=True)
    (done / "a.json").write_text(json.dumps({**OK, "text": WORDS}))
    tip = await station.new_tip(WORDS)
    clock.at += timedelta(days=40)
    await desk.close_tip(station.store, station.zhou, tip, CloseReason.UNFOUNDED)
    clock.at += timedelta(days=31)
    await Nightly(station.store, settings_of(inbox, store_url), Pulse(), clock).look()
    assert await text_of(station, tip) == ""
    assert list(done.iterdir()) == []


def test_the_last_night() -> None:
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC).astimezone()
    for at in (noon, noon.replace(hour=4, minute=0), noon.replace(hour=3, minute=59)):
        night = last_night(at, 4)
        assert night <= at < night + timedelta(days=1)
        assert (night.hour, night.minute) == (4, 0)


async def test_a_running_intake_erases(inbox: Inbox, station: Desk, store_url: str) -> None:
    inbox.drop("a.json", {**OK, "text": WORDS, "source": "t", "source_key": "a"})
    async with running(inbox.folder, store_url, TASKROOM_ERASE__NIGHTLY="false"):

        async def is_taken() -> bool:
            return (inbox.folder.intake / "done" / "a.json").exists()

        await until_process(is_taken)
    (again,) = await station.take(NewTip(WORDS, "t", "a", room="JNL-12"))
    assert again.duplicate
    tip = await station.tip(again)
    past = station.store.now() - timedelta(days=40)
    real, station.store.now = station.store.now, lambda: past
    await desk.close_tip(station.store, station.zhou, tip, CloseReason.UNFOUNDED)
    station.store.now = real
    nightly = Nightly(station.store, settings_of(inbox, store_url), Pulse())
    await nightly.look()
    assert await text_of(station, tip) == ""
    assert list((inbox.folder.intake / "done").iterdir()) == []


async def test_a_delivery_of_an_erased_tip_is_kept_nowhere(intake: Intake, store_url: str, tmp_path: Path) -> None:
    inbox, station = intake.inbox, intake.desk
    record = {**OK, "text": WORDS, "source": "t", "source_key": "a"}
    (receipt,) = await station.take(NewTip(WORDS, "t", "a", room="JNL-12"))
    tip = await station.tip(receipt)
    past = station.store.now() - timedelta(days=40)
    real, station.store.now = station.store.now, lambda: past
    await desk.close_tip(station.store, station.zhou, tip, CloseReason.UNFOUNDED)
    station.store.now = real
    await Nightly(station.store, settings_of(inbox, store_url), Pulse()).look()
    inbox.drop("again.json", record)
    inbox.drop("many.jsonl", json.dumps(record) + "\n")
    bundle = tmp_path / "of" / "bundle"
    bundle.mkdir(parents=True)
    (bundle / "tip.json").write_text(json.dumps(record))
    inbox.drop_copy(bundle)
    await intake.folder.run_once()
    left = [one for one in inbox.folder.intake.rglob("*") if one.is_file()]
    assert left == []
    assert await text_of(station, tip) == ""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_done_forgets_files_bundles_and_lines(tmp_path: Path, encoding: str) -> None:
    gone, kept = {"text": "赌博 in gate 7", "room": "JNL-12"}, {"text": "A sofa", "room": "JNL-12"}
    (tmp_path / "one.json").write_bytes(json.dumps(gone, ensure_ascii=False).encode(encoding))
    (tmp_path / "other.json").write_text(json.dumps(kept))
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "tip.json").write_text(json.dumps(gone))
    (tmp_path / "many.jsonl").write_text("\n".join(json.dumps(one) for one in (kept, gone, kept)) + "\n")
    (tmp_path / "all.jsonl").write_text(json.dumps(gone) + "\n")
    (tmp_path / "junk").write_bytes(b"\xff\x00 no tip")
    assert forget_done(tmp_path, {sha256_of(gone["text"])}) == 4
    assert sorted(one.name for one in tmp_path.iterdir()) == ["junk", "many.jsonl", "other.json"]
    assert [json.loads(line) for line in (tmp_path / "many.jsonl").read_text().splitlines()] == [kept, kept]
    assert forget_done(tmp_path, {sha256_of(gone["text"])}) == 0
    assert forget_done(tmp_path / "nowhere", {b""}) == 0
