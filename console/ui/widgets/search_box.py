"""The search box at the foot of the desk screen: words and terms with completion, the wrong term underlined, a live
count. The screen parses what is typed and tells the box what it found."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Label

from console.model.query import LONGEST_QUERY, complete_term, term_at
from console.ui.text import as_content
from console.ui.widgets.sentence import Sentence
from console.words import gettext as _
from console.words import ngettext


class WrongTerm(Highlighter):
    """Underlines the part of the query that nobody can follow."""

    span: tuple[int, int] | None = None

    def highlight(self, text: Text) -> None:
        if self.span is not None:
            start, end = self.span
            text.stylize("bold underline", start, max(end, start + 1))


class TermSuggester(Suggester):
    """Completes the term at the end of what is typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        start, _end = term_at(value, len(value))
        typed = value[start:]
        if not typed:
            return None
        fitting = [one for one in complete_term(value, len(value)) if one.startswith(typed) and one != typed]
        return value[:start] + fitting[0] if fitting else None


class SearchBox(Horizontal):
    """`/` and an input; `Typed` on every change, `Taken` on Enter, `Left` on Esc. A child for other terms says them."""

    placeholder = _("words, or terms such as status:referred room:12 by:me since:3d -word")

    class Typed(Message):
        """The text has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Taken(Typed):
        """Enter: keep this search and go to the tips."""

    class Left(Message):
        """Esc: end the search."""

    def suggester(self) -> Suggester:
        """Completes what is typed."""
        return TermSuggester()

    def compose(self) -> ComposeResult:
        yield Label("/", classes="sign")
        self._mark = WrongTerm()
        yield Input(
            compact=True,
            highlighter=self._mark,
            suggester=self.suggester(),
            max_length=LONGEST_QUERY,
            select_on_focus=False,
            placeholder=self.placeholder,
        )
        yield Sentence(classes="found")

    @property
    def text(self) -> str:
        return self._input.value

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def begin(self, text: str) -> None:
        """Show the box with this text and take the keyboard."""
        self.display = True
        with self.prevent(Input.Changed):
            self._input.value = text
        self._input.cursor_position = len(text)
        self.screen.set_focus(self._input)

    def end(self) -> None:
        self.display = False

    def show_found(self, total: int, *, at_least: bool = False) -> None:
        """How many tips match; `at_least` when counting stopped there."""
        self._set_wrong(None)
        if at_least:
            words = ngettext("{n} or more tips", "{n} or more tips", total).format(n=f"{total:,}")
        else:
            words = ngettext("{n} tip", "{n} tips", total).format(n=f"{total:,}")
        self.query_one(".found", Sentence).update(as_content(words))

    def forgive(self) -> None:
        """No term is wrong any more; how many tips match is told later."""
        if self._mark.span is not None:
            self._set_wrong(None)
            self.query_one(".found", Sentence).update("")

    def show_wrong(self, sentence: str, start: int, end: int) -> None:
        """Underline `text[start:end]` and say what would be right."""
        self._set_wrong((start, end))
        self.query_one(".found", Sentence).update(as_content(sentence))

    def _set_wrong(self, span: tuple[int, int] | None) -> None:
        self.set_class(span is not None, "-wrong")
        self._mark.span = span
        self._input.refresh()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _taken(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Taken(event.value))

    def on_key(self, event: events.Key) -> None:
        """Esc leaves; Tab takes the suggestion; the panes' other keys stay out while one types."""
        if event.key == "escape":
            self.post_message(self.Left())
        elif event.key == "tab":
            self._input.action_cursor_right()
        elif event.key == "down":
            self.post_message(self.Taken(self._input.value))
        elif event.key not in ("shift+tab", "ctrl+z"):
            return
        event.stop()
        event.prevent_default()
