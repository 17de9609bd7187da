"""What the officer looks at: which stations' tips, by which search. The desk screen asks it for the view to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from console.model.query import Query, parse_query
from console.model.station import UNROUTED_STATION_ID, Station
from console.model.tip import Status
from console.model.view import View
from console.words import gettext as _

OPEN = Query()
_OF_NOBODY = ("statuses", "categories", "urgencies", "unseen", "claimed", "overdue", "linked")


@dataclass(slots=True)
class Sight:
    """`stations` are all that the officer is granted, `chosen` the ids on the screen, `text` the search in force."""

    stations: tuple[Station, ...]
    chosen: tuple[int, ...]
    text: str = ""
    query: Query = field(default=OPEN)

    @classmethod
    def of(cls, stations: Sequence[Station], home: int) -> Sight:
        """The officer's own station first; any granted one when the home station is not among them."""
        ids = [one.id for one in stations]
        first = home if home in ids else next(iter(ids), home)
        return cls(tuple(stations), (first,))

    @property
    def view(self) -> View:
        return View(self.chosen, self.query)

    @property
    def station(self) -> Station | None:
        """The first of the chosen stations; its zone is the screen's."""
        return next((one for one in self.stations if one.id == self.chosen[0]), None)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo("UTC") if self.station is None else self.station.zone

    @property
    def title(self) -> str:
        """The chosen stations in raw words: code and name of one, the codes of several."""
        if len(self.chosen) > 4:
            return _("{n} stations").format(n=len(self.chosen))
        if len(self.shown) == 1:
            return f"{self.shown[0].code} {self.shown[0].name}"
        return " ".join(one.code for one in self.shown)

    @property
    def shown(self) -> tuple[Station, ...]:
        """The chosen stations."""
        return tuple(one for one in self.stations if one.id in self.chosen)

    @property
    def is_everything_open(self) -> bool:
        return self.query.is_empty

    @property
    def tells_nobody(self) -> bool:
        """Whether the search asks only for statuses, categories, urgencies and marks: nothing that somebody wrote, no
        room, no person, no plate."""
        return self.query == Query(**{name: getattr(self.query, name) for name in _OF_NOBODY})

    @property
    def shows_ended(self) -> bool:
        return self.query.statuses is not None and bool(self.query.statuses & {Status.SOLVED, Status.CLOSED})

    def search(self, text: str, now: datetime) -> None:
        """List what matches the text. Raises BadQuery and then nothing has changed."""
        self.query = parse_query(text, now=now, tz=self.zone)
        self.text = text.strip()

    def choose(self, ids: Sequence[int]) -> bool:
        """Show these stations; False when none of them is granted or nothing changes."""
        granted = [one.id for one in self.stations if one.id in ids]
        if not granted or tuple(granted) == self.chosen:
            return False
        self.chosen = tuple(granted)
        return True

    def beside(self, step: int) -> int | None:
        """The station `step` places after the first chosen one, around the end; None when there is no other."""
        ids = [one.id for one in self.stations if one.id != UNROUTED_STATION_ID] or [one.id for one in self.stations]
        if len(ids) < 2:
            return None
        at = ids.index(self.chosen[0]) if self.chosen[0] in ids else -1
        return ids[(at + step) % len(ids)]
