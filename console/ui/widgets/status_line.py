"""The line between panes and footer: the last thing said to the officer, else what is listed. The desk screen writes
it."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Static

from console.ui.text import as_content
from console.words import gettext as _


class StatusLine(Static):
    """One sentence. `said` stays until the next key; then `trouble`, while it lasts; then `offer`, until it is decided
    about; else `standing`, which says what the list shows."""

    said: reactive[str] = reactive("")
    trouble: reactive[str] = reactive("")
    offer: reactive[str] = reactive("")
    standing: reactive[str] = reactive("")

    def say(self, sentence: str, *, wrong: bool = False, kept: bool = False) -> None:
        """Show the sentence; `wrong` marks, by a word in front too, that something was not done, `kept` that what the
        officer wrote for it is not lost: in front as well, where 80 columns do not cut it off."""
        self.set_class(wrong, "-wrong")
        if not wrong:
            self.said = sentence
        elif kept:
            self.said = _("Not done, your words are kept: {sentence}").format(sentence=sentence)
        else:
            self.said = _("Not done: {sentence}").format(sentence=sentence)

    def hush(self) -> None:
        """Forget what was said."""
        if self.said:
            self.remove_class("-wrong")
            self.said = ""

    def watch_said(self) -> None:
        self._draw()

    def watch_trouble(self) -> None:
        self._draw()

    def watch_offer(self) -> None:
        self._draw()

    def watch_standing(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.set_class(bool(self.said), "-said")
        self.set_class(bool(self.trouble) and not self.said, "-trouble")
        self.set_class(bool(self.offer) and not (self.said or self.trouble), "-offer")
        words = self.said or self.trouble or self.offer or self.standing
        self.update(as_content(words), layout=False)
