"""Messages that several senders share: a widget or the palette asks, the desk screen answers."""

from __future__ import annotations

from textual.message import Message


class DoAction(Message):
    """Do the action of this id (`ui/keys.py`), as if its key had been pressed."""

    def __init__(self, action_id: str) -> None:
        super().__init__()
        self.action_id = action_id


class ShowQuery(Message):
    """List the tips that match this query; '' lists the open ones."""

    def __init__(self, query: str) -> None:
        super().__init__()
        self.query = query


class GoToTip(Message):
    """Put the cursor on the tip of this ref."""

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref


class Say(Message):
    """Show one sentence in the status line; `wrong` says that something did not happen."""

    def __init__(self, sentence: str, *, wrong: bool = False) -> None:
        super().__init__()
        self.sentence = sentence
        self.wrong = wrong


class DeskLocked(Message):
    """The desk is being locked: a screen that shows more than tips, such as a reveal, seals it again. Every screen of
    the stack is told; the lock lies over all of them already."""


class LookAgain(Message):
    """The store refuses the officer what the desk reads: see at once whether they may still be here."""


class OpenAgain(Message):
    """The store could not be opened before: try once more."""
