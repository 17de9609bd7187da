"""The search language: what an officer types after `/` or keeps as a saved view becomes a `Query`, or a `BadQuery`.

The search bar, the command line and the store use it; `TERMS` is where the help and the README get its words from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock
from enum import StrEnum
from typing import Any, TypeVar

from console.errors import ConsoleError
from console.model.fold import fold
from console.model.observable import phone_part, plate_part
from console.model.spelling import as_kept
from console.model.tip import OPEN_STATUSES, Category, Status, Urgency
from console.words import gettext as _

LONGEST_QUERY = 2_000
"""Characters; a longer one is a pasted text, not a search."""


@dataclass(frozen=True, slots=True)
class Query:
    """What must hold of a tip; a field that is None, False or empty asks for nothing.

    `words` must all be found, none of `without`: folded (`fold.fold`), each to be found in the folded text with LIKE;
    a quoted phrase holds single spaces. `since <= received_at < until`, both aware UTC. `plate` and `phone` are parts
    of an observable's `norm_value`. `by` is the claiming officer's code as typed, or `me`; `ref` is upper case.
    """

    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    statuses: frozenset[Status] | None = None
    categories: frozenset[Category] | None = None
    urgencies: frozenset[Urgency] | None = None
    room: str | None = None
    by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    plate: str | None = None
    phone: str | None = None
    source: str | None = None
    ref: str | None = None
    unseen: bool = False
    claimed: bool | None = None
    overdue: bool = False
    linked: bool = False

    @property
    def is_empty(self) -> bool:
        """Asks for nothing at all: every tip matches."""
        return self == _NOTHING


_NOTHING = Query()


class BadQuery(ConsoleError):
    """A term nobody can follow: `text[start:end]` is to be underlined, the message says what would be right."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


def parse_query(text: str, *, now: datetime, tz: tzinfo) -> Query:
    """The query `text` asks for. `now` (aware) and `tz`, the station's zone, say what `3d` and `today` mean.

    Words with punctuation alone ask for nothing. Raises BadQuery, never anything else.
    """
    if len(text) > LONGEST_QUERY:
        words = _("A search has at most {most} characters.").format(most=LONGEST_QUERY)
        raise BadQuery(words, LONGEST_QUERY, len(text))
    reading = _Reading(now, tz)
    for match in _TOKEN.finditer(text):
        token = _Token.of(match)
        try:
            reading.take(token)
        except _Wrong as wrong:
            raise BadQuery(str(wrong), token.start, token.end) from None
    return reading.query()


def format_query(query: Query) -> str:
    """A text that `parse_query` reads as `query` again, at any later time (spans of time are written as instants)."""
    terms = [*map(_quoted, query.words), *("-" + _quoted(word) for word in query.without)]
    for term in TERMS:
        terms += [f"{term.key}:{_quoted(value)}" for value in _values_of(query, term.key)]
    return " ".join(terms)


def complete_term(text: str, cursor: int) -> list[str]:
    """What the term at the cursor could become, each the whole term: keys for the beginning of one, then its values.

    `term_at` gives the place it stands in. A word that begins no key has no suggestions.
    """
    start, _end = term_at(text, cursor)
    typed = unicodedata.normalize("NFKC", text[start:cursor])
    key, colon, value = typed.partition(":")
    if not colon:
        return [f"{term.key}:" for term in TERMS if term.key.startswith(key.casefold())]
    term = _TERM_BY_KEY.get(key.casefold())
    if term is None:
        return []
    done, comma, last = value.rpartition(",") if term.many else ("", "", value)
    before = set(done.split(","))
    return [
        f"{term.key}:{done}{comma}{choice}"
        for choice in (*term.values, *term.examples)
        if choice.startswith(last.casefold()) and choice not in before
    ]


def term_at(text: str, cursor: int) -> tuple[int, int]:
    """Start and end of the term the cursor stands in or behind; both are the cursor when it stands in the open."""
    for match in _TOKEN.finditer(text):
        if match.start() < cursor <= match.end():
            return match.start(), match.end()
    return cursor, cursor


@dataclass(frozen=True, slots=True)
class Term:
    """One `key:value` of the language. `values` are all there are (any text when empty), `many` take a comma list."""

    key: str
    msgid: str
    values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    many: bool = False

    @property
    def words(self) -> str:
        """What it asks for, in the officer's language."""
        return _(self.msgid)

    @property
    def example(self) -> str:
        return f"{self.key}:{(self.examples or self.values)[0]}"


class Is(StrEnum):
    """What `is:` can ask for."""

    UNSEEN = "unseen"
    CLAIMED = "claimed"
    UNCLAIMED = "unclaimed"
    OVERDUE = "overdue"
    LINKED = "linked"


_ALL = "all"
_OPEN = "open"


def _mark(msgid: str) -> str:
    """Marks words for translation where they cannot be translated yet (xgettext keyword)."""
    return msgid


TERMS: tuple[Term, ...] = (
    Term("status", _mark("where the tip stands"), (*Status, _OPEN, _ALL), many=True),
    Term("category", _mark("what it is about"), tuple(Category), many=True),
    Term("urgency", _mark("how urgent it is"), tuple(Urgency), many=True),
    Term(
        "is", _mark("unseen by you, claimed, past its respond-by time, or linked to other tips"), tuple(Is), many=True
    ),
    Term("room", _mark("the room it came from"), examples=("12",)),
    Term("by", _mark("the officer who has claimed it, or me"), examples=("me",)),
    Term("since", _mark("received at or after this"), examples=("3d", "12h", "45m", "2w", "today", "yesterday")),
    Term("until", _mark("received before the end of this"), examples=("2026-11-01", "3d", "today", "yesterday")),
    Term("plate", _mark("a plate or part of one found in it"), examples=("A12345",)),
    Term("phone", _mark("a phone number or part of one found in it"), examples=("13800138000",)),
    Term("source", _mark("where it was delivered from"), examples=("desk",)),
    Term("ref", _mark("its reference or part of it"), examples=("JNL-1120-0042",)),
)
"""Every term of the language, in the order the help tells them."""

_TERM_BY_KEY = {term.key: term for term in TERMS}

_TOKEN = re.compile(
    r"(?=\S)(?P<minus>[-－](?=\S))?(?:(?P<key>[A-Za-zＡ-Ｚａ-ｚ]+)[:：])?"
    r"(?:[\"“”「＂](?P<quoted>[^\"“”」＂]*)[\"“”」＂]?|(?P<bare>[^\s\"“”「＂]+))?"
)


class _Wrong(ConsoleError):
    """A term cannot be followed; the message is for the officer."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    minus: bool
    key: str | None
    value: str
    is_quoted: bool

    @classmethod
    def of(cls, match: re.Match[str]) -> _Token:
        key = match["key"]
        return cls(
            match.start(),
            match.end(),
            match["minus"] is not None,
            None if key is None else unicodedata.normalize("NFKC", key).lower(),
            (match["quoted"] or match["bare"] or "").strip(),
            match["quoted"] is not None,
        )


class _Reading:
    """A query being read, term by term."""

    def __init__(self, now: datetime, tz: tzinfo) -> None:
        self._now = now
        self._tz = tz
        self._words: list[str] = []
        self._without: list[str] = []
        self._asked: dict[str, Any] = {}
        self._takers: dict[str, Callable[[str], None]] = {
            "status": self._take_status,
            "category": lambda value: self._take_choices("categories", Category, value),
            "urgency": lambda value: self._take_choices("urgencies", Urgency, value),
            "is": self._take_is,
            "room": lambda value: self._once("room", as_kept(value)),
            "by": lambda value: self._once("by", "me" if as_kept(value).casefold() == "me" else as_kept(value)),
            "since": lambda value: self._once("since", self._instant(value, end_of_day=False)),
            "until": lambda value: self._once("until", self._instant(value, end_of_day=True)),
            "plate": lambda value: self._once("plate", plate_part(value)),
            "phone": lambda value: self._once("phone", phone_part(value)),
            "source": lambda value: self._once("source", as_kept(value)),
            "ref": lambda value: self._once("ref", as_kept(value).upper()),
        }

    def take(self, token: _Token) -> None:
        if token.key is None:
            self._take_words(token)
            return
        if token.key not in self._takers:
            raise _Wrong(_unknown_key(token.key))
        if token.minus:
            raise _Wrong(
                _("Only words can be left out with a minus: name what {key}: should be.").format(key=token.key)
            )
        if not token.value:
            example = _TERM_BY_KEY[token.key].example
            raise _Wrong(_("{key}: needs a value, such as {example}.").format(key=token.key, example=example))
        self._takers[token.key](token.value)

    def query(self) -> Query:
        return Query(tuple(dict.fromkeys(self._words)), tuple(dict.fromkeys(self._without)), **self._asked)

    def _take_words(self, token: _Token) -> None:
        """A phrase, and whatever is left out, stays whole; a word with punctuation inside is all of its runs."""
        folded = fold(token.value)
        if not folded:
            return
        if token.minus:
            self._without.append(folded)
        else:
            self._words += [folded] if token.is_quoted else folded.split()

    def _once(self, name: str, value: object) -> None:
        if value in (None, ""):
            raise _Wrong(_("There is no letter or digit in it to look for."))
        if self._asked.get(name, value) != value:
            raise _Wrong(_("This contradicts an earlier term: a tip cannot be both."))
        self._asked[name] = value

    def _take_status(self, value: str) -> None:
        choices: list[Status] = []
        for name in _listed(value):
            choices += {_ALL: tuple(Status), _OPEN: OPEN_STATUSES}.get(name) or (_choice("status", Status, name),)
        self._asked["statuses"] = self._asked.get("statuses", frozenset()) | frozenset(choices)

    def _take_choices(self, name: str, choices: type[_Choice], value: str) -> None:
        key = "category" if name == "categories" else "urgency"
        asked = frozenset(_choice(key, choices, part) for part in _listed(value))
        self._asked[name] = self._asked.get(name, frozenset()) | asked

    def _take_is(self, value: str) -> None:
        for name in _listed(value):
            asked = _choice("is", Is, name)
            if asked in (Is.CLAIMED, Is.UNCLAIMED):
                self._once("claimed", asked is Is.CLAIMED)
            else:
                self._asked[asked.value] = True

    def _instant(self, value: str, *, end_of_day: bool) -> datetime:
        try:
            return instant_of(
                unicodedata.normalize("NFKC", value).casefold(), self._now, self._tz, end_of_day=end_of_day
            )
        except (ValueError, OverflowError):
            key = "until" if end_of_day else "since"
            words = _('"{value}" is no time: write {key}:3d, 12h, 45m or 2w (ago), 2026-11-01, today or yesterday.')
            raise _Wrong(words.format(value=value, key=key)) from None


_Choice = TypeVar("_Choice", bound=StrEnum)
_SPAN = re.compile(r"(?:[0-9]{1,6}[wdhm])+")
_STEP = re.compile(r"([0-9]+)([wdhm])")
_STEP_NAMES = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


def instant_of(value: str, now: datetime, tz: tzinfo, *, end_of_day: bool) -> datetime:
    """The UTC instant `value` names; a whole day is its first instant, or with `end_of_day` the first of the next.

    Raises ValueError or OverflowError when it names none.
    """
    if _SPAN.fullmatch(value):
        ago = sum((timedelta(**{_STEP_NAMES[unit]: int(count)}) for count, unit in _STEP.findall(value)), timedelta())
        return now.astimezone(UTC) - ago
    if "t" in value and value not in ("today", "yesterday"):
        moment = datetime.fromisoformat(value.upper())
        return (moment.replace(tzinfo=tz) if moment.tzinfo is None else moment).astimezone(UTC)
    today = now.astimezone(tz).date()
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    day = named.get(value) or date.fromisoformat(value)
    if end_of_day:
        day += timedelta(days=1)
    return datetime.combine(day, clock(), tz).astimezone(UTC)


def _listed(value: str) -> list[str]:
    parts = re.split("[,，、]", unicodedata.normalize("NFKC", value).casefold())
    listed = [part.strip() for part in parts if part.strip()]
    if not listed:
        raise _Wrong(_("There is nothing between the commas."))
    return listed


def _values_of(query: Query, key: str) -> Iterator[str]:
    """The values of the terms `key:…` that ask for what `query` asks."""
    chosen = {"status": query.statuses, "category": query.categories, "urgency": query.urgencies}
    times = {"since": query.since, "until": query.until}
    if key in chosen:
        if asked := chosen[key]:
            yield ",".join(value for value in _TERM_BY_KEY[key].values if value in asked)
    elif key in times:
        if moment := times[key]:
            yield moment.isoformat()
    elif key == "is":
        claimed = {None: "", True: Is.CLAIMED, False: Is.UNCLAIMED}[query.claimed]
        asked_too = [name for name in (Is.UNSEEN, Is.OVERDUE, Is.LINKED) if getattr(query, name)]
        yield from filter(None, (claimed, *asked_too))
    elif value := getattr(query, key):
        yield value


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


def _choice(key: str, choices: type[_Choice], name: str) -> _Choice:
    try:
        return choices(name)
    except ValueError:
        known = _TERM_BY_KEY[key].values
    meant = _nearest(name, known)
    if meant is not None:
        raise _Wrong(_UNKNOWN_NEAR[key]().format(name=name, meant=meant))
    raise _Wrong(_UNKNOWN[key]().format(name=name, known=", ".join(known)))


_UNKNOWN_NEAR: dict[str, Callable[[], str]] = {
    "status": lambda: _('Unknown status "{name}": did you mean "{meant}"?'),
    "category": lambda: _('Unknown category "{name}": did you mean "{meant}"?'),
    "urgency": lambda: _('Unknown urgency "{name}": did you mean "{meant}"?'),
    "is": lambda: _('is:{name} is unknown: did you mean "{meant}"?'),
}
_UNKNOWN: dict[str, Callable[[], str]] = {
    "status": lambda: _('Unknown status "{name}": there are {known}.'),
    "category": lambda: _('Unknown category "{name}": there are {known}.'),
    "urgency": lambda: _('Unknown urgency "{name}": there are {known}.'),
    "is": lambda: _("is:{name} is unknown: there are {known}."),
}


def _unknown_key(key: str) -> str:
    meant = _nearest(key, _TERM_BY_KEY)
    if meant is not None:
        return _('Unknown term "{key}:": did you mean "{meant}:"?').format(key=key, meant=meant)
    return _('Unknown term "{key}:". To look for the words themselves put them in quotes.').format(key=key)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(name[:40], list(known), 1)), None)
