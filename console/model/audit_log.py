"""Reading the audit: what an auditor asks for (`parse_asked`), and a line of what is found. The auditor's screen,
`taskroom audit show` and `store.audit_log` use it.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from console.model.audit import AuditAction
from console.model.change import EventKind
from console.model.query import LONGEST_QUERY, BadQuery, instant_of
from console.model.spelling import keepable
from console.words import gettext as _

PROGRAM = "program"
"""Who `officer:` names when no officer did it (intake, nightly run)."""

ACTIONS = tuple(sorted({*(kind.value for kind in EventKind), *(action.value for action in AuditAction)}))
"""Everything that is written down, by name."""
GROUPS = tuple(sorted({name.partition(".")[0] for name in ACTIONS}))
"""What stands before the dot: `action:reveal` is every step of a reveal."""
KEYS = ("officer", "action", "station", "tip", "since", "until")


@dataclass(frozen=True, slots=True)
class Asked:
    """What must hold of an entry; a field that is None asks for nothing. `since <= at < until`, both aware UTC;
    `action` is one of ACTIONS or GROUPS; codes and ref are upper case."""

    officer: str | None = None
    action: str | None = None
    station: str | None = None
    tip: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self == _NOTHING


_NOTHING = Asked()


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry with the codes of its station and officer (None: the program) and the ref of its tip."""

    station_id: int
    station: str
    seq: int
    at: datetime
    officer: str | None
    action: str
    tip: str | None
    version_before: int | None
    version_after: int | None
    about: str | None
    hash: bytes


Rest = Mapping[int, tuple[int, datetime]]
"""By station id where reading goes on: the number of its next entry, and about when that was."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries in the order asked for, and where the next ones are; empty when there are none."""

    lines: tuple[AuditLine, ...]
    rest: Rest


def parse_asked(text: str, *, now: datetime, tz: tzinfo) -> Asked:
    """What `officer:JNL-001 action:reveal since:3d` asks for. Raises BadQuery with the place of what cannot be
    followed."""
    if len(text) > LONGEST_QUERY:
        raise BadQuery(
            _("A search has at most {most} characters.").format(most=LONGEST_QUERY), LONGEST_QUERY, len(text)
        )
    asked, at = Asked(), 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        try:
            asked = _with(asked, unicodedata.normalize("NFKC", word), now, tz)
        except ValueError as wrong:
            raise BadQuery(str(wrong), start, at) from None
    return asked


def _with(asked: Asked, word: str, now: datetime, tz: tzinfo) -> Asked:
    key, colon, value = word.partition(":")
    key = key.lower()
    if not colon or key not in KEYS:
        raise ValueError(_unknown(key, has_colon=bool(colon)))
    if not value:
        raise ValueError(_("{key}: needs a value.").format(key=key))
    found = _value(key, value, now, tz)
    if getattr(asked, key) not in (None, found):
        raise ValueError(_("{key}: is there twice.").format(key=key))
    changes: dict[str, Any] = {key: found}
    return replace(asked, **changes)


def _unknown(key: str, *, has_colon: bool) -> str:
    near = difflib.get_close_matches(key[:40], KEYS, 1)
    if near:
        return _('Unknown term "{key}": did you mean "{meant}:"?').format(key=key, meant=near[0])
    if has_colon:
        return _('Unknown term "{key}:": there are {known}.').format(key=key, known=", ".join(KEYS))
    return _("The audit holds no words to look for: write {known}, each with a colon.").format(known=", ".join(KEYS))


def _value(key: str, value: str, now: datetime, tz: tzinfo) -> str | datetime:
    if key in ("since", "until"):
        try:
            return instant_of(value.casefold(), now, tz, end_of_day=key == "until")
        except (ValueError, OverflowError):
            words = _('"{value}" is no time: write {key}:3d, 12h, 45m or 2w (ago), 2026-11-01, today or yesterday.')
            raise ValueError(words.format(value=value, key=key)) from None
    if key == "action":
        return _action(value.lower())
    return PROGRAM if key == "officer" and value.lower() == PROGRAM else keepable(value.upper())


def _action(name: str) -> str:
    if name in ACTIONS or name in GROUPS:
        return name
    near = difflib.get_close_matches(name[:40], (*ACTIONS, *GROUPS), 1) or [one for one in ACTIONS if name in one][:1]
    if near:
        raise ValueError(_('Unknown action "{name}": did you mean "{meant}"?').format(name=name, meant=near[0]))
    raise ValueError(_('Unknown action "{name}": there are {known}.').format(name=name, known=", ".join(GROUPS)))
