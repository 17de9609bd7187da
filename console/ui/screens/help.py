"""Help for where you are: the keys in force there and what cannot be done now, made from `ui/keys.py`."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import gettext as _
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from console.model.query import TERMS
from console.ui.keys import GROUPS, Action, actions_in, keys_in_force
from console.ui.text import as_content, fit
from console.ui.widgets.glyphs import legend

KEY_CELLS = 11
WORD_CELLS = 17


class HelpScreen(ModalScreen[None]):
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
            yield Static(Content("\n").join(self._lines()))

    @property
    def _page(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    def _lines(self) -> list[Content]:
        lines: list[Content] = []
        for group in (self._pane, "tip", "move", "pane", "desk", "app"):
            lines += [Content.styled(GROUPS[group], "bold"), *map(self._action_line, actions_in(group)), Content("")]
        lines.append(Content.styled(_("Signs"), "bold"))
        lines += [as_content(f"  {fit(glyph, KEY_CELLS)} {words}") for glyph, words in legend()]
        lines += [Content(""), Content.styled(_("Search terms"), "bold")]
        lines += [as_content(f"  {fit(term.example, WORD_CELLS + 4)} {term.words}") for term in TERMS]
        return lines

    def _action_line(self, one: Action) -> Content:
        keys = " ".join(keys_in_force(self._keymap, one))
        if one.menu:
            keys = f"{keys} F4 {one.menu}".strip()
        why = self._why_nots.get(one.id)
        beside = one.tooltip if why is None else _("not now: {why}").format(why=why)
        line = f"  {fit(keys, KEY_CELLS)} {fit(one.words, WORD_CELLS)} {beside}"
        return as_content(line, "" if why is None else "dim")

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
