"""How a station's settings are written, and which values make sense."""

import pytest

from console.errors import NotAllowed
from console.model.station import EraseAfter, RespondWithin, Station
from console.model.station_settings import Setting, changed, parse_settings, settings_of, why_not_set, written

JNL = Station(1, 1, "JNL", "Jiangning Road")


def test_what_is_typed_is_read_and_written_the_same() -> None:
    typed = ["respond.routine=2d", "respond.priority=90s", "respond.alarm=1m", "erase.closed=60d", "name=Jing'an Road"]
    values = parse_settings(typed)
    after = changed(JNL, values)
    assert (after.respond_within, after.erase_after) == (RespondWithin(172_800, 90, 60), EraseAfter(closed_days=60))
    assert (after.name, after.timezone, why_not_set(after)) == ("Jing'an Road", JNL.timezone, None)
    assert [f"{one.value}={written(one, value)}" for one, value in values.items()] == typed
    assert written(Setting.RESPOND_ROUTINE, 86_400) == "1d"
    assert written(Setting.RESPOND_ROUTINE, 5_400) == "90m"
    assert parse_settings(["erase.solved=365"]) == {Setting.ERASE_SOLVED: 365}
    assert set(settings_of(JNL)) == set(Setting)


@pytest.mark.parametrize(
    "typed, why",
    [
        ("erase.closed", "NAME=VALUE, NAME being one of: name, timezone, respond.routine"),
        ("erase.new=30d", "NAME=VALUE"),
        ("=30d", "NAME=VALUE"),
        ("erase.closed=a month", "a number of days"),
        ("erase.closed=-1", "a number of days"),
        ("erase.closed=24h", "a number of days"),
        ("respond.alarm=300", "with its unit"),
        ("respond.alarm=1.5h", "with its unit"),
        ("respond.alarm=", "with its unit"),
        ("respond.alarm=٣m", "with its unit"),
    ],
)
def test_what_cannot_be_read_is_told_what_would_be_right(typed: str, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        parse_settings([typed])
    with pytest.raises(NotAllowed, match=r"erase\.closed is given twice"):
        parse_settings(["erase.closed=1", "erase.closed=2"])


@pytest.mark.parametrize(
    "typed, why",
    [
        ("erase.closed=0", "1 to 3650 days; what must be kept longer is held"),
        ("erase.referred=3651", "1 to 3650 days"),
        ("erase.solved=99999", "1 to 3650 days"),
        ("respond.alarm=29s", "30 seconds to 30 days"),
        ("respond.routine=31d", "30 seconds to 30 days"),
        ("respond.alarm=2h", "An alarm waits no longer"),
        ("respond.routine=59m", "An alarm waits no longer"),
        ("timezone=Asia", "no time zone Asia: write one such as Asia/Shanghai"),
        ("timezone=../etc/passwd", "no time zone"),
        ("name=", "1 to 100 characters"),
        ("name=a\x1b[31m", "1 to 100 characters"),
    ],
)
def test_what_makes_no_sense_is_refused(typed: str, why: str) -> None:
    assert why in (why_not_set(changed(JNL, parse_settings([typed]))) or "")
