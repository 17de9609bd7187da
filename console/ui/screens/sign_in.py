"""Asks who sits here, before anybody is signed in: code and password, by keyboard alone. `Presence` pushes it and is
told what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker

from console.errors import ConsoleError, MustWait
from console.model.password import waiting_words
from console.ui.text import as_content, one_line
from console.ui.widgets.sentence import Sentence
from console.ui.widgets.sign_in_form import SignInForm
from console.words import gettext as _

SignIn = Callable[[str, str], Awaitable[None]]
"""Told code and password; raises NotAllowed and StoreDown with the sentence to show."""

INNER = 68
"""Cells of a line inside the box (styles/sign_in.tcss: 74 wide, border and padding left out)."""
_TICK_S = 0.5


class SignInScreen(Screen[None]):
    """`code` is what to begin with, `why` what to say at first: why nobody is signed in any more, or what went
    wrong."""

    AUTO_FOCUS = "SignInForm"
    heading = _("Taskroom")
    keys = _("Enter goes on · Tab next line · Esc clears · ^Q leaves")

    def __init__(self, sign_in: SignIn | None, now: Callable[[], datetime], *, code: str = "", why: str = "") -> None:
        super().__init__()
        self._sign_in = sign_in
        self._now = now
        self._until: datetime | None = None
        self._is_asking = False
        self._why = why
        self.form = self.made_form(code)
        self._sentence = Sentence(classes="sentence")

    def made_form(self, code: str) -> SignInForm:
        return SignInForm(code=code)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = as_content(self.heading)
            yield Static(as_content(one_line(self.who(), INNER)), classes="who")
            yield self.form
            yield self._sentence
            yield Static(as_content(self.keys), classes="keys")

    def who(self) -> str:
        """Words (raw) over the form."""
        return _("Sign in")

    def on_mount(self) -> None:
        self.set_interval(_TICK_S, self._tick)
        self.say(self._why)

    def say(self, sentence: str, *, wrong: bool = True) -> None:
        self._sentence.update(as_content(one_line(sentence, 200)))
        self._sentence.set_class(wrong, "-wrong")

    def wait(self, until: datetime) -> None:
        """No password is looked at before that."""
        self._until = until
        self._tick()

    def _tick(self) -> None:
        if self._until is None:
            return
        left = self._until - self._now()
        if left.total_seconds() > 0:
            self.say(_("Too many wrong ones: wait {time}.").format(time=waiting_words(left)))
        else:
            self._until = None
            self.say(_("Try again."), wrong=False)

    @on(SignInForm.Said)
    def _tell(self, message: SignInForm.Said) -> None:
        if self._until is None:
            self.say(message.sentence)

    @on(SignInForm.Entered)
    def _try(self, message: SignInForm.Entered) -> None:
        if self._is_asking:
            return
        if self._until is not None:
            self._tick()
        if self._until is None:
            self._is_asking = True
            self.say(_("Looking at it…"), wrong=False)
            self._background(partial(self._ask, message))

    def _background(self, work: Callable[[], Coroutine[Any, Any, object]]) -> Worker[object]:
        """In the app's worker, not the screen's: an answer takes the screen down."""
        return self.app.run_worker(work, group="sign-in")

    async def _ask(self, entered: SignInForm.Entered) -> None:
        try:
            await self.answer(entered)
        except MustWait as error:
            self.form.clear()
            self.wait(error.until)
        except ConsoleError as error:
            self.form.clear()
            self.say(error.message)
        finally:
            self._is_asking = False

    async def answer(self, entered: SignInForm.Entered) -> None:
        """Hand on what was typed. Raises NotAllowed, StoreDown."""
        if self._sign_in is not None:
            await self._sign_in(entered.code, entered.password)
