"""What an admin sets of a station: its clocks, its name and its time zone; how they are written, and which values make
sense. `desk.station_settings` and the `station` verb call it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final
from zoneinfo import available_timezones

from console.errors import NotAllowed
from console.model.station import EraseAfter, RespondWithin, Station
from console.words import gettext as _


class Setting(StrEnum):
    """Each by the name it is written by."""

    NAME = "name"
    TIMEZONE = "timezone"
    RESPOND_ROUTINE = "respond.routine"
    RESPOND_PRIORITY = "respond.priority"
    RESPOND_ALARM = "respond.alarm"
    ERASE_SOLVED = "erase.solved"
    ERASE_REFERRED = "erase.referred"
    ERASE_CLOSED = "erase.closed"


Values = dict[Setting, str | int]
"""Respond clocks in seconds, erase clocks in days."""

LEAST_RESPOND_S: Final = 30
MOST_RESPOND_S: Final = 30 * 86_400
"""A month: what waits longer is not waiting for a response."""
MOST_ERASE_DAYS: Final = 3_650
"""Ten years; what must be kept longer is held, with a paper that says so."""
MOST_NAME: Final = 100

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_TIME = re.compile(r"([0-9]{1,7})([smhd])")
_DAYS = re.compile(r"([0-9]{1,5})d?")


def parse_settings(words: Sequence[str]) -> Values:
    """`respond.alarm=5m erase.closed=60d` and the like. Raises NotAllowed with what would be right."""
    found: Values = {}
    for word in words:
        name, is_given, value = word.partition("=")
        if name not in set(Setting) or not is_given:
            raise NotAllowed(
                _("A setting is written NAME=VALUE, NAME being one of: {names}.").format(names=", ".join(Setting))
            )
        setting = Setting(name)
        if setting in found:
            raise NotAllowed(_("{name} is given twice.").format(name=setting.value))
        found[setting] = _parsed(setting, value.strip())
    return found


def _parsed(setting: Setting, value: str) -> str | int:
    if setting.value.startswith("respond."):
        time = _TIME.fullmatch(value)
        if time is None:
            sentence = _("{name} is a time with its unit, such as 90s, 5m, 24h or 2d.")
            raise NotAllowed(sentence.format(name=setting.value))
        return int(time[1]) * _UNITS[time[2]]
    if setting.value.startswith("erase."):
        days = _DAYS.fullmatch(value)
        if days is None:
            raise NotAllowed(_("{name} is a number of days, such as 30 or 365d.").format(name=setting.value))
        return int(days[1])
    return value


def written(setting: Setting, value: str | int) -> str:
    """The value as it is typed: a time in its largest whole unit."""
    if isinstance(value, str):
        return value
    if setting.value.startswith("erase."):
        return f"{value}d"
    unit = max((one for one, seconds in _UNITS.items() if value % seconds == 0), key=_UNITS.__getitem__)
    return f"{value // _UNITS[unit]}{unit}"


def settings_of(station: Station) -> Values:
    """All of them, in their order."""
    respond, erase = station.respond_within, station.erase_after
    return {
        Setting.NAME: station.name,
        Setting.TIMEZONE: station.timezone,
        Setting.RESPOND_ROUTINE: respond.routine_s,
        Setting.RESPOND_PRIORITY: respond.priority_s,
        Setting.RESPOND_ALARM: respond.alarm_s,
        Setting.ERASE_SOLVED: erase.solved_days,
        Setting.ERASE_REFERRED: erase.referred_days,
        Setting.ERASE_CLOSED: erase.closed_days,
    }


def changed(station: Station, values: Mapping[Setting, str | int]) -> Station:
    """The station with these instead of its own."""
    all_of = {**settings_of(station), **values}
    respond = (all_of[one] for one in (Setting.RESPOND_ROUTINE, Setting.RESPOND_PRIORITY, Setting.RESPOND_ALARM))
    erase = (all_of[one] for one in (Setting.ERASE_SOLVED, Setting.ERASE_REFERRED, Setting.ERASE_CLOSED))
    return replace(
        station,
        name=str(all_of[Setting.NAME]),
        timezone=str(all_of[Setting.TIMEZONE]),
        respond_within=RespondWithin(*(int(one) for one in respond)),
        erase_after=EraseAfter(*(int(one) for one in erase)),
    )


def why_not_set(station: Station) -> str | None:
    """Why a station cannot be so, or None."""
    respond, erase = station.respond_within, station.erase_after
    if not station.name.strip() or len(station.name) > MOST_NAME or not station.name.isprintable():
        return _("A name has 1 to {n} characters on one line.").format(n=MOST_NAME)
    if station.timezone not in available_timezones():
        return _("There is no time zone {zone}: write one such as Asia/Shanghai.").format(zone=station.timezone)
    if not all(
        LEAST_RESPOND_S <= one <= MOST_RESPOND_S for one in (respond.routine_s, respond.priority_s, respond.alarm_s)
    ):
        return _("A tip waits 30 seconds to 30 days for its first step.")
    if not respond.alarm_s <= respond.priority_s <= respond.routine_s:
        return _("An alarm waits no longer than a priority tip, and that no longer than a routine one.")
    if not all(1 <= one <= MOST_ERASE_DAYS for one in (erase.solved_days, erase.referred_days, erase.closed_days)):
        return _("Words are kept for 1 to {n} days; what must be kept longer is held.").format(n=MOST_ERASE_DAYS)
    return None
