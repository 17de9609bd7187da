"""Asks before the console is left, or the desk. The app pushes them."""

from __future__ import annotations

from console.ui.modals.confirm import Confirm
from console.words import gettext as _


class SignOff(Confirm):
    """True to sign off, None to stay."""

    def __init__(self, *, has_words: bool = False) -> None:
        usual = _("Sign off? Tips that you claim are given back, and the next officer signs in.")
        lost = _("Sign off? Words you have written and not stored are lost; tips that you claim are given back.")
        super().__init__(
            lost if has_words else usual, title=_("Sign off"), keys=_("y or Enter signs off · n or Esc stays")
        )


class Leave(Confirm):
    """True to leave, None to stay. `has_words`: something is written that is stored nowhere yet."""

    def __init__(self, sentence: str = "", *, has_words: bool = False) -> None:
        usual = _("Leave the console? New tips wait in the folder until a console or `taskroom intake` runs.")
        lost = _(
            "Leave the console? Words you have written to tips and not stored are lost; new tips wait in the folder."
        )
        super().__init__(
            sentence or (lost if has_words else usual),
            title=_("Leave"),
            keys=_("y or Enter leaves · n or Esc stays"),
        )
