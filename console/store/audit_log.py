"""The audit read page by page, the newest (or the oldest) entries of all granted stations first. `desk.audit` calls it
with the acting officer.

No index orders the entries by time, which every tip taken in would pay for: the stations' chains, each in the order of
its numbers, are merged as they are read.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from console.errors import NotFound, OutOfGrant
from console.model.audit_log import PROGRAM, Asked, AuditLine, AuditPage, Rest
from console.model.officer import Officer
from console.store import tables as t
from console.store.chain import codes_of
from console.words import gettext as _

_FEWEST, _MOST = 16, 512
"""Entries read of a station at once; each time twice as many."""

_A = t.audit.c


class AuditLog:
    """The entries of the stations whose audit `officer` may read; what is out of grant is NotFound."""

    def __init__(self, conn: Connection, officer: Officer) -> None:
        self.conn = conn
        self.officer = officer

    def total(self) -> int:
        """How many entries there are, by the stations' counters."""
        c = t.station_counter.c
        return int(self.conn.scalar(select(func.sum(c.audit_seq)).where(c.station_id.in_(self._stations()))) or 0)

    def page(self, asked: Asked, rest: Rest | None, limit: int, *, newest: bool = True) -> AuditPage:
        """Up to `limit` entries from `rest` on (from that end when None). Raises NotFound for an officer, a station or
        a tip that is not there."""
        mine = self._stations()
        search = _Search(self.conn, self._narrowed(asked), newest=newest)
        if rest is None:
            starts = self._starts(asked, newest=newest)
        else:  # a grant may have ended since the page before
            starts = {station_id: at for station_id, at in rest.items() if station_id in mine}
        rows, left = search.rows(starts, limit)
        return AuditPage(tuple(self._lines(rows)), left)

    def _stations(self) -> list[int]:
        stations = self.officer.audited_of(sorted(self.officer.stations))
        if not stations:
            raise self._out_of_grant(_("There is no audit that you read."), self.officer.station_id)
        return stations

    def _out_of_grant(self, sentence: str, station_id: int, tip_id: UUID | None = None) -> OutOfGrant:
        return OutOfGrant(sentence, self.officer, station_id, tip_id)

    def _narrowed(self, asked: Asked) -> Select[Any]:
        query = select(t.audit)
        if asked.since is not None:
            query = query.where(_A.at >= asked.since)
        if asked.until is not None:
            query = query.where(_A.at < asked.until)
        if asked.action is not None:
            group = f"{asked.action}."
            query = query.where(or_(_A.action == asked.action, _A.action.startswith(group, autoescape=True)))
        if asked.officer == PROGRAM:
            query = query.where(_A.officer_id.is_(None))
        elif asked.officer is not None:
            query = query.where(_A.officer_id == self._officer_id(asked.officer))
        if asked.tip is not None:
            query = query.where(_A.tip_id.in_([tip_id for _station, tip_id in self._tips(asked.tip)]))
        return query

    def _officer_id(self, code: str) -> int:
        found: int | None = self.conn.scalar(select(t.officer.c.id).where(func.upper(t.officer.c.code) == code))
        if found is None:
            raise NotFound(_("There is no officer {code}.").format(code=code))
        return found

    def _station_id(self, code: str) -> int:
        found: int | None = self.conn.scalar(select(t.station.c.id).where(func.upper(t.station.c.code) == code))
        sentence = _("There is no station {code} whose audit you read.").format(code=code)
        if found is None:
            raise NotFound(sentence)
        if self.officer.why_not_audit(found) is not None:
            raise self._out_of_grant(sentence, found)
        return found

    def _tips(self, ref: str) -> list[tuple[int, UUID]]:
        """Refs come again after a year."""
        rows = self.conn.execute(select(t.tip.c.station_id, t.tip.c.id).where(t.tip.c.ref == ref)).all()
        found = [(row.station_id, row.id) for row in rows if self.officer.why_not_audit(row.station_id) is None]
        if found:
            return found
        sentence = _("There is no tip {ref} in the stations whose audit you read.").format(ref=ref)
        raise self._out_of_grant(sentence, *rows[0]) if rows else NotFound(sentence)

    def _starts(self, asked: Asked, *, newest: bool) -> Rest:
        stations = self._stations()
        if asked.station is not None:
            stations = [self._station_id(asked.station)]
        if asked.tip is not None:
            held = {station_id for station_id, _tip in self._tips(asked.tip)}
            stations = [one for one in stations if one in held]
        end = func.max if newest else func.min
        other = t.audit.alias("other")
        seq = (
            select(end(other.c.seq)).where(other.c.station_id == t.station.c.id).correlate(t.station).scalar_subquery()
        )
        rows = self.conn.execute(
            select(_A.station_id, _A.seq, _A.at)
            .select_from(t.station)
            .join(t.audit, (_A.station_id == t.station.c.id) & (_A.seq == seq))
            .where(t.station.c.id.in_(stations))
        )
        return {row.station_id: (row.seq, row.at) for row in rows}

    def _lines(self, rows: list[Row[Any]]) -> Iterable[AuditLine]:
        codes = codes_of(self.conn)
        ids = {row.officer_id for row in rows if row.officer_id is not None}
        o = t.officer.c
        officers = {row.id: row.code for row in self.conn.execute(select(o.id, o.code).where(o.id.in_(ids)))}
        refs = self._refs({(row.station_id, row.tip_id) for row in rows if row.tip_id is not None})
        for row in rows:
            yield AuditLine(
                row.station_id,
                codes.get(row.station_id, str(row.station_id)),
                row.seq,
                row.at,
                officers.get(row.officer_id),
                row.action,
                refs.get((row.station_id, row.tip_id)),
                row.version_before,
                row.version_after,
                row.about,
                bytes(row.hash or b""),
            )

    def _refs(self, tips: set[tuple[int, UUID]]) -> dict[tuple[int, UUID], str]:
        """By station and id: an entry that names another station's tip is not told its ref."""
        found = self.conn.execute(refs_of(tips)) if tips else ()
        return {(row.station_id, row.id): row.ref for row in found}


def refs_of(tips: Collection[tuple[int, UUID]]) -> Select[Any]:
    """Station, id and ref of these. Station by station: PostgreSQL's key begins with it, and by ids alone a page would
    go through all tips there are."""
    c = t.tip.c
    ids: dict[int, list[UUID]] = defaultdict(list)
    for station_id, tip_id in tips:
        ids[station_id].append(tip_id)
    return select(c.station_id, c.id, c.ref).where(
        or_(*(and_(c.station_id == station_id, c.id.in_(mine)) for station_id, mine in sorted(ids.items())))
    )


class _Search:
    """Merges the chains: of each only as much is read as its times ask for."""

    def __init__(self, conn: Connection, query: Select[Any], *, newest: bool) -> None:
        self._conn = conn
        self._newest = newest
        self._query = query.order_by(_A.seq.desc() if newest else _A.seq)

    def rows(self, starts: Rest, limit: int) -> tuple[list[Row[Any]], dict[int, tuple[int, datetime]]]:
        """Up to `limit` rows, and where each chain goes on."""
        chains = {station_id: _Chain(station_id, seq, at) for station_id, (seq, at) in starts.items()}
        heap = [(self._order(one.at), station_id) for station_id, one in chains.items()]
        heapq.heapify(heap)
        found: list[Row[Any]] = []
        while heap and len(found) < limit:
            _order, station_id = heapq.heappop(heap)
            chain = chains[station_id]
            if not chain.rows:
                self._read_on(chain)
                if not chain.rows:
                    del chains[station_id]
                    continue
            else:
                row = chain.rows.pop()
                found.append(row)
                chain.seq, chain.at = row.seq + (-1 if self._newest else 1), row.at
            heapq.heappush(heap, (self._order(chain.rows[-1].at if chain.rows else chain.at), station_id))
        return found, {one.station_id: (one.seq, one.at) for one in chains.values()}

    def _order(self, at: datetime) -> float:
        return -at.timestamp() if self._newest else at.timestamp()

    def _read_on(self, chain: _Chain) -> None:
        bound = _A.seq <= chain.seq if self._newest else _A.seq >= chain.seq
        query = self._query.where(_A.station_id == chain.station_id, bound).limit(chain.many)
        chain.rows = list(self._conn.execute(query).all())[::-1]
        chain.many = min(chain.many * 2, _MOST)


class _Chain:
    """One station's entries on their way out: what is read of them waits in `rows`, the next one last."""

    def __init__(self, station_id: int, seq: int, at: datetime) -> None:
        self.station_id = station_id
        self.seq = seq
        self.at = at
        self.many = _FEWEST
        self.rows: list[Row[Any]] = []
