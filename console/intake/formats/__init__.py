"""The forms in which tips lie in the folder: one (.json), many (.jsonl, .ndjson), a bundle (folder with tip.json)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath

from console.errors import BadTip
from console.words import gettext as _

SOURCE = "folder"
"""The source of a tip that names none."""


class Form(StrEnum):
    """What a name in the folder promises."""

    ONE = "one"
    MANY = "many"
    BUNDLE = "bundle"


_ENDINGS = {".json": Form.ONE, ".jsonl": Form.MANY, ".ndjson": Form.MANY}


def form_of(name: str, *, is_folder: bool) -> Form:
    """The form by the name's ending. Raises BadTip `unknown-ending`."""
    if is_folder:
        return Form.BUNDLE
    form = _ENDINGS.get(PurePath(name).suffix.lower())
    if form is None:
        raise BadTip(
            "unknown-ending",
            _("Files of this ending are not taken: send {endings}, or a folder with tip.json and its pictures.").format(
                endings=", ".join(_ENDINGS)
            ),
        )
    return form
