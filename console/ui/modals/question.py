"""What all questions have in common: a framed box that fits 80×24, Enter confirms, Esc leaves, a line says what is
still wrong. The other modules of this package fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from console.model.tip import Tip
from console.ui import keys as registry
from console.ui.modals.ascii_field import AsciiInput
from console.ui.modals.choices import Choices
from console.ui.modals.words_field import WordsField
from console.ui.taken_down import TakenDownOnce
from console.ui.text import as_content, one_line
from console.ui.widgets.sentence import Sentence
from console.words import gettext as _

AnswerT = TypeVar("AnswerT")

INNER = 68
# Cells of a line inside the box (styles/modals.tcss: 74 wide, border and padding left out).


class Question(ModalScreen[AnswerT | None], TakenDownOnce[AnswerT | None]):
    """One question. A child says its `title`, its `parts`, `why_not` there is no answer yet, and the `answer`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "confirm", _("Confirm"), priority=True, show=False),
        # At once, not in the field's turn: what is typed behind it is for the next field already.
        Binding("tab", "app.focus_next", _("Next field"), priority=True, show=False),
        Binding("shift+tab", "app.focus_previous", _("Previous field"), priority=True, show=False),
        Binding("escape", "leave", _("Leave"), show=False),
        # A modal cuts off the app's own keys; by its id the user's keymap moves this one too.
        replace(registry.action("app.leave").binding(), action="app.leave"),
    ]
    AUTO_FOCUS = "Choices, WordsField, Input, OneOf"

    def __init__(self, title: str, sentence: str = "", keys: str = "") -> None:
        """`title` and `sentence` may be raw; `keys` says what to press, in our own words."""
        super().__init__()
        self._heading = title
        self._sentence = sentence
        self._how = keys or _("Enter confirms · Esc leaves")
        self.draft = ""
        """Words (raw) to begin with, and afterwards what was written, answered or not."""
        self.about: frozenset[int] = frozenset()
        """Ids of the stations of whose tips it tells."""
        self._is_withdrawn = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = as_content(one_line(self._heading, INNER))
            if self._sentence:
                yield Static(as_content(self._sentence), classes="sentence")
            yield from self.parts()
            yield Sentence(classes="why")
            yield Static(as_content(self._how), classes="keys")

    def parts(self) -> Iterator[Widget]:
        """What stands between the sentence and the keys."""
        return iter(())

    def why_not(self) -> str | None:
        """What must be done before the answer can be given, or None."""
        return None

    def answer(self) -> AnswerT:
        """The answer; asked only when nothing is against it."""
        raise NotImplementedError

    def say(self, sentence: str | None) -> None:
        """Show what is wrong, or nothing."""
        line = self.query_one(".why", Sentence)
        line.update(as_content(sentence or ""))
        line.display = bool(sentence)

    def on_mount(self) -> None:
        self.say(None)
        if self.draft:
            for field in self.query(WordsField):
                field.begin(self.draft)

    def action_confirm(self) -> None:
        self.in_turn(self.confirm)

    def in_turn(self, step: Callable[[], None]) -> None:
        """Take a step after the keys before it: they wait in the queue of the field that has the keyboard, which a
        binding with priority goes past."""
        (self.focused or self).call_later(step)

    def confirm(self) -> None:
        """Give the answer, or say why there is none yet."""
        why = self.why_not()
        self.say(why)
        if why is None:
            self._keep_draft()
            self.dismiss(self.answer())

    def _keep_draft(self) -> None:
        self.draft = "\n".join(field.words for field in self.query(WordsField))

    @property
    def has_words(self) -> bool:
        """Whether something is written here that is stored nowhere yet."""
        return any(field.words for field in self.query(WordsField))

    def action_leave(self) -> None:
        self._keep_draft()
        self.dismiss(None)

    def withdraw(self) -> None:
        """Show nothing of it any more and leave it, as soon as nothing lies over it; what was written stays."""
        self._is_withdrawn = True
        self.query_one(".box").display = False
        self._leave_withdrawn()

    @on(events.ScreenResume)
    def _leave_withdrawn(self) -> None:
        if self._is_withdrawn and self.app.screen is self:
            Question.action_leave(self)

    @on(Choices.Picked)
    def _picked(self, message: Choices.Picked) -> None:
        message.stop()
        self.on_picked()

    def on_picked(self) -> None:
        """A choice was named by its number: that is the answer, unless the child wants more."""
        self.confirm()

    @on(Choices.Refused)
    def _refused(self, message: Choices.Refused) -> None:
        message.stop()
        self.say(message.why_not)

    @on(AsciiInput.NotAscii)
    def _not_ascii(self, message: AsciiInput.NotAscii) -> None:
        message.stop()
        self.say(_("Input method is on: switch it off to type a code or a password."))

    @on(WordsField.TooLong)
    def _too_long(self, message: WordsField.TooLong) -> None:
        message.stop()
        self.say(message.sentence)


def which(tip: Tip) -> str:
    """The beginning of the tip's words, so that the officer sees which tip is meant."""
    return one_line(tip.text, INNER)
