"""The locked desk: counts and alarm state, and nothing else of it. The same officer goes on by password; a supervisor
takes the desk over with a reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from textual.app import ComposeResult

from console.model.officer import Officer, TakeOverReason
from console.ui.screens.sign_in import SignInScreen
from console.ui.text import one_line
from console.ui.widgets.desk_header import DeskHeader, DeskState
from console.ui.widgets.sign_in_form import SignInForm
from console.words import gettext as _

Unlock = Callable[[str], Awaitable[None]]
TakeOver = Callable[[str, str, TakeOverReason], Awaitable[None]]

_REASONS = {
    TakeOverReason.WENT_HOME: _("went home"),
    TakeOverReason.TAKEN_ILL: _("taken ill"),
    TakeOverReason.CALLED_AWAY: _("called away"),
    TakeOverReason.EMERGENCY: _("emergency"),
}


class LockScreen(SignInScreen):
    """`state` tells the header what is true now, None for who works no tips. Another code than the officer's asks for
    the reason of taking over."""

    heading = _("Locked")
    keys = _("Enter goes on · a supervisor's code takes over · ^Q leaves")

    def __init__(
        self,
        at_desk: Officer,
        unlock: Unlock,
        take_over: TakeOver,
        now: Callable[[], datetime],
        state: Callable[[], DeskState] | None,
    ) -> None:
        super().__init__(None, now, code=at_desk.code)
        self._at_desk = at_desk
        self._unlock = unlock
        self._take_over = take_over
        self._state = state
        self._header = DeskHeader(now=now)

    def made_form(self, code: str) -> SignInForm:
        return SignInForm(code=code, reasons=list(_REASONS.values()))

    def compose(self) -> ComposeResult:
        if self._state is not None:
            yield self._header
        yield from super().compose()

    def who(self) -> str:
        return f"{one_line(self._at_desk.code, 20)}  {self._at_desk.name}"

    def on_mount(self) -> None:
        self._show_state()
        self.set_interval(1.0, self._show_state)

    def _show_state(self) -> None:
        if self._state is not None:
            self._header.show(self._state())

    async def answer(self, entered: SignInForm.Entered) -> None:
        if self.form.is_of_another:
            await self._take_over(entered.code, entered.password, list(_REASONS)[entered.reason])
        else:
            await self._unlock(entered.password)
