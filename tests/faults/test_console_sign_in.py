"""Signing in on a real terminal of 80 by 24, by keys alone: a wrong password, the right one, the lock."""

from __future__ import annotations

import pytest

from console.paths import DataFolder
from tests.faults.pty_console import console_on, left
from tests.passwords import PASSWORD
from tests.ui.small_station import ZHOU

pytestmark = pytest.mark.timeout(240)

WRONG = "not the password"
OF_THE_TIPS = ("sofa", "Weihai", "Kangding", "赌博")


@pytest.fixture
def unsigned(folder: DataFolder) -> DataFolder:
    """Nobody's settings say who signs in."""
    folder.config.unlink()
    return folder


def test_wrong_then_right_then_locked(unsigned: DataFolder) -> None:
    with console_on(unsigned) as console:
        console.sees("Sign in")
        assert not any(console.shows(words) for words in OF_THE_TIPS)
        console.press(f"{ZHOU.code}\r")
        console.press(f"{WRONG}\r")
        console.sees("do not go together")
        console.sees("4 more tries")
        assert not any(console.shows(words) for words in OF_THE_TIPS)
        console.press(f"{PASSWORD}\r")
        console.is_at_work()
        console.press(b"\x0c")
        console.sees("Locked")
        assert not any(console.shows(words) for words in OF_THE_TIPS)
        console.press(f"{PASSWORD}\r")
        console.sees("Weihai")
        left(console)
    for secret in (WRONG, PASSWORD):
        assert secret.encode() not in bytes(console.tty.bytes)
