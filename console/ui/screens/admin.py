"""The admin's screen: all officers, who may sign in and for which stations; no tips. `Presence` pushes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker

from console.errors import ConsoleError
from console.ui.keys import actions_in, keys_in_force
from console.ui.text import as_content, fit, one_line
from console.ui.widgets.key_line import KeyHint, KeyLine
from console.ui.widgets.status_line import StatusLine
from console.words import gettext as _
from console.words import ngettext

if TYPE_CHECKING:
    from console.model.officer import Officer, RosterLine
    from console.store import Store

MOST_SHOWN = 500
"""Officers listed at once; a city has 5,500, of whom the filter finds one."""


class AdminScreen(Screen[None]):
    """One admin's; each change is asked for, done by the desk and read anew."""

    BINDINGS: ClassVar[list[BindingType]] = [one.binding() for one in actions_in("admin")]

    def __init__(self, store: Store, officer: Officer, *, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._store = store
        self._officer = officer
        self._keymap = keymap
        self._roster: list[RosterLine] = []
        self._list = OptionList(id="officers")
        self._filter = Input(id="filter", compact=True, placeholder=_("code or name"))
        self._head = Static(id="head")
        self._status = StatusLine()

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._filter
        yield self._list
        yield self._status
        yield KeyLine()

    def on_mount(self) -> None:
        self._filter.display = False
        self.set_focus(self._list)
        hints = [
            KeyHint(names[0], one.words, is_live=True)
            for one in actions_in("admin")
            if (names := keys_in_force(self._keymap, one))
        ]
        self.query_one(KeyLine).show(hints)
        self._start(self._read)

    def _start(self, work: Callable[[], Coroutine[Any, Any, object]]) -> Worker[object]:
        return self.run_worker(work, group="admin")

    # ── what stands there ────────────────────────────────────────────────────────────────────────────────────────────
    async def _read(self) -> None:
        from console.desk import officers

        try:
            self._roster = await officers.roster(self._store, self._officer)
        except ConsoleError as error:
            self._status.say(error.message, wrong=True)
        self._show()

    def _show(self) -> None:
        """The officers whose code or name has what is typed; the cursor stays on its officer."""
        at = self._line
        asked = self._filter.value.strip().casefold()
        found = [one for one in self._roster if asked in one.code.casefold() or asked in one.name.casefold()]
        who = f"{self._officer.code}  {one_line(self._officer.name, 40)} ({self._officer.role})"
        count = ngettext("{n} officer", "{n} officers", len(found)).format(n=f"{len(found):,}")
        if len(found) > MOST_SHOWN:
            count = _("{count}, the first {most} shown: / finds one").format(count=count, most=MOST_SHOWN)
        self._head.update(as_content(one_line(f"{who}  ·  {count}", 200)))
        shown = found[:MOST_SHOWN]
        self._list.clear_options()
        self._list.add_options([Option(_row(one), id=f"o{one.id}") for one in shown])
        numbers = {one.id: n for n, one in enumerate(shown)}
        self._list.highlighted = None if not shown else numbers.get(0 if at is None else at.id, 0)

    @property
    def _line(self) -> RosterLine | None:
        """The officer under the cursor."""
        option = self._list.highlighted_option
        return None if option is None else next((one for one in self._roster if f"o{one.id}" == option.id), None)

    @on(Input.Changed, "#filter")
    def _narrow(self) -> None:
        self._show()

    @on(Input.Submitted, "#filter")
    def _take_filter(self) -> None:
        self.set_focus(self._list)

    def action_find_officer(self) -> None:
        self._filter.display = True
        self.set_focus(self._filter)

    def action_all_officers(self) -> None:
        self._filter.value = ""
        self._filter.display = False
        self.set_focus(self._list)

    def action_read_officers(self) -> None:
        self._start(self._read)

    # ── what is changed ──────────────────────────────────────────────────────────────────────────────────────────────
    async def _change(self, verb: Callable[[], Awaitable[RosterLine]], done: str) -> None:
        try:
            line = await verb()
        except ConsoleError as error:
            self._status.say(error.message, wrong=True)
            return
        await self._read()
        self._status.say(done.format(code=one_line(line.code, 20)))

    def action_add_officer(self) -> None:
        self._start(self._add)

    async def _add(self) -> None:
        from console.desk import officers
        from console.ui.modals.officer_forms import AddOfficer

        answer = await self.app.push_screen_wait(AddOfficer("" if self._line is None else self._line.station_code))
        if answer is not None:
            await self._change(lambda: officers.add(self._store, self._officer, *answer), _("{code} is added."))

    def action_switch_officer(self) -> None:
        self._start(self._switch)

    async def _switch(self) -> None:
        from console.desk import officers
        from console.ui.modals.confirm import Confirm

        line = self._line
        if line is None:
            return
        code = one_line(line.code, 20)
        if line.disabled_at is not None:
            await self._change(lambda: officers.enable(self._store, self._officer, line.code), _("{code} may sign in."))
        elif await self.app.push_screen_wait(Confirm(_("Disable {code}?").format(code=code))):
            done = _("{code} is disabled.")
            await self._change(lambda: officers.disable(self._store, self._officer, line.code), done)

    def action_grant_station(self) -> None:
        self._start(self._grant)

    async def _grant(self) -> None:
        from console.desk import officers
        from console.ui.modals.officer_forms import GrantStation

        line = self._line
        answer = None if line is None else await self.app.push_screen_wait(GrantStation(line))
        if line is None or answer is None:
            return
        what = (self._store, self._officer, line.code, answer.station)
        if answer.ends:
            await self._change(lambda: officers.end_grant(*what), _("A grant of {code} has ended."))
        else:
            await self._change(lambda: officers.grant(*what, answer.last_day), _("{code} has the grant."))

    def action_reset_password(self) -> None:
        self._start(self._reset)

    async def _reset(self) -> None:
        from console.desk import officers
        from console.ui.modals.officer_forms import ResetPassword

        line = self._line
        password = None if line is None else await self.app.push_screen_wait(ResetPassword(line))
        if line is not None and password is not None:
            done = _("{code} has another password.")
            await self._change(lambda: officers.reset(self._store, self._officer, line.code, password), done)


def _row(one: RosterLine) -> Content:
    state = _("disabled") if one.disabled_at is not None else "" if one.has_password else _("no password")
    grants = " ".join(
        grant.station_code + ("" if grant.ends_at is None else f" → {grant.ends_at:%Y-%m-%d}") for grant in one.grants
    )
    cells = (fit(one.code, 10), fit(one.name, 14), fit(one.role.value, 10), fit(one.station_code, 5), fit(state, 11))
    return as_content(f"{' '.join(cells)} {one_line(grants, 100)}", "dim" if one.disabled_at is not None else "")
