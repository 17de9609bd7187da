"""What a password must be, and how long a wrong one makes wait."""

from datetime import timedelta

import pytest

from console.model.password import FREE_TRIES, LONGEST_WAIT, wait_after, waiting_words, why_not_password


@pytest.mark.parametrize(
    "password", ["correct horse battery", "x7#Kq!pW9zLm", "jnl-007 and eight more", "a" * 250 + "bcdefg"]
)
def test_long_enough_and_ones_own(password: str) -> None:
    assert why_not_password(password, "JNL-007", "Zhou Yaping") is None


@pytest.mark.parametrize(
    "password, why",
    [
        ("", "at least 12"),
        ("elevenchars", "at least 12"),
        ("a b" * 86, "at most 256"),
        ("密码密码密码密码密码密码", "English keyboard"),
        ("tab\tinside it all", "English keyboard"),
        ("aaaaaaaaaaaaaaaaa", "easy to guess"),
        ("jnl-007jnl-007", "easy to guess"),
        ("ZhouYaping-JNL-007", "easy to guess"),
        ("zhou yaping 123", "easy to guess"),
    ],
)
def test_what_is_wrong_is_said(password: str, why: str) -> None:
    assert why in (why_not_password(password, "JNL-007", "Zhou Yaping") or "")


def test_the_wait_doubles_from_half_a_minute_to_an_hour() -> None:
    assert [wait_after(n) for n in range(FREE_TRIES)] == [None] * FREE_TRIES
    waits = [wait_after(n) for n in range(FREE_TRIES, FREE_TRIES + 9)]
    assert waits == [timedelta(seconds=s) for s in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600)]
    assert wait_after(10_000_000) == LONGEST_WAIT


@pytest.mark.parametrize(
    "seconds, words", [(0, "1 s"), (29.2, "30 s"), (60, "1 min 0 s"), (200, "3 min 20 s"), (3600, "1 h")]
)
def test_waiting_in_words(seconds: float, words: str) -> None:
    assert waiting_words(timedelta(seconds=seconds)) == words
