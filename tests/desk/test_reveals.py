"""Reveals on both engines: what makes one, what refuses one, and that nothing is opened before it is written down."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select, update

from console import desk
from console.desk import reveals, signing
from console.desk.anchors import Anchors
from console.desk.audit import operator, verify
from console.errors import MustWait, NotAllowed, NotFound, OutOfGrant, StoreDown, VaultLocked
from console.model.audit import AuditAction
from console.model.incoming import NewReporter, NewTip
from console.model.reveal import SHOWN_FOR, Reveal, RevealState
from console.model.tip import Tip
from console.store import tables as t
from console.store.checks import check_rows
from console.vault import Vault
from tests.desk.conftest import Desk
from tests.desk.test_signing import Later
from tests.passwords import PASSWORD

REPORTER = NewReporter("Person One", "13900000001", "guard", "heron-1")
WORDS = "ring 13800138000, plate 沪A12345"
HERE = "desk-1"


class Opening(Vault):
    """A vault that remembers what the audit held each time it opened a reporter."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self.opened: list[UUID] = []

    def open_reporter(self, tip_id: UUID, station_id: int, sealed: bytes) -> NewReporter:
        self.opened.append(tip_id)
        return super().open_reporter(tip_id, station_id, sealed)


@pytest.fixture
def opening(station: Desk) -> Opening:
    return Opening(station.vault._key)


async def sent(station: Desk) -> Tip:
    (receipt,) = await station.take(NewTip(WORDS, "test", "1", room="JNL-12", reporter=REPORTER))
    return (await desk.tip_file(station.store, station.zhou, receipt.station_id, receipt.id)).tip


async def asked(station: Desk) -> Reveal:
    return await reveals.ask_reveal(station.store, station.zhou, await sent(station), "threatened", "A-2026-77")


async def approved(station: Desk, reveal: Reveal) -> Reveal:
    return await reveals.approve_reveal(station.store, station.zhou, reveal, "JNL-002", PASSWORD, HERE)


async def actions(station: Desk) -> list[str]:
    query = select(t.audit.c.action).where(t.audit.c.action.like("reveal.%")).order_by(t.audit.c.seq)
    return list(await station.store.read(lambda conn: conn.scalars(query).all()))


async def test_one_asks_another_approves_and_the_first_sees_it(station: Desk, opening: Opening, tmp_path: Path) -> None:
    reveal = await asked(station)
    assert [one.n for one in await reveals.open_reveals(station.store, station.lin)] == [reveal.n]
    ready = await approved(station, reveal)
    assert (ready.state, ready.answered_code) == (RevealState.APPROVED, "JNL-002")
    anchors = Anchors(tmp_path / "anchors", tmp_path / "no-log")
    opened = await reveals.show_reveal(station.store, station.zhou, ready, opening, anchors)
    assert opened.reporter == REPORTER
    assert opened.words == WORDS
    await reveals.end_reveal(station.store, station.zhou, opened.reveal)
    assert await actions(station) == [
        AuditAction.REVEAL_ASKED,
        AuditAction.REVEAL_APPROVED,
        AuditAction.REVEAL_SHOWN,
        AuditAction.REVEAL_ENDED,
    ]
    file = await desk.tip_file(station.store, station.lin, reveal.station_id, reveal.tip_id)
    assert file.reveals == 1
    assert [event.kind.value for event in file.history][1:] == await actions(station)
    assert file.tip.version == 1, "no step of another officer is refused for it"
    assert "138000" not in file.tip.text
    assert sum(1 for _ in anchors.read()) == 1
    assert not (await verify(station.store, await operator(station.store))).faults
    assert not [one for one in await station.store.read(check_rows) if not one.ok]


async def test_everything_of_it_is_an_event_of_the_tip(station: Desk) -> None:
    reveal = await asked(station)
    await approved(station, reveal)
    events = (await desk.tip_file(station.store, station.lin, 1, reveal.tip_id)).history
    assert [(one.seq, one.about) for one in events[1:]] == [(2, "A-2026-77"), (3, "JNL-001")]


async def test_without_a_second_officer_nothing_is_opened(station: Desk, opening: Opening) -> None:
    reveal = await asked(station)
    with pytest.raises(NotAllowed, match="No second officer"):
        await reveals.show_reveal(station.store, station.zhou, reveal, opening)
    assert opening.opened == []
    assert await actions(station) == [AuditAction.REVEAL_ASKED]


async def test_nobody_approves_their_own(station: Desk, opening: Opening) -> None:
    reveal = await asked(station)
    with pytest.raises(NotAllowed, match="never the one who asks"):
        await reveals.approve_reveal(station.store, station.zhou, reveal, "JNL-001", PASSWORD, HERE)
    with pytest.raises(NotAllowed, match="No second officer"):
        await reveals.show_reveal(station.store, station.zhou, reveal, opening)


@pytest.mark.parametrize("code", ["KDR-001", "JA-A1"])
async def test_who_does_not_work_the_station_does_not_approve(station: Desk, code: str) -> None:
    reveal = await asked(station)
    with pytest.raises(NotAllowed, match="works that station"):
        await reveals.approve_reveal(station.store, station.zhou, reveal, code, PASSWORD, HERE)


async def test_a_wrong_password_approves_nothing_and_waits_like_any_other(station: Desk) -> None:
    reveal = await asked(station)
    for _ in range(4):
        with pytest.raises(NotAllowed, match="do not go together"):
            await reveals.approve_reveal(station.store, station.zhou, reveal, "JNL-002", "guess", HERE)
    with pytest.raises(MustWait):
        await reveals.approve_reveal(station.store, station.zhou, reveal, "JNL-002", "guess", HERE)
    with pytest.raises(MustWait):
        await approved(station, reveal)
    assert await actions(station) == [AuditAction.REVEAL_ASKED]


async def test_shown_to_nobody_but_the_one_who_asked(station: Desk, opening: Opening) -> None:
    ready = await approved(station, await asked(station))
    with pytest.raises(NotAllowed, match="nobody else"):
        await reveals.show_reveal(station.store, station.chen, ready, opening)
    with pytest.raises(OutOfGrant):
        await reveals.show_reveal(station.store, station.gao, ready, opening)
    assert opening.opened == []


async def test_ten_minutes_after_the_question_no_answer_counts(station: Desk, opening: Opening) -> None:
    clock = Later(station.store)
    reveal = await asked(station)
    clock.move(minutes=10)
    with pytest.raises(NotAllowed, match="more than 10 minutes ago"):
        await approved(station, reveal)
    assert await reveals.open_reveals(station.store, station.lin) == []
    with pytest.raises(NotAllowed):
        await reveals.show_reveal(station.store, station.zhou, reveal, opening)
    assert (await reveals.ask_reveal(station.store, station.zhou, await sent(station), "again", "A-2026-77")).n


async def test_ten_minutes_after_the_answer_it_is_not_shown(station: Desk, opening: Opening) -> None:
    clock = Later(station.store)
    ready = await approved(station, await asked(station))
    clock.move(minutes=10)
    with pytest.raises(NotAllowed, match="more than 10 minutes ago"):
        await reveals.show_reveal(station.store, station.zhou, ready, opening)
    assert opening.opened == []


async def test_it_is_shown_once(station: Desk, opening: Opening) -> None:
    ready = await approved(station, await asked(station))
    opened = await reveals.show_reveal(station.store, station.zhou, ready, opening)
    assert opened.until - station.store.now() <= SHOWN_FOR
    for reveal in (ready, opened.reveal):
        with pytest.raises(NotAllowed, match="shown already"):
            await reveals.show_reveal(station.store, station.zhou, reveal, opening)
    await reveals.end_reveal(station.store, station.zhou, ready)
    await reveals.end_reveal(station.store, station.zhou, ready)
    assert (await actions(station)).count(AuditAction.REVEAL_ENDED) == 1
    assert len(opening.opened) == 1


async def test_that_it_is_over_is_written_down_whatever_became_of_the_officer(station: Desk, opening: Opening) -> None:
    """Of one's own alone: another's stays as it is."""
    later = Later(station.store)
    ready = await approved(station, await asked(station))
    await reveals.show_reveal(station.store, station.zhou, ready, opening)
    await reveals.end_reveal(station.store, station.lin, ready)
    assert AuditAction.REVEAL_ENDED not in await actions(station)
    gone = update(t.officer).where(t.officer.c.id == station.zhou.id).values(disabled_at=station.store.now())
    await station.store.write(lambda conn: conn.execute(gone))
    later.move(seconds=2)
    with pytest.raises(NotAllowed, match="disabled"):
        await reveals.open_reveals(station.store, station.zhou)
    await reveals.end_reveal(station.store, station.zhou, ready)
    assert (await actions(station))[-1] == AuditAction.REVEAL_ENDED


async def test_refused_it_is_dead(station: Desk, opening: Opening) -> None:
    reveal = await asked(station)
    refused = await reveals.refuse_reveal(station.store, station.lin, reveal)
    assert refused.state is RevealState.REFUSED
    with pytest.raises(NotAllowed, match="answered already"):
        await approved(station, reveal)
    with pytest.raises(NotAllowed, match="refused"):
        await reveals.show_reveal(station.store, station.zhou, reveal, opening)


async def test_of_two_who_answer_at_once_one_does(station: Desk) -> None:
    reveal = await asked(station)
    answers = await asyncio.gather(
        approved(station, reveal),
        reveals.refuse_reveal(station.store, station.chen, reveal),
        return_exceptions=True,
    )
    assert sum(isinstance(one, NotAllowed) for one in answers) == 1
    assert len(await actions(station)) == 2


REFUSE_ON_SQLITE = """CREATE TRIGGER no_more BEFORE INSERT ON audit WHEN NEW.action = 'reveal.shown'
BEGIN SELECT RAISE(ABORT, 'no more'); END"""
REFUSE_ON_POSTGRES = (
    "CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more'; END $$",
    """CREATE TRIGGER no_more BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.action = 'reveal.shown')
    EXECUTE FUNCTION no_more()""",
)


async def test_without_the_audit_nothing_is_opened(station: Desk, opening: Opening) -> None:
    ready = await approved(station, await asked(station))

    def break_audit(conn: Connection) -> None:
        for statement in (REFUSE_ON_SQLITE,) if conn.dialect.name == "sqlite" else REFUSE_ON_POSTGRES:
            conn.exec_driver_sql(statement)

    await station.store.write(break_audit)
    with pytest.raises(Exception, match=r"(?i)no more|store|database"):
        await reveals.show_reveal(station.store, station.zhou, ready, opening)
    assert opening.opened == []
    (same,) = await reveals.open_reveals(station.store, station.zhou)
    assert same.state is RevealState.APPROVED


async def test_with_the_store_gone_nothing_is_opened(station: Desk, opening: Opening) -> None:
    ready = await approved(station, await asked(station))
    await station.store.close()
    with pytest.raises(StoreDown):
        await reveals.show_reveal(station.store, station.zhou, ready, opening)
    assert opening.opened == []


async def test_without_the_key_nothing_is_written_down_as_shown(station: Desk) -> None:
    ready = await approved(station, await asked(station))
    with pytest.raises(VaultLocked):
        await reveals.show_reveal(station.store, station.zhou, ready, Vault(b"", why_locked="There is no vault key."))
    assert AuditAction.REVEAL_SHOWN not in await actions(station)


async def test_no_reason_no_number_no_reporter_no_reveal(station: Desk) -> None:
    tip = await sent(station)
    for reason, reference in (("", "A-1"), ("why", " "), ("x" * 501, "A-1"), ("why", "x" * 65)):
        with pytest.raises(NotAllowed):
            await reveals.ask_reveal(station.store, station.zhou, tip, reason, reference)
    with pytest.raises(NotAllowed, match="Nobody is named"):
        await reveals.ask_reveal(station.store, station.zhou, await station.new_tip(key="2"), "why", "A-1")
    with pytest.raises(NotFound):
        await reveals.ask_reveal(station.store, station.gao, tip, "why", "A-1")
    assert await actions(station) == []


async def test_asked_twice_is_asked_once(station: Desk) -> None:
    reveal = await asked(station)
    tip = (await desk.tip_file(station.store, station.zhou, reveal.station_id, reveal.tip_id)).tip
    with pytest.raises(NotAllowed, match="asked for it already"):
        await reveals.ask_reveal(station.store, station.zhou, tip, "why", "A-1")


async def test_it_neither_is_undone_nor_stands_in_an_undos_way(station: Desk) -> None:
    tip = await desk.claim_tip(station.store, station.zhou, await sent(station))
    reveal = await reveals.ask_reveal(station.store, station.zhou, tip, "why", "A-1")
    await reveals.refuse_reveal(station.store, station.lin, reveal)
    event, after = await desk.undo(station.store, station.zhou)
    assert (event.kind.value, after.claimed_by) == ("tip.claimed", None)
    with pytest.raises(NotAllowed, match="no step of yours"):
        await desk.undo(station.store, station.lin)


async def test_nothing_of_the_reporter_is_in_events_or_audit(station: Desk, opening: Opening) -> None:
    ready = await approved(station, await asked(station))
    opened = await reveals.show_reveal(station.store, station.zhou, ready, opening)
    await reveals.end_reveal(station.store, station.zhou, opened.reveal)
    assert "Person" not in repr(opened)

    def rows(conn: Connection) -> list[Any]:
        columns = [one for one in t.audit.c if one.name != "hash"]
        return [*conn.execute(select(*columns)).all(), *conn.execute(select(*t.tip_event.c)).all()]

    told = json.dumps([tuple(row) for row in await station.store.read(rows)], default=str)
    for secret in ("Person One", "13900000001", "heron-1"):
        assert secret not in told
    audited = [row.about for row in await station.store.read(lambda conn: conn.execute(select(t.audit.c.about)).all())]
    assert "threatened" not in json.dumps(audited)
    await signing.sign_off(station.store, station.zhou, HERE)
