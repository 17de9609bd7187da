"""What an auditor asks for: terms read, and the place of those nobody can follow."""

from datetime import UTC, datetime

import pytest

from console.model.audit_log import Asked, parse_asked
from console.model.query import BadQuery

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


def test_terms_are_read() -> None:
    asked = parse_asked("Officer:jnl-001 action：reveal station:jnl since:2026-11-01", now=NOW, tz=UTC)
    assert asked == Asked("JNL-001", "reveal", "JNL", None, datetime(2026, 11, 1, tzinfo=UTC))
    assert parse_asked("officer:Program", now=NOW, tz=UTC).officer == "program"
    assert parse_asked("until:2026-11-01", now=NOW, tz=UTC).until == datetime(2026, 11, 2, tzinfo=UTC)
    assert parse_asked("  ", now=NOW, tz=UTC).is_empty


def test_half_a_character_or_nul_is_nothing_a_database_would_refuse() -> None:
    asked = parse_asked("officer:a\ud800\0b tip:x\udfff station:\ud83d", now=NOW, tz=UTC)
    assert (asked.officer, asked.tip, asked.station) == ("A?B", "X?", "?")


@pytest.mark.parametrize(
    "text, start, end, says",
    [
        ("offcer:x", 0, 8, 'did you mean "officer:"'),
        ("station:JNL action:revel", 12, 24, 'did you mean "reveal"'),
        ("action:locked", 0, 13, 'did you mean "desk.locked"'),
        ("since:never", 0, 11, "is no time"),
        ("officer:", 0, 8, "needs a value"),
        ("officer:A officer:B", 10, 19, "twice"),
        ("赌博", 0, 2, "holds no words"),
        ("x" * 2001, 2000, 2001, "at most"),
    ],
)
def test_what_cannot_be_followed_says_where(text: str, start: int, end: int, says: str) -> None:
    with pytest.raises(BadQuery, match=says) as wrong:
        parse_asked(text, now=NOW, tz=UTC)
    assert (wrong.value.start, wrong.value.end) == (start, end)
