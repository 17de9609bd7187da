"""Code, reason and password as one thing that has the keyboard: what is typed ahead goes where it was meant for, so
that no part of a password ever stands readable in the code. Sign-in and lock compose it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import IntEnum

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from console.ui.text import as_content, end_of, fit, one_line
from console.ui.widgets.typed_number import digit_of
from console.words import gettext as _

LABEL = 12
MOST = 256
"""Characters of a password; a code is shorter."""


class Row(IntEnum):
    """The lines of the form, in their order."""

    CODE = 0
    REASON = 1
    PASSWORD = 2


class SignInForm(Widget, can_focus=True):
    """`reasons` are asked for when another code than `code` is typed. Takes what an English keyboard types; full-width
    characters of an input method are taken as what they mean."""

    class Entered(Message):
        """Enter in the last line; `reason` is a number of the reasons, from 0."""

        def __init__(self, code: str, reason: int, password: str) -> None:
            super().__init__()
            self.code = code
            self.reason = reason
            self.password = password

    class Said(Message):
        """What to tell about what was typed; '' when there is nothing to tell any more."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, *, code: str = "", reasons: Sequence[str] = ()) -> None:
        super().__init__()
        self._own_code = code
        self._reasons = tuple(reasons)
        self._reason = 0
        self._typed = {Row.CODE: code, Row.PASSWORD: ""}
        self._row = Row.PASSWORD if code else Row.CODE
        self._was_entered = False

    @property
    def code(self) -> str:
        return self._typed[Row.CODE].strip().upper()

    @property
    def password(self) -> str:
        return self._typed[Row.PASSWORD]

    @property
    def is_of_another(self) -> bool:
        """Whether another officer than the one who is asked for has begun to type a code."""
        return bool(self._reasons) and self.code not in ("", self._own_code.strip().upper())

    def clear(self) -> None:
        """Forget the password that was typed."""
        self._typed[Row.PASSWORD] = ""
        self.refresh()

    # ── what stands there ────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def _rows(self) -> list[Row]:
        return [row for row in Row if row is not Row.REASON or self.is_of_another]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows)

    def render(self) -> Content:
        return Content("\n").join(self._line(row) for row in self._rows)

    def _line(self, row: Row) -> Content:
        label = {Row.CODE: _("Code"), Row.REASON: _("Reason"), Row.PASSWORD: _("Password")}[row]
        is_here = row is self._row and self.has_focus
        begun = Content.assemble((f"{'▸' if is_here else ' '} ", "bold"), fit(label, LABEL))
        if row is Row.REASON:
            how = _("1–{n} or ← →").format(n=len(self._reasons)) if is_here else ""
            chosen = f"‹ {self._reason + 1} {one_line(self._reasons[self._reason])} ›"
            return Content.assemble(begun, (chosen, "bold"), "  ", (how, "dim"))
        typed = self._typed[row]
        room = max(self.size.width - LABEL - 4, 8)
        seen = end_of("•" * len(typed) if row is Row.PASSWORD else typed, room)
        return Content.assemble(begun, as_content(seen, "bold"), (" ", "reverse") if is_here else " ")

    def _show(self) -> None:
        self.refresh(layout=True)

    # ── typing ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def on_key(self, event: events.Key) -> None:
        """All keys of the form come here one after the other."""
        if self._is_moved(event.key) or self._is_chosen(event) or self._is_typed(event):
            event.stop()
            event.prevent_default()
            self._show()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._insert(event.text.splitlines()[0] if event.text else "")
        self._show()

    def _is_moved(self, key: str) -> bool:
        match key:
            case "enter":
                self._go_on()
            case "tab" | "down":
                self._step(1)
            case "shift+tab" | "up":
                self._step(-1)
            case "escape":
                self.clear()
                self.post_message(self.Said(""))
            case _:
                return False
        return True

    def _step(self, by: int) -> None:
        rows = self._rows
        self._row = rows[(rows.index(self._row) + by) % len(rows)]

    def _go_on(self) -> None:
        """To the next line, from the last one to the answer; a line that was left out is asked for first."""
        if self._row is not self._rows[-1]:
            self._step(1)
        elif not self.code:
            self._row = Row.CODE
        elif self.password:
            self._was_entered = True
            self.post_message(self.Entered(self.code, self._reason, self.password))

    def _is_chosen(self, event: events.Key) -> bool:
        if self._row is not Row.REASON:
            return False
        digit = digit_of(event.character)
        if event.key in ("left", "right"):
            self._reason = (self._reason + (1 if event.key == "right" else -1)) % len(self._reasons)
        elif digit is not None and 1 <= digit <= len(self._reasons):
            self._reason = digit - 1
        return True

    def _is_typed(self, event: events.Key) -> bool:
        self._hush()
        if event.key == "backspace":
            self._typed[self._row] = self._typed[self._row][:-1]
        elif event.key == "ctrl+u":
            self._typed[self._row] = ""
        elif event.is_printable and event.character:
            self._insert(event.character)
        else:
            return False
        return True

    def _hush(self) -> None:
        """Another code is being typed: what was answered was said of the one before."""
        if self._was_entered and self._row is Row.CODE:
            self._was_entered = False
            self.post_message(self.Said(""))

    def _insert(self, text: str) -> None:
        if self._row is Row.REASON:
            return
        plain = unicodedata.normalize("NFKC", text)
        if plain.isascii() and (plain.isprintable() or not plain):
            self._typed[self._row] = (self._typed[self._row] + plain)[:MOST]
        else:
            sentence = _("Input method is on: switch it off, or press Enter in it to take the letters as they are.")
            self.post_message(self.Said(sentence))
