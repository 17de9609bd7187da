"""Seeding through the desk on both engines, and the stream of live tips into a real folder."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.demo.plan import CITY, Plan
from console.demo.seeding import Seeding
from console.demo.stream import Sender
from console.desk import counts, stations, tip_file_by_ref
from console.desk.setup import one_of_each_role
from console.desk.whole import whole_tips
from console.errors import NotAllowed
from console.intake.envelope import read_tip
from console.model.query import Query
from console.model.tip import CloseReason, Status
from console.model.view import View
from console.paths import DataFolder
from console.store import Store
from console.store.checks import check_rows
from console.vault import Vault
from tests.cli.desk import taskroom
from tests.everybody import everything, officer_by_code

TOWN = replace(CITY, districts=2, stations=20, officers=90, rooms=100, members=600, tips=1200, open_tips=60, days=30)
"""A piece of the city small enough for a test, several batches of tips long."""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "vault.key", create=True)


def _town() -> Plan:
    from console.demo.words import city_words

    districts = {one.district for one in city_words().stations[: TOWN.stations]}
    return replace(TOWN, districts=len(districts))


async def test_a_seeded_town_holds_together(store: Store, vault: Vault) -> None:
    told: list[tuple[str, int, int]] = []
    plan = _town()
    seeding = Seeding(store, vault, plan, 3, lambda *one: told.append(one))
    assert await seeding.run()
    assert [one.found for one in await store.read(check_rows) if not one.ok] == []
    assert {stage: (done, total) for stage, done, total in told} == {
        "stations": (plan.stations, plan.stations),
        "members": (plan.members, plan.members),
        "tips": (plan.tips, plan.tips),
    }
    reader = await everything(store)
    held = await counts(store, reader, sorted(reader.stations))
    assert sum(one.total for one in held.values()) == plan.tips
    assert held[0].total == plan.unrouted
    assert sum(one.open for one in held.values()) == plan.open_tips + plan.unrouted
    assert sum(one.alarms for one in held.values()) == plan.ringing
    await _look_at_tips(store, plan)
    with pytest.raises(NotAllowed):
        await seeding.run()


async def _look_at_tips(store: Store, plan: Plan) -> None:
    reader = await everything(store)
    view = View(tuple(sorted(reader.stations)), Query(), ended_too=True)
    tips = [one async for one in whole_tips(store, reader, view)]
    assert len({one.ref for one in tips}) == plan.tips
    assert len([one async for one in whole_tips(store, reader, view, 7)]) == 7
    refs = {one.ref: one for one in tips}
    doubles = [one for one in tips if one.duplicate_of is not None]
    assert len(doubles) > 0.03 * plan.tips
    for one in doubles:
        first = refs[one.duplicate_of or ""]
        assert (first.station_id, first.category) == (one.station_id, one.category)
        assert one.close_reason is CloseReason.DUPLICATE
    ended = Counter(one.status for one in tips)
    assert ended[Status.SOLVED] > ended[Status.CLOSED] > 0
    for status in (Status.NEW, Status.INVESTIGATING, Status.REFERRED):
        assert ended[status] > 0
    referred = next(one for one in tips if one.status is Status.REFERRED)
    file = await tip_file_by_ref(store, reader, referred.ref)
    assert [one.state for one in file.referrals] == ["sent"]


async def test_who_sees_what_in_a_seeded_town(store: Store, vault: Vault) -> None:
    assert await Seeding(store, vault, replace(_town(), tips=50), 3, lambda *_: None).run()
    duty = await officer_by_code(store, "JNL-001")
    assert [one.code for one in await stations(store, duty)] == ["JNL"]
    supervisor = await officer_by_code(store, "JNL-002")
    seen = [one.code for one in await stations(store, supervisor)]
    assert seen[-1] == "UNR"
    assert "JNL" in seen
    assert len(await stations(store, await everything(store))) == TOWN.stations + 1
    for role, code in (await one_of_each_role(store)).items():
        assert ((await officer_by_code(store, code)).role.value, code[:3]) == (role, "JNL")


async def test_a_stopped_seeding_ends_after_the_batch(store: Store, vault: Vault) -> None:
    def on_progress(stage: str, done: int, _total: int) -> None:
        if stage == "tips" and done:
            seeding.stop()

    seeding = Seeding(store, vault, _town(), 3, on_progress)
    assert not await seeding.run()
    reader = await everything(store)
    held = await counts(store, reader, sorted(reader.stations))
    assert sum(one.total for one in held.values()) == 1000
    assert all(one.ok for one in await store.read(check_rows))


def test_the_stream_tells_in_the_published_shape(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    sender = Sender(folder.intake, 1)
    placed = [sender.send(datetime.now(UTC)) for _ in range(120)]
    assert list((folder.intake / "tmp").iterdir()) == []
    bundles = [path for path in placed if path.is_dir()]
    assert 0 < len(bundles) < 60
    rooms, keys = set(), set()
    for path in placed:
        told = read_tip((path / "tip.json" if path.is_dir() else path).read_bytes(), source="folder").tip
        rooms.add(told.room)
        keys.add((told.source, told.source_key))
    assert len(keys) == 120
    assert rooms <= {None, *(f"JNL-{n}" for n in range(1, 13))}
    assert all((path / "photo.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for path in bundles)


def test_the_streams_files_are_taken_by_the_intake(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path / "data"))
    assert taskroom("seed", *options).returncode == 0
    sent = taskroom("demo-stream", "--per-minute", "100000", "--count", "30", *options)
    assert (sent.returncode, sent.stdout, sent.stderr) == (0, b"", b"")
    taken = taskroom("intake", "--once", *options)
    assert taken.returncode == 0, taken.stderr
    folder = DataFolder(tmp_path / "data")
    assert list((folder.intake / "rejected").iterdir()) == []
    signing = ("--officer", "JNL-002", "--password-file", str(folder.demo_password))
    told = taskroom("tips", "--json", "--limit", "31", *options, *signing).stdout.decode().splitlines()
    assert sum('"source_key": "live-' in line for line in told) == 30
