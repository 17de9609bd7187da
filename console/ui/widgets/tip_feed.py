"""The list of tips, drawn line by line from a window of however many there are; the cursor stays on its tip.
The desk screen hands it windows by `show` and answers its messages."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import ClassVar, Final, TypeAlias
from uuid import UUID

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from console.model.tip import TipLine
from console.model.view import Key, Window
from console.ui.keys import bindings_for
from console.ui.widgets import feed_news
from console.ui.widgets.feed_moves import FeedMoves
from console.ui.widgets.feed_picture import FEED_STYLES, FeedPicture, FeedState
from console.ui.widgets.feed_place import NOTHING, Marks
from console.ui.widgets.ink import ink

CLOCK_S: Final = 10.0
"""How often rows on the screen are looked at for a respond-by clock that has run out."""


class TipFeed(FeedMoves, can_focus=True, inherit_bindings=False):
    """Lines of tips, newest first. Down: `show`, `say`, `start_over`, `seek`, `mark`, `unmark`, `zone`, `me`. Up: the
    messages below. Once the reader has moved, what is read never moves because of what comes above it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("feed")]
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tip-feed--{name}" for name in FEED_STYLES}

    zone: reactive[tzinfo] = reactive[tzinfo](UTC)
    """The station's time zone: all times on the lines are its local times."""
    me: reactive[int | None] = reactive[int | None](None)
    """The officer at the desk: whose claims are 'you'."""

    WindowWanted: TypeAlias = feed_news.WindowWanted
    Rested: TypeAlias = feed_news.Rested
    Opened: TypeAlias = feed_news.Opened
    MarkedChanged: TypeAlias = feed_news.MarkedChanged

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._marks = Marks()
        self._picture = FeedPicture(self._place, self._marks, partial(ink, self, "tip-feed"), now)
        self._asked: int | None = None
        self._wanted: int | None = None
        self._told: tuple[UUID, int] | None = None
        self._marked_told = 0

    # ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def cursor_line(self) -> TipLine | None:
        """The tip under the cursor as last seen; None when there is none or it is not held yet."""
        return self._place.line

    @property
    def cursor_number(self) -> int:
        """The number of the cursor's line in the whole list, from 0."""
        return self._place.cursor

    @property
    def marked(self) -> frozenset[UUID]:
        return frozenset(self._marks.lines)

    @property
    def marked_lines(self) -> tuple[TipLine, ...]:
        """The marked tips as last seen, in the order in which they were marked."""
        return tuple(self._marks.lines.values())

    @property
    def came(self) -> int:
        """New tips above the screen that the reader has not seen come."""
        return self._place.came

    @property
    def is_away(self) -> bool:
        """Whether the newest tips are above the screen."""
        return self._place.top > 0

    @property
    def span(self) -> int:
        """Lines a window should have."""
        return self._place.span

    @property
    def around(self) -> tuple[Key | None, int, int, tuple[int, int] | None]:
        """What to read so that the reader stays where they are, or comes to what they look at: `Place.around`."""
        return self._place.beside(self._wanted) or self._place.around()

    @property
    def wanted_start(self) -> int | None:
        """Where a window must start to hold what the reader looks at; None when it is held or will be by `around`."""
        return None if self._place.beside(self._wanted) else self._wanted

    # ── data in ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def show(self, window: Window) -> None:
        """Hold this piece of the list instead of the one before; only rows that look different are painted."""
        asked, self._asked = self._asked, None
        before = self._place.held
        shift = self._place.take(window)
        self._marks.follow(before, self._place.held, shift)
        if window.total or self._picture.state is FeedState.LOADING:
            self._picture.say(FeedState.EMPTY)
        self._update(answered=asked if asked == window.start else None)

    def keep_end(self, window: Window) -> None:
        """The end of the list, read before anybody goes there."""
        self._place.keep_end(window)

    def say(self, state: FeedState, words: str = "") -> None:
        """What to draw while there are no tips to draw: a whole sentence that says what it is and what to press."""
        self._picture.say(state, words)
        self._asked = None
        self._update()

    def start_over(self) -> None:
        """Another list comes: forget lines, marks and the cursor; the next window is shown from its top."""
        self._place.take(NOTHING)
        self._place.sought, self._place.oldest = None, NOTHING
        self._place.follows = True
        self._marks.clear()
        self._asked = self._wanted = None
        self._picture.say(FeedState.LOADING)
        self._update()

    def seek(self, line: TipLine) -> None:
        """Put the cursor on that tip, now or as soon as a window around `around` is shown."""
        found = self._place.held.number_of(line.id)
        if found is not None:
            self._go_to(found)
        else:
            self._place.sought = line
            self._read_anew()

    def mark(self, *lines: TipLine) -> None:
        """Mark these tips too."""
        self._marks.add(lines)
        self._update()

    def unmark(self, *tip_ids: UUID) -> None:
        """Take the marks off these tips; off all when none is named."""
        self._marks.drop(tip_ids)
        self._update()

    # ── what follows a change ────────────────────────────────────────────────────────────────────────────────────────
    def _update(self, answered: int | None = None) -> None:
        """Bring scroll bar, rows and listeners up to where the reader is now."""
        if not self.is_mounted:
            return
        self._mirror_scroll()
        self._repaint()
        self._ask(answered)
        line = self._place.line
        if (rest := None if line is None else (line.id, line.version)) != self._told:
            self._told = rest
            self.post_message(self.Rested(self, line))
        if len(self._marks.lines) != self._marked_told:
            self._marked_told = len(self._marks.lines)
            self.post_message(self.MarkedChanged(self, self._marked_told))

    def _mirror_scroll(self) -> None:
        """Tell Textual where the screen stands without a repaint: rows that move with the list look as before."""
        place = self._place
        height = max(place.held.total + bool(place.came), place.top + place.height)
        self.set_reactive(Widget.virtual_size, Size(self.size.width, height))
        self.set_reactive(Widget.scroll_y, float(place.top))
        self.set_reactive(Widget.scroll_target_y, float(place.top))
        self.vertical_scrollbar.window_virtual_size = height
        self.vertical_scrollbar.window_size = place.height
        self.vertical_scrollbar.position = place.top

    def _ask(self, answered: int | None) -> None:
        """Want a window when the screen is at the edge of what is held; one message at a time. A source that has just
        answered and has no more is not asked the same again."""
        need = self._place.start_needed() if self._place.held.total else None
        self._wanted = None if need == answered else need
        if self._wanted is not None and self._asked is None:
            self._asked = self._wanted
            self.post_message(self.WindowWanted(self, self._wanted))

    def _read_anew(self) -> None:
        self.post_message(self.WindowWanted(self, None))

    def _repaint(self) -> None:
        """Paint the rows that look different by now."""
        width, height = self.scrollable_content_region.size
        self._picture.width = width
        changed = self._picture.changed_rows()
        if len(changed) * 2 > height:
            self.refresh(Region(0, 0, width, height))
        elif changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def before_lines(self) -> None:
        """The width: Textual finds it by looking for the widget on the screen."""
        self._picture.width = self.scrollable_content_region.width

    def render_line(self, y: int) -> Strip:
        """Screen row `y` (0 is the widget's first)."""
        return self._picture.strip(y)

    def notify_style_update(self) -> None:
        """Another theme or focus: nothing drawn before looks right any more."""
        self._picture.forget()
        super().notify_style_update()

    # ── the reader ───────────────────────────────────────────────────────────────────────────────────────────────────
    def on_mount(self) -> None:
        self.set_interval(CLOCK_S, self._repaint)
        self._update()

    def on_resize(self, event: events.Resize) -> None:
        self._place.resize(self.size.height)
        self._update()

    def watch_zone(self, zone: tzinfo) -> None:
        self._picture.zone = zone

    def watch_me(self, me: int | None) -> None:
        self._picture.me = me

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The wheel or the scroll bar moved the screen; the cursor stays on its tip."""
        self._place.scroll_to(round(new_value))
        self._update()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or not self._place.held.total:
            return
        if offset.y == self._place.counter_row:
            self.action_first()
        elif (number := self._place.top + offset.y) < self._place.held.total:
            self._go_to(number)
            if event.chain == 2:
                self.action_open()

    def action_open(self) -> None:
        self._place.follows = False
        if self._place.line is not None:
            self.post_message(self.Opened(self, self._place.line))

    def action_toggle_mark(self) -> None:
        if self._place.line is not None:
            self._marks.toggle(self._place.line)
            self.action_cursor_down()

    def action_mark_range(self) -> None:
        self._marks.add_range(self._place.held, self._place.cursor)
        self._update()
