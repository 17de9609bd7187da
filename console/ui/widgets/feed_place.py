"""Where the reader is in the list of tips: the held window, the screen's first row, the cursor, and what came above.
TipFeed asks it; it knows nothing of Textual, so that every rule about staying in place is plain arithmetic."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from console.model.tip import TipLine
from console.model.view import Key, Window

NOTHING: Final = Window(0, (), 0)


class Held:
    """The window at hand, found by number and by tip id; numbers count from the top of the whole list, 0 the newest."""

    __slots__ = ("_numbers", "end", "start", "total", "window")

    def __init__(self, window: Window = NOTHING) -> None:
        self.window = window
        self.start = window.start
        self.end = window.start + len(window.lines)
        self.total = max(window.total, self.end)
        self._numbers = {line.id: number for number, line in enumerate(window.lines, window.start)}

    def line(self, number: int) -> TipLine | None:
        return self.window.lines[number - self.start] if self.start <= number < self.end else None

    def number_of(self, tip_id: UUID) -> int | None:
        return self._numbers.get(tip_id)

    def covers(self, start: int, end: int) -> bool:
        """Whether the lines from `start` up to `end`, as far as the list has them, are all held."""
        return self.start <= max(start, 0) and min(end, self.total) <= self.end

    def new_since(self, before: "Held", above: int) -> int:
        """Lines above number `above` that `before` did not have; 0 unless both windows begin at the top."""
        if self.start or before.start:
            return 0
        return sum(line.id not in before._numbers for line in self.window.lines[:above])

    def grown_since(self, before: "Held", number: int) -> int:
        """By how much numbers around `number`, which `before` did not hold, have grown: as the nearest line of `before`
        that is still held tells, else the whole list."""
        lines = before.window.lines if number < before.start else reversed(before.window.lines)
        for line in lines:
            if (now := self._numbers.get(line.id)) is not None:
                return now - before._numbers[line.id]
        is_counted = not (before.window.total_is_capped or self.window.total_is_capped)
        return self.total - before.total if is_counted else 0


@dataclass(slots=True)
class Place:
    """`top` is the number of the screen's first row, `height` its rows, `cursor` the number of the cursor's line and
    `line` that line as last seen (None while unknown), `came` how many new lines wait above the screen.

    `follows` while nobody reads yet: from the start, and again after the first line was asked for, until the next move.
    Then new lines come in at the top of the screen, the cursor going down with its tip; else they wait above it."""

    held: Held = field(default_factory=Held)
    top: int = 0
    cursor: int = 0
    line: TipLine | None = None
    height: int = 1
    came: int = 0
    follows: bool = True
    sought: TipLine | None = None
    """The tip the cursor goes to as soon as a window with it is at hand."""
    newest: Window = NOTHING
    oldest: Window = NOTHING
    """The list's ends as last read, so that a jump there shows them at once."""

    @property
    def rows(self) -> int:
        """Rows that show tips: one fewer while a row tells of new ones."""
        return max(self.height - 1, 1) if self.came else self.height

    @property
    def half(self) -> int:
        return max(self.rows // 2, 1)

    @property
    def lowest_top(self) -> int:
        """The greatest `top`; a list shorter than the screen may stand higher by the new lines hidden above it."""
        return max(self.held.total - self.rows, min(self.came, self.held.total - 1), 0)

    @property
    def counter_row(self) -> int | None:
        """The screen row that tells of new lines above: the last one, but never the one being read."""
        if not self.came or self.height < 2:
            return None
        return 0 if self.cursor - self.top == self.height - 1 else self.height - 1

    def take(self, window: Window) -> int:
        """Hold `window` instead, with the cursor on its tip and the row being read where it stands on the screen.

        Returns by how much the numbers around it have grown."""
        before, self.held = self.held, Held(window)
        self.keep_end(window)
        if not before.total or not self.held.total:
            self.top = self.cursor = self.came = 0
            self.line = self.held.line(0)
            shift = 0
        else:
            shift = self._stay(before)
        if self.follows and not self.held.start and self.cursor < self.height:
            self.top = self.came = 0
        self._settle()
        if self.sought is not None and (found := self.held.number_of(self.sought.id)) is not None:
            self.go_to(found)
        return shift

    def _stay(self, before: Held) -> int:
        on_screen = self.top <= self.cursor < self.top + self.height
        reading = self.cursor if on_screen else self.top
        was, now = self._followed(before, reading)
        stood = min(was, reading)
        shift = now - stood
        self.came += max(shift, self.held.new_since(before, now), 0)
        self.top = max(now - (stood - self.top), 0)
        self.cursor = now if on_screen else self.cursor + shift
        if not on_screen and self.line is not None:
            found = self.held.number_of(self.line.id)
            self.cursor = self.cursor if found is None else found
        return shift

    def _followed(self, before: Held, reading: int) -> tuple[int, int]:
        """The old and the new number of the line that stands for the row being read: its own, else the one that took
        its place (the next older), else the next newer; the row's number twice when none is known. Of a row that was
        not held yet, its number and that with what the list grew by above it meanwhile."""
        if reading == self.cursor and self.line is not None:
            found = self.held.number_of(self.line.id)
            if found is not None:
                return reading, found
        if not before.start <= reading < before.end:
            return reading, reading + self.held.grown_since(before, reading)
        for number in (*range(reading, before.end), *range(reading - 1, before.start - 1, -1)):
            line = before.line(number)
            found = None if line is None else self.held.number_of(line.id)
            if found is not None:
                return number, found
        return reading, reading

    def _settle(self) -> None:
        self.cursor = min(max(self.cursor, 0), max(self.held.total - 1, 0))
        self.scroll_to(self.top)
        self.line = self.held.line(self.cursor) or (self.line if self.held.total else None)

    def keep_end(self, window: Window) -> None:
        """Remember the window if it reaches an end of the list."""
        if not window.start:
            self.newest = window
        if window.start + len(window.lines) == window.total and not window.total_is_capped:
            self.oldest = window

    def leap(self, number: int) -> bool:
        """Hold the end of the list that has that line, if none is held there; True when it is now, to be read anew.

        New tips push the oldest ones down as they are; of the newest they make another list.
        """
        total = self.held.total
        if self.held.line(min(max(number, 0), total - 1)) is not None:
            return False
        for end, start in ((self.oldest, total - len(self.oldest.lines)), (self.newest, 0)):
            if start <= number < start + len(end.lines) and (start or end.total == total):
                self.held = Held(replace(end, start=start, total=total))
                return True
        return False

    def go_to(self, number: int) -> None:
        """Put the cursor on that line, as near as the list has it, and scroll no further than needed to see it."""
        self.sought = None
        self.follows = False
        if not self.held.total:
            return
        self.cursor = min(max(number, 0), self.held.total - 1)
        self.line = self.held.line(self.cursor)
        if self.cursor < self.top:
            self.scroll_to(self.cursor)
        elif self.cursor >= self.top + self.rows:
            self.scroll_to(self.cursor - self.rows + 1)

    def go_first(self) -> None:
        """Go to the newest line and let newer ones come in."""
        self.go_to(0)
        self.follows = True

    def scroll_to(self, top: int) -> None:
        """The reader looks elsewhere; what comes into view is new no more."""
        self.follows = self.follows and top <= 0
        self.came = min(self.came, max(top, 0))
        self.top = min(max(top, 0), self.lowest_top)
        self.came = min(self.came, self.top)

    def resize(self, height: int) -> None:
        """The screen has another height; a cursor that was in view stays in view."""
        in_view = self.top <= self.cursor < self.top + self.height
        self.height = max(height, 1)
        self.scroll_to(self.top)
        if in_view and self.cursor >= self.top + self.rows:
            self.scroll_to(self.cursor - self.rows + 1)

    @property
    def span(self) -> int:
        """Lines a window should have: six screens, so that a third of it is above the reader and a page lies ahead."""
        return max(6 * self.height, 100)

    def start_needed(self) -> int | None:
        """Where a window of `span` lines must start so that the screen and a page around it are held; None when they
        are. A capped total is asked beyond its end."""
        end = self.top + 2 * self.height
        beyond = self.held.window.total_is_capped and self.held.end == self.held.total < end
        if not beyond and self.held.covers(self.top - self.height, end):
            return None
        lowest = self.held.total - (self.span // 2 if beyond else self.span)
        return max(min(self.top - self.span // 3, lowest), 0)

    def around(self) -> tuple[Key | None, int, int, tuple[int, int] | None]:
        """The key to read around, how many newer and older lines (that one included) are wanted, and the number of the
        key's line with the list's total as last read; None for the key when nothing is held, which means from the
        newest, and for the number of a tip that is sought."""
        newer = self.span // 3
        number = min(max(self.top, self.held.start), self.held.end - 1)
        line = self.sought or self.held.line(number)
        if line is None:
            return None, 0, self.span, None
        stood = (number, self.held.total) if self.sought is None else None
        return line.key, newer, self.span - newer, stood

    def beside(self, start: int | None) -> tuple[Key, int, int, tuple[int, int]] | None:
        """The same for the window of `span` lines from number `start`, when a line of it is held: keys lead on from it
        without a gap, while a number is off far down a list and as tips come in. None when none of it is held."""
        held = self.held
        if start is None or self.sought is not None or held.window.total_is_capped:
            return None
        number = max(start, held.start)
        line = held.line(number)
        newer = number - start
        if line is None or newer >= self.span:
            return None
        return line.key, newer, self.span - newer, (number, held.total)


@dataclass(slots=True)
class Marks:
    """The tips marked for the next step, as last seen, and which was marked last."""

    lines: dict[UUID, TipLine] = field(default_factory=dict)
    last: UUID | None = None

    def clear(self) -> None:
        self.lines.clear()
        self.last = None

    def add(self, lines: Iterable[TipLine]) -> None:
        self.lines |= {line.id: line for line in lines}

    def drop(self, tip_ids: Collection[UUID]) -> None:
        """Take the marks off these tips; off all when none is named."""
        for tip_id in tip_ids or tuple(self.lines):
            self.lines.pop(tip_id, None)

    def toggle(self, line: TipLine) -> None:
        if self.lines.pop(line.id, None) is None:
            self.lines[line.id] = line
        self.last = line.id

    def add_range(self, held: Held, number: int) -> None:
        """Mark the held lines from the last mark to that number; just that one when there is no last mark at hand."""
        first = None if self.last is None else held.number_of(self.last)
        ends = sorted((number if first is None else first, number))
        for line in (held.line(n) for n in range(ends[0], ends[1] + 1)):
            if line is not None:
                self.lines[line.id] = line
                self.last = line.id if held.number_of(line.id) == number else self.last

    def follow(self, before: Held, held: Held, shift: int) -> None:
        """See marked tips as they are now; a tip that left the view takes its mark with it."""
        for tip_id in list(self.lines):
            number = held.number_of(tip_id)
            if number is not None:
                self.lines[tip_id] = held.line(number) or self.lines[tip_id]
                continue
            was = before.number_of(tip_id)
            if was is not None and held.covers(was + shift - 1, was + shift + 2):
                del self.lines[tip_id]
