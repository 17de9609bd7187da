"""The desk screen: every key of the desk, what it does and why it is dead; steps, finding and reading have their own
modules. The app pushes it first and gives it the open desk later."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.widgets import Input

from console.ui import keys
from console.ui.commands import BadCommand, read_command, suggestions
from console.ui.messages import DoAction, GoToTip, OpenAgain, Say, ShowQuery
from console.ui.screens.desk_verbs import VerbScreen
from console.ui.screens.freshness import Part
from console.ui.screens.steps import VERBS
from console.ui.widgets.command_line import CommandLine
from console.ui.widgets.key_line import KeyHint
from console.ui.widgets.room_tree import RoomTree
from console.ui.widgets.search_box import SearchBox
from console.ui.widgets.tip_detail import TipDetail
from console.ui.widgets.tip_feed import TipFeed
from console.words import gettext as _


class DeskScreen(VerbScreen):
    """The duty desk, driven by `ui/keys.py`."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings_for("desk")]

    # ── keys that are dead ───────────────────────────────────────────────────────────────────────────────────────────
    def why_not(self, action_id: str) -> str | None:
        """Why the action cannot be done now, or None."""
        method = keys.action(action_id).method
        if method in VERBS:
            if method == "acknowledge_alarm" and self.alarm_elsewhere() is not None:
                return None
            return self._steps.why_not(method)
        if method == "reveal_tip":
            return self.revealing.why_not()
        if method in ("claim_or_release", "copy_ref", "open_menu") and self.feed.cursor_line is None:
            return _("There is no tip under the cursor.")
        if self.desk is None and method in (
            "undo",
            "new_tip",
            "switch_station",
            "search",
            "filter",
            "next_unseen",
            "answer_reveal",
        ):
            return _("The store is not open.")
        if method == "go_on" and self.going_on.offer is None:
            return _("No console broke off before this one, or you have decided about it.")
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        one = keys.action_of(action)
        if one is None or one.group not in ("tip", "desk") or not self.is_mounted:
            return True
        return True if self.why_not(one.id) is None else None

    def answer_key(self, event: events.Key) -> None:
        """Say why a dead key is dead; say what to press when an input method swallows the letters. The app calls it,
        after all keys before this one have had their effect."""
        self.status_line.hush()
        if isinstance(self.focused, Input):
            return
        one = keys.action_on(event.key, ("tip", "desk"), self.keymap)
        if one is not None:
            why = self.why_not(one.id)
            if why is not None:
                self.say_dead(one.method, why)
                event.stop()
                event.prevent_default()
        elif event.character and unicodedata.east_asian_width(event.character[0]) in "WF":
            self.say(_("Input method is on: use F-keys or digits."))

    def refresh_bindings(self) -> None:
        """The footer follows what can be done."""
        super().refresh_bindings()
        if self.is_mounted:
            self._show_keys()

    def _show_keys(self) -> None:
        hints = []
        for one in keys.footer_actions():
            names = keys.keys_in_force(self.keymap, one)
            if names:
                hints.append(KeyHint(names[0], one.words, self.why_not(one.id) is None))
        self.key_line.show(hints)

    # ── what palette, menu and command line do ───────────────────────────────────────────────────────────────────────
    def perform(self, action_id: str) -> None:
        """Do an action as its key would."""
        why, one = self.why_not(action_id), keys.action(action_id)
        if why is not None:
            self.say_dead(one.method, why)
            return
        node = self.app if one.group == "app" else self
        self.background(partial(self.app.run_action, one.method, node), group="perform")

    def show_query(self, query: str) -> None:
        self.finding.show(query)

    def other_stations(self) -> list[tuple[int, str]]:
        return self.finding.other_stations()

    def show_station(self, station_id: int) -> None:
        self.finding.show_stations([station_id])

    @on(DoAction)
    def _do_action(self, message: DoAction) -> None:
        self.perform(message.action_id)

    @on(ShowQuery)
    def _show_query(self, message: ShowQuery) -> None:
        self.finding.show(message.query)

    @on(GoToTip)
    def _go_to_tip(self, message: GoToTip) -> None:
        self._work(self.finding.go_to_ref, message.ref, group="goto")

    @on(Say)
    def _say(self, message: Say) -> None:
        self.say(message.sentence, wrong=message.wrong)

    # ── what the widgets tell ────────────────────────────────────────────────────────────────────────────────────────
    @on(TipFeed.Opened)
    def _open(self) -> None:
        self.go_to_pane("detail")

    @on(TipFeed.MarkedChanged)
    def _count_marks(self, message: TipFeed.MarkedChanged) -> None:
        self.sum_line.show_marked(message.count)
        self.refresh_bindings()

    @on(TipDetail.LinkChosen)
    def _open_link(self, message: TipDetail.LinkChosen) -> None:
        self._work(self.finding.go_to_ref, message.ref, group="goto")

    @on(RoomTree.BranchChosen)
    def _list_branch(self, message: RoomTree.BranchChosen) -> None:
        self.finding.show_branch(message.branch)
        self.go_to_pane("feed")

    @on(SearchBox.Typed)
    def _search_as_typed(self, message: SearchBox.Typed) -> None:
        if type(message) is SearchBox.Typed:
            self.finding.type(message.text)

    @on(SearchBox.Taken)
    def _take_search(self, message: SearchBox.Taken) -> None:
        """A search with a wrong term stays to be mended."""
        if self.finding.type(message.text):
            self.tell_searched()
            self._leave_line()

    @on(CommandLine.Left)
    def _leave_line(self) -> None:
        """Back to the tips; what was searched for stays."""
        self.search_box.end()
        self.command_line.end()
        self.status_line.display = True
        self.go_to_pane("feed")

    @on(SearchBox.Left)
    def _end_search(self) -> None:
        """What was listed as it was typed has been read."""
        self.tell_searched()
        self._leave_line()
        self.finding.show("")

    @on(CommandLine.Entered)
    def _follow_command(self, message: CommandLine.Entered) -> None:
        self._leave_line()
        try:
            command = read_command(message.line, self._views)
        except BadCommand as error:
            self.say(str(error), wrong=True)
            return
        if command.verb == "search":
            self.finding.show(command.argument)
        elif command.verb == "goto":
            self._work(self.finding.go_to_ref, command.argument, group="goto")
        elif command.verb == "theme":
            self.app.theme = command.argument
        elif command.verb == "view":
            self.finding.show(self._views[command.argument])
        else:
            self.perform(command.argument)

    # ── the desk's own keys ──────────────────────────────────────────────────────────────────────────────────────────
    def action_search(self) -> None:
        self.command_line.end()
        self.status_line.display = False
        self.search_box.begin(self.sight.text)

    def action_filter(self) -> None:
        self._work(self._choose_filter, group="ask")

    async def _choose_filter(self) -> None:
        chosen = await self.questions.filter()
        if chosen is not None:
            self.finding.show(chosen)

    def action_switch_station(self) -> None:
        self._work(self._choose_stations, group="ask")

    async def _choose_stations(self) -> None:
        chosen = await self.questions.stations()
        if chosen:
            self.finding.show_stations(list(chosen))

    def action_previous_station(self) -> None:
        self.finding.step_station(-1)

    def action_next_station(self) -> None:
        self.finding.step_station(1)

    def action_next_unseen(self) -> None:
        self._work(partial(self.finding.go_to_unseen, newer=False), group="goto")

    def action_previous_unseen(self) -> None:
        self._work(partial(self.finding.go_to_unseen, newer=True), group="goto")

    def action_go_on(self) -> None:
        self._work(self.going_on.go, group="goto")

    def action_refresh_all(self) -> None:
        if self.desk is None:
            self.post_message(OpenAgain())
            return
        self.ask_for(Part.ALL)
        self.room_tree.ask_again()
        self.refresh(layout=True)
        self.say(_("Everything is being read again."))

    def action_back(self) -> None:
        """End the rooms' filter where it is, else let an offer go, close what is open, then unmark, then end the
        search."""
        if self.focused_pane == "tree" and self.room_pane.end_filter():
            return
        if self.going_on.decline():
            return
        if self.close_pane():
            return
        if self.feed.marked:
            self.feed.unmark()
        elif self.sight.text:
            self.finding.show("")
        else:
            self.set_focus(self.feed)

    def action_command_line(self) -> None:
        self.search_box.end()
        self.status_line.display = False
        self.command_line.begin(suggestions(self._views))

    def action_show_help(self) -> None:
        from console.ui.screens.help import HelpScreen

        ids = (one.id for one in keys.ACTIONS)
        why_nots = {one: why for one in ids if (why := self.why_not(one)) is not None}
        self.app.push_screen(HelpScreen(self.focused_pane, self.keymap, why_nots))
