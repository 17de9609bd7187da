"""What happened to a tip, one sentence an event. The detail pane's page calls it."""

from __future__ import annotations

from functools import cache

from console.model.change import Event, EventKind
from console.model.tip import Category, Status, Urgency
from console.ui.widgets.glyphs import category_sign, status_sign, urgency_sign
from console.ui.widgets.tip_words import reason_word
from console.words import gettext as _


@cache
def _sentences() -> dict[EventKind, str]:
    """Sentences of events that are about nothing, or about something not told."""
    return {
        EventKind.RECEIVED: _("received"),
        EventKind.CLAIMED: _("claimed"),
        EventKind.RELEASED: _("claim released"),
        EventKind.ASSIGNED: _("assigned"),
        EventKind.INVESTIGATING: _("{before} → {after}"),
        EventKind.REFERRED: _("{before} → {after}"),
        EventKind.SOLVED: _("{before} → {after}"),
        EventKind.CLOSED: _("{before} → {after}"),
        EventKind.REOPENED: _("{before} → {after}, reopened"),
        EventKind.NOTED: _("note"),
        EventKind.URGENCY_SET: _("urgency changed"),
        EventKind.CATEGORY_SET: _("category changed"),
        EventKind.LINKED: _("linked as a duplicate"),
        EventKind.UNLINKED: _("no longer linked as a duplicate"),
        EventKind.ACKNOWLEDGED: _("alarm acknowledged"),
        EventKind.HELD: _("held"),
        EventKind.HOLD_ENDED: _("hold ended"),
        EventKind.ERASED: _("erased: words, place, persons and notes"),
        EventKind.TO_OVERSIGHT: _("passed to oversight"),
        EventKind.UNDONE: _("last step taken back, {before} → {after}"),
        EventKind.REVEAL_ASKED: _("reveal asked for"),
        EventKind.REVEAL_APPROVED: _("reveal approved"),
        EventKind.REVEAL_REFUSED: _("reveal refused"),
        EventKind.REVEAL_SHOWN: _("reporter shown"),
        EventKind.REVEAL_ENDED: _("reporter sealed again"),
    }


@cache
def _sentences_about() -> dict[EventKind, str]:
    return {
        EventKind.ASSIGNED: _("assigned to {about}"),
        EventKind.REFERRED: _("{before} → {after} to {about}"),
        EventKind.CLOSED: _("{before} → {after}: {about}"),
        EventKind.URGENCY_SET: _("urgency set to {about}"),
        EventKind.CATEGORY_SET: _("category set to {about}"),
        EventKind.HELD: _("held by {about}"),
        EventKind.HOLD_ENDED: _("hold {about} ended"),
        EventKind.LINKED: _("linked as a duplicate of {about}"),
        EventKind.UNLINKED: _("no longer linked as a duplicate of {about}"),
        EventKind.REVEAL_ASKED: _("reveal asked for, reference {about}"),
        EventKind.REVEAL_APPROVED: _("reveal approved for {about}"),
        EventKind.REVEAL_REFUSED: _("reveal refused to {about}"),
        EventKind.REVEAL_SHOWN: _("reporter shown to {about}"),
    }


def what_happened(event: Event) -> str:
    """The event as one sentence; raw words may be in it: pass it through the door."""
    sentence = _sentences()[event.kind]
    if event.about:
        sentence = _sentences_about().get(event.kind, sentence)
    words = sentence.format(
        before=_status_word(event.from_status), after=_status_word(event.to_status), about=_about(event)
    )
    return _("{step} (taken back)").format(step=words) if event.undone else words


def who(event: Event) -> str:
    """The officer's code, or that the intake did it."""
    return event.officer_code or _("intake")


def _status_word(status: Status | None) -> str:
    return _("nothing") if status is None else status_sign(status).word


def _about(event: Event) -> str:
    about = event.about or ""
    if event.kind is EventKind.URGENCY_SET and about in set(Urgency):
        return urgency_sign(Urgency(about)).word
    if event.kind is EventKind.CATEGORY_SET and about in set(Category):
        return category_sign(Category(about)).word
    return reason_word(about) if event.kind is EventKind.CLOSED else about
