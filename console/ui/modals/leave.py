"""Asks before the console is left. The app pushes it."""

from __future__ import annotations

from gettext import gettext as _

from console.ui.modals.confirm import Confirm


class Leave(Confirm):
    """True to leave, None to stay."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(
            sentence or _("Leave the console? New tips wait in the folder until a console or `taskroom intake` runs."),
            title=_("Leave"),
            keys=_("y or Enter leaves · n or Esc stays"),
        )
