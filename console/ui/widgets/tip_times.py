"""Instants and durations in an officer's words: the station's local time, the date when it is another day, how long.
The detail pane and its history call it."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from console.words import gettext as _
from console.words import ngettext


def how_long(span: timedelta) -> str:
    """A duration in its one or two largest units: 'under a minute', '41 min', '2 h 5 min', '3 days'."""
    minutes = int(abs(span.total_seconds()) // 60)
    if minutes < 1:
        return _("under a minute")
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 10 and minutes:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    if hours < 48:
        return _("{hours} h").format(hours=hours)
    days = hours // 24
    return ngettext("{days} day", "{days} days", days).format(days=days)


def how_long_ago(at: datetime, now: datetime) -> str:
    """How long before `now` (both aware) `at` was; a sender's clock may be ahead of ours."""
    if at > now + timedelta(minutes=1):
        return _("in {span}").format(span=how_long(at - now))
    return _("{span} ago").format(span=how_long(now - at))


def clock_time(at: datetime, zone: tzinfo, now: datetime) -> str:
    """`at` as '02:13' in the zone; with its date when it is not the day of `now` there."""
    there = at.astimezone(zone)
    if there.date() == now.astimezone(zone).date():
        return f"{there:%H:%M}"
    return full_time(at, zone)


def full_time(at: datetime, zone: tzinfo) -> str:
    """`at` as '2026-11-20 02:13' in the zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
