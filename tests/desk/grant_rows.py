"""Who may what, cell by cell: a row for every verb of the desk and every method of a repository.

Cells are own, granted and foreign station: `Y` it is done or found · `N` it does not exist for them and the attempt is
written down · `L` the list leaves it out and that is written down · `E` it is left out, nobody asked for it by name ·
`R` a rule forbids it · `X` the officer is disabled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from console import desk
from console.desk import audit, keeping, oversight, reveals, station_settings, whole
from console.desk import officers as set_up
from console.desk.receiving import make_ready, sealing
from console.model import step as steps
from console.model.audit import AuditAction
from console.model.audit_log import Asked
from console.model.change import EventKind
from console.model.incoming import NewReporter, NewTip
from console.model.officer import Officer, Role, RosterLine
from console.model.query import Query
from console.model.reveal import Reveal
from console.model.station_settings import Setting
from console.model.tip import Category, CloseReason, Status, Tip, Urgency
from console.model.view import Branch, BranchKind, View
from console.store import chain, counters, feed, figures, holds, listing, tip_list
from console.store.audit_log import AuditLog
from console.store.oversight import Passing
from console.store.places import Places
from console.store.reveals import Reveals
from console.store.tip_list import TipList
from console.store.tips import Tips
from console.store.tree_search import TreeSearch
from console.store.undo import undo
from tests.desk.grant_cells import (
    ALL_CODES,
    ANYWHERE,
    AUDIT_OF_ALL,
    AUDIT_OF_ONE,
    CHAIN_OF_ONE,
    CHAINS,
    ONE_PLACE,
    ONE_TIP,
    OWN_STATIONS,
    OWN_STEP,
    PLACES,
    SUPERVISORS,
    TIPS,
    TIPS_QUIETLY,
    TREE,
    Pattern,
    alarm,
    approved,
    asked_by_another,
    asked_for,
    claimed,
    closed,
    held,
    hold,
    linked,
    new,
)
from tests.desk.grants import CODES, City
from tests.passwords import PASSWORD


def view(station_id: int) -> View:
    return View((station_id,), Query(), ended_too=True)


def station_line(station_id: int) -> Branch:
    return Branch(BranchKind.STATION, station_id, station_id, "", count=1)


async def seen(city: City, officer: Officer, tip: Tip) -> Tip:
    await desk.mark_seen(city.store, officer, [(tip.station_id, tip.id)])
    return tip


async def joined(city: City, officer: Officer, tip: Tip) -> Tip:
    other = await city.tip(tip.station_id)
    return await desk.link_duplicate(city.store, officer, tip, other.ref)


async def typed_in(city: City, officer: Officer, station_id: int) -> Any:
    city.sent += 1
    new_tip = NewTip("typed in at the counter", "desk", str(city.sent), room=f"{CODES[station_id]}-1")
    return await desk.receive_tips(city.store, city.vault, [new_tip], officer=officer)


def asked(station_id: int) -> Asked:
    return Asked(station=CODES[station_id])


async def stations_verified(city: City, officer: Officer) -> int:
    return (await audit.verify(city.store, officer)).stations


async def opened(city: City, officer: Officer, tip: Tip) -> Tip:
    found = await reveals.show_reveal(city.store, officer, city.reveals[tip.id], city.vault)
    assert found.reporter.name == "Mrs Wang"
    return tip


VERBS: Final[dict[str, Pattern]] = {
    "reading.tip_window": Pattern(TIPS, lambda c, o, s, _: desk.tip_window(c.store, o, view(s))),
    "reading.tip_window_at": Pattern(TIPS, lambda c, o, s, _: desk.tip_window_at(c.store, o, view(s), 0, 9)),
    "reading.next_unseen": Pattern(TIPS, lambda c, o, s, _: desk.next_unseen(c.store, o, view(s), None, newer=True)),
    "reading.tip_file": Pattern(ONE_TIP, lambda c, o, s, tip: desk.tip_file(c.store, o, s, tip.id), new),
    "reading.tip_file_by_ref": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.tip_file_by_ref(c.store, o, tip.ref), new),
    "reading.ringing": Pattern(TIPS, lambda c, o, s, _: desk.ringing(c.store, o, [s])),
    "reading.counts": Pattern(TIPS, lambda c, o, s, _: desk.counts(c.store, o, [s])),
    "reading.branches": Pattern(TREE, lambda c, o, s, _: desk.branches(c.store, o, station_line(s))),
    "reading.find_branches": Pattern(PLACES, lambda c, o, s, _: desk.find_branches(c.store, o, f"m-{CODES[s]}")),
    "reading.stations": Pattern(OWN_STATIONS, lambda c, o, _s, _: desk.stations(c.store, o)),
    "reading.rooms": Pattern(PLACES, lambda c, o, _s, _: desk.rooms(c.store, o)),
    "reading.colleagues": Pattern(ONE_PLACE, lambda c, o, s, _: desk.colleagues(c.store, o, s)),
    "reading.agencies": Pattern(ONE_PLACE, lambda c, o, s, _: desk.agencies(c.store, o, s)),
    "audit.read": Pattern(AUDIT_OF_ONE, lambda c, o, s, _: audit.read(c.store, o, asked(s))),
    "audit.total": Pattern(AUDIT_OF_ALL, lambda c, o, _s, _tip: audit.total(c.store, o)),
    "audit.verify": Pattern(CHAINS, lambda c, o, _s, _tip: stations_verified(c, o)),
    "reveals.ask_reveal": Pattern(
        ONE_TIP, lambda c, o, _s, tip: reveals.ask_reveal(c.store, o, tip, "court order", "2026-77"), new
    ),
    "reveals.open_reveals": Pattern(
        TIPS_QUIETLY, lambda c, o, _s, _tip: reveals.open_reveals(c.store, o), asked_by_another
    ),
    "reveals.approve_reveal": Pattern(
        ONE_TIP,
        lambda c, o, s, tip: reveals.approve_reveal(c.store, o, c.reveals[tip.id], c.own(s).code, PASSWORD, "a desk"),
        asked_for,
    ),
    "reveals.refuse_reveal": Pattern(
        ONE_TIP, lambda c, o, _s, tip: reveals.refuse_reveal(c.store, o, c.reveals[tip.id]), asked_by_another
    ),
    "reveals.show_reveal": Pattern(ONE_TIP, lambda c, o, _s, tip: opened(c, o, tip), approved),
    "keeping.close_not_police": Pattern(ONE_TIP, lambda c, o, _s, tip: keeping.close_not_police(c.store, o, tip), new),
    "keeping.hold_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: keeping.hold_tip(c.store, o, tip, hold(c)), closed),
    "keeping.end_hold": Pattern(SUPERVISORS, lambda c, o, _s, tip: keeping.end_hold(c.store, o, tip, 1), held),
    "oversight.pass_to_oversight": Pattern(
        ONE_TIP, lambda c, o, _s, tip: oversight.pass_to_oversight(c.store, o, tip, c.vault, "about an officer"), new
    ),
    "whole.station_figures": Pattern(TIPS_QUIETLY, lambda c, o, _s, _: whole.station_figures(c.store, o)),
    "whole.station_codes": Pattern(OWN_STATIONS, lambda c, o, _s, _: whole.station_codes(c.store, o)),
    "whole.officer_codes": Pattern(ALL_CODES, lambda c, o, _s, _: whole.officer_codes(c.store, o)),
    "whole.whole_tips": Pattern(TIPS, lambda c, o, s, _: whole.whole_tips(c.store, o, view(s))),
    "whole.page": Pattern(TIPS, lambda c, o, s, _: whole.page(c.store, o, view(s), None, 9)),
    "receiving.receive_tips": Pattern(ANYWHERE, lambda c, o, s, _: typed_in(c, o, s)),
    "tips.claim_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.claim_tip(c.store, o, tip), new),
    "tips.release_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.release_tip(c.store, o, tip), claimed),
    "tips.investigate_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.investigate_tip(c.store, o, tip), new),
    "tips.refer_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.refer_tip(c.store, o, tip, 1), new),
    "tips.solve_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.solve_tip(c.store, o, tip), new),
    "tips.close_tip": Pattern(
        ONE_TIP, lambda c, o, _s, tip: desk.close_tip(c.store, o, tip, CloseReason.UNFOUNDED), new
    ),
    "tips.reopen_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.reopen_tip(c.store, o, tip), closed),
    "tips.note_tip": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.note_tip(c.store, o, tip, "called back"), new),
    "tips.assign_tip": Pattern(ONE_TIP, lambda c, o, s, tip: desk.assign_tip(c.store, o, tip, s), new),
    "tips.set_urgency": Pattern(
        ONE_TIP, lambda c, o, _s, tip: desk.set_urgency(c.store, o, tip, Urgency.PRIORITY), new
    ),
    "tips.set_category": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.set_category(c.store, o, tip, Category.FIRE), new),
    "tips.link_duplicate": Pattern(ONE_TIP, lambda c, o, _s, tip: joined(c, o, tip), new),
    "tips.unlink_duplicate": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.unlink_duplicate(c.store, o, tip), linked),
    "tips.acknowledge_alarm": Pattern(ONE_TIP, lambda c, o, _s, tip: desk.acknowledge_alarm(c.store, o, tip), alarm),
    "tips.mark_seen": Pattern(ONE_TIP, lambda c, o, _s, tip: seen(c, o, tip), new),
    "tips.undo": Pattern(OWN_STEP, lambda c, o, _s, _tip: desk.undo(c.store, o), claimed),
}


def a_new_officer(city: City) -> RosterLine:
    city.sent += 1
    return RosterLine(0, f"AAA-1{city.sent}", "New", Role.DUTY, 0, "AAA", has_password=True)


async def regranted(city: City, admin: Officer) -> RosterLine:
    await set_up.grant(city.store, admin, "AAA-001", "CCC", None)
    return await set_up.end_grant(city.store, admin, "AAA-001", "CCC")


async def enabled(city: City, admin: Officer) -> RosterLine:
    await set_up.disable(city.store, admin, "AAA-001")
    return await set_up.enable(city.store, admin, "AAA-001")


ONLY_ADMIN: Final[dict[str, Callable[[City, Officer], Any]]] = {
    "officers.roster": lambda c, o: set_up.roster(c.store, o),
    "officers.station_codes": lambda c, o: set_up.station_codes(c.store, o),
    "officers.add": lambda c, o: set_up.add(c.store, o, a_new_officer(c), "a few words together"),
    "officers.disable": lambda c, o: set_up.disable(c.store, o, "AAA-001"),
    "officers.enable": enabled,
    "officers.reset": lambda c, o: set_up.reset(c.store, o, "AAA-001", "a few words together"),
    "officers.grant": lambda c, o: set_up.grant(c.store, o, "AAA-001", "BBB", None),
    "officers.end_grant": regranted,
    "station_settings.all_stations": lambda c, o: station_settings.all_stations(c.store, o),
    "station_settings.change": lambda c, o: station_settings.change(c.store, o, "AAA", {Setting.ERASE_CLOSED: 31}),
}
"""All stations are an admin's to set up; nobody else's."""


def with_tips(call: Callable[[Tips, Tip], Any]) -> Callable[[City, Officer, int, Any], Any]:
    """A method of Tips on the prepared tip; what it tells when it tells nothing is the tip."""
    return lambda _c, o, _s, tip: lambda conn: call(Tips(conn, o), tip) or tip


def with_list(call: Callable[[TipList], Any]) -> Callable[[City, Officer, int, Any], Any]:
    return lambda c, o, s, _tip: lambda conn: call(TipList(conn, o, view(s), c.now))


def with_places(call: Callable[[Places, int], Any]) -> Callable[[City, Officer, int, Any], Any]:
    return lambda _c, o, s, _tip: lambda conn: call(Places(conn, o), s)


def over(call: Callable[[Connection, City, Officer, int], Any]) -> Callable[[City, Officer, int, Any], Any]:
    return lambda c, o, s, _tip: lambda conn: call(conn, c, o, s)


def walked(conn: Connection, officer: Officer) -> int:
    """How many chains were looked through."""
    found: list[int] = []
    chain.newest_faults(conn, officer, 5, found.append)
    return len(found)


def with_reveal(call: Callable[[Reveals, Reveal, City], Any]) -> Callable[[City, Officer, int, Any], Any]:
    return lambda c, o, _s, tip: lambda conn: call(Reveals(conn, o), c.reveals[tip.id], c) or tip


def with_hold(call: Callable[[Connection, Officer, Tip, City], object]) -> Callable[[City, Officer, int, Any], Any]:
    def made(city: City, officer: Officer, _station_id: int, tip: Tip) -> Callable[[Connection], Tip]:
        def write(conn: Connection) -> Tip:
            call(conn, officer, tip, city)
            return tip

        return write

    return made


def with_passing(call: Callable[[Passing], Any]) -> Callable[[City, Officer, int, Any], Any]:
    return lambda c, o, _s, tip: lambda conn: call(Passing(conn, o, tip, c.now)) and tip


def unopened(_tip_id: UUID, _station_id: int, _sealed: bytes) -> NewReporter:
    return NewReporter()


def admitted(city: City, officer: Officer, _station_id: int, tip: Tip) -> Any:
    def write(conn: Connection) -> Tip:
        passing = Passing(conn, officer, tip, city.now)
        arrival = make_ready(passing.whole(unopened, ()), city.now, passing.life("about an officer"))
        passing.admit(city.store.arrivals, arrival, sealing(city.vault))
        return tip

    return write


METHODS: Final[dict[str, Pattern]] = {
    "tips.Tips.one": Pattern(ONE_TIP, with_tips(lambda tips, tip: tips.one(tip.station_id, tip.id)), new),
    "tips.Tips.by_ref": Pattern(ONE_TIP, with_tips(lambda tips, tip: tips.by_ref(tip.ref)), new),
    "tips.Tips.file": Pattern(ONE_TIP, with_tips(lambda tips, tip: tips.file(tip)), new),
    "tips.Tips.move": Pattern(
        ONE_TIP, with_tips(lambda tips, tip: tips.move(tip, steps.note(tip, "x"), tip.received_at)), new
    ),
    "tips.Tips.move_on": Pattern(
        ONE_TIP, with_tips(lambda tips, tip: tips.move_on(tip, [steps.note(tip, "x")], tip.received_at)), new
    ),
    "tips.Tips.add_referral": Pattern(
        ONE_TIP, with_tips(lambda tips, tip: tips.add_referral(tip, 1, "", tip.received_at)), new
    ),
    "tips.Tips.agency_name": Pattern(ONE_TIP, with_tips(lambda tips, tip: tips.agency_name(tip.station_id, 1)), new),
    "tips.Tips.mark_seen": Pattern(
        ONE_TIP, with_tips(lambda tips, tip: tips.mark_seen([(tip.station_id, tip.id)])), new
    ),
    "tips.Tips.tell": Pattern(
        ONE_TIP,
        with_tips(
            lambda tips, tip: tips.tell(
                tip.station_id, tip.id, EventKind.REVEAL_ASKED, AuditAction.REVEAL_ASKED, tip.received_at
            )
        ),
        new,
    ),
    "reveals.Reveals.one": Pattern(ONE_TIP, with_reveal(lambda some, r, _c: some.one(r.station_id, r.n)), asked_for),
    "reveals.Reveals.open_at": Pattern(
        TIPS_QUIETLY, lambda c, o, _s, _tip: lambda conn: Reveals(conn, o).open_at(c.now), asked_by_another
    ),
    "reveals.Reveals.ask": Pattern(
        ONE_TIP, lambda c, o, _s, tip: lambda conn: Reveals(conn, o).ask(tip.station_id, tip.id, "x", "1", c.now), new
    ),
    "reveals.Reveals.answer": Pattern(
        ONE_TIP, with_reveal(lambda some, r, c: some.answer(r, approved=True, now=c.now)), asked_by_another
    ),
    "reveals.Reveals.show": Pattern(ONE_TIP, with_reveal(lambda some, r, c: some.show(r, c.now)), approved),
    "tips.Tips.check_version": Pattern(ONE_TIP, with_tips(lambda tips, tip: tips.check_version(tip)), new),
    "holds.add_hold": Pattern(
        ONE_TIP, with_hold(lambda conn, o, tip, c: holds.add_hold(conn, o, tip, hold(c), c.now)), closed
    ),
    "holds.end_hold": Pattern(ONE_TIP, with_hold(lambda conn, o, tip, c: holds.end_hold(conn, o, tip, 1, c.now)), held),
    "holds.take_back_put": Pattern(
        ONE_TIP, with_hold(lambda conn, o, tip, c: holds.take_back_put(conn, o, tip, c.now, c.now)), held
    ),
    "holds.take_back_ended": Pattern(
        ONE_TIP, with_hold(lambda conn, o, tip, c: holds.take_back_ended(conn, o, tip, c.now, "1")), held
    ),
    "oversight.Passing.whole": Pattern(ONE_TIP, with_passing(lambda one: one.whole(unopened, ())), new),
    "oversight.Passing.life": Pattern(ONE_TIP, with_passing(lambda one: one.life("about an officer")), new),
    "oversight.Passing.admit": Pattern(ONE_TIP, admitted, new),
    "tips.Tips.stations": Pattern(TIPS_QUIETLY, lambda _c, o, s, _tip: lambda conn: int(s in Tips(conn, o).stations())),
    "audit_log.AuditLog.total": Pattern(AUDIT_OF_ALL, over(lambda conn, _c, o, _s: AuditLog(conn, o).total())),
    "audit_log.AuditLog.page": Pattern(
        AUDIT_OF_ONE, over(lambda conn, _c, o, s: AuditLog(conn, o).page(asked(s), None, 9))
    ),
    "chain.ends": Pattern(CHAIN_OF_ONE, over(lambda conn, _c, o, _s: chain.ends(conn, o))),
    "chain.newest_faults": Pattern(CHAINS, over(lambda conn, _c, o, _s: walked(conn, o))),
    "undo.undo": Pattern(OWN_STEP, lambda c, o, _s, _tip: lambda conn: undo(Tips(conn, o), c.now), claimed),
    "tip_list.TipList.window": Pattern(TIPS_QUIETLY, with_list(lambda one: one.window(None, 0, 9))),
    "tip_list.TipList.window_at": Pattern(TIPS_QUIETLY, with_list(lambda one: one.window_at(0, 9))),
    "tip_list.TipList.count": Pattern(TIPS_QUIETLY, with_list(lambda one: one.count()[0])),
    "tip_list.TipList.next_unseen": Pattern(TIPS_QUIETLY, with_list(lambda one: one.next_unseen(None, newer=True))),
    "tip_list.TipList.keys": Pattern(TIPS_QUIETLY, with_list(lambda one: len(one.keys(most=9)))),
    "tip_list.ringing": Pattern(TIPS_QUIETLY, over(lambda conn, _c, o, s: tip_list.ringing(conn, o, [s]))),
    "counters.counts_of": Pattern(TIPS_QUIETLY, over(lambda conn, _c, o, s: counters.counts_of(conn, o, [s]))),
    "counters.tips_in": Pattern(TIPS_QUIETLY, over(lambda conn, _c, o, s: counters.tips_in(conn, o, [s], Status))),
    "feed.changes_after": Pattern(
        TIPS_QUIETLY, over(lambda conn, _c, o, s: feed.changes_after(conn, o, {s: 0})[0].events)
    ),
    "figures.figures_of": Pattern(TIPS_QUIETLY, over(lambda conn, c, o, _s: figures.figures_of(conn, o, c.now))),
    "listing.page": Pattern(TIPS_QUIETLY, over(lambda conn, c, o, s: listing.page(conn, o, view(s), c.now, None, 9))),
    "listing.station_codes": Pattern(OWN_STATIONS, over(lambda conn, _c, o, _s: listing.station_codes(conn, o))),
    "listing.officer_codes": Pattern(ALL_CODES, over(lambda conn, _c, o, _s: listing.officer_codes(conn, o))),
    "places.Places.stations": Pattern(OWN_STATIONS, with_places(lambda places, _s: places.stations())),
    "places.Places.station": Pattern(ONE_PLACE, with_places(lambda places, s: places.station(s))),
    "places.Places.colleagues": Pattern(
        ONE_PLACE, lambda c, o, s, _tip: lambda conn: Places(conn, o).colleagues(s, c.now)
    ),
    "places.Places.agencies": Pattern(ONE_PLACE, with_places(lambda places, s: places.agencies(s))),
    "places.Places.rooms": Pattern(PLACES, with_places(lambda places, _s: places.rooms())),
    "places.Places.branches": Pattern(PLACES, with_places(lambda places, s: places.branches(station_line(s), 0, 9))),
    "tree_search.TreeSearch.find": Pattern(
        PLACES, over(lambda conn, _c, o, s: TreeSearch(conn, o).find(f"m-{CODES[s]}"))
    ),
}
