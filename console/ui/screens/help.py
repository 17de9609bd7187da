"""Help for where you are: the keys in force there and what cannot be done now, made from `ui/keys.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from console.model.query import TERMS
from console.ui.keys import GROUPS, Action, action, actions_in, keys_in_force
from console.ui.taken_down import TakenDownOnce
from console.ui.text import as_content, fit, wrap
from console.ui.widgets.glyphs import legend
from console.ui.widgets.sentence import Sentence
from console.words import gettext as _

KEY_CELLS = 16
WORD_CELLS = 17
LEAST_CELLS = 12
"""What the last column of a row gets on the narrowest screen."""


class HelpScreen(ModalScreen[None], TakenDownOnce[None]):
    """One page: the pane's own keys first, then the tip's, the desk's and the console's, the signs and the search
    terms."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,fullwidth_question_mark,f1,q", "close", _("Close")),
        Binding("j,down", "down", show=False),
        Binding("k,up", "up", show=False),
        Binding("space,ctrl+d,pagedown", "page_down", show=False),
        Binding("ctrl+u,pageup", "page_up", show=False),
        Binding("g,home", "home", show=False),
        Binding("G,end", "end", show=False),
        replace(action("app.leave").binding(), action="app.leave"),
    ]

    def __init__(self, pane: str, keymap: Mapping[str, str], why_nots: Mapping[str, str]) -> None:
        super().__init__()
        self._pane = pane
        self._keymap = keymap
        self._why_nots = why_nots

    def compose(self) -> ComposeResult:
        with VerticalScroll() as page:
            page.border_title = _("Help")
            page.border_subtitle = _("Esc closes")
            yield Sentence()

    def on_resize(self) -> None:
        """The rows are broken anew for the width there is."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        cells = self._page.scrollable_content_region.width
        self.query_one(Sentence).update(Content("\n").join(self._lines(cells)))

    @property
    def _page(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    def _lines(self, cells: int) -> list[Content]:
        lines: list[Content] = []
        for group in self._groups():
            lines.append(Content.styled(GROUPS[group], "bold"))
            lines += [line for one in actions_in(group) for line in self._action_lines(one, cells)]
            lines.append(Content(""))
        return lines if self._pane == "audit" else lines + self._desk_lines(cells)

    def _groups(self) -> tuple[str, ...]:
        """Of the keys in force there; at the desk those of the tips too."""
        if self._pane == "audit":
            return ("audit", "move", "app")
        return (self._pane, "tip", "move", "pane", "desk", "app")

    def _desk_lines(self, cells: int) -> list[Content]:
        lines = [Content.styled(_("Signs"), "bold")]
        lines += [line for glyph, words in legend() for line in _row(cells, (glyph, KEY_CELLS), last=words)]
        lines += [Content(""), Content.styled(_("Search terms"), "bold")]
        lines += [line for term in TERMS for line in _row(cells, (term.example, WORD_CELLS + 4), last=term.words)]
        return lines

    def _action_lines(self, one: Action, cells: int) -> list[Content]:
        keys = " ".join(keys_in_force(self._keymap, one))
        if one.menu:
            keys = f"{keys} {_('F4 then {key}').format(key=one.menu)}".strip()
        why = self._why_nots.get(one.id)
        beside = one.tooltip if why is None else _("not now: {why}").format(why=why)
        columns = ((keys, KEY_CELLS), (one.words, WORD_CELLS))
        return _row(cells, *columns, last=beside, style="" if why is None else "dim")

    def action_close(self) -> None:
        self.dismiss(None)

    def action_down(self) -> None:
        self._page.scroll_down(animate=False)

    def action_up(self) -> None:
        self._page.scroll_up(animate=False)

    def action_page_down(self) -> None:
        self._page.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        self._page.scroll_page_up(animate=False)

    def action_home(self) -> None:
        self._page.scroll_home(animate=False)

    def action_end(self) -> None:
        self._page.scroll_end(animate=False)


def _row(cells: int, *columns: tuple[str, int], last: str, style: str = "") -> list[Content]:
    """Lines of columns (raw words, cells), each wrapped in its own place; `last` gets what is left of `cells`."""
    widths = [width for _words, width in columns]
    rest = max(cells - 2 - sum(widths) - len(widths), LEAST_CELLS)
    wrapped = [wrap(words, width) for words, width in columns]
    lines = []
    for *begin, end in zip_longest(*wrapped, wrap(last, rest), fillvalue=""):
        line = " ".join(fit(words, width) for words, width in zip(begin, widths, strict=True))
        lines.append(as_content(f"  {line} {end}".rstrip(), style))
    return lines
