"""What is not a police matter is as good as erased after its 24 hours, whether or not the run came that erases it: no
verb brings its words back. On both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from console import desk
from console.desk import reveals
from console.errors import NotAllowed
from console.model.hold import HoldKind, NewHold
from console.model.incoming import NewReporter, NewTip
from console.model.query import Query
from console.model.tip import Category, CloseReason, Status, Tip, TipLine, Urgency
from console.model.view import View
from tests.desk.conftest import Desk
from tests.desk.test_erasing import WORDS, Clock, full_tip
from tests.passwords import PASSWORD

Verb = Callable[[Desk, Tip], Awaitable[object]]


def court(station: Desk) -> NewHold:
    return NewHold(HoldKind.COURT, "Hearing", "118", station.store.now() + timedelta(hours=9))


def far(station: Desk) -> datetime:
    return station.store.now() + timedelta(days=9)


def lane(station: Desk, tip: Tip) -> Awaitable[Tip]:
    return desk.pass_to_oversight(station.store, station.zhou, tip, station.vault, "It names a patrol")


VERBS: dict[str, Verb] = {
    "claim": lambda at, tip: desk.claim_tip(at.store, at.zhou, tip),
    "release": lambda at, tip: desk.release_tip(at.store, at.zhou, tip),
    "investigate": lambda at, tip: desk.investigate_tip(at.store, at.zhou, tip),
    "refer": lambda at, tip: desk.refer_tip(at.store, at.zhou, tip, 1),
    "solve": lambda at, tip: desk.solve_tip(at.store, at.zhou, tip),
    "close": lambda at, tip: desk.close_tip(at.store, at.zhou, tip, CloseReason.NO_ACTION),
    "reopen": lambda at, tip: desk.reopen_tip(at.store, at.zhou, tip),
    "note": lambda at, tip: desk.note_tip(at.store, at.zhou, tip, "what it said"),
    "assign": lambda at, tip: desk.assign_tip(at.store, at.zhou, tip, 2),
    "urgency": lambda at, tip: desk.set_urgency(at.store, at.zhou, tip, Urgency.PRIORITY),
    "category": lambda at, tip: desk.set_category(at.store, at.zhou, tip, Category.FIRE),
    "link": lambda at, tip: desk.link_duplicate(at.store, at.zhou, tip, tip.ref),
    "unlink": lambda at, tip: desk.unlink_duplicate(at.store, at.zhou, tip),
    "acknowledge": lambda at, tip: desk.acknowledge_alarm(at.store, at.zhou, tip),
    "hold": lambda at, tip: desk.hold_tip(at.store, at.zhou, tip, court(at)),
    "pass": lane,
    "reveal": lambda at, tip: reveals.ask_reveal(at.store, at.zhou, tip, "threatened", "A-1"),
}


async def closed(station: Desk) -> Tip:
    """Claimed by the officer who says that it is no police matter."""
    tip = await desk.claim_tip(station.store, station.zhou, await full_tip(station))
    return await desk.close_not_police(station.store, station.zhou, tip)


@pytest.mark.parametrize("name", VERBS)
async def test_no_verb_is_done_to_what_is_hidden(station: Desk, name: str) -> None:
    """Neither with the tip as it was seen before, nor with what is shown of it now."""
    clock = Clock(station.store)
    seen = await closed(station)
    clock.forward(hours=25)
    for tip in (seen, await station.tip_again(seen)):
        with pytest.raises(NotAllowed, match="words are erased"):
            await VERBS[name](station, tip)
    after = await station.tip_again(seen)
    assert (after.version, after.status, after.text) == (seen.version, Status.CLOSED, "")


async def test_within_its_hours_it_is_reopened(station: Desk) -> None:
    clock = Clock(station.store)
    tip = await closed(station)
    clock.forward(hours=23)
    assert (await desk.reopen_tip(station.store, station.zhou, tip)).text.startswith("Dice")


async def test_what_a_court_holds_is_worked_on_until_the_hold_ends(station: Desk) -> None:
    clock = Clock(station.store)
    tip = await closed(station)
    clock.forward(hours=23)
    tip = await desk.hold_tip(station.store, station.zhou, tip, court(station))
    clock.forward(hours=2)
    tip = await desk.note_tip(station.store, station.zhou, tip, "the court called")
    tip = await desk.hold_tip(station.store, station.zhou, tip, court(station))
    clock.forward(hours=10)
    with pytest.raises(NotAllowed, match="words are erased"):
        await desk.reopen_tip(station.store, station.zhou, tip)


async def line_of(station: Desk, tip: Tip) -> TipLine:
    window = await desk.tip_window(station.store, station.zhou, View((1,), Query(), ended_too=True))
    return next(line for line in window.lines if line.id == tip.id)


async def test_the_line_of_what_a_court_holds_has_its_words_until_the_hold_ends(station: Desk) -> None:
    clock, store = Clock(station.store), station.store
    tip = await closed(station)
    clock.forward(hours=23)
    assert not (await line_of(station, tip)).is_erased
    tip = await desk.hold_tip(store, station.zhou, tip, court(station))
    clock.forward(hours=2)
    line = await line_of(station, tip)
    assert (line.head[:4], line.place, line.is_erased) == ("Dice", "Gate 7", False)
    clock.forward(hours=7)
    assert (await line_of(station, tip)).is_erased


async def test_the_line_of_a_hold_that_was_ended_is_hidden_at_once(station: Desk) -> None:
    clock, store = Clock(station.store), station.store
    tip = await desk.hold_tip(store, station.zhou, await closed(station), replace(court(station), ends_at=far(station)))
    clock.forward(hours=25)
    assert not (await line_of(station, tip)).is_erased
    await desk.end_hold(store, station.chen, tip, 1)
    assert (await line_of(station, tip)).is_erased
    clock.forward(seconds=1)
    await desk.undo(store, station.chen)
    assert not (await line_of(station, tip)).is_erased


async def test_a_hold_shorter_than_the_hours_hides_nothing_sooner(station: Desk) -> None:
    clock = Clock(station.store)
    tip = await desk.hold_tip(station.store, station.zhou, await closed(station), court(station))
    clock.forward(hours=10)
    assert not (await line_of(station, tip)).is_erased
    clock.forward(hours=15)
    assert (await line_of(station, tip)).is_erased


async def test_a_reveal_approved_before_is_not_shown_after(station: Desk) -> None:
    clock = Clock(station.store)
    reporter = NewReporter("Person One", "13900000001", "guard", "heron-1")
    (receipt,) = await station.take(NewTip(WORDS, "test", "1", room="JNL-12", reporter=reporter))
    tip = await desk.close_not_police(station.store, station.zhou, await station.tip(receipt))
    clock.forward(hours=23, minutes=55)
    asked = await reveals.ask_reveal(station.store, station.zhou, tip, "threatened", "A-1")
    ready = await reveals.approve_reveal(station.store, station.zhou, asked, "JNL-002", PASSWORD, "desk-1")
    clock.forward(minutes=6)
    with pytest.raises(NotAllowed, match="words are erased"):
        await reveals.show_reveal(station.store, station.zhou, ready, station.vault)
