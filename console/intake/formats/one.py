"""One tip in one JSON file."""

from __future__ import annotations

from console.errors import BadTip
from console.intake.envelope import Submission, read_tip
from console.intake.formats import SOURCE
from console.intake.wrong import no_bundle


def read_one(received: bytes, *, source: str = SOURCE, number: int = 1) -> Submission:
    """The tip of a file or a socket's line, which has nothing beside it; `number` is its first line in the file.

    Raises BadTip.
    """
    submission = read_tip(received, source=source, first_line=number)
    if submission.listed:
        raise no_bundle()
    return submission


def try_one(received: bytes, *, source: str = SOURCE, number: int = 1) -> Submission | BadTip:
    """`read_one` with the refusal as an answer, for callers with many."""
    try:
        return read_one(received, source=source, number=number)
    except BadTip as bad:
        return bad
