"""What kind of content an attachment has, and why a picture among them is not to be shown. Intake notes it, screen and
command line tell it."""

from __future__ import annotations

from enum import StrEnum

from console.words import gettext as _

_MARK = "; unshown="
"""Behind the media type, as one of its parameters (RFC 9110, section 8.3.1): `image/png; unshown=damaged`."""


class Unshown(StrEnum):
    """Why a picture is not to be opened; its content is kept all the same."""

    DAMAGED = "damaged"
    UNKNOWN_FORMAT = "unknown-format"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    TOO_MUCH_MEMORY = "too-much-memory"
    UNCHECKED = "unchecked"
    CHANGED = "changed"


def noted(media_type: str, unshown: Unshown | None) -> str:
    """The media type with the note, as it is stored."""
    return media_type if unshown is None else f"{media_type}{_MARK}{unshown}"


def plain_media_type(stored: str) -> str:
    """The media type without a note."""
    return stored.partition(_MARK)[0]


def unshown_in(stored: str) -> Unshown | None:
    """The note; a word this program does not know counts as `unchecked`."""
    word = stored.partition(_MARK)[2]
    if not word:
        return None
    return next((unshown for unshown in Unshown if unshown == word), Unshown.UNCHECKED)


def why_not_shown(stored: str) -> str | None:
    """The note in words; None when there is none."""
    unshown = unshown_in(stored)
    return None if unshown is None else _SENTENCES[unshown]


_SENTENCES = {
    Unshown.DAMAGED: _("not shown: the picture is damaged"),
    Unshown.UNKNOWN_FORMAT: _("not shown: no PNG, JPEG, GIF, WEBP or BMP picture"),
    Unshown.TOO_MANY_PIXELS: _("not shown: more than 50 million pixels"),
    Unshown.TOO_LARGE: _("not shown: too large a file, it lies in rejected/"),
    Unshown.TOO_SLOW: _("not shown: it takes too long to open"),
    Unshown.TOO_MUCH_MEMORY: _("not shown: it takes too much memory to open"),
    Unshown.UNCHECKED: _("not shown: it could not be checked"),
    Unshown.CHANGED: _("not shown: not the file its sender meant"),
}
