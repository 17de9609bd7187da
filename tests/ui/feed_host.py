"""A small console around one TipFeed: made-up tips, a list that serves windows, an app that answers the feed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from console.model.tip import Category, Status, TipLine, Urgency
from console.model.view import Window
from console.paths import STYLES_DIR
from console.ui.widgets.tip_feed import TipFeed
from tests.ui.reading import rows_of

NOW = datetime(2026, 11, 20, 18, 14, 7, tzinfo=UTC)
"""02:14:07 of 21 November in Shanghai."""

ME = 7

WORDS = (
    ("gambling", "Weihai Rd 118", "camera on the stairs shows eight men carrying a folding table to the third floor"),
    ("fire", "Lane 22, gate 3", "sofa blocks the fire door, somebody charges a scooter beside it"),
    ("drugs", "康定路40号", "垃圾桶里有两个插吸管的瓶子，还有锡纸，楼道里味道很重"),
    ("group-lease", "Yuyuan Rd 7", "fourteen bunk beds seen through the open door 😴 on the 2nd floor"),
    ("gambling", "愚园路1088弄", "楼道里有人聚众赌博，车牌沪A12345，每晚十点以后来"),
    ("noise", None, "drilling since midnight"),
    ("fraud", "Nanjing W Rd", "a caller says he is from the bank and wants the code [/] [@click=app.quit]x[/]"),
    ("other", None, "\x1b[31mred\x1b[0m \u202eevil\u202c z\u0301\u0301\u0301\u0301\u0301\u0301 end\ttab\nsecond line"),
)


def tip_line(number: int, **changes: object) -> TipLine:
    """A tip whose key is `number`: greater is newer; tip 1000 came at NOW."""
    category, place, head = WORDS[number % len(WORDS)]
    received_at = NOW - timedelta(minutes=3 * (1000 - number) + 1)
    line = TipLine(
        key=number,
        id=UUID(int=number),
        station_id=1,
        ref=f"JNL-1120-{number % 10_000:04}",
        version=1,
        status=Status.NEW,
        urgency=(Urgency.ROUTINE, Urgency.PRIORITY, Urgency.ROUTINE)[number % 3],
        category=Category(category),
        head=f"{head}",
        place=place,
        received_at=max(received_at, NOW - timedelta(days=500)),
        respond_by=NOW + timedelta(hours=1),
        responded=False,
        claimed_by=None,
        claimed_code=None,
        room_id=12,
        rings=False,
        unseen=False,
        attachments=0,
        duplicate_of=None,
    )
    return replace(line, **changes)  # type: ignore[arg-type]


class Tips:
    """A list of tips, newest first, that is made when asked: tip keys from `newest` down to 1, less what left."""

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self.left: set[int] = set()
        self.changed: dict[int, TipLine] = {}

    def keys(self, start: int, count: int) -> list[int]:
        if not self.left:
            return list(range(self.newest - start, max(self.newest - start - count, 0), -1))
        every = [key for key in range(self.newest, 0, -1) if key not in self.left]
        return every[start : start + count]

    def window(self, start: int, count: int) -> Window:
        lines = tuple(self.changed.get(key) or tip_line(key) for key in self.keys(start, count))
        return Window(start, lines, self.newest - len(self.left))

    def around(self, around: tuple[object, int, int, object]) -> Window:
        key, newer, older, _stood = around
        if not isinstance(key, int):
            return self.window(0, older)
        above = sum(gone > key for gone in self.left)
        start = max(self.newest - key - above - newer, 0)
        return self.window(start, newer + older)


class FeedHost(App[None]):
    """Serves a TipFeed from Tips and writes down what it says; `serving` False leaves its wishes unanswered."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [STYLES_DIR / "tip_feed.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, tips: Tips, *, serving: bool = True) -> None:
        super().__init__()
        self.tips = tips
        self.serving = serving
        self.said: list[object] = []
        self.at = NOW

    def compose(self) -> ComposeResult:
        feed = TipFeed(now=lambda: self.at)
        feed.zone = ZoneInfo("Asia/Shanghai")
        feed.me = ME
        yield feed

    @property
    def feed(self) -> TipFeed:
        return self.screen.query_one(TipFeed)

    def fresh(self) -> None:
        """What the desk screen does after each change: read around the reader, or where the reader wants to look."""
        feed = self.feed
        start = feed.wanted_start
        feed.show(self.tips.around(feed.around) if start is None else self.tips.window(start, feed.span))

    def on_tip_feed_window_wanted(self, message: TipFeed.WindowWanted) -> None:
        self.said.append(message)
        if self.serving:
            self.fresh()

    def on_tip_feed_rested(self, message: TipFeed.Rested) -> None:
        self.said.append(message)

    def on_tip_feed_opened(self, message: TipFeed.Opened) -> None:
        self.said.append(message)

    def on_tip_feed_marked_changed(self, message: TipFeed.MarkedChanged) -> None:
        self.said.append(message)


async def ready(pilot: Pilot[None], app: FeedHost) -> TipFeed:
    """The feed in focus with its first window on the screen."""
    app.fresh()
    app.feed.focus()
    await pilot.pause()
    return app.feed


def key_of(feed: TipFeed) -> object:
    return None if feed.cursor_line is None else feed.cursor_line.key


def cursor_row(feed: TipFeed) -> int:
    """The screen row on which the cursor's sign stands."""
    signs = [y for y, row in enumerate(rows_of(feed)) if row[:3].strip("◆ ") == "▸"]
    assert len(signs) == 1
    return signs[0]
