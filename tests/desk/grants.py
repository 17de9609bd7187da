"""Three stations of which an officer has one, is granted one and knows nothing of the third, and the officers of every
kind who try what they may."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from console import desk
from console.desk.setup import add_members, add_places
from console.model.audit import AuditAction
from console.model.incoming import NewReporter, NewTip
from console.model.officer import Officer, Role
from console.model.reveal import Reveal
from console.model.room import Member, MemberKind, MemberState, Room
from console.model.station import Agency, AgencyKind, District, Station
from console.model.step import Step
from console.model.tip import Tip, Urgency
from console.store import Store
from console.store import tables as t
from console.store.reveals import Reveals
from console.store.tips import Tips
from console.vault import Vault
from tests.passwords import CHEAP_HASH

OWN, GRANTED, FOREIGN = 1, 2, 3
CODES: Final = {OWN: "AAA", GRANTED: "BBB", FOREIGN: "CCC"}

KINDS: Final = ("duty", "supervisor", "auditor", "admin", "lapsed", "disabled")
"""The four roles, because each is a rule of its own; a grant that has ended, because it was in force when the officer
signed in; an officer who was disabled meanwhile, whom no rule of the model can see."""

ROLES: Final = {"supervisor": Role.SUPERVISOR, "auditor": Role.AUDITOR, "admin": Role.ADMIN}


@dataclass
class City:
    """The store with a clock that the test moves, and one officer of each kind, as they were when they signed in."""

    store: Store
    vault: Vault
    reveals: dict[UUID, Reveal] = field(default_factory=dict)
    """By tip, those that were asked for before a cell is tried."""
    now: datetime = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    sent: int = 0
    untouched: dict[tuple[object, int], Tip] = field(default_factory=dict)
    """By what made it ready and its station, a tip that nobody could change: the next one tries it too."""

    @property
    def operator(self) -> Officer:
        """Sees all, for the test's own looks."""
        return Officer(0, "operator", "operator", Role.SUPERVISOR, 0, frozenset({0, *CODES}))

    def officer(self, kind: str) -> Officer:
        number = 11 + KINDS.index(kind)
        role = ROLES.get(kind, Role.DUTY)
        return Officer(number, f"AAA-0{number}", kind, role, OWN, frozenset({OWN, GRANTED}))

    async def tip(self, station_id: int, urgency: Urgency = Urgency.ROUTINE) -> Tip:
        """A new tip of that station, whose words name it."""
        self.sent += 1
        code = CODES[station_id]
        words = f"a sofa blocks the gate of {code}, plate 沪A1234{station_id}"
        sent_by = NewReporter("Mrs Wang", "13800138000", "guard")
        new = NewTip(words, "test", str(self.sent), room=f"{code}-1", urgency=urgency, reporter=sent_by)
        (receipt,) = await desk.receive_tips(self.store, self.vault, [new])
        return (await desk.tip_file(self.store, self.operator, station_id, receipt.id)).tip

    async def moved(self, tip: Tip, officer: Officer, step: Step) -> Tip:
        """The tip after a step that the officer took in better days."""
        then = replace(officer, role=Role.SUPERVISOR, stations=frozenset({tip.station_id}))
        return await self.store.write(lambda conn: Tips(conn, then).move(tip, step, self.now))

    async def asked(self, tip: Tip, officer: Officer, *, approved: bool = False) -> Reveal:
        """A reveal that the officer asked for in better days, and the station's own officer approved."""
        then = replace(officer, role=Role.SUPERVISOR, stations=frozenset({tip.station_id}))

        def write(conn: Connection) -> Reveal:
            found = Reveals(conn, then).ask(tip.station_id, tip.id, "court order", "2026-77", self.now)
            second = Reveals(conn, self.own(tip.station_id))
            return second.answer(found, approved=True, now=self.now) if approved else found

        return await self.store.write(write)

    @staticmethod
    def own(station_id: int) -> Officer:
        """The station's own officer."""
        code = CODES[station_id]
        return Officer(station_id, f"{code}-001", f"Li of {code}", Role.DUTY, station_id, frozenset({station_id}))

    async def refusals(self) -> int:
        """How many attempts are written down, all in the chain of the officers' own station."""
        a = t.audit.c
        wanted = (a.action == AuditAction.REFUSED, a.station_id == OWN)
        return await self.store.read(lambda conn: conn.scalar(select(func.count()).where(*wanted)) or 0)


async def built(store: Store, vault: Vault) -> City:
    city = City(store, vault)
    store.now = lambda: city.now
    own = [City.own(station_id) for station_id in CODES]
    await add_places(
        store,
        districts=[District(s, f"D{s}", f"District of {code}") for s, code in CODES.items()],
        stations=[Station(s, s, code, f"Station {code}") for s, code in CODES.items()],
        officers=[*own, *(city.officer(kind) for kind in KINDS)],
        agencies=[Agency(s, 1, AgencyKind.FIRE, f"Fire brigade of {code}") for s, code in CODES.items()],
        rooms=[Room(s, 1, s, 1, f"{code}-1", f"Lane of {code}", "night watch") for s, code in CODES.items()],
    )
    members = [
        Member(s, 1, 1, f"m-{code}", MemberKind.GUARD, MemberState.ACTIVE, city.now) for s, code in CODES.items()
    ]
    await add_members(store, members)
    for station_id in CODES:
        await city.tip(station_id, Urgency.ALARM)

    def meanwhile(conn: Connection) -> None:
        g, o = t.officer_grant.c, t.officer.c
        lapsed = update(t.officer_grant).where(g.officer_id == city.officer("lapsed").id)
        conn.execute(lapsed.values(ends_at=city.now + timedelta(hours=1)))
        gone = update(t.officer).where(o.id == city.officer("disabled").id)
        conn.execute(gone.values(disabled_at=city.now, password=CHEAP_HASH))
        conn.execute(update(t.officer).where(o.id.in_(CODES)).values(password=CHEAP_HASH))
        conn.execute(insert(t.agency).values(station_id=FOREIGN, id=2, kind="fire", name="Another of CCC"))

    await store.write(meanwhile)
    city.now += timedelta(hours=2)
    return city


def tells_of(answer: object, station_id: int) -> bool:
    """Whether anything of that station is in it: its code, its number, a count."""
    if isinstance(answer, int):
        return answer > 0
    said = repr(answer)
    code = CODES[station_id]
    return code in said or f"station_id={station_id}," in said or getattr(answer, "total", 0) > 0
