"""What an admin is asked: a new officer, another password, a station granted or taken back. The admin screen pushes
them and hands the answers to the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from textual.widget import Widget

from console.model.officer import MOST_CODE, Role, RosterLine
from console.model.password import why_not_password
from console.ui.modals.ascii_field import AsciiField
from console.ui.modals.question import Question
from console.ui.modals.words_field import LineField, OneOf
from console.ui.text import one_line
from console.words import gettext as _

_ROLES = (Role.DUTY, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN)


def _why_not_twice(first: str, again: str, code: str, name: str) -> str | None:
    """What is wrong with a password typed twice, or None."""
    return why_not_password(first, code, name) or (None if first == again else _("The two passwords differ."))


class AddOfficer(Question[tuple[RosterLine, str]]):
    """A new officer and the password they begin with."""

    def __init__(self, station: str = "") -> None:
        super().__init__(_("Add an officer"), "", _("Tab next field · Enter adds · Esc leaves"))
        self._code = AsciiField(_("Code"), limit=MOST_CODE)
        self._called = LineField(_("Name"), limit=100)
        self._station = AsciiField(_("Station"), limit=20, value=station)
        self._role = OneOf(_("Role"), [_("duty"), _("supervisor"), _("auditor"), _("admin")])
        self._password = AsciiField(_("Password"), secret=True)
        self._again = AsciiField(_("Again"), secret=True)

    def parts(self) -> Iterator[Widget]:
        yield from (self._code, self._called, self._station, self._role, self._password, self._again)

    def why_not(self) -> str | None:
        code, name = self._code.words.strip(), self._called.words
        if not (code and name and self._station.words.strip()):
            return _("Code, name and station are needed.")
        return self._called.why_not() or _why_not_twice(self._password.words, self._again.words, code, name)

    def answer(self) -> tuple[RosterLine, str]:
        code, station = self._code.words.strip().upper(), self._station.words.strip().upper()
        role = _ROLES[self._role.index]
        new = RosterLine(0, code, self._called.words, role, 0, station, has_password=True)
        return new, self._password.words


class ResetPassword(Question[str]):
    """Another password for an officer."""

    def __init__(self, line: RosterLine) -> None:
        super().__init__(_("Another password for {code}").format(code=one_line(line.code, 20)), line.name)
        self._line = line
        self._password = AsciiField(_("Password"), secret=True)
        self._again = AsciiField(_("Again"), secret=True)

    def parts(self) -> Iterator[Widget]:
        yield from (self._password, self._again)

    def why_not(self) -> str | None:
        return _why_not_twice(self._password.words, self._again.words, self._line.code, self._line.name)

    def answer(self) -> str:
        return self._password.words


@dataclass(frozen=True, slots=True)
class Granting:
    """A station, until the end of that day (None: without an end), or taken back at once."""

    station: str
    last_day: date | None = None
    ends: bool = False


class GrantStation(Question[Granting]):
    """One station for an officer, or one taken back."""

    def __init__(self, line: RosterLine) -> None:
        granted = ", ".join(one.station_code for one in line.grants) or _("none")
        super().__init__(
            _("Stations of {code}").format(code=one_line(line.code, 20)),
            _("{name} · home {home} · granted: {granted}").format(
                name=line.name, home=line.station_code, granted=granted
            ),
            _("Last day: 2027-03-31, or none · Enter confirms · Esc leaves"),
        )
        self._what = OneOf(_("Do"), [_("grant"), _("take back at once")])
        self._station = AsciiField(_("Station"), limit=20)
        self._until = AsciiField(_("Last day"), limit=10)

    def parts(self) -> Iterator[Widget]:
        yield from (self._station, self._until, self._what)

    @property
    def _day(self) -> date | None:
        """Raises ValueError for what is no day."""
        words = self._until.words.strip()
        return date.fromisoformat(words) if words else None

    def why_not(self) -> str | None:
        if not self._station.words.strip():
            return _("Name the station by its code.")
        try:
            _day = self._day
        except ValueError:
            return _("A day is written YYYY-MM-DD; none is without an end.")
        return None

    def answer(self) -> Granting:
        return Granting(self._station.words.strip().upper(), self._day, ends=self._what.index == 1)
