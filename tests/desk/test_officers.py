"""Setting up officers on both engines: an admin may, nobody else; each change is in the audit of the officer's
station."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from console.desk import officers, signing
from console.errors import NotAllowed, NotFound
from console.model.audit import AuditAction
from console.model.officer import Officer, Role, RosterLine
from console.store import Store
from console.store import tables as t
from tests.desk.conftest import Desk
from tests.desk.test_signing import CONSOLE, WRONG, guess, written
from tests.passwords import CHEAP_HASH, PASSWORD

ADMIN = Officer(6, "JA-X1", "Admin", Role.ADMIN, 1, frozenset({1}))
NEW = RosterLine(0, "jnl-009", "Wu", Role.DUTY, 0, "JNL", has_password=True)


@pytest.fixture
async def admin(station: Desk) -> Officer:
    def write(conn: Connection) -> None:
        row = {"id": 6, "station_id": 1, "code": "JA-X1", "name": "Admin", "role": "admin", "rooms": 0}
        conn.execute(insert(t.officer).values(**row, password=CHEAP_HASH))

    await station.store.write(write)
    return ADMIN


async def test_an_added_officer_signs_in(station: Desk, admin: Officer) -> None:
    line = await officers.add(station.store, admin, NEW, "a few words together")
    assert (line.code, line.station_code, line.has_password) == ("JNL-009", "JNL", True)
    found = await signing.sign_in(station.store, "JNL-009", "a few words together", CONSOLE)
    assert found.stations == {1}
    assert (await written(station.store))[0] == (AuditAction.OFFICER_ADDED, 6, '{"officer":7,"role":"duty"}')
    count = select(t.station.c.officers).where(t.station.c.id == 1)
    assert await station.store.read(lambda conn: conn.scalar(count)) == 5  # the fixture's admin is not counted


@pytest.mark.parametrize(
    "change, why",
    [
        ({"code": "JNL-001"}, "JNL-001 already"),
        ({"code": "one two"}, "letters, digits and hyphens"),
        ({"code": "沪"}, "letters, digits and hyphens"),
        ({"name": " "}, "A name has"),
        ({"station_code": "XXX"}, "no station XXX"),
    ],
)
async def test_what_is_wrong_with_a_new_officer_is_said(
    station: Desk, admin: Officer, change: dict[str, str], why: str
) -> None:
    values = {"code": NEW.code, "name": NEW.name, "station_code": NEW.station_code} | change
    new = RosterLine(0, values["code"], values["name"], Role.DUTY, 0, values["station_code"], has_password=True)
    with pytest.raises((NotAllowed, NotFound), match=why):
        await officers.add(station.store, admin, new, "a few words together")


async def test_a_disabled_officer_comes_back_with_the_same_password(station: Desk, admin: Officer) -> None:
    line = await officers.disable(station.store, admin, "jnl-001")
    assert line.disabled_at is not None
    with pytest.raises(NotAllowed, match="is disabled"):
        await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE)
    with pytest.raises(NotAllowed, match="disabled already"):
        await officers.disable(station.store, admin, "JNL-001")
    assert (await officers.enable(station.store, admin, "JNL-001")).disabled_at is None
    assert await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE) == station.zhou
    with pytest.raises(NotAllowed, match="is not disabled"):
        await officers.enable(station.store, admin, "JNL-001")


async def test_an_admin_does_not_disable_themselves(station: Desk, admin: Officer) -> None:
    with pytest.raises(NotAllowed, match="Another admin"):
        await officers.disable(station.store, admin, admin.code)


async def test_who_was_disabled_a_moment_ago_disables_nobody(station: Desk, admin: Officer) -> None:
    """Two admins, each at the other: one of them is left."""
    other = replace(NEW, code="JA-X2", role=Role.ADMIN)
    line = await officers.add(station.store, admin, other, "a few words together")
    second = Officer(line.id, line.code, line.name, Role.ADMIN, 1, frozenset({1}))
    assert await officers.roster(station.store, second)
    await officers.disable(station.store, admin, second.code)
    with pytest.raises(NotAllowed, match="is disabled"):
        await officers.disable(station.store, second, admin.code)


async def test_a_reset_password_ends_the_officers_wait(station: Desk, admin: Officer) -> None:
    await guess(station, 5)
    await officers.reset(station.store, admin, "JNL-001", "another few words")
    assert (await signing.sign_in(station.store, "JNL-001", "another few words", "desk-2")).code == "JNL-001"
    with pytest.raises(NotAllowed):
        await signing.sign_in(station.store, "JNL-001", PASSWORD, "desk-2")


async def test_a_grant_lasts_until_the_end_of_its_day_at_the_station(station: Desk, admin: Officer) -> None:
    day = station.store.now().date() + timedelta(days=2)
    line = await officers.grant(station.store, admin, "JNL-001", "kdr", day)
    next_day = day + timedelta(days=1)
    assert [(one.station_code, one.ends_at) for one in line.grants] == [
        ("KDR", datetime(next_day.year, next_day.month, next_day.day, tzinfo=UTC) - timedelta(hours=8))
    ]
    assert (await signing.sign_in(station.store, "JNL-001", PASSWORD, CONSOLE)).stations == {1, 2}
    line = await officers.grant(station.store, admin, "JNL-001", "KDR", None)
    assert [one.ends_at for one in line.grants] == [None]
    line = await officers.end_grant(station.store, admin, "JNL-001", "KDR")
    assert line.grants == ()
    with pytest.raises(NotFound, match="no grant for KDR"):
        await officers.end_grant(station.store, admin, "JNL-001", "KDR")
    actions = [action for action, _, _ in await written(station.store)]
    assert actions == [AuditAction.GRANTED, AuditAction.SIGNED_IN, AuditAction.GRANTED, AuditAction.GRANT_ENDED]


async def test_a_grant_for_a_day_that_is_over_or_for_ones_own_station_is_refused(station: Desk, admin: Officer) -> None:
    with pytest.raises(NotAllowed, match="That day is over"):
        await officers.grant(station.store, admin, "JNL-001", "KDR", date(2020, 1, 1))
    with pytest.raises(NotAllowed, match="too far off"):
        await officers.grant(station.store, admin, "JNL-001", "KDR", date.max)
    with pytest.raises(NotAllowed, match="own station"):
        await officers.grant(station.store, admin, "JNL-001", "JNL", None)
    with pytest.raises(NotFound):
        await officers.grant(station.store, admin, "JNL-001", "XXX", None)


ATTEMPTS: dict[str, Callable[[Store, Officer], Awaitable[object]]] = {
    "roster": officers.roster,
    "station_codes": officers.station_codes,
    "add": lambda store, who: officers.add(store, who, NEW, "a few words together"),
    "disable": lambda store, who: officers.disable(store, who, "JNL-002"),
    "enable": lambda store, who: officers.enable(store, who, "JNL-002"),
    "reset": lambda store, who: officers.reset(store, who, "JNL-002", "a few words together"),
    "grant": lambda store, who: officers.grant(store, who, "JNL-002", "KDR", None),
    "end_grant": lambda store, who: officers.end_grant(store, who, "JA-S1", "KDR"),
}


@pytest.mark.parametrize("verb", ATTEMPTS)
@pytest.mark.parametrize("role", [Role.DUTY, Role.SUPERVISOR, Role.AUDITOR])
async def test_nobody_but_an_admin_sets_up(station: Desk, verb: str, role: Role) -> None:
    who = Officer(4, "JA-S1", "Chen", role, 1, frozenset({0, 1, 2}))
    with pytest.raises(NotAllowed, match="Only an admin"):
        await ATTEMPTS[verb](station.store, who)
    assert await written(station.store) == []


async def test_the_first_admin_is_made_once(store: Store) -> None:
    assert await officers.no_officers(store)
    line = await officers.add_first_admin(store, "root-1", "Ma", "a few words together")
    assert (line.code, line.role, line.station_code) == ("ROOT-1", Role.ADMIN, "UNR")
    assert not await officers.no_officers(store)
    with pytest.raises(NotAllowed, match="set up already"):
        await officers.add_first_admin(store, "root-2", "Ma", "a few words together")
    assert (await signing.sign_in(store, "ROOT-1", "a few words together", CONSOLE)).role is Role.ADMIN


async def test_two_admins_at_once_add_two_officers(station: Desk, admin: Officer) -> None:
    lines = [RosterLine(0, f"JNL-02{n}", "Wu", Role.DUTY, 0, "JNL", has_password=True) for n in range(6)]
    made = await asyncio.gather(*(officers.add(station.store, admin, one, "a few words together") for one in lines))
    assert len({one.id for one in made}) == 6


async def test_everybody_is_on_the_roster_without_their_password(station: Desk, admin: Officer) -> None:
    found = await officers.roster(station.store, admin)
    assert [one.code for one in found] == ["JA-A1", "JA-S1", "JA-X1", "JNL-001", "JNL-002", "KDR-001"]
    assert "argon2" not in repr(found)
    with pytest.raises(NotAllowed):
        await signing.sign_in(station.store, "JA-X1", WRONG, CONSOLE)
