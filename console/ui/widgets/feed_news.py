"""What a TipFeed says to the screen that holds it.
Each is reached as `TipFeed.<name>` and handled by `on_tip_feed_<name>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from console.model.tip import TipLine

if TYPE_CHECKING:
    from console.ui.widgets.tip_feed import TipFeed


class Told(Message):
    """What a feed says; `feed` is the one that says it."""

    def __init__(self, feed: TipFeed) -> None:
        super().__init__()
        self.feed = feed

    @property
    def control(self) -> TipFeed:
        return self.feed


class WindowWanted(Told, namespace="tip_feed"):
    """The reader looks at lines that are not held: show a window of `feed.span` lines that starts at number
    `start`, or, when `start` is None, one around `feed.around`. At most one is under way; `feed.wanted_start` is
    what is wanted by the time it is handled."""

    def __init__(self, feed: TipFeed, start: int | None) -> None:
        super().__init__(feed)
        self.start = start


class Rested(Told, namespace="tip_feed"):
    """The cursor is on another tip, or on another version of it; None when there is none."""

    def __init__(self, feed: TipFeed, line: TipLine | None) -> None:
        super().__init__(feed)
        self.line = line


class Opened(Told, namespace="tip_feed"):
    """Enter or a double click on a tip."""

    def __init__(self, feed: TipFeed, line: TipLine) -> None:
        super().__init__(feed)
        self.line = line


class MarkedChanged(Told, namespace="tip_feed"):
    """`count` tips are marked now."""

    def __init__(self, feed: TipFeed, count: int) -> None:
        super().__init__(feed)
        self.count = count
