"""Asks a second officer to approve a reveal with their own code and password, or to refuse it. The desk screen pushes
it, at the desk of the one who asked or at that of the one who is to answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from textual.widget import Widget

from console.model.officer import MOST_CODE
from console.model.reveal import Reveal
from console.ui.modals.ascii_field import AsciiField
from console.ui.modals.question import Question
from console.ui.modals.words_field import OneOf
from console.words import gettext as _


@dataclass(frozen=True, slots=True)
class Approval:
    """What the second officer said; a refusal needs no password."""

    is_approved: bool
    code: str
    password: str = field(repr=False)


class ApproveReveal(Question[Approval]):
    """`code` is of the officer at this console when that is not the one who asked, else ''; `why` says what was wrong
    with the answer before."""

    def __init__(self, reveal: Reveal, *, code: str = "", why: str = "") -> None:
        asked = _("{officer} asks to see who sent {ref} (reference {reference}): {reason}").format(
            officer=reveal.officer_code, ref=reveal.ref, reference=reveal.reference, reason=reveal.reason
        )
        how = (
            _("Enter answers · Esc leaves it open")
            if code
            else _("A second officer types here · Enter approves · Esc waits for one at another console")
        )
        super().__init__(_("Approve a reveal"), asked, how)
        self._why = why
        self._is_own = bool(code)
        self._answer = OneOf(_("Answer"), [_("approve"), _("refuse")])
        self._code = AsciiField(_("Officer"), limit=MOST_CODE, value=code)
        self._password = AsciiField(_("Password"), secret=True)

    def parts(self) -> Iterator[Widget]:
        if self._is_own:
            yield self._answer
        yield self._code
        yield self._password

    def on_mount(self) -> None:
        if self._why:  # after the question has hidden its line
            self.call_later(self.say, self._why)
        if self._is_own:
            self._code.input.disabled = True
            self._password.focus()

    @property
    def _is_refused(self) -> bool:
        return self._is_own and self._answer.index == 1

    def why_not(self) -> str | None:
        if self._is_refused:
            return None
        if not self._code.words.strip():
            self._code.focus()
            return _("Type the second officer's code.")
        if not self._password.words:
            self._password.focus()
            return _("The second officer types their own password.")
        return None

    def answer(self) -> Approval:
        return Approval(not self._is_refused, self._code.words.strip(), self._password.words)
