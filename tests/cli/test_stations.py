"""`taskroom station`: the clocks of each station, changed by an admin alone."""

from __future__ import annotations

from tests.cli.desk import ADMIN, Desk, about, entries

AS_ADMIN = ("station", "--officer", ADMIN)


def test_a_clock_is_listed_changed_and_written_down(seeded: Desk) -> None:
    [jnl] = [one for one in seeded.run(*AS_ADMIN, "list", "--json").records if one["station"] == "JNL"]
    assert (jnl["respond_alarm_s"], jnl["erase_solved_days"]) == (300, 365)
    assert list(jnl) == [
        *("station", "name", "timezone", "respond_routine_s", "respond_priority_s", "respond_alarm_s"),
        *("erase_solved_days", "erase_referred_days", "erase_closed_days"),
    ]
    told = seeded.run(*AS_ADMIN, "set", "jnl", "respond.alarm=4m", "erase.solved=366")
    assert told.code == 0
    assert told.out.splitlines()[1].split()[:6] == ["JNL", "1d", "1h", "4m", "366d", "365d"]
    newest = entries(seeded, "setting.changed")[0]
    assert (newest.station, newest.officer) == ("JNL", ADMIN)
    assert about(newest) == {"respond.alarm": "5m -> 4m", "erase.solved": "365d -> 366d"}
    back = seeded.run(*AS_ADMIN, "set", "JNL", "respond.alarm=5m", "erase.solved=365d", "--json").records
    assert back == [jnl]
    as_supervisor = seeded.run("station", "list")
    assert (as_supervisor.code, "JNL" in as_supervisor.out) == (0, True)


def test_a_wrong_change_says_what_would_be_right(seeded: Desk) -> None:
    before = len(entries(seeded, "setting.changed"))
    for words, why in (
        (("station", "set", "JNL", "erase.closed=60d"), "Only an admin sets up stations"),
        ((*AS_ADMIN, "set", "JNL", "erase=60d"), "erase.closed"),
        ((*AS_ADMIN, "set", "JNL", "erase.closed=0"), "1 to 3650 days"),
        ((*AS_ADMIN, "set", "XXX", "erase.closed=60"), "no such station"),
    ):
        refused = seeded.run(*words)
        assert (refused.code, refused.out) == (1, ""), words
        assert why in refused.err, words
    assert seeded.run(*AS_ADMIN, "set", "JNL").code == 2
    assert len(entries(seeded, "setting.changed")) == before
