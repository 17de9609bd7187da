"""The line at the top of the desk: who is on, and the truth about the machine. The desk screen calls `show`; the clock
ticks by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import ClassVar, Final

from console.ui.text import one_line
from console.ui.widgets.part_line import Part, PartLine
from console.words import gettext as _
from console.words import ngettext

TICK_S: Final = 0.5
"""Twice a second, so that no second is left out on the clock."""

MANY_WAIT: Final = 1000
"""Files in the folder: more than the intake takes within a second or two; fewer come and go unseen."""

ALWAYS: Final = 100
"""`keep` of what is never given up: health and alarms."""
LONGEST_NAME: Final = 40
LONGEST_CODE: Final = 12
"""Cells of a name or code: an endless one pushes nothing else off the line."""


class Health(StrEnum):
    """Whether what is on the screen is true now, or will ever be: `STARTING` before the store is open, `SHUT` when it
    could not be opened."""

    STARTING = "starting"
    SHUT = "shut"
    LIVE = "live"
    STALE = "stale"
    DOWN = "down"


class Intake(StrEnum):
    """How the intake stands."""

    UNKNOWN = "unknown"
    STARTING = "starting"
    OK = "ok"
    TROUBLE = "trouble"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class DeskState:
    """What the header tells; names are raw words.

    `since` is when the screen went stale or the store down (aware UTC). `intake_per_minute` counts tips while the
    intake is OK, `waiting` the files in the folder that are not taken yet. `alarms` and `open_tips` are None while they
    are not counted, `zone` while it is not known.
    """

    station_code: str = ""
    station_name: str = ""
    shift: str = ""
    officer: str = ""
    zone: tzinfo | None = UTC
    health: Health = Health.LIVE
    since: datetime | None = None
    intake: Intake = Intake.OK
    intake_per_minute: int = 0
    rejected: int = 0
    waiting: int = 0
    alarms: int | None = 0
    open_tips: int | None = None
    banner: str = ""


class DeskHeader(PartLine):
    """One row. Too narrow, it gives up shift, officer, open tips and intake's rate in this order; health and alarms
    never."""

    PREFIX = "desk-header"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"desk-header--{name}"
        for name in ("ground", "station", "quiet", "live", "stale", "down", "wrong", "alarm", "banner", "clock")
    }

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._now = now
        self._state = DeskState()
        self._told: tuple[DeskState, int] | None = None
        """What stands there, with the second it says."""

    def show(self, state: DeskState) -> None:
        """Tell this from now on; only what changed is painted."""
        self._state = state
        self._tick()

    def on_mount(self) -> None:
        self.set_interval(TICK_S, self._tick)
        self._tick()

    def _tick(self) -> None:
        now = self._now()
        if (told := (self._state, int(now.timestamp()))) != self._told:
            self._told = told
            self.set_parts(*parts_of(self._state, now))


def parts_of(state: DeskState, now: datetime) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """What stands on the left and what on the right."""
    return tuple(_who(state)), tuple(_machine(state, now))


def _who(state: DeskState) -> Iterator[Part]:
    if state.banner:
        yield Part((state.banner, ""), 78, "banner")
    station = one_line(f"{state.station_code} {state.station_name}", LONGEST_NAME)
    yield Part((station, one_line(state.station_code, LONGEST_CODE)), 50, "station")
    yield Part((state.shift, ""), 10)
    yield Part((one_line(state.officer, LONGEST_NAME), ""), 20)


def _machine(state: DeskState, now: datetime) -> Iterator[Part]:
    yield _health(state, now)
    yield from _intake(state)
    if state.rejected:
        words = ngettext("! {count} rejected", "! {count} rejected", state.rejected)
        yield Part((words.format(count=f"{state.rejected:,}"), ""), 70, "wrong")
    if state.alarms is not None:
        yield _alarms(state.alarms)
    if state.open_tips is not None:
        yield Part((_("{count} open").format(count=f"{state.open_tips:,}"), ""), 30)
    if state.zone is not None:
        local = now.astimezone(state.zone)
        yield Part((f"{local:%H:%M:%S}", f"{local:%H:%M}", ""), 60, "clock")


def _health(state: DeskState, now: datetime) -> Part:
    if state.health is Health.LIVE:
        return Part((_("● live"),), ALWAYS, "live")
    if state.health is Health.STARTING:
        return Part((_("◌ starting"),), ALWAYS, "stale")
    if state.health is Health.SHUT:
        return Part((_("× not open"),), ALWAYS, "down")
    if state.health is Health.STALE:
        return Part((*_stale_words(state, now), _("◌ stale")), ALWAYS - 1, "stale")
    short = _("× store down")
    if state.since is None:
        return Part((short,), ALWAYS, "down")
    since = f"{state.since.astimezone(state.zone or UTC):%H:%M}"
    return Part((_("× store down since {time}").format(time=since), short), ALWAYS - 1, "down")


def _stale_words(state: DeskState, now: datetime) -> Iterator[str]:
    if state.since is None:
        return
    age_s = max(int((now - state.since).total_seconds()), 0)
    if age_s < 120:
        yield _("◌ stale for {seconds} s").format(seconds=age_s)
    elif age_s < 2 * 3600:
        yield _("◌ stale for {minutes} min").format(minutes=age_s // 60)
    else:
        yield _("◌ stale for {hours} h").format(hours=age_s // 3600)


def _intake(state: DeskState) -> Iterator[Part]:
    if state.intake is Intake.STOPPED:
        yield Part((_("× intake stopped"), _("× intake")), 80, "wrong")
    elif state.intake is Intake.TROUBLE:
        yield Part((_("! intake trouble"), _("! intake")), 80, "wrong")
    elif state.intake is Intake.STARTING:
        yield Part((_("◌ intake starting"), ""), 40)
    elif state.intake is Intake.OK and state.waiting >= MANY_WAIT:
        rate, waiting = f"{state.intake_per_minute:,}", f"{state.waiting:,}"
        words = _("intake {count}/min, {waiting} wait").format(count=rate, waiting=waiting)
        yield Part((words, _("{waiting} wait").format(waiting=waiting), ""), 40)
    elif state.intake is Intake.OK:
        yield Part((_("intake {count}/min").format(count=f"{state.intake_per_minute:,}"), ""), 40)


def _alarms(count: int) -> Part:
    if not count:
        return Part((_("alarm 0"),), ALWAYS)
    words = ngettext("⚠ {count} ALARM", "⚠ {count} ALARMS", count).format(count=f"{count:,}")
    return Part((words,), ALWAYS, "alarm")
