"""A tip's life as two officers may live it, each with what they last saw of it: after every step, undo and refusal the
store says what the model's rules say; the feed and the counter rows agree. Hypothesis looks for a way that does not."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from console import desk
from console.errors import NotAllowed, TipMovedOn
from console.model.change import Cursor, Event, EventKind
from console.model.incoming import NewTip
from console.model.officer import Officer
from console.model.station import EraseAfter
from console.model.step import clocked
from console.model.tip import Tip, Urgency
from console.store import Store
from console.store.feed import changes_after
from console.vault import Vault
from tests.desk.conftest import Desk, furnished
from tests.desk.test_tips import counters_hold
from tests.faults.life import VERBS, Done, Truth, Verb
from tests.faults.tally import Tally

T = TypeVar("T")

_TIPS, _OFFICERS = st.integers(0, 1), st.integers(0, 1)
_SLICE = 3
"""Events the feed hands out at once here, so that a cursor has to stand between them."""


class Office:
    """One engine's store with a clock that the test moves, and the loop it lives in; counts what was tried."""

    def __init__(self, runner: asyncio.Runner, url: str, vault: Vault) -> None:
        self.now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
        self.lives = self.taken = self.refused = self.told = self.undone = 0
        self._runner = runner
        self.store: Store = self.run(Store.open(url, now=lambda: self.now))
        self.desk: Desk = self.run(furnished(self.store, vault))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def tick(self, by: timedelta = timedelta(seconds=1)) -> None:
        """No two actions at the same instant."""
        self.now += by


class TipLife(RuleBasedStateMachine):
    """Two tips of a station and its two officers."""

    office: Office

    @initialize(urgency=st.sampled_from(Urgency))
    def tips_arrive(self, urgency: Urgency) -> None:
        office = self.office
        office.lives += 1
        office.tick(timedelta(hours=2))  # what was done in the life before is too old to be undone
        self.officers = (office.desk.zhou, office.desk.lin)
        self.cursor: Cursor = {1: office.run(desk.counts(office.store, self.officers[0], [1]))[1].event_seq}
        new = [NewTip(f"words {n}", "life", f"{office.lives}/{n}", room="JNL-12", urgency=urgency) for n in range(2)]
        tips = [office.run(office.desk.tip(receipt)) for receipt in office.run(office.desk.take(*new))]
        received = partial(Done, None, EventKind.RECEIVED, office.now, 1, None)
        self.truths = [Truth(tip, [received(tip.status)]) for tip in tips]
        self.seen = [list(tips), list(tips)]
        self.events = [(tip.id, truth.done[0]) for tip, truth in zip(tips, self.truths, strict=True)]

    @rule(which=_TIPS, who=_OFFICERS)
    def look(self, which: int, who: int) -> None:
        self.seen[who][which] = self._read(which)

    @rule(which=_TIPS, who=_OFFICERS, name=st.sampled_from(sorted(VERBS)))
    def ask(self, which: int, who: int, name: str) -> None:
        """A verb that a rule may forbid."""
        self._act(which, who, name)

    @rule(which=_TIPS, who=_OFFICERS, pick=st.integers(0, 59))
    def act(self, which: int, who: int, pick: int) -> None:
        """A verb that no rule forbids to this officer, by what he has seen."""
        seen, officer = self.seen[who][which], self.officers[who]
        allowed = [name for name in sorted(VERBS) if VERBS[name].why_not(seen, officer) is None]
        self._act(which, who, allowed[pick % len(allowed)])

    def _act(self, which: int, who: int, name: str) -> None:
        """With the tip as this officer last saw it, which another may have moved on."""
        office, officer, seen, truth = self.office, self.officers[who], self.seen[who][which], self.truths[which]
        office.tick()
        if VERBS[name].why_not(seen, officer) is not None:
            self._is_refused(VERBS[name], officer, seen)
        elif seen.version != truth.tip.version:
            self.seen[who][which] = self._told(VERBS[name], officer, seen, truth)
        else:
            after = office.run(_as_coroutine(VERBS[name], office.store, officer, seen))
            for step in VERBS[name].steps(seen, officer, office.now):
                truth.take(clocked(step, EraseAfter(), office.now), officer, office.now)
                self.events.append((seen.id, truth.done[-1]))
            office.taken += 1
            self.seen[who][which] = after
            assert _plain(after) == _plain(truth.tip)

    @rule(who=_OFFICERS)
    def undo(self, who: int) -> None:
        office, officer = self.office, self.officers[who]
        office.tick()
        own = self._own_last(officer)
        if own is None or self._is_worked_on_since(*own):
            with pytest.raises(NotAllowed):
                office.run(desk.undo(office.store, officer))
            office.refused += 1
            return
        truth, last = own
        _event, after = office.run(desk.undo(office.store, officer))
        while own is not None and own[0] is truth and own[1].at == last.at:
            truth.undo(own[1], officer, office.now)
            self.events.append((truth.tip.id, truth.done[-1]))
            own = self._own_last(officer)
        office.undone += 1
        assert _plain(after) == _plain(truth.tip)

    def teardown(self) -> None:
        if not hasattr(self, "truths"):
            return
        for which, truth in enumerate(self.truths):
            assert _plain(self._read(which)) == _plain(truth.tip)
        told = [(event.tip_id, *_said(event)) for event in self._feed()]
        assert told == [(tip_id, *_said(done)) for tip_id, done in self.events], "the feed tells another life"
        self.office.run(counters_hold(self.office.store))

    def _is_refused(self, verb: Verb, officer: Officer, seen: Tip) -> None:
        with pytest.raises(NotAllowed):
            self.office.run(_as_coroutine(verb, self.office.store, officer, seen))
        self.office.refused += 1

    def _told(self, verb: Verb, officer: Officer, seen: Tip, truth: Truth) -> Tip:
        """The tip as the officer is told it is now."""
        told: TipMovedOn | None = None
        try:
            self.office.run(_as_coroutine(verb, self.office.store, officer, seen))
        except TipMovedOn as moved_on:
            told = moved_on
        assert told is not None, f"{officer.code} was not told that the tip moved on"
        assert _plain(told.now) == _plain(truth.tip)
        self.office.told += 1
        return told.now

    def _own_last(self, officer: Officer) -> tuple[Truth, Done] | None:
        """The officer's newest step that is not undone."""
        ids = {truth.tip.id: truth for truth in self.truths}
        own = [(ids[tip_id], done) for tip_id, done in self.events if done.officer_id == officer.id and done.is_step]
        return own[-1] if own else None

    def _is_worked_on_since(self, truth: Truth, last: Done) -> bool:
        return any(done.is_step for done in truth.done[truth.done.index(last) + 1 :])

    def _read(self, which: int) -> Tip:
        return self.office.run(self.office.desk.tip_again(self.truths[which].tip))

    def _feed(self) -> list[Event]:
        """Everything since the tips arrived, by the cursor, in slices."""
        events: list[Event] = []
        cursor, is_all = dict(self.cursor), False
        while not is_all:
            read = partial(changes_after, officer=self.office.desk.chen, cursor=dict(cursor), limit=_SLICE)
            changes, is_all = self.office.run(self.office.store.read(read))
            events += changes.events
            cursor = changes.cursor
        return events


def _as_coroutine(verb: Verb, store: Store, officer: Officer, tip: Tip) -> Coroutine[Any, Any, Tip]:
    async def take() -> Tip:
        return await verb.take(store, officer, tip)

    return take()


def _plain(tip: Tip) -> Tip:
    """Without the codes that the store looks up beside the ids."""
    return replace(tip, claimed_code=None, room_code=None)


def _said(event: Event | Done) -> tuple[object, ...]:
    words = (event.kind, event.at, event.version, event.from_status, event.to_status, event.officer_id)
    return (*words, event.is_undone if isinstance(event, Done) else event.undone)


def live(url: str, folder: Path, tally: Tally, lives: int) -> None:
    """So many lives of so many steps; steps, refusals and officers told in time must have come up."""
    with asyncio.Runner() as runner:
        office = Office(runner, url, Vault.open(folder / "vault.key", create=True))
        machine = seed(tally.seed)(type("Life", (TipLife,), {"office": office}))
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=lives,
                    stateful_step_count=30,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            office.run(office.store.close())
            tally.say(lives=office.lives, steps=office.taken, undone=office.undone)
            tally.say(refused=office.refused, told_that_it_moved_on=office.told)
    assert min(office.taken, office.refused, office.told) > 0


@pytest.mark.timeout(300)
def test_a_tips_life(store_url: str, tmp_path: Path, tally: Tally) -> None:
    live(store_url, tmp_path, tally, lives=15)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_lives(store_url: str, tmp_path: Path, tally: Tally) -> None:
    live(store_url, tmp_path, tally, lives=tally.share_of(400))
