"""The verbs of the desk screen: one action per key of the tip group, new tips, and where the cursor goes for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from textual.screen import ModalScreen

from console.errors import ConsoleError
from console.ui.keys import menu_actions
from console.ui.screens.live import LiveScreen
from console.ui.screens.questions import Questions
from console.ui.screens.revealing import Revealing
from console.ui.screens.steps import Steps, tip_of
from console.ui.screens.truth import Truth
from console.words import gettext as _

if TYPE_CHECKING:
    from console.model.change import Event
    from console.model.tip import TipLine

Answer = TypeVar("Answer")


class VerbScreen(LiveScreen):
    """What can be done to tips; each step runs in a worker of the group `tip-write`."""

    def __init__(
        self, *, now: Callable[[], datetime], keymap: dict[str, str], views: dict[str, str], truth: Truth
    ) -> None:
        super().__init__(now=now, keymap=keymap, truth=truth)
        self._views = views
        self.questions = Questions(self)
        self._steps = Steps(self, self.questions)
        self.revealing = Revealing(self)

    async def ask(self, question: ModalScreen[Answer], about: Collection[int] = ()) -> Answer | None:
        """Show a modal and wait for its answer, None when it was left or tells of tips of a station (`about`: their
        ids) that is not granted any more; only inside a worker."""
        from console.ui.modals.question import Question

        await self.curtain.until_unlocked()
        if self.desk is not None and not self.desk.officer.stations.issuperset(about):
            return None
        if isinstance(question, Question):
            question.about = frozenset(about)
        return await self.curtain.ask(question)

    async def end(self) -> None:
        """Seal what is shown of reporters, then stop reading."""
        await self.revealing.end()
        await super().end()

    async def withdraw(self, granted: Collection[int]) -> None:
        """Of the stations only these are granted now: seal and close what is of others, and stop reading until the
        desk begins again."""
        from console.ui.modals.question import Question

        self.revealing.withdraw(granted)
        for one in self.app.screen_stack:
            if isinstance(one, Question) and not one.about.issubset(granted):
                one.withdraw()
        await super().end()
        file = None if self.reading is None else self.reading.file
        if file is not None and file.tip.station_id not in granted:
            self.show_file(None)

    def hear(self, events: Iterable[Event]) -> None:
        self.revealing.hear(events)

    @property
    def has_words(self) -> bool:
        """Whether the officer has written something that is stored nowhere yet."""
        return self.questions.has_words

    def _work(self, work: Callable[..., Coroutine[Any, Any, None]], *values: object, group: str = "tip-write") -> None:
        self.background(partial(work, *values), group=group)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _step(self, method: str) -> None:
        self._work(self._steps.take, method)

    def action_claim_tip(self) -> None:
        self._step("claim_tip")

    def action_release_tip(self) -> None:
        self._step("release_tip")

    def action_claim_or_release(self) -> None:
        """F2: what is possible of the two."""
        self._step("release_tip" if self._steps.why_not("release_tip") is None else "claim_tip")

    def action_investigate_tip(self) -> None:
        self._step("investigate_tip")

    def action_refer_tip(self) -> None:
        self._step("refer_tip")

    def action_solve_tip(self) -> None:
        self._step("solve_tip")

    def action_close_tip(self) -> None:
        self._step("close_tip")

    def action_reopen_tip(self) -> None:
        self._step("reopen_tip")

    def action_note_tip(self) -> None:
        self._step("note_tip")

    def action_assign_tip(self) -> None:
        self._step("assign_tip")

    def action_link_duplicate(self) -> None:
        self._step("link_duplicate")

    def action_unlink_duplicate(self) -> None:
        self._step("unlink_duplicate")

    def action_set_urgency(self) -> None:
        self._step("set_urgency")

    def action_set_category(self) -> None:
        self._step("set_category")

    def action_close_not_police(self) -> None:
        self._step("close_not_police")

    def action_hold_tip(self) -> None:
        self._step("hold_tip")

    def action_end_hold(self) -> None:
        self._step("end_hold")

    def action_pass_to_oversight(self) -> None:
        self._step("pass_to_oversight")

    def alarm_elsewhere(self) -> TipLine | None:
        """The oldest alarm that rings, when the tip under the cursor does not and none is marked."""
        line = self.feed.cursor_line
        if self.reading is None or not self.reading.ringing or self.feed.marked or (line is not None and line.rings):
            return None
        return self.reading.ringing[0]

    def action_acknowledge_alarm(self) -> None:
        """Acknowledge the alarm under the cursor; one that rings elsewhere is shown first, to be read."""
        elsewhere = self.alarm_elsewhere()
        if elsewhere is None:
            self._step("acknowledge_alarm")
        else:
            self._work(self.finding.go_to_alarm, elsewhere, group="goto")

    def action_reveal_tip(self) -> None:
        self._work(self.revealing.take, group="reveals")

    def action_answer_reveal(self) -> None:
        self._work(self.revealing.answer, group="reveals")

    def action_undo(self) -> None:
        self._work(self._steps.undo)

    def action_copy_ref(self) -> None:
        line = self.feed.cursor_line
        if line is not None:
            self.app.copy_to_clipboard(line.ref)
            self.say(_("{ref} is in the clipboard.").format(ref=line.ref))

    def action_open_menu(self) -> None:
        self._work(self._menu)

    async def _menu(self) -> None:
        """What is chosen is done to the tips that the menu was opened on, or not at all: others go on under it."""
        line, marked = self.feed.cursor_line, self.feed.marked
        if line is None:
            return
        why_nots = {one.id: self.why_not(one.id) for one in menu_actions()}
        chosen = await self.questions.menu(tip_of(line), why_nots)
        if chosen is None:
            return
        now = self.feed.cursor_line
        if self.feed.marked == marked and (marked or (now is not None and now.id == line.id)):
            self.perform(chosen)
        else:
            words = _("{ref} has left the list meanwhile: nothing was done.")
            self.say(words.format(ref=line.ref), wrong=True)

    def perform(self, action_id: str) -> None:
        """Do an action as its key would."""
        raise NotImplementedError

    def why_not(self, action_id: str) -> str | None:
        """Why the action cannot be done now, or None."""
        raise NotImplementedError

    def saved_views(self) -> dict[str, str]:
        """The searches saved in the config's [views], by name."""
        return self._views

    # ── new tips ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def action_new_tip(self) -> None:
        self._work(self._new_tip)

    async def _new_tip(self) -> None:
        from console import desk as verbs

        if self.desk is None:
            return
        try:
            tip = await self.questions.new_tip()
            if tip is None:
                return
            receipts = await verbs.receive_tips(self.desk.store, self.desk.vault, [tip], officer=self.desk.officer)
        except ConsoleError as error:
            self.status_line.say(error.message, wrong=True, kept=self.questions.new_tip_kept is not None)
            return
        self.questions.new_tip_kept = None
        self.say(_("{ref} is on file.").format(ref=receipts[0].ref))
        if self.desk.officer.why_not_see(receipts[0].station_id) is None:  # a complaint is in the oversight lane
            await self.finding.go_to_ref(receipts[0].ref)
