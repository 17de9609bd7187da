"""A line that takes only what an English keyboard types: codes and passwords. Full-width letters of an input method
are taken as what they mean; other characters are refused, and it is said why. Sign-in, lock and the admin's forms use
it."""

from __future__ import annotations

import unicodedata

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input, Label

from console.ui.modals.words_field import LineField
from console.ui.text import as_content

MOST = 256
"""Characters of a password; a code is shorter."""


class AsciiInput(Input):
    """Says `NotAscii` when something else arrives; nothing of that is taken."""

    class NotAscii(Message):
        """An input method is on, or somebody pasted words."""

    def replace(self, text: str, start: int, end: int) -> None:
        """All typing, pasting and deleting ends here."""
        plain = unicodedata.normalize("NFKC", text)
        if plain.isascii() and (plain.isprintable() or not plain):
            super().replace(plain, start, end)
        else:
            self.post_message(self.NotAscii())


class AsciiField(LineField):
    """A label and such a line; `secret` shows dots."""

    def __init__(
        self, label: str, *, limit: int = MOST, value: str = "", secret: bool = False, id: str | None = None
    ) -> None:
        super().__init__(label, limit=limit, value=value, id=id)
        self.input = AsciiInput(compact=True, select_on_focus=False, password=secret, max_length=limit)

    def compose(self) -> ComposeResult:
        yield Label(as_content(self._label), classes="label")
        yield self.input

    @property
    def words(self) -> str:
        """As typed, blanks and all: a password may begin with one."""
        return self.input.value
