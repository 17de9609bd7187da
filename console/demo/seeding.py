"""Writes a synthetic city into a fresh store, through the desk like everybody; `taskroom seed` and `demo` run it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from console.demo.history import History, PastTip
from console.demo.places import City, make_city, members_of
from console.demo.plan import Plan
from console.demo.words import city_words
from console.desk.past import receive_past
from console.desk.receiving import make_ready
from console.desk.setup import add_members, add_places, is_empty, next_officer_id
from console.errors import NotAllowed
from console.model.referral import Referral, ReferralState
from console.store import Store
from console.vault import Vault

T = TypeVar("T")

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, done, total) after each batch."""

TIPS_A_TIME = 1_000
"""One transaction: a second's work, so that stopping is quick and the rate is near its best."""
MEMBERS_A_TIME = 5_000


class Seeding:
    """One run: `run` writes, `stop` ends it after the batch under way."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        plan: Plan,
        random_seed: int,
        on_progress: OnProgress,
        *,
        password: str | None = None,
    ) -> None:
        """`password` is the hash of the one password of all officers; without one none of them can sign in."""
        self._store = store
        self._vault = vault
        self._plan = plan
        self._seed = random_seed
        self._on_progress = on_progress
        self._password = password
        self._words = city_words()
        self._now = store.now().replace(second=0, microsecond=0)
        self._is_stopped = False

    def stop(self) -> None:
        self._is_stopped = True

    async def run(self) -> bool:
        """Write places, members and tips; False when it was stopped. Raises NotAllowed when something is set up."""
        if not await is_empty(self._store):
            raise NotAllowed("Stations are set up in this store already: seed a fresh one, with another --data DIR.")
        city = make_city(self._plan, self._seed, self._words, await next_officer_id(self._store))
        for stage, total, write in (
            ("stations", len(city.beats), self._write_places),
            ("members", self._plan.members, self._write_members),
            ("tips", self._plan.tips, self._write_tips),
        ):
            self._on_progress(stage, 0, total)
            await write(city)
        return not self._is_stopped

    async def _write_places(self, city: City) -> None:
        """District by district, so that each is whole or not there."""
        await add_places(self._store, districts=city.districts, stations=[beat.station for beat in city.beats])
        done = 0
        for district in city.districts:
            beats = [beat for beat in city.beats if beat.station.district_id == district.id]
            if self._is_stopped:
                return
            await add_places(
                self._store,
                officers=[one for beat in beats for one in beat.officers],
                password=self._password,
                agencies=[one for beat in beats for one in beat.agencies],
                rooms=[one for beat in beats for one in beat.rooms],
            )
            done += len(beats)
            self._on_progress("stations", done, len(city.beats))

    async def _write_members(self, city: City) -> None:
        every = (one for beat in city.beats for one in members_of(beat, self._seed, self._words, self._now))
        done = 0
        for members in _cut(every, MEMBERS_A_TIME):
            if self._is_stopped:
                return
            await add_members(self._store, members)
            done += len(members)
            self._on_progress("members", done, self._plan.members)

    async def _write_tips(self, city: City) -> None:
        history = History(self._plan, city, self._words, self._seed, self._now)
        ids = {beat.station.code: beat.station.id for beat in city.beats}
        done = 0
        for tips in _cut(history.tips(), TIPS_A_TIME):
            if self._is_stopped:
                return
            await self._receive(tips, ids)
            done += len(tips)
            self._on_progress("tips", done, self._plan.tips)

    async def _receive(self, tips: Sequence[PastTip], ids: dict[str, int]) -> None:
        arrivals = [make_ready(one.tip, one.received_at, one.life) for one in tips]
        referrals = []
        for one, arrival in zip(tips, arrivals, strict=True):
            if one.life.referred is None:
                continue
            code = (one.tip.station or one.tip.room or "").partition("-")[0]
            state = ReferralState.DONE if one.life.referred.is_done else ReferralState.SENT
            sent = one.life.referred
            referral = Referral(ids[code], arrival.id, 1, sent.agency_id, "", state, sent.note, sent.at)
            referrals.append((referral, sent.officer_id))
        await receive_past(self._store, self._vault, arrivals, referrals)


def _cut(every: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(every, size)):
        yield batch
