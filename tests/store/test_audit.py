"""The chain of a station: what verbs, the intake and others append is one chain, and nothing takes from it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import DBAPIError

from console import desk
from console.model.audit import FIRST, AuditAction, AuditEntry
from console.store import audit
from console.store import tables as t
from tests.desk.conftest import Desk, station, vault

__all__ = ["station", "vault"]


def chain_of(conn: Connection, station_id: int) -> tuple[list[AuditEntry], list[bytes], bytes]:
    """The entries, their stored hashes, and the counter row's newest."""
    a, c = t.audit.c, t.station_counter.c
    rows = conn.execute(select(t.audit).where(a.station_id == station_id).order_by(a.seq)).all()
    entries = [AuditEntry(**{name: row._mapping[name] for name in AuditEntry.__slots__}) for row in rows]
    head = conn.scalar(select(c.audit_head).where(c.station_id == station_id))
    return entries, [bytes(row.hash) for row in rows], bytes(head or b"")


async def test_what_everybody_writes_is_one_chain(station: Desk) -> None:
    tip = await station.new_tip()
    tip = await desk.claim_tip(station.store, station.zhou, tip)
    await station.store.write(
        lambda conn: audit.append(conn, 1, 1, AuditAction.LOCKED, station.store.now(), about={"console": "a"})
    )
    await station.new_tip(key="2")
    await desk.solve_tip(station.store, station.zhou, tip, "Gone")
    entries, hashes, head = await station.store.read(lambda conn: chain_of(conn, 1))
    assert [one.action for one in entries] == [
        "tip.received",
        "tip.claimed",
        "desk.locked",
        "tip.received",
        "tip.investigating",
        "tip.solved",
    ]
    before = FIRST
    for entry, stored in zip(entries, hashes, strict=True):
        assert entry.hash_after(before) == stored
        before = stored
    assert head == before
    assert (await station.store.read(lambda conn: chain_of(conn, 2)))[2] == FIRST


async def test_many_at_once_leave_one_chain(station: Desk) -> None:
    def one(conn: Connection) -> AuditEntry:
        return audit.append(conn, 1, 1, AuditAction.LOCKED, station.store.now())

    await asyncio.gather(
        *(station.new_tip(key=str(n)) for n in range(8)), *(station.store.write(one) for _ in range(8))
    )
    entries, hashes, head = await station.store.read(lambda conn: chain_of(conn, 1))
    assert [one.seq for one in entries] == list(range(1, 17))
    before = FIRST
    for entry, stored in zip(entries, hashes, strict=True):
        before = entry.hash_after(before)
        assert before == stored
    assert head == before


async def test_nothing_is_taken_from_it(station: Desk) -> None:
    await station.new_tip()
    for statement in (update(t.audit).values(officer_id=2), delete(t.audit)):
        with pytest.raises(DBAPIError, match="only grows"):
            await station.store.write(lambda conn, statement=statement: conn.execute(statement))  # type: ignore[misc]
    assert len((await station.store.read(lambda conn: chain_of(conn, 1)))[0]) == 1
