"""What a password must be, and how long somebody has to wait who guessed wrongly. Signing in and the forms of the admin
ask here."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from console.words import gettext as _

LEAST: Final = 12
MOST: Final = 256
"""Characters. Length is what a guesser pays for (NIST SP 800-63B, 5.1.1); no rule asks for signs or digits."""
_OWN_PART: Final = 8
"""So many characters must be neither the officer's code nor name."""
_DIFFERENT: Final = 5

FREE_TRIES: Final = 5
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
"""Doubling from half a minute, so that a day has some thirty guesses and a tired officer is back after one wait."""


def why_not_password(password: str, code: str, name: str) -> str | None:
    """What to do about a new password of that officer, or None. ASCII only: it is typed while an input method may be
    on."""
    if not (password.isascii() and password.isprintable()):
        return _("Use letters, digits and signs of an English keyboard: it must be typed with any input method on.")
    if len(password) < LEAST:
        return _("Take at least {n} characters: a few words one after the other are good.").format(n=LEAST)
    if len(password) > MOST:
        return _("Take at most {n} characters.").format(n=MOST)
    own = password.casefold()
    for part in sorted({code, name, *re.split(r"[\W_]+", f"{code} {name}")}, key=len, reverse=True):
        if len(part) > 1:
            own = own.replace(part.casefold(), "")
    if len(own) < _OWN_PART or len(set(own)) < _DIFFERENT:
        return _("That is too easy to guess: not the code, not the name, not one character again and again.")
    return None


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many wrong passwords one after the other, or None."""
    if tries < FREE_TRIES:
        return None
    wait = FIRST_WAIT
    for _try in range(tries - FREE_TRIES):
        if wait >= LONGEST_WAIT:
            break
        wait *= 2
    return min(wait, LONGEST_WAIT)


def waiting_words(left: timedelta) -> str:
    """How long it still is: '45 s', '3 min 20 s', '1 h'."""
    seconds = max(-(-left // timedelta(seconds=1)), 1)
    if seconds < 60:
        return _("{seconds} s").format(seconds=seconds)
    if seconds < 3600:
        return _("{minutes} min {seconds} s").format(minutes=seconds // 60, seconds=seconds % 60)
    return _("{hours} h").format(hours=seconds // 3600)
