"""Fields to write in: some lines of words, one line with a label, and one of few on a single line. Each shows its
limit, says what is wrong with what was typed and never drops any of it. The modals compose them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label, TextArea

from console.ui.keys import with_aliases
from console.ui.text import as_content, fit, one_line
from console.ui.widgets.typed_number import TypedNumber
from console.words import gettext as _
from console.words import ngettext

MOST_WORDS = 2_000
# What an officer writes to a tip: two screens at 80×24, the desk's own limit.
LABEL = 12
# Cells of a label before its field, as in styles/modals.tcss.


def why_not_length(words: str, limit: int) -> str | None:
    """What to do about words longer than `limit` characters, or None."""
    over = len(words) - limit
    if over <= 0:
        return None
    return ngettext("Shorten it by {over} character.", "Shorten it by {over} characters.", over).format(
        over=f"{over:,}"
    )


def keepable(typed: str) -> str:
    """Without blanks at the ends; half a character of a paste becomes a question mark, as no store keeps it."""
    return typed.strip().encode("utf-8", "replace").decode()


class WordsField(TextArea):
    """Some lines of words; `limit` in characters stands in its border with how many are used."""

    class TooLong(Message):
        """More was pasted than can be meant; nothing of it was taken."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, title: str, *, limit: int = MOST_WORDS, id: str | None = None) -> None:
        super().__init__(soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False, id=id)
        self.limit = limit
        self.border_title = as_content(title)
        self._count()

    def begin(self, words: str) -> None:
        """Offer these words (raw) to go on with."""
        self.text = words
        self.move_cursor(self.document.end)

    @property
    def words(self) -> str:
        """What was typed, without blanks at the ends."""
        return keepable(self.text)

    def why_not(self) -> str | None:
        return why_not_length(self.words, self.limit)

    def on_text_area_changed(self) -> None:
        self._count()

    def _count(self) -> None:
        self.border_subtitle = as_content(f"{len(self.words):,} / {self.limit:,}")
        self.set_class(self.why_not() is not None, "-too-long")

    async def _on_paste(self, event: events.Paste) -> None:
        """What is many times too long would stop the screen for seconds: it is refused whole."""
        if len(event.text) > 4 * self.limit:
            event.prevent_default()
            event.stop()
            sentence = _("The pasted text has {n} characters; {limit} fit. Paste less of it.")
            self.post_message(self.TooLong(sentence.format(n=f"{len(event.text):,}", limit=f"{self.limit:,}")))
        # What fits is for TextArea: Textual calls the handler of each class in turn, this one and then that.


class LineField(Horizontal):
    """A label, one line to type in and, beside it, the limit in characters."""

    def __init__(
        self, label: str, *, limit: int, value: str = "", suggester: Suggester | None = None, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.limit = limit
        self._label = label
        self._value = value
        self.input = Input(compact=True, suggester=suggester, select_on_focus=False)

    def compose(self) -> ComposeResult:
        yield Label(as_content(self._label), classes="label")
        yield self.input
        yield Label(as_content(f"≤ {self.limit:,}"), classes="limit")

    def on_mount(self) -> None:
        self.input.value = self._value

    def begin(self, words: str) -> None:
        """Offer these words (raw) to go on with."""
        self._value = words
        self.input.value = words

    @property
    def words(self) -> str:
        """What was typed, without blanks at the ends."""
        return keepable(self.input.value)

    def why_not(self) -> str | None:
        return why_not_length(self.words, self.limit)

    def focus(self, scroll_visible: bool = True) -> LineField:
        self.input.focus(scroll_visible)
        return self


class OneOf(Widget, can_focus=True):
    """One of few words on a single line: its number, ← → or h l choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(["left", *with_aliases(["h"])]), "step(-1)", show=False),
        Binding(",".join(["right", *with_aliases(["l"])]), "step(1)", show=False),
    ]

    index: reactive[int] = reactive(0)

    def __init__(self, label: str, words: Sequence[str], *, index: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label
        self._words = tuple(words)
        self._number = TypedNumber(len(words))
        self.set_reactive(OneOf.index, index)

    def compose(self) -> ComposeResult:
        return ()

    def render(self) -> Content:
        label = fit(self._label, LABEL)
        chosen = one_line(self._words[self.index])
        how = _("1–{n} or ← →").format(n=len(self._words)) if self.has_focus else ""
        return Content.assemble(
            label, (f"‹ {self.index + 1} {chosen} ›", "bold"), (f"  {one_line(how)}" if how else "", "dim")
        )

    def action_step(self, step: int) -> None:
        self.index = (self.index + step) % len(self._words)

    def on_key(self, event: events.Key) -> None:
        named = self._number.take(event.character)
        if named is not None:
            event.stop()
            event.prevent_default()
            self.index = named[0]
