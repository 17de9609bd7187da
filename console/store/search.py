"""Search by words and observables: bigrams find the candidates, a second look at the folded words makes sure.
`tip_list` calls it.

SQLite: a contentless FTS5 table whose rowid is `tip.n`, with the station as a token. PostgreSQL: a GIN index over
`taskroom_grams`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    Uuid,
    cast,
    column,
    exists,
    func,
    literal,
    not_,
    select,
)

from console.model.fold import fold, query_bigrams
from console.model.observable import ObservableKind, phone_part, plate_part
from console.model.officer import Officer
from console.model.query import Query
from console.model.spelling import is_whole_ref
from console.store import tables as t
from console.store.scans import Scope
from console.store.tables import station_word

STATIONS_AS_TOKENS = 20
"""More stations than this are left to the filter on the row."""


def phrases_of(query: Query) -> list[str]:
    """Folded words that a tip must hold, parts of plates, phones and refs among them (found by words first)."""
    parts = [plate_part(query.plate or ""), phone_part(query.phone or "")]
    if query.ref is not None and not is_whole_ref(query.ref):
        parts.append(query.ref)
    return [one for one in (fold(word) for word in (*query.words, *parts)) if one]


def words_held(conn: Connection, query: Query, phrases: Sequence[str]) -> list[ColumnElement[bool]]:
    """Conditions for the words that must and must not be in a tip, looked up in its own words."""
    without = [one for one in (fold(word) for word in query.without) if one]
    return [*(_holds(conn, phrase) for phrase in phrases), *(not_(_holds(conn, phrase)) for phrase in without)]


def match_of(phrases: Sequence[str], stations: Sequence[int]) -> str:
    """What SQLite's word index is asked: all tokens of the phrases, in one of the stations if they are few."""
    tokens = _tokens(phrases)
    words = [f'"{token}"' if len(token) > 1 else f'"{token}" *' for token in tokens]
    if len(stations) <= STATIONS_AS_TOKENS:
        named = " OR ".join(f'"{station_word(station)}"' for station in stations)
        words.append(f"({named})")
    return " AND ".join(words)


def grams_found(conn: Connection, phrases: Sequence[str], stations: Sequence[int]) -> list[ColumnElement[bool]]:
    """PostgreSQL: the conditions on its index that all tokens of the phrases are there, in one of the stations if they
    are few; every scan is confined to them anyway. A desk's own role asks a function of the owner, as its policies
    keep it from the index. None for phrases of one letter each, which the index does not know."""
    from sqlalchemy.dialects.postgresql import ARRAY

    pairs = [token for token in _tokens(phrases) if len(token) > 1]
    if not pairs:
        return []
    if is_desk(conn):
        found = func.taskroom_found(cast(pairs, ARRAY(Text)), cast(list(stations), ARRAY(Integer)))
        return [t.tip.c.id.in_(select(found.table_valued(column("id", Uuid)).c.id))]
    grams = func.taskroom_grams(t.tip.c.folded, t.tip.c.station_id, type_=ARRAY(Text))
    named = [f"={station}" for station in stations]
    if len(named) == 1:
        return [grams.contains(cast([*pairs, *named], ARRAY(Text)))]
    of_words = grams.contains(cast(pairs, ARRAY(Text)))
    return [of_words, grams.overlap(cast(named, ARRAY(Text)))] if len(named) <= STATIONS_AS_TOKENS else [of_words]


_DESK = "taskroom desk"
"""Kept with the connection: who is connected does not change."""


def is_desk(conn: Connection) -> bool:
    """Whether a desk's own role is connected (`store.desk_roles`)."""
    if _DESK not in conn.info:
        mine = select(literal(1)).where(t.desk_role.c.role == func.session_user())
        conn.info[_DESK] = conn.execute(mine.limit(1)).one_or_none() is not None
    return bool(conn.info[_DESK])


def _tokens(phrases: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(token for phrase in phrases for token in query_bigrams(phrase)))


def about(query: Query, officer: Officer, scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions for the room, the claimer, the ref and observables by kind."""
    tip = t.tip.c
    conditions: list[ColumnElement[bool]] = []
    if query.room is not None:
        conditions.append(_in_room(query.room, scope.stations))
    if query.by == "me":
        conditions.append(tip.claimed_by == officer.id)
    elif query.by is not None:
        claimer = select(t.officer.c.id).where(t.officer.c.code == query.by.upper()).scalar_subquery()
        conditions.append(tip.claimed_by == claimer)
    if query.ref is not None:
        ref = query.ref.upper()
        conditions.append(tip.ref == ref if is_whole_ref(ref) else tip.ref.contains(ref, autoescape=True))
    if query.linked:
        conditions.append(_linked())
    if query.plate is not None:
        conditions.append(_observed(scope.dialect, ObservableKind.PLATE, plate_part(query.plate)))
    if query.phone is not None:
        conditions.append(_observed(scope.dialect, ObservableKind.PHONE, phone_part(query.phone)))
    return conditions


def _in_room(room: str, stations: Sequence[int]) -> ColumnElement[bool]:
    """A room by its number in the view's stations, or by its code."""
    r = t.room.c
    named = r.number == int(room) if room.isascii() and room.isdigit() and len(room) < 9 else r.code == room.upper()
    return exists(literal(1)).where(
        named, r.station_id.in_(stations), r.station_id == t.tip.c.station_id, r.id == t.tip.c.room_id
    )


def _observed(dialect: str, kind: ObservableKind, part: str) -> ColumnElement[bool]:
    """An observable of the tip holds this part of a plate or phone number, written as `norm_value` is."""
    o = t.observable.c
    holds = select(literal(1)).where(
        o.station_id == t.tip.c.station_id,
        o.tip_id == t.tip.c.id,
        o.kind == kind,
        o.norm_value.contains(part, autoescape=True),
    )
    # An OFFSET keeps PostgreSQL from making a join of it, which begins with all observables that hold the part.
    return exists(holds if dialect == "sqlite" else holds.offset(0))


def _linked() -> ColumnElement[bool]:
    """Another tip of the station holds an observable of this one."""
    mine, other = t.observable.alias(), t.observable.alias()
    same = (other.c[name] == mine.c[name] for name in ("station_id", "kind", "norm_value"))
    return exists(literal(1)).where(
        mine.c.station_id == t.tip.c.station_id, mine.c.tip_id == t.tip.c.id, *same, other.c.tip_id != mine.c.tip_id
    )


def _holds(conn: Connection, phrase: str) -> ColumnElement[bool]:
    if conn.dialect.name == "sqlite":
        return func.instr(t.tip.c.folded, phrase) > 0
    return t.tip.c.folded.contains(phrase, autoescape=True)
