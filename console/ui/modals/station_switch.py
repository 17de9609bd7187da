"""Asks whose tips are shown: one station or several of those granted. The desk screen pushes it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from console.model.station import Station
from console.ui.modals.choices import Choice, Choices
from console.ui.modals.question import Question
from console.ui.modals.words_field import LineField
from console.words import gettext as _

MARK = "◆"


class StationSwitch(Question[tuple[int, ...]]):
    """Ids of the marked stations, else the one under the cursor. Typing narrows the list; F2 marks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "toggle_mark", _("Mark"), priority=True, show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]
    AUTO_FOCUS = "Input"

    def __init__(self, stations: Sequence[Station], chosen: Collection[int] = ()) -> None:
        super().__init__(_("Station"), "", _("Type code or name · ↑ ↓ · F2 marks · Enter shows · Esc leaves"))
        self._stations = tuple(stations)
        self._marked = set(chosen) if len(chosen) > 1 else set()
        at = next((index for index, one in enumerate(stations) if one.id in chosen), 0)
        self._list = Choices(self._choices(""), at=at)
        self._part = LineField(_("Station"), limit=80)

    def parts(self) -> Iterator[Widget]:
        yield self._part
        yield self._list

    def _choices(self, part: str) -> list[Choice[int]]:
        part = part.casefold()
        found = [one for one in self._stations if part in f"{one.code} {one.name}".casefold()]
        found.sort(key=lambda one: not one.code.casefold().startswith(part))
        return [Choice(one.id, f"{one.code} {one.name}", MARK if one.id in self._marked else "") for one in found]

    @on(Input.Changed)
    def _narrow(self) -> None:
        self._list.offer(self._choices(self._part.words))

    def action_move(self, step: int) -> None:
        if step > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()

    def action_toggle_mark(self) -> None:
        choice = self._list.chosen
        if choice is not None:
            self._marked ^= {choice.value}
            self._list.offer(self._choices(self._part.words), at=self._list.highlighted or 0)

    def why_not(self) -> str | None:
        if self._marked or self._list.chosen is not None:
            return None
        return _("No station you may see is called that: type less of it.")

    def answer(self) -> tuple[int, ...]:
        if self._marked:
            return tuple(one.id for one in self._stations if one.id in self._marked)
        choice = self._list.chosen
        return () if choice is None else (choice.value,)
