"""How a status, an urgency and a category look everywhere: a glyph, a word and the name of a style.
The feed, the detail, the modals and the help's legend draw them from here."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from console.model.tip import Category, Status, Urgency
from console.words import gettext as _


@dataclass(frozen=True, slots=True)
class Sign:
    """One cell of glyph ("" when there is none), the word beside it, and the style: a widget's component class is
    `<widget>--<style>`."""

    glyph: str
    word: str
    style: str


CURSOR: Final = "▸"
MARKED: Final = "◆"
MINE: Final = "★"
ANOTHERS: Final = "☆"
ATTACHED: Final = "▣"
DOUBLE: Final = "≡"
WARNS: Final = "!"
"""After the time: the respond-by clock has run out. After the urgency: the alarm still rings."""
NOT_HELD: Final = "·"


@cache
def _statuses() -> dict[Status, Sign]:
    return {
        Status.NEW: Sign("●", _("new"), "status-new"),
        Status.INVESTIGATING: Sign("◐", _("investigating"), "status-investigating"),
        Status.REFERRED: Sign("◌", _("referred"), "status-referred"),
        Status.SOLVED: Sign("✓", _("solved"), "status-solved"),
        Status.CLOSED: Sign("×", _("closed"), "status-closed"),
    }


@cache
def _urgencies() -> dict[Urgency, Sign]:
    return {
        Urgency.ROUTINE: Sign("R", _("routine"), "urgency-routine"),
        Urgency.PRIORITY: Sign("P", _("priority"), "urgency-priority"),
        Urgency.ALARM: Sign("A", _("alarm"), "urgency-alarm"),
    }


@cache
def _categories() -> dict[Category, str]:
    return {
        Category.GAMBLING: _("gambling"),
        Category.DRUGS: _("drugs"),
        Category.VICE: _("vice"),
        Category.THEFT: _("theft"),
        Category.FRAUD: _("fraud"),
        Category.VIOLENCE: _("violence"),
        Category.DISPUTE: _("dispute"),
        Category.FIRE: _("fire"),
        Category.HAZARD: _("hazard"),
        Category.NOISE: _("noise"),
        Category.TRAFFIC: _("traffic"),
        Category.GROUP_LEASE: _("group-lease"),
        Category.STRANGER: _("stranger"),
        Category.MISSING: _("missing"),
        Category.NUISANCE: _("nuisance"),
        Category.POLICE: _("police"),
        Category.OTHER: _("other"),
    }


def status_sign(status: Status) -> Sign:
    """● new, ◐ investigating, ◌ referred, ✓ solved, × closed."""
    return _statuses()[status]


def urgency_sign(urgency: Urgency) -> Sign:
    """R routine, P priority, A alarm."""
    return _urgencies()[urgency]


def category_sign(category: Category) -> Sign:
    """The category's word; categories have no glyph of their own."""
    return Sign("", _categories()[category], "category")


def legend() -> tuple[tuple[str, str], ...]:
    """Every glyph of the feed with what it says, in the order in which help shows them."""
    signs = [*_statuses().values(), *_urgencies().values()]
    return (
        *((sign.glyph, sign.word) for sign in signs),
        (f"A{WARNS}", _("alarm nobody has acknowledged")),
        (WARNS, _("after the time: respond-by has passed")),
        (MINE, _("claimed by you")),
        (ANOTHERS, _("claimed by another officer")),
        (MARKED, _("marked")),
        (ATTACHED, _("has attachments")),
        (DOUBLE, _("linked as a duplicate")),
    )
