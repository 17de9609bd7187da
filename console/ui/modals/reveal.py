"""Shows an opened reporter to one officer: with their code and a running clock across it, until its time is over, Esc,
or anything that covers it. The desk screen pushes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from console.model.masking import numbers_in
from console.model.reveal import Opened
from console.ui import keys as registry
from console.ui.keys import with_aliases
from console.ui.messages import DeskLocked
from console.ui.taken_down import TakenDownOnce
from console.ui.text import as_content, fit, one_line, wrap
from console.ui.widgets.sentence import Sentence
from console.ui.widgets.tip_words import kind_word
from console.words import gettext as _

LABEL: Final = 10
GAP: Final = "  ┊ "
STYLES: Final = ("label", "secret", "mark", "sealed")
# Component classes `revealed-lines--<style>` of styles/reveal.tcss.


class RevealedLines(Widget, can_focus=True):
    """What is opened, each second line and the rest of each line filled with who looks and when. Nothing of it can be
    selected, and a picture of the screen does not have it."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(["down", *with_aliases(["j"])]), "scroll_lines(1)", show=False),
        Binding(",".join(["up", *with_aliases(["k"])]), "scroll_lines(-1)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"revealed-lines--{style}" for style in STYLES}

    def __init__(self, opened: Opened, code: str) -> None:
        super().__init__()
        self._opened: Opened | None = opened
        self._code = code
        self._clock = ""
        self._is_pictured = False
        self._top = 0
        """The first row shown when there are more than have room."""

    @property
    def is_sealed(self) -> bool:
        return self._opened is None

    def seal(self) -> None:
        """Nothing is shown any more, nor held."""
        self._opened = None
        self.refresh()

    def tell(self, clock: str) -> None:
        """The time that runs across it."""
        self._clock = clock
        self.refresh()

    def hide_from_picture(self, *, hidden: bool) -> None:
        """Draw without what is opened, at once, while a picture of the screen is made."""
        self._is_pictured = hidden
        self._styles_cache.clear()

    def rows(self, width: int) -> list[tuple[str, str]]:
        """(label, words) of each line, displayable and none too wide."""
        opened = self._opened
        if opened is None:
            return [("", fit(_("sealed"), width))]
        who = opened.reporter
        kind = kind_word(who.kind) if who.kind else None
        numbers = " · ".join(numbers_in(opened.words) + numbers_in(opened.place or "")) or None
        parts = (
            (_("Name"), who.name),
            (_("Contact"), who.contact),
            (_("Member"), who.member),
            (_("Kind"), kind),
            (_("Numbers"), numbers),
            (_("Reference"), opened.reveal.reference),
        )
        rows = []
        for label, words in parts:
            for number, line in enumerate(wrap(words or _("not told"), max(width - LABEL - 1, 8))):
                rows.append((fit(label if number == 0 else "", LABEL), line))
        return rows

    def action_scroll_lines(self, lines: int) -> None:
        """What has no room is reached by j and k."""
        rows, height = len(self.rows(self.size.width)), self.size.height
        self._top = max(min(self._top + lines, rows - height), 0)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        rows = self.rows(width)
        spread = 2 if 2 * len(rows) <= self.size.height else 1
        number = y // spread + (self._top if spread == 1 else 0)
        if y % spread or number >= len(rows):
            return Strip([Segment(self._mark(width, y), self._style("mark"))], width)
        label, words = rows[number]
        look = "sealed" if self.is_sealed or self._is_pictured else "secret"
        if self._is_pictured and not self.is_sealed:
            words = "█" * cell_len(words)
        left = max(width - cell_len(label) - cell_len(words) - len(GAP), 0)
        segments = [Segment(label, self._style("label")), Segment(words, self._style(look))]
        if left:
            segments.append(Segment(GAP + self._mark(left, 0), self._style("mark")))
        return Strip(segments).adjust_cell_length(width, self._style("mark"))

    def _mark(self, width: int, y: int) -> str:
        """Code and clock over and over, beginning elsewhere in each line."""
        one = f"{one_line(self._code)} {self._clock} · "
        start = y * 5 % len(one)
        return set_cell_size((one * (width // len(one) + 2))[start:], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"revealed-lines--{name}")


class RevealScreen(ModalScreen[None], TakenDownOnce[None]):
    """One showing. It ends by itself, and as soon as another screen covers it: palette, lock, a question. `is_over` is
    set when nothing is shown any more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "seal", _("Seal"), show=False),
        # A modal cuts off the app's own keys; by its id the user's keymap moves this one too.
        replace(registry.action("app.leave").binding(), action="app.leave"),
    ]
    TICK_S: Final = 1.0

    def __init__(
        self, opened: Opened, code: str, zone: tzinfo, now: Callable[[], datetime], is_over: asyncio.Event
    ) -> None:
        super().__init__()
        self._title = one_line(_("Who sent {ref}").format(ref=opened.reveal.ref), 60)
        self._until = opened.until
        self._zone = zone
        self._now = now
        self._is_over = is_over
        self._lines = RevealedLines(opened, code)
        self._left = Sentence(classes="left")

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = as_content(self._title)
            yield self._left
            yield self._lines
            yield Static(as_content(_("Esc seals it again. It cannot be copied; write down only what is needed.")))

    def on_mount(self) -> None:
        self.set_interval(self.TICK_S, self._tick)
        self._tick()
        self._lines.focus()

    def _tick(self) -> None:
        now = self._now()
        left = self._until - now
        if left.total_seconds() <= 0 or self._is_over.is_set():
            self.action_seal()
            return
        minutes, seconds = divmod(int(left.total_seconds()), 60)
        self._left.update(as_content(_("sealed again in {m}:{s:02}").format(m=minutes, s=seconds)))
        self._lines.tell(f"{now.astimezone(self._zone):%Y-%m-%d %H:%M:%S}")

    @property
    def is_sealed(self) -> bool:
        return self._lines.is_sealed

    def hide_from_picture(self, *, hidden: bool) -> None:
        self._lines.hide_from_picture(hidden=hidden)

    def action_seal(self) -> None:
        """Seal it; the screen goes when nothing lies over it."""
        self.seal()
        self.dismiss(None)

    @on(DeskLocked)
    def seal(self) -> None:
        """Show nothing any more."""
        self._lines.seal()
        self._is_over.set()

    def on_screen_suspend(self) -> None:
        """Something covers it."""
        self.seal()

    def on_screen_resume(self) -> None:
        if self.is_sealed:
            self.dismiss(None)
