"""The form for a tip given by phone or at the counter. The desk screen pushes it and hands the answer to the desk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static

from console.model.ids import new_id
from console.model.incoming import NewReporter, NewTip
from console.model.room import Room
from console.model.station import Station
from console.model.tip import Category, Urgency
from console.ui.modals.question import INNER, Question
from console.ui.modals.words_field import LineField, OneOf, WordsField
from console.ui.text import as_content, one_line
from console.ui.widgets.glyphs import category_sign, urgency_sign
from console.words import gettext as _

SOURCE = "desk"
MOST_TEXT = 20_000
# What the screen shows of a tip's words without cutting them.
MOST_PLACE = 200
MOST_NAME = 100
WAYS = ("phone", "counter")
"""How it reached the desk; stands readable in the tip as the reporter's kind."""


class NewTipForm(Question[NewTip]):
    """A submitted tip. `rooms` and `stations` are those it may be for; `again` is a tip that could not be filed, to go
    on with: it stays the same delivery. Enter in the words is a new line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f3", "file", _("File"), priority=True, show=False)]

    def __init__(self, rooms: Sequence[Room], stations: Sequence[Station] = (), *, again: NewTip | None = None) -> None:
        super().__init__(
            _("New tip by phone or at the counter"),
            "",
            _("Tab next field · F3 (or Enter below the words) files · Esc leaves"),
        )
        self._rooms = {one.code.casefold(): one for one in rooms}
        self._stations = {one.code.casefold(): one for one in stations}
        self._again = again
        self._key = str(new_id(datetime.now(UTC))) if again is None else again.source_key
        self._asked_to_leave_with: tuple[str, ...] = ()
        self._places: dict[str, Room | Station] = {**self._stations, **self._rooms}
        codes = [one_line(one.code) for one in self._places.values()]
        self._text = WordsField(_("What was reported"), limit=MOST_TEXT)
        self._where = LineField(
            _("Room"), limit=40, value=codes[0] if len(codes) == 1 else "",
            suggester=SuggestFromList(codes, case_sensitive=False), id="where",
        )  # fmt: skip
        self._found = Static(classes="found")
        self._urgency = OneOf(_("Urgency"), [urgency_sign(one).word for one in Urgency])
        category = list(Category).index(Category.OTHER)
        self._category = OneOf(_("Category"), [category_sign(one).word for one in Category], index=category)
        self._place = LineField(_("Place"), limit=MOST_PLACE)
        self._way = OneOf(_("Came by"), [_("phone"), _("counter")])
        self._reporter = LineField(_("Their name"), limit=MOST_NAME)
        self._contact = LineField(_("Phone, mail"), limit=MOST_NAME)

    def parts(self) -> Iterator[Widget]:
        yield self._text
        yield self._where
        yield self._found
        yield self._urgency
        yield self._category
        yield self._place
        yield self._way
        yield Static(as_content(_("Who reports it (sealed: nobody sees it without a reveal):")), classes="hint")
        yield self._reporter
        yield self._contact

    def on_mount(self) -> None:
        if self._again is not None:
            self._begin(self._again)
        self._show_found()

    def _begin(self, tip: NewTip) -> None:
        self._text.begin(tip.text)
        self._where.begin(tip.room or tip.station or "")
        self._urgency.index = list(Urgency).index(tip.urgency)
        self._category.index = list(Category).index(tip.category)
        self._place.begin(tip.place or "")
        if tip.reporter is not None:
            self._way.index = WAYS.index(tip.reporter.kind or WAYS[0])
            self._reporter.begin(tip.reporter.name or "")
            self._contact.begin(tip.reporter.contact or "")

    @on(Input.Changed, "#where Input")
    def _show_found(self) -> None:
        """The room or station meant by what is typed, or the first that begin so."""
        part = self._where.words.casefold()
        exact = self._places.get(part)
        if exact is not None:
            words = f"= {exact.name}"
        else:
            near = [one for code, one in self._places.items() if code.startswith(part)][:4]
            words = " · ".join(f"{one.code} {one.name}" for one in near) or _("no such room or station")
        self._found.update(as_content(one_line(words, INNER - 12)))

    def why_not(self) -> str | None:
        """The first thing that is missing or too long; its field gets the focus."""
        for field, why in self._wrong():
            if why is not None:
                field.focus()
                return why
        return None

    def _wrong(self) -> Iterator[tuple[Widget, str | None]]:
        yield self._text, None if self._text.words else _("Write down what was reported.")
        for field in (self._text, self._where, self._place, self._reporter, self._contact):
            yield field, field.why_not()
            if field is self._where:
                yield field, self._why_not_where()

    def _why_not_where(self) -> str | None:
        code = self._where.words
        if not code:
            return _("Say which room it is for: type its code, → takes the one shown.")
        if code.casefold() in self._places:
            return None
        return _("There is no room or station {code}: type another code.").format(code=one_line(code, 20))

    def answer(self) -> NewTip:
        code = self._where.words.casefold()
        room, station = self._rooms.get(code), self._stations.get(code)
        way = WAYS[self._way.index]
        return NewTip(
            text=self._text.words,
            source=SOURCE,
            source_key=self._key,
            room=None if room is None else room.code,
            station=None if room is not None or station is None else station.code,
            category=list(Category)[self._category.index],
            urgency=list(Urgency)[self._urgency.index],
            place=self._place.words or None,
            reporter=NewReporter(self._reporter.words or None, self._contact.words or None, way),
        )

    def confirm(self) -> None:
        if self._text.has_focus:
            self._text.insert("\n")
        else:
            super().confirm()

    def action_file(self) -> None:
        self.in_turn(super().confirm)

    @property
    def _written(self) -> tuple[str, ...]:
        return tuple(field.words for field in (self._text, self._place, self._reporter, self._contact))

    @property
    def has_words(self) -> bool:
        return any(self._written)

    def action_leave(self) -> None:
        """What was typed goes only after a second Esc."""
        written = self._written
        if not self.has_words or written == self._asked_to_leave_with:
            super().action_leave()
            return
        self._asked_to_leave_with = written
        self.say(_("Esc again throws away what you have written; any other key goes on."))
