"""What is asked before a step: each verb's modal, fed with what the store says, answered with the verb's arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from console.model.tip import Tip, TipLine
from console.words import ngettext

if TYPE_CHECKING:
    from console.model.hold import NewHold
    from console.model.incoming import NewTip
    from console.ui.modals.question import Question
    from console.ui.screens.desk_verbs import VerbScreen
    from console.ui.screens.open_desk import OpenDesk

Answer = tuple[object, ...]
Given = TypeVar("Given")


class Questions:
    """Asks on behalf of one desk screen; every answer is None when the officer left the question. Raises
    ConsoleError."""

    def __init__(self, screen: VerbScreen) -> None:
        self._screen = screen
        self._drafts: dict[tuple[str, UUID], str] = {}
        self.new_tip_kept: NewTip | None = None
        """The tip by hand that was written but is not filed yet."""

    @property
    def _desk(self) -> OpenDesk:
        desk = self._screen.desk
        assert desk is not None  # noqa: S101 - asked only after `Steps.why_not`
        return desk

    async def ask(self, method: str, tip: Tip, *, many: int = 1) -> Answer | None:
        """The arguments for the desk function `method` beside the tip; () when it needs none."""
        question = getattr(self, f"_ask_{method}", None)
        if question is None:
            return ()
        answer: Answer | None = await question(tip)
        return answer

    @property
    def has_words(self) -> bool:
        """Whether anything was written that is stored nowhere yet."""
        return bool(self._drafts) or self.new_tip_kept is not None

    def has_draft(self, method: str, tip_id: UUID) -> bool:
        """Whether words were written for this step that have not been stored."""
        return (method, tip_id) in self._drafts

    def settle_draft(self, method: str, tip_id: UUID, still_for: Sequence[UUID] = ()) -> None:
        """The words are stored now, but for these tips."""
        words = self._drafts.pop((method, tip_id), "")
        if words:
            self._drafts |= {(method, one): words for one in still_for}

    async def _write(self, method: str, tip: Tip, question: Question[Given]) -> Given | None:
        """Ask what is answered in words, beginning with those of last time if they came to nothing. The words stay a
        draft, in memory only, until `settle_draft` says that they are stored."""
        question.draft = self._drafts.get((method, tip.id), "")
        answer = await self._screen.ask(question, {tip.station_id})
        self._drafts.pop((method, tip.id), None)
        if question.draft:
            self._drafts[method, tip.id] = question.draft
        return answer

    async def sure(self, words: str, lines: Sequence[TipLine]) -> bool:
        """Whether the verb is meant for all the marked tips."""
        from console.ui.modals.confirm import Confirm

        question = ngettext("{words}: do it to the marked tip?", "{words}: do it to the {n} marked tips?", len(lines))
        answer = await self._screen.ask(
            Confirm(question.format(words=words, n=len(lines))), {one.station_id for one in lines}
        )
        return bool(answer)

    async def _ask_refer_tip(self, tip: Tip) -> Answer | None:
        from console import desk as verbs
        from console.ui.modals.refer_tip import ReferTip

        agencies = await verbs.agencies(self._desk.store, self._desk.officer, tip.station_id)
        return await self._write("refer_tip", tip, ReferTip(tip, agencies))

    async def _ask_solve_tip(self, tip: Tip) -> Answer | None:
        from console.ui.modals.solve_tip import SolveTip

        words: str | None = await self._write("solve_tip", tip, SolveTip(tip))
        return _one(words)

    async def _ask_close_tip(self, tip: Tip) -> Answer | None:
        from console.ui.modals.close_tip import CloseTip

        return await self._write("close_tip", tip, CloseTip(tip))

    async def _ask_reopen_tip(self, tip: Tip) -> Answer | None:
        from console.ui.modals.reopen_tip import ReopenTip

        words: str | None = await self._write("reopen_tip", tip, ReopenTip(tip))
        return _one(words)

    async def _ask_note_tip(self, tip: Tip) -> Answer | None:
        from console.ui.modals.note_tip import NoteTip

        words: str | None = await self._write("note_tip", tip, NoteTip(tip))
        return _one(words)

    async def _ask_reveal_tip(self, tip: Tip) -> Answer | None:
        from console.ui.modals.ask_reveal import AskReveal

        return await self._write("reveal_tip", tip, AskReveal(tip))

    async def _ask_assign_tip(self, tip: Tip) -> Answer | None:
        from console import desk as verbs
        from console.ui.modals.assign_tip import AssignTip

        colleagues = await verbs.colleagues(self._desk.store, self._desk.officer, tip.station_id)
        return _one(await self._screen.ask(AssignTip(tip, colleagues), {tip.station_id}))

    async def _ask_link_duplicate(self, tip: Tip) -> Answer | None:
        from console import desk as verbs
        from console.ui.modals.link_duplicate import LinkDuplicate

        file = await verbs.tip_file(self._desk.store, self._desk.officer, tip.station_id, tip.id)
        refs = tuple(dict.fromkeys(ref for link in file.links for ref in link.refs))
        return _one(await self._screen.ask(LinkDuplicate(tip, refs), {tip.station_id}))

    async def _ask_set_urgency(self, tip: Tip) -> Answer | None:
        from console.ui.modals.set_urgency import SetUrgency

        return _one(await self._screen.ask(SetUrgency(tip), {tip.station_id}))

    async def _ask_set_category(self, tip: Tip) -> Answer | None:
        from console.ui.modals.set_category import SetCategory

        return _one(await self._screen.ask(SetCategory(tip), {tip.station_id}))

    async def _ask_hold_tip(self, tip: Tip) -> Answer | None:
        from console.ui.modals.hold_tip import HoldTip

        zone = next((one.zone for one in self._desk.stations if one.id == tip.station_id), UTC)
        store = self._desk.store
        hold: NewHold | None = await self._write("hold_tip", tip, HoldTip(tip, lambda: store.now().astimezone(zone)))
        return _one(hold)

    async def _ask_end_hold(self, tip: Tip) -> Answer | None:
        from console import desk as verbs
        from console.ui.modals.end_hold import EndHold

        store = self._desk.store
        file = await verbs.tip_file(store, self._desk.officer, tip.station_id, tip.id)
        in_force = [one for one in file.holds if one.is_in_force(store.now())]
        return _one(await self._screen.ask(EndHold(tip, in_force), {tip.station_id}))

    async def _ask_pass_to_oversight(self, tip: Tip) -> Answer | None:
        from console.ui.modals.pass_to_oversight import PassToOversight

        answer = await self._write("pass_to_oversight", tip, PassToOversight(tip))
        return None if answer is None else (self._desk.vault, *answer)

    async def menu(self, tip: Tip, why_nots: Mapping[str, str | None]) -> str | None:
        """The id of the action chosen in the F4 menu."""
        from console.ui.modals.status_menu import StatusMenu

        return await self._screen.ask(StatusMenu(tip, why_nots), {tip.station_id})

    async def stations(self) -> tuple[int, ...] | None:
        """The stations to show."""
        from console.ui.modals.station_switch import StationSwitch

        return await self._screen.ask(StationSwitch(self._screen.sight.stations, self._screen.sight.chosen))

    async def filter(self) -> str | None:
        """The query of a usual search or a saved view."""
        from console.ui.modals.choose_filter import ChooseFilter

        return await self._screen.ask(ChooseFilter(self._screen.sight.text, self._screen.saved_views()))

    async def new_tip(self) -> NewTip | None:
        """A tip by phone or at the counter; the form begins with the one that could not be filed last time."""
        from console import desk as verbs
        from console.ui.modals.new_tip import NewTipForm

        rooms = await verbs.rooms(self._desk.store, self._desk.officer)
        form = NewTipForm(rooms, self._screen.sight.stations, again=self.new_tip_kept)
        self.new_tip_kept = await self._screen.ask(form)
        return self.new_tip_kept


def _one(answer: Given | None) -> Answer | None:
    return None if answer is None else (answer,)
