"""The desk screen's life: it begins when the store is open, follows the feed, reads what is visible and shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.worker import Worker

from console.errors import ConsoleError, StoreDown
from console.model.change import Event
from console.model.view import TipFile, Window
from console.ui import keys
from console.ui.messages import DeskLocked, LookAgain
from console.ui.screens.curtain import Curtain
from console.ui.screens.finding import Finding
from console.ui.screens.freshness import RETRY_S, Freshness, Part
from console.ui.screens.going_on import GoingOn
from console.ui.screens.paned import PanedScreen
from console.ui.screens.reading import Reading
from console.ui.screens.sight import Sight
from console.ui.screens.truth import Truth
from console.ui.screens.written import WrittenDown
from console.ui.widgets.feed_picture import FeedState
from console.ui.widgets.room_pane import RoomPane
from console.ui.widgets.room_tree import RoomTree
from console.ui.widgets.tip_feed import TipFeed
from console.words import gettext as _

if TYPE_CHECKING:
    from console.ui.screens.open_desk import OpenDesk
    from console.ui.widgets.desk_header import DeskState


class LiveScreen(PanedScreen):
    """Painted before the store is open; `begin` gives it the open desk, `fail` says why there is none."""

    def __init__(self, *, now: Callable[[], datetime], keymap: dict[str, str], truth: Truth) -> None:
        super().__init__(now=now)
        self.keymap = keymap
        self.truth = truth
        self.desk: OpenDesk | None = None
        self.reading: Reading | None = None
        self.freshness: Freshness | None = None
        self.sight = Sight((), (0,))
        self.finding = Finding(self)
        self.curtain = Curtain(self)
        self.going_on = GoingOn(self)
        self.written: WrittenDown | None = None
        self._tree_waits = False
        """For the first tips: rooms are read after them."""

    def on_mount(self) -> None:
        self.feed.say(FeedState.LOADING, _("Opening the store…"))
        self.show_truth()
        self.set_interval(1.0, self._tick)

    def background(
        self, work: Callable[[], Coroutine[Any, Any, object]], *, group: str, exclusive: bool = False
    ) -> Worker[object]:
        """Start `work` in a worker; one that never comes to run leaves nothing unawaited behind."""
        return self.run_worker(work, group=group, exclusive=exclusive)

    def begin(self, desk: OpenDesk, *, intake_starts: bool = False) -> None:
        """Start working with the open desk; `intake_starts` when an intake is being seen to from now on."""
        self.desk = desk
        self.truth.begin(intake_starts=intake_starts)
        self.sight = Sight.of(desk.stations, desk.officer.station_id)
        self.reading = Reading(self, desk)
        self.freshness = Freshness(
            self.reading.read,
            self.reading.touched,
            is_away=lambda: self.feed.is_away,
            refused=lambda: self.post_message(LookAgain()),
        )
        self.feed.me = desk.officer.id
        self.written = WrittenDown(desk)
        self.background(self.written.keep, group="written-down", exclusive=True)
        self.background(self.freshness.keep, group="keep-fresh")
        self._tree_waits = True
        self.follow_anew()

    def machine_state(self) -> DeskState:
        """Counts, alarms and how the machine stands."""
        return self.truth.state(self)

    async def end(self) -> None:
        """Stop reading, so that the store can be closed."""
        if self.freshness is not None:
            await self.freshness.end()
        if self.written is not None:
            await self.written.end()

    def fail(self, sentence: str) -> None:
        """The store cannot be used: say so, and what to press, where the tips would be."""
        self.feed.say(FeedState.ERROR, _("{sentence} F5 tries again; Ctrl+Q leaves.").format(sentence=sentence))
        self.truth.failure = sentence
        self.show_truth()

    def try_again(self) -> None:
        """The store is being opened once more."""
        self.truth.failure = None
        self.feed.say(FeedState.LOADING, _("Opening the store…"))
        self.show_truth()

    def follow_anew(self) -> None:
        """Other stations are on the screen: list their tips and follow their feed."""
        self.feed.zone = self.sight.zone
        self._begin_list()
        self.background(self._follow, group="follow", exclusive=True)

    def switch_to(self, station_ids: Sequence[int]) -> bool:
        """List the tips of other stations, which is written down; False when none of them is granted or nothing
        changes."""
        if not self.sight.choose(station_ids):
            return False
        if self.written is not None:
            self.written.tell_switched(self.sight.shown)
        self.follow_anew()
        return True

    def tell_searched(self) -> None:
        """The search in force is finished: it is written down, its words hashed."""
        if self.written is not None:
            self.written.tell_searched(self.sight.query, self.sight.shown)

    def tell_listed(self) -> None:
        """What the search in force finds stands on the screen."""
        if self.written is not None:
            self.written.tell_listed(self.sight)

    @on(DeskLocked)
    def _settle_search(self) -> None:
        """Who was here goes, perhaps for good: what was listed as it was typed has been read."""
        if self.written is not None:
            self.written.settle()

    def tell_opened(self, file: TipFile | None) -> None:
        """The tip's words stand on the screen; of another station's tip that is written down."""
        if self.written is not None and file is not None:
            self.written.tell_opened(file.tip)

    def tell_closed(self) -> None:
        """No tip's words stand there."""
        if self.written is not None:
            self.written.tell_closed()

    async def _follow(self) -> None:
        """Read what stands on the screen once it is known where the counters stand, then follow from there: what
        happens meanwhile is told by the feed."""
        desk, reading, freshness = self.desk, self.reading, self.freshness
        if desk is None or reading is None or freshness is None:
            return
        stations = self.sight.chosen
        cursor = await reading.cursor_of(stations)
        self.ask_for(Part.ALL)
        await freshness.follow(desk.store.feed, desk.officer, cursor, stations)

    def list_anew(self) -> None:
        """Another list: from its top."""
        self._begin_list()
        self.ask_for(Part.ALL)

    def _begin_list(self) -> None:
        """Whoever asks for another list has decided where to go on."""
        self.going_on.decline()
        self.feed.start_over()
        if self.reading is not None:
            self.reading.drop()

    def hear(self, events: Iterable[Event]) -> None:
        """What has happened at the stations on the screen."""

    def ask_for(self, parts: Part) -> None:
        """These parts are to be read anew, now: a key or a step asks for it."""
        if self.freshness is not None:
            self.freshness.ask(parts, hurry=True)

    def on_panes_changed(self) -> None:
        self.ask_for(Part.DETAIL)

    def _tick(self) -> None:
        if self.truth.tick(self):
            self.app.bell()
        self.going_on.tick()
        self.show_truth()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def found(self) -> tuple[int, bool] | None:
        """How many tips match, and whether that is 'at least'; None while the search in force has no answer yet."""
        if self.reading is None or self.reading.view != self.sight.view:
            return None
        return self.reading.total, self.reading.total_is_capped

    def show_truth(self) -> None:
        """Header and sum, from what is known now."""
        self.truth.show(self)

    def show_found(self, window: Window) -> None:
        """What the list holds."""
        if self._tree_waits:
            self._tree_waits = False
            self.room_tree.ask_again()
        if not window.total:
            self.feed.say(FeedState.EMPTY, self.finding.nothing_words())
        self.status_line.standing = self.finding.found_words(window)
        if self.search_box.display and self.sight.text == self.search_box.text.strip():
            self.search_box.show_found(window.total, at_least=window.total_is_capped)

    def show_file(self, file: TipFile | None) -> None:
        """The tip under the cursor."""
        me = 0 if self.desk is None else self.desk.officer.id
        self.hurry()
        self.detail.show(file, me=me, zone=self.sight.zone, now=self.now)
        self.title_pane("detail", _("Detail") if file is None else file.tip.ref)
        self.refresh_bindings()

    def say(self, sentence: str, *, wrong: bool = False) -> None:
        """One sentence for the officer; it stays until the next key."""
        self.status_line.say(sentence, wrong=wrong)

    def say_dead(self, method: str, why: str) -> None:
        """Why a key did nothing: `i: It is already being investigated.`"""
        action = keys.action_of(method)
        key = "" if action is None else self.key_of(action.id)
        self.say(_("{key}: {why}").format(key=key, why=why) if key else why)

    def key_of(self, action_id: str) -> str:
        """The first key that calls the action, as people write it; '' when none does."""
        return next(iter(keys.keys_in_force(self.keymap, keys.action(action_id))), "")

    # ── what the panes ask for ───────────────────────────────────────────────────────────────────────────────────────
    @on(TipFeed.WindowWanted)
    def _read_window(self) -> None:
        self.ask_for(Part.WINDOW | self._detail_wanted)

    @on(TipFeed.Rested)
    def _read_detail(self) -> None:
        """A reading that moved the cursor to another tip goes on to that tip's file by itself, unless it has read one
        already."""
        if self._detail_wanted:
            self.ask_for(self._detail_wanted)
        self.refresh_bindings()

    @property
    def _detail_wanted(self) -> Part:
        is_read = self.reading is not None and self.reading.has_opened(self.feed.cursor_line)
        return Part.NONE if is_read else Part.DETAIL

    @on(RoomTree.ChildrenWanted)
    def _read_children(self, message: RoomTree.ChildrenWanted) -> None:
        if self.reading is not None:
            self.background(partial(self._fill, message), group="tree")

    async def _fill(self, message: RoomTree.ChildrenWanted) -> None:
        if self.reading is None:
            return
        try:
            await self.reading.children(message.branch, message.start, message.limit)
        except StoreDown:
            await asyncio.sleep(RETRY_S)
            self.room_tree.ask_again()
        except ConsoleError as error:
            self.say(error.message, wrong=True)

    @on(RoomPane.Sought)
    def _seek_in_tree(self, message: RoomPane.Sought) -> None:
        """Each letter's look-up takes the place of the one before it, which is broken off."""
        self.workers.cancel_group(self, "tree-filter")
        if message.text:
            self.background(partial(self._find_in_tree, message.text), group="tree-filter")

    async def _find_in_tree(self, text: str) -> None:
        if self.reading is None:
            return
        try:
            await self.reading.find_in_tree(text)
        except ConsoleError as error:
            self.say(error.message, wrong=True)
