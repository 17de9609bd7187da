"""The audit as it is verified and read: six attacks, whose attacker first takes the guards away; anchors, pages and
filters."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from console import desk
from console.desk import audit
from console.desk.anchors import Anchors
from console.errors import NotFound
from console.model.audit import FIRST, AuditAction, AuditEntry
from console.model.audit_log import Asked, AuditLine, parse_asked
from console.model.chain import Head, Verdict
from console.model.incoming import NewTip
from console.model.officer import Officer, Role
from console.store import Store
from console.store import audit as written
from console.store import tables as t
from console.store.audit_log import AuditLog, refs_of
from tests.desk.conftest import Desk

A, C = t.audit.c, t.station_counter.c
AUDITOR = Officer(5, "JA-A1", "Auditor", Role.AUDITOR, 1, frozenset({1}))


@pytest.fixture
async def busy(station: Desk) -> Desk:
    """Eight entries of station 1, three of station 2."""
    first = await station.new_tip()
    await station.new_tip(key="2")
    await station.new_tip(key="3")
    first = await desk.claim_tip(station.store, station.zhou, first)
    first = await desk.note_tip(station.store, station.lin, first, "Asked the neighbours")
    await desk.solve_tip(station.store, station.zhou, first, "Gone")

    def lock(conn: Connection) -> None:
        for station_id, many in ((1, 1), (2, 3)):
            for n in range(many):
                about = {"console": f"c{n}"}
                written.append(conn, station_id, 3, AuditAction.LOCKED, station.store.now(), about=about)

    await station.store.write(lock)
    return station


def unguard(conn: Connection) -> None:
    """Whoever owns the file, or the database, can take the guards away."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("DROP TRIGGER audit_is_not_changed")
        conn.exec_driver_sql("DROP TRIGGER audit_is_not_shortened")
    else:
        conn.exec_driver_sql("DROP TRIGGER audit_only_grows ON audit")


def edit(conn: Connection) -> None:
    conn.execute(update(t.audit).where(A.station_id == 1, A.seq == 4).values(officer_id=2))


def take_out(conn: Connection) -> None:
    """And number the later ones anew, so that no number is missing."""
    conn.execute(delete(t.audit).where(A.station_id == 1, A.seq == 4))
    for seq in range(5, 9):
        conn.execute(update(t.audit).where(A.station_id == 1, A.seq == seq).values(seq=seq - 1))
    conn.execute(update(t.station_counter).where(C.station_id == 1).values(audit_seq=7))


def swap(conn: Connection) -> None:
    for seq, to in ((4, 99), (5, 4), (99, 5)):
        conn.execute(update(t.audit).where(A.station_id == 1, A.seq == seq).values(seq=to))


def put_in(conn: Connection) -> None:
    for seq in range(8, 3, -1):
        conn.execute(update(t.audit).where(A.station_id == 1, A.seq == seq).values(seq=seq + 1))
    row = conn.execute(select(t.audit).where(A.station_id == 1, A.seq == 3)).one()
    conn.execute(insert(t.audit).values({**row._mapping, "seq": 4}))
    conn.execute(update(t.station_counter).where(C.station_id == 1).values(audit_seq=9))


def cut_the_tail(conn: Connection) -> None:
    """And tell the counter row so."""
    conn.execute(delete(t.audit).where(A.station_id == 1, A.seq > 5))
    head = conn.scalar(select(A.hash).where(A.station_id == 1, A.seq == 5))
    conn.execute(update(t.station_counter).where(C.station_id == 1).values(audit_seq=5, audit_head=head))


def hash_anew(conn: Connection) -> None:
    """One entry edited, and every hash from there on made as it ought to be."""
    edit(conn)
    head = FIRST
    for row in conn.execute(select(t.audit).where(A.station_id == 1).order_by(A.seq)).all():
        entry = AuditEntry(*(row._mapping[one.name] for one in dataclasses.fields(AuditEntry)))
        head = entry.hash_after(head)
        conn.execute(update(t.audit).where(A.station_id == 1, A.seq == row.seq).values(hash=head))
    conn.execute(update(t.station_counter).where(C.station_id == 1).values(audit_head=head))


async def verdict_on(busy: Desk, anchors: list[Head]) -> Verdict:
    return await audit.verify(busy.store, await audit.operator(busy.store), anchors)


@pytest.mark.parametrize(
    "attack, first_bad, needs_anchor",
    [
        (edit, 4, False),
        (take_out, 4, False),
        (swap, 4, False),
        (put_in, 4, False),
        (cut_the_tail, 8, True),
        (hash_anew, 8, True),
    ],
)
async def test_six_attacks_are_found(
    busy: Desk, attack: Callable[[Connection], None], first_bad: int, needs_anchor: bool
) -> None:
    anchors = await audit.heads(busy.store)
    assert {(one.station, one.seq) for one in anchors} == {("JNL", 8), ("KDR", 3)}
    sound = await verdict_on(busy, anchors)
    assert (sound.is_sound, sound.entries, sound.anchors) == (True, 11, 2)

    def write(conn: Connection) -> None:
        unguard(conn)
        attack(conn)

    await busy.store.write(write)
    assert (await verdict_on(busy, [])).is_sound is needs_anchor
    (fault,) = (await verdict_on(busy, anchors)).faults
    assert (fault.station, fault.seq) == ("JNL", first_bad)


@pytest.mark.parametrize(
    "values, first_bad", [({"audit_head": bytes(32)}, 8), ({"audit_seq": 9}, 9), ({"audit_seq": 7}, 8)]
)
async def test_a_counter_row_that_does_not_fit_is_found(busy: Desk, values: dict[str, object], first_bad: int) -> None:
    await busy.store.write(
        lambda conn: conn.execute(update(t.station_counter).where(C.station_id == 1).values(**values))
    )
    (fault,) = (await verdict_on(busy, [])).faults
    assert (fault.station, fault.seq) == ("JNL", first_bad)


async def test_a_missing_number_and_a_lost_counter_row_are_found(busy: Desk) -> None:
    def write(conn: Connection) -> None:
        unguard(conn)
        conn.execute(delete(t.audit).where(A.station_id == 1, A.seq == 2))
        conn.execute(delete(t.station_counter).where(C.station_id == 2))

    await busy.store.write(write)
    faults = (await verdict_on(busy, [])).faults
    assert [(one.station, one.seq) for one in faults] == [("JNL", 2), ("KDR", 3)]


async def test_a_chain_that_is_gone_altogether_is_found_by_its_anchor(busy: Desk) -> None:
    anchors = await audit.heads(busy.store)

    def write(conn: Connection) -> None:
        unguard(conn)
        conn.execute(delete(t.audit).where(A.station_id == 2))
        conn.execute(update(t.station_counter).where(C.station_id == 2).values(audit_seq=0, audit_head=FIRST))

    await busy.store.write(write)
    assert (await verdict_on(busy, [])).is_sound
    (fault,) = (await verdict_on(busy, anchors)).faults
    assert (fault.station, fault.seq) == ("KDR", 3)


async def test_a_text_that_is_no_text_is_a_fault_and_no_crash(busy: Desk) -> None:
    if busy.store.dialect != "sqlite":
        pytest.skip("PostgreSQL takes no text that is none")

    def write(conn: Connection) -> None:
        unguard(conn)
        conn.execute(text("UPDATE audit SET action = CAST(x'ff' AS TEXT) WHERE station_id = 1 AND seq = 4"))

    await busy.store.write(write)
    (fault,) = (await verdict_on(busy, [])).faults
    assert (fault.station, fault.seq) == ("JNL", 4)


async def test_pages_do_not_change_what_is_found(busy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    told: list[tuple[str, int, int]] = []
    anchors = await audit.heads(busy.store)
    seen = await audit.verify(
        busy.store, await audit.operator(busy.store), anchors, lambda *progress: told.append(progress)
    )
    assert (seen.is_sound, seen.entries) == (True, 11)
    assert told[-1] == ("entries", 11, 11)
    assert [done for _stage, done, _total in told] == sorted(done for _stage, done, _total in told)
    await busy.store.write(unguard)
    await busy.store.write(edit)
    (fault,) = (await verdict_on(busy, anchors)).faults
    assert fault.seq == 4


# ── anchors ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_anchors_are_noted_once_each_and_read_back(busy: Desk, tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "elsewhere" / "anchors.jsonl", tmp_path / "no-log")
    assert await audit.anchor(busy.store, anchors) == 2
    assert await audit.anchor(busy.store, anchors) == 0
    await busy.new_tip(key="4")
    other_process = Anchors(anchors.file, anchors.syslog)
    assert await audit.anchor(busy.store, other_process) == 1
    assert await audit.anchor(busy.store, anchors, [2]) == 0
    assert anchors.file.stat().st_mode & 0o777 == 0o600
    noted = [one for one in anchors.read() if one is not None]
    assert [(one.station, one.seq) for one in noted] == [("JNL", 8), ("KDR", 3), ("JNL", 9)]
    assert (await verdict_on(busy, noted)).is_sound


async def test_a_line_that_was_cut_off_costs_only_itself(busy: Desk, tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "anchors.jsonl", tmp_path / "no-log")
    await audit.anchor(busy.store, anchors, [1])
    whole = anchors.file.read_bytes()
    anchors.file.write_bytes(whole + whole[:40])
    assert await audit.anchor(busy.store, Anchors(anchors.file, anchors.syslog)) == 1
    assert [one and one.station for one in anchors.read()] == ["JNL", None, "KDR"]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def everything(busy: Desk, officer: Officer, asked: Asked, *, limit: int, newest: bool = True) -> list[AuditLine]:
    lines: list[AuditLine] = []
    page = await audit.read(busy.store, officer, asked, limit=limit, newest=newest)
    while page.lines:
        lines += page.lines
        page = await audit.read(busy.store, officer, asked, page.rest, limit=limit, newest=newest)
    return lines


async def test_pages_give_every_entry_once_in_the_order_of_time(busy: Desk) -> None:
    everybody = await audit.operator(busy.store)
    for limit in (1, 2, 5, 100):
        lines = await everything(busy, everybody, Asked(), limit=limit)
        assert len({(one.station, one.seq) for one in lines}) == len(lines) == 11
        assert [one.at for one in lines] == sorted((one.at for one in lines), reverse=True)
        back = await everything(busy, everybody, Asked(), limit=limit, newest=False)
        assert [one.at for one in back] == sorted(one.at for one in back)
        assert len(back) == 11
    assert await audit.total(busy.store, everybody) == 11


async def test_filters_ask_for_officer_action_station_tip_and_time(busy: Desk) -> None:
    async def found(words: str) -> list[tuple[str, int]]:
        asked = parse_asked(words, now=busy.store.now(), tz=UTC)
        everybody = await audit.operator(busy.store)
        return [(one.station, one.seq) for one in await everything(busy, everybody, asked, limit=3)]

    newest = (await everything(busy, await audit.operator(busy.store), Asked(action="tip.claimed"), limit=1))[0]
    assert newest.officer == "JNL-001"
    assert newest.tip is not None
    assert await found("officer:jnl-002") == [("JNL", 5)]
    assert await found("officer:program") == [("JNL", 3), ("JNL", 2), ("JNL", 1)]
    assert await found("action:desk station:JNL") == [("JNL", 8)]
    assert await found("action:desk.locked station:kdr") == [("KDR", 3), ("KDR", 2), ("KDR", 1)]
    assert await found(f"tip:{newest.tip} action:tip.solved") == [("JNL", 7)]
    assert len(await found("since:1h")) == 11
    assert await found("until:1h") == []


async def test_what_is_out_of_grant_is_not_there(busy: Desk) -> None:
    lines = await everything(busy, AUDITOR, Asked(), limit=4)
    assert {one.station for one in lines} == {"JNL"}
    for asked in (Asked(station="KDR"), Asked(tip="KDR-0101-0001"), Asked(officer="NOBODY")):
        with pytest.raises(NotFound):
            await audit.read(busy.store, AUDITOR, asked)
    refused = await everything(busy, AUDITOR, Asked(action="desk.refused"), limit=4)
    assert [one.officer for one in refused] == ["JA-A1"]
    for one in (busy.zhou, busy.chen):
        with pytest.raises(NotFound):
            await audit.read(busy.store, one, Asked())
        with pytest.raises(NotFound):
            await audit.total(busy.store, one)
        assert (await audit.verify(busy.store, one)).stations == 0
    seen = await audit.verify(busy.store, AUDITOR, await audit.heads(busy.store))
    assert (seen.stations, seen.is_sound) == (1, True)


async def test_a_grant_that_ended_shows_no_further_page(busy: Desk) -> None:
    both = dataclasses.replace(AUDITOR, stations=frozenset({1, 2}))
    page = await audit.read(busy.store, await audit.operator(busy.store), Asked(), limit=1)
    lines = await busy.store.read(lambda conn: AuditLog(conn, both).page(Asked(), page.rest, 100).lines)
    assert {one.station for one in lines} == {"JNL", "KDR"}
    lines = await busy.store.read(lambda conn: AuditLog(conn, AUDITOR).page(Asked(), page.rest, 100).lines)
    assert {one.station for one in lines} == {"JNL"}


async def test_since_is_told_from_until(busy: Desk) -> None:
    now = busy.store.now()
    everybody = await audit.operator(busy.store)
    assert await everything(busy, everybody, Asked(since=now + timedelta(hours=1)), limit=5) == []
    assert len(await everything(busy, everybody, Asked(until=now + timedelta(hours=1)), limit=5)) == 11


async def test_an_entry_that_names_another_stations_tip_is_not_told_its_ref(busy: Desk) -> None:
    (receipt,) = await busy.take(NewTip("Smoke", "test", "k", room="KDR-1"))

    def write(conn: Connection) -> None:
        now = busy.store.now()
        conn.execute(
            insert(t.audit).values(
                station_id=1, seq=900, at=now, officer_id=1, action="tip.noted", tip_id=receipt.id, hash=FIRST
            )
        )

    await busy.store.write(write)
    lines = await everything(busy, AUDITOR, Asked(action="tip.noted"), limit=4)
    assert {one.seq: one.tip for one in lines} == {900: None, 5: lines[1].tip}
    assert lines[1].tip is not None


async def test_postgresql_finds_a_pages_refs_by_its_key(postgres_store_url: str) -> None:
    """Whatever the store holds: without the station a look-up goes through the whole key."""
    store = await Store.open(postgres_store_url)

    def plan(conn: Connection) -> str:
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        words = refs_of([(1, uuid4()), (1, uuid4()), (2, uuid4())]).compile(
            conn, compile_kwargs={"literal_binds": True, "render_postcompile": True}
        )
        return "\n".join(row[0] for row in conn.exec_driver_sql(f"EXPLAIN {words}"))

    try:
        told = await store.read(plan)
    finally:
        await store.close()
    assert told.count("Index Cond: ((station_id = ") == 2
    assert "Seq Scan" not in told
