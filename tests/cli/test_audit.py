"""`taskroom audit verify` and `show`: what they print, their exit codes, and what `doctor` says of the chain."""

from contextlib import closing
from pathlib import Path

import pytest

from console.desk.anchors import Anchors
from console.settings import load_settings
from console.store.driver import plain_sqlite
from tests.cli.desk import Desk, seed_small

AS_AUDITOR = ("audit", "show", "--officer", "JNL-008")


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A seeded desk to change."""
    return Desk(seed_small(tmp_path / "data", f"sqlite:///{tmp_path}/data/taskroom.db"), None, capsys)


def _edit(desk: Desk, *statements: str) -> None:
    with closing(plain_sqlite(desk.folder.store)) as connection:
        connection.execute("DROP TRIGGER IF EXISTS audit_is_not_changed")
        connection.execute("DROP TRIGGER IF EXISTS audit_is_not_shortened")
        for statement in statements:
            connection.execute(statement)


def _note(desk: Desk, anchors: Anchors) -> None:
    """As the intake does it."""
    import asyncio

    from console.desk import audit
    from console.store import Store

    async def note() -> None:
        store = await Store.open(f"sqlite:///{desk.folder.store}")
        try:
            assert await audit.anchor(store, anchors)
        finally:
            await store.close()

    asyncio.run(note())


def _append(desk: Desk) -> None:
    """One more entry in the chain of each station, as the program would."""
    import asyncio

    from sqlalchemy import Connection

    from console.store import Store
    from console.store.audit import append

    async def write() -> None:
        store = await Store.open(f"sqlite:///{desk.folder.store}")

        def more(conn: Connection) -> None:
            append(conn, 1, None, "desk.locked", store.now())

        try:
            await store.write(more)
        finally:
            await store.close()

    asyncio.run(write())


def test_a_whole_record_is_code_0(seeded: Desk) -> None:
    told = seeded.run("audit", "verify")
    assert told.code == 0
    assert told.out.startswith("The audit is whole: ")
    assert "against no anchors" in told.out
    assert "cannot be told" in told.err
    (record,) = seeded.run("audit", "verify", "--json").records
    assert record["sound"] is True
    assert record["faults"] == []
    assert record["entries"] > 200
    (found,) = (one for one in seeded.run("doctor", "--json").records if one["check"] == "chain")
    assert found["ok"]


def test_the_first_bad_entry_is_named(own: Desk) -> None:
    _edit(own, "UPDATE audit SET at = at + 1 WHERE station_id = 1 AND seq = 17")
    told = own.run("audit", "verify")
    assert told.code == 1
    assert told.out.startswith("BAD  ")
    assert " 17  " in told.out.splitlines()[0]
    (record,) = own.run("audit", "verify", "--json").records
    (fault,) = record["faults"]
    assert (record["sound"], fault["seq"]) == (False, 17)
    assert fault["at"].endswith("Z")


def test_doctor_looks_at_the_newest_entries(own: Desk) -> None:
    newest = "SELECT max(seq) FROM audit WHERE station_id = 1"
    _edit(own, f"UPDATE audit SET at = at + 1 WHERE station_id = 1 AND seq = ({newest}) - 3")
    (found,) = (one for one in own.run("doctor", "--json").records if one["check"] == "chain")
    assert not found["ok"]
    assert "`taskroom audit verify`" in found["found"]


def test_anchors_of_the_setting_and_of_a_file(own: Desk, tmp_path: Path) -> None:
    settings = load_settings(data=own.folder.root)
    _note(own, Anchors.of(settings))
    assert settings.anchors_file.is_file()
    assert not settings.anchors_file.is_relative_to(own.folder.root)
    assert own.run("audit", "verify").code == 0
    _edit(
        own,
        "DELETE FROM audit WHERE station_id = 1 AND seq > 100",
        "UPDATE station_counter SET audit_seq = 100, audit_head = (SELECT hash FROM audit WHERE station_id = 1 AND"
        " seq = 100) WHERE station_id = 1",
    )
    told = own.run("audit", "verify")
    assert told.code == 1
    assert "the end was cut off" in told.out
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"no anchor\n")
    told = own.run("audit", "verify", "--anchors", str(empty))
    assert told.code == 0
    assert "1 lines of" in told.err
    assert own.run("audit", "verify", "--anchors", str(tmp_path / "nowhere")).code == 1


def test_a_store_put_back_on_purpose_begins_its_anchors_anew(own: Desk, tmp_path: Path) -> None:
    settings = load_settings(data=own.folder.root)
    backup = tmp_path / "desk.backup"
    assert own.run("backup", str(backup)).code == 0
    _append(own)
    _note(own, Anchors.of(settings))
    settings.heads_file.parent.mkdir()
    settings.heads_file.write_text('{"JNL": [99999, "00"]}')
    told = own.run("restore", "--force", str(backup))
    assert told.code == 0
    (kept,) = settings.anchors_file.parent.glob(f"{settings.anchors_file.stem}.until-*.jsonl")
    assert str(kept) in told.out
    assert not settings.heads_file.exists()
    assert own.run("audit", "verify").code == 0
    assert own.run("audit", "verify", "--anchors", str(kept)).code == 1


def test_show_prints_entries_newest_first(seeded: Desk) -> None:
    table = seeded.run(*AS_AUDITOR, "--limit", "3")
    assert table.code == 0
    assert table.out.splitlines()[0].split()[:2] == ["station", "number"]
    assert len(table.out.splitlines()) == 4
    records = seeded.run(*AS_AUDITOR, "--json").records
    (verified,) = seeded.run("audit", "verify", "--json").records
    assert len(records) == verified["entries"]
    for station in {one["station"] for one in records}:
        numbers = [one["seq"] for one in records if one["station"] == station]
        assert numbers == list(range(len(numbers), 0, -1))
    code = next(one["officer"] for one in records if one["officer"] not in (None, "JNL-008"))
    mine = seeded.run(*AS_AUDITOR, f"officer:{code}", "--json").records
    assert mine == [one for one in records if one["officer"] == code]


def test_show_pages_are_one_table(seeded: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.cli import audit

    monkeypatch.setattr(audit, "_PAGE", 2)
    lines = seeded.run(*AS_AUDITOR, "--limit", "5").out.splitlines()
    assert len(lines) == 6
    assert sum(one.startswith("station") for one in lines) == 1


def test_what_cannot_be_followed_is_code_2(seeded: Desk) -> None:
    told = seeded.run(*AS_AUDITOR, "offcer:JNL-001")
    assert (told.code, told.out) == (2, "")
    assert 'did you mean "officer:"' in told.err
    assert seeded.run(*AS_AUDITOR, "officer:NOBODY").code == 1
    assert seeded.run(*AS_AUDITOR, "赌博").code == 2


def test_only_an_auditor_reads_as_an_officer(seeded: Desk) -> None:
    assert seeded.run(*AS_AUDITOR, "--json").code == 0
    told = seeded.run("audit", "show", "--json", "--officer", "JNL-001")
    assert (told.code, told.out) == (1, "")
