"""Refusals of what is beyond a limit: each says the limit and what to do. Whatever reads in the intake raises them."""

from __future__ import annotations

from console.errors import BadTip
from console.words import gettext as _

_CODE = "too-large"


def large_file(most_bytes: int) -> BadTip:
    """A file of one tip."""
    return BadTip(
        _CODE, _("It is too large: at most {limit}. Shorten it, or send it in parts.").format(limit=size(most_bytes))
    )


def large_file_of_many(most_bytes: int) -> BadTip:
    return BadTip(
        _CODE, _("The file is too large: at most {limit}. Split it into several files.").format(limit=size(most_bytes))
    )


def many_lines(most: int) -> BadTip:
    return BadTip(
        "too-many",
        _("The file has too many lines: at most {limit}. Split it into several files.").format(limit=f"{most:,}"),
    )


def long_line(most_bytes: int) -> BadTip:
    return BadTip(
        _CODE, _("The line is too long: at most {limit} a line. Shorten the text.").format(limit=size(most_bytes))
    )


def large_bundle(most_bytes: int) -> BadTip:
    return BadTip(
        _CODE,
        _("The bundle is too large: at most {limit}. Send fewer or smaller pictures.").format(limit=size(most_bytes)),
    )


def large_picture(most_bytes: int) -> BadTip:
    return BadTip(
        _CODE,
        _("The file is too large: at most {limit} each. The tip was taken without it: send a smaller one.").format(
            limit=size(most_bytes)
        ),
    )


def many_attachments(most: int) -> BadTip:
    return BadTip(
        "too-many",
        _("It has too many attachments: at most {limit}. Send the rest with another tip.").format(limit=most),
        "attachments",
    )


def size(count: int) -> str:
    """So many bytes as a person says it: 20 MiB, 64 KiB, 500 bytes."""
    for unit, shift in (("MiB", 20), ("KiB", 10)):
        if count >> shift and not count % (1 << shift):
            return f"{count >> shift:,} {unit}"
    return _("{count} bytes").format(count=f"{count:,}")
